"""The release being served: opened read-only, and exchanged when the pointer moves."""

import asyncio
import contextlib
import logging
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar
from urllib.parse import quote

from datasette.app import Datasette
from datasette.database import Database
from datasette.utils import sqlite_timelimit
from datasette.utils.sqlite import sqlite3

from dashboards.lookup.finding.queries import Columns, Query
from dashboards.lookup.pages import Pages
from dashboards.lookup.release import Release, describe
from dashboards.lookup.telling import LANGUAGES
from etl.errors import BadInput, Refused
from etl.settings import Store
from etl.withdrawals import withdrawn

log = logging.getLogger("jzs.lookup")
T = TypeVar("T")


def refuse_broken_sqlite() -> None:
    """Stops on an SQLite whose trigram index silently finds nothing for two Chinese characters (3.40).

    Raises:
        Refused: this SQLite has the fault.
    """
    with contextlib.closing(sqlite3.connect(":memory:")) as connection:
        connection.execute("CREATE VIRTUAL TABLE probe USING fts5(name, tokenize='trigram')")
        connection.execute("INSERT INTO probe VALUES ('北京宏洋建设')")
        (count,) = connection.execute("SELECT count(*) FROM probe WHERE name LIKE '%宏洋%'").fetchone()
    if count != 1:
        raise Refused(
            "这个 SQLite 的三元索引漏查两字中文 | the trigram index of this SQLite misses two-character text",
            where=f"SQLite {sqlite3.sqlite_version}",
            rule="trigram LIKE",
            remedy="安装 pysqlite3-binary | install pysqlite3-binary",
        )


def _whole_persons(connection: sqlite3.Connection, columns: Columns, taken: frozenset[str]) -> frozenset[str]:
    """The identifiers taken down, and those of the other certificates of their holders."""
    if "holder_public_id" not in columns["certificate"]:
        return taken
    query = (
        "SELECT public_id FROM certificate WHERE holder_public_id = "
        "(SELECT holder_public_id FROM certificate WHERE public_id = ?)"
    )
    return taken.union(row[0] for one in taken for row in connection.execute(query, (one,)))


@dataclass(frozen=True)
class Identity:
    """What tells a release with its withdrawals from another: its file, and moments in nanoseconds."""

    path: Path
    inode: int
    written_at: int
    taken_at: int


@dataclass(frozen=True)
class Opened:
    """A release with its read-only database, unknown to Datasette: none of its own pages can reach it.

    `pages` are its pages by language; `withdrawn`: public identifiers of all certificates of the persons who were
    taken down.
    """

    release: Release
    pages: Mapping[str, Pages]
    database: Database
    withdrawn: frozenset[str]
    identity: Identity

    async def ask(self, query: Query[T], milliseconds: int) -> T:
        """Runs a query of `queries.py` in a reading thread; it is interrupted after `milliseconds`."""

        def run(connection: sqlite3.Connection) -> T:
            with sqlite_timelimit(connection, milliseconds):
                return query(connection)

        answer: T = await self.database.execute_fn(run)
        return answer


class Releases:
    """The current release of a store, exchanged when the pointer moves. Requests under way finish on theirs."""

    def __init__(self, datasette: Datasette, store: Store, tones: Mapping[str, str]) -> None:
        self._datasette = datasette
        self._store = store
        self._tones = tones
        self._opened = 0
        self._refused: Identity | None = None
        self._exchanging = asyncio.Lock()
        self.current = self._open()

    async def latest(self) -> Opened:
        """The current release without whoever was taken down until now, though `watch` has not looked again yet."""
        if self._taken_at() != self.current.identity.taken_at:
            await self._exchange()
        return self.current

    async def watch(self, seconds: float) -> None:
        """Looks at the pointer for ever; a release that cannot be opened is reported once and not served."""
        while True:
            await asyncio.sleep(seconds)
            await self._exchange()

    async def _exchange(self) -> None:
        """Opens what is to be served now, unless it is served or was refused."""
        async with self._exchanging:
            try:
                identity = await asyncio.to_thread(self._identity)
                if identity not in (self.current.identity, self._refused):
                    self._refused = identity
                    before, self.current = self.current, await asyncio.to_thread(self._open)
                    asyncio.get_running_loop().call_later(60, before.database.close)
                    log.warning("发布 release %s", self.current.release.about["version"])
            except (BadInput, OSError) as error:
                log.error("%s", error)

    def _identity(self) -> Identity:
        path = (self._store.current / "served" / "lookup.sqlite").resolve()
        facts = path.stat()
        return Identity(path, facts.st_ino, facts.st_mtime_ns, self._taken_at())

    def _taken_at(self) -> int:
        """When somebody was taken down or restored last, in nanoseconds; 0: nobody ever was."""
        return self._store.withdrawn.stat().st_mtime_ns if self._store.withdrawn.exists() else 0

    def _open(self) -> Opened:
        try:
            identity = self._identity()
            self._opened += 1
            database = Database(self._datasette, path=quote(str(identity.path)), is_mutable=False)
            # Datasette keeps a connection per thread and name: a new name for every release.
            database.name = f"lookup_{self._opened}"
            with contextlib.closing(database.connect()) as connection:
                release = describe(connection)
                taken = _whole_persons(connection, release.columns, withdrawn(self._store))
                pages = {lang: Pages(release, lang, self._tones) for lang in LANGUAGES}
                return Opened(release, pages, database, taken, identity)
        except (OSError, KeyError, TypeError, sqlite3.Error) as error:
            raise BadInput(
                "这里没有可用的查询库 | there is no lookup database that can be opened",
                where=str(self._store.current / "served" / "lookup.sqlite"),
                remedy="先运行 jzs build | run `jzs build` first",
            ) from error
