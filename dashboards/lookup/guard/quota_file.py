"""The file in which all processes of the lookup count, kept over a restart: its connection and its transactions."""

import asyncio
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from time import monotonic
from typing import TypeVar

from pysqlite3 import dbapi2 as sqlite3

from etl.errors import BadInput

T = TypeVar("T")

DAY = 86_400
_PRAGMAS = ("journal_mode = WAL", "synchronous = OFF", "secure_delete = ON")
# Seconds between two tries, doubled from the first to the longest.
_FIRST, _LONGEST = 0.001, 0.05


class NotCounted(Exception):
    """Nothing could be counted: another process has the file, and keeps it."""


def opened(path: Path, tables: str) -> sqlite3.Connection:
    """A connection to the file, made with these tables where it lacks them; BadInput when it cannot be used."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        # One thread, that of the event loop, uses it; another may have made it.
        file = sqlite3.connect(path, isolation_level=None, timeout=5, check_same_thread=False)
        for pragma in _PRAGMAS:
            file.execute(f"PRAGMA {pragma}")
        file.executescript(tables)
        # From here on nobody's answer waits within SQLite; see `patiently`.
        file.execute("PRAGMA busy_timeout = 0")
    except (OSError, sqlite3.Error) as error:
        raise BadInput(
            "配额文件不能写 | the file of the quotas cannot be written",
            where=str(path),
            remedy="让运行查询的用户可写这个文件夹 | let the lookup's user write to this folder",
        ) from error
    return file


def forget(file: sqlite3.Connection) -> None:
    """What was deleted is gone from the file and from its log of changes, unless another process is reading it."""
    file.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()


@contextmanager
def transaction(file: sqlite3.Connection) -> Iterator[sqlite3.Cursor]:
    """A cursor that alone may write until the block ends; what failed leaves nothing.

    Raises NotCounted at once while another process writes.
    """
    with closing(file.cursor()) as cursor:
        try:
            cursor.execute("BEGIN IMMEDIATE")
        except sqlite3.OperationalError as error:
            raise NotCounted from error
        try:
            yield cursor
        except BaseException:
            cursor.execute("ROLLBACK")
            raise
        cursor.execute("COMMIT")


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
