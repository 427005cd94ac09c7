"""The file in which all processes of the lookup count, kept over a restart: its connection and its transactions."""

import asyncio
import logging
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager, suppress
from pathlib import Path
from time import monotonic
from typing import TypeVar

from pysqlite3 import dbapi2 as sqlite3

from etl.durable import locked
from etl.errors import BadInput

log = logging.getLogger("jzs.lookup")
T = TypeVar("T")

DAY = 86_400
# The last: pages of 4 KiB, 1 GiB. A flood must not fill the disk.
_PRAGMAS = ("journal_mode = WAL", "synchronous = OFF", "secure_delete = ON", "max_page_count = 262144")
# Seconds between two tries, doubled from the first to the longest.
_FIRST, _LONGEST = 0.001, 0.05
# Seconds between two reports of a file that cannot be used.
_REPORTED = 60


class NotCounted(Exception):
    """Nothing could be counted: another process has the file, and keeps it; or it cannot be written, or is full."""


class QuotaFile:
    """A connection to the file, made with these tables where it lacks them.

    Whatever goes wrong with the file later raises NotCounted, and is reported once in a while.

    Raises:
        BadInput: the file cannot be used.
    """

    def __init__(self, path: Path, tables: str) -> None:
        self._path = path
        self._tables = tables
        self._connection, self._inode = _opened(path, tables)
        self._reported_at = -_REPORTED

    def follow(self) -> bool:
        """Leaves a file that another process has deleted, because it was damaged, for the one made anew; if it was."""
        if self._inode == _inode(self._path):
            return False
        left = self._connection
        try:
            self._connection, self._inode = _opened(self._path, self._tables)
        except BadInput as error:
            self._report(error)
            raise NotCounted from error
        left.close()
        return True

    @contextmanager
    def reading(self) -> Iterator[sqlite3.Cursor]:
        """A cursor that reads; nobody waits for it."""
        try:
            with closing(self._connection.cursor()) as cursor:
                yield cursor
        except sqlite3.Error as error:
            self._report(error)
            raise NotCounted from error

    @contextmanager
    def transaction(self) -> Iterator[sqlite3.Cursor]:
        """A cursor that alone may write until the block ends; what failed leaves nothing.

        Raises NotCounted, at once, while another process writes.
        """
        with self.reading() as cursor:
            try:
                cursor.execute("BEGIN IMMEDIATE")
                yield cursor
                cursor.execute("COMMIT")
            except BaseException:
                if self._connection.in_transaction:
                    cursor.execute("ROLLBACK")
                raise

    def forget(self) -> None:
        """What was deleted is gone from the file and from its log of changes, unless another process is reading it."""
        with self.reading() as cursor:
            cursor.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()

    def _report(self, error: Exception) -> None:
        """That another process has the file is nothing to report."""
        if _kind(error) == sqlite3.SQLITE_BUSY or monotonic() < self._reported_at + _REPORTED:
            return
        self._reported_at = monotonic()
        name = getattr(error, "sqlite_errorname", type(error).__name__)
        log.error(
            "配额文件不能读写，答 503 | the file of the quotas cannot be used, answers are 503: %s", name
        )


def _inode(path: Path) -> int:
    """What tells the file from another of its name; 0: none is there."""
    with suppress(OSError):
        return path.stat().st_ino
    return 0


def _opened(path: Path, tables: str) -> tuple[sqlite3.Connection, int]:
    """A connection and the inode of its file. A file that a power failure damaged is made anew.

    It is not set aside, for it has the keys under which addresses could be traced, which nobody would destroy when
    their day is over.
    """
    try:
        with locked(path):
            if _is_damaged(path):
                log.error(
                    "配额文件已损坏，删去重建，此前的计数不再有效 | "
                    "the file of the quotas is damaged: it is made anew, without what was counted"
                )
                for suffix in ("", "-wal", "-shm"):
                    path.with_name(path.name + suffix).unlink(missing_ok=True)
            return _connected(path, tables), _inode(path)
    except (OSError, sqlite3.Error) as error:
        raise BadInput(
            "配额文件不能写 | the file of the quotas cannot be written",
            where=str(path),
            remedy="让运行查询的用户可写这个文件夹 | let the lookup's user write to this folder",
        ) from error


def _is_damaged(path: Path) -> bool:
    try:
        with closing(sqlite3.connect(path, timeout=5)) as file:
            return bool(file.execute("PRAGMA quick_check(1)").fetchone() != ("ok",))
    except sqlite3.DatabaseError as error:
        if _kind(error) not in (sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB):
            raise
        return True


def _connected(path: Path, tables: str) -> sqlite3.Connection:
    # One thread, that of the event loop, uses it; another may have made it.
    file = sqlite3.connect(path, isolation_level=None, timeout=5, check_same_thread=False)
    for pragma in _PRAGMAS:
        file.execute(f"PRAGMA {pragma}")
    file.executescript(tables)
    # From here on nobody's answer waits within SQLite; see `patiently`.
    file.execute("PRAGMA busy_timeout = 0")
    return file


def _kind(error: BaseException) -> int:
    """The primary code of an error of SQLite, 0 of any other."""
    return int(getattr(error, "sqlite_errorcode", 0)) & 0xFF


async def patiently(count: Callable[[], T], seconds: float) -> T:
    """What `count` returns; while it raises NotCounted it is tried again for so many seconds, and others are served."""
    pause, end = _FIRST, monotonic() + seconds
    while True:
        try:
            return count()
        except NotCounted:
            if monotonic() >= end:
                raise
        await asyncio.sleep(pause)
        pause = min(2 * pause, _LONGEST)
