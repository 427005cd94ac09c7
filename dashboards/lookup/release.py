"""The release being served: opened read-only, described once, and exchanged when the pointer moves."""

import asyncio
import contextlib
import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar
from urllib.parse import quote

from datasette.app import Datasette
from datasette.database import Database
from datasette.utils import sqlite_timelimit
from datasette.utils.sqlite import sqlite3

from dashboards.lookup.finding.queries import Columns, Query, columns_of
from dashboards.lookup.finding.question import Vocabulary
from etl.clean.spelling import name_key
from etl.errors import BadInput, Refused
from etl.settings import Store
from etl.withdrawals import withdrawn

log = logging.getLogger("jzs.lookup")
T = TypeVar("T")

# Code list of each coded column.
LISTS = {
    "category_code": "category",
    "specialty_code": "specialty",
    "status_code": "status",
    "division_code": "division",
    "division_code_from": "division",
    "division_code_to": "division",
    "prefecture_code": "prefecture",
    "nature_code": "nature",
    "kind_code": "integrity_kind",
    "change_type_code": "change_type",
    "qualification_code": "qualification",
    "grade_code": "grade",
    "stage_code": "stage",
    "project_type_code": "project_type",
    "source_name": "source",
}
Words = Mapping[str, str]


@dataclass(frozen=True)
class Release:
    """What a release says about itself, its texts and codes, and the tables and columns it has."""

    about: Mapping[str, Any]
    texts: Mapping[str, Words]
    codes: Mapping[tuple[str, str], Words]
    columns: Mapping[str, frozenset[str]]
    divisions: tuple[str, ...]
    prefectures: tuple[str, ...]
    specialties: tuple[str, ...]
    stages: tuple[str, ...]
    vocabulary: Vocabulary

    def text(self, key: str, lang: str) -> str:
        """A text of the lookup; the key itself when the release has none."""
        words = self.texts.get(f"lookup.{key}")
        return words[lang] if words else key

    def words(self, column: str, code: str | None) -> Words | None:
        """Both names of a code, the code itself when its list lacks it; None for an uncoded column."""
        if column not in LISTS:
            return None
        return self.codes.get((LISTS[column], code or ""), {"zh": code or "", "en": code or ""})

    def listed(self, name: str) -> Mapping[str, Words]:
        """The codes of a list with their names, in its order."""
        return {code: words for (own, code), words in self.codes.items() if own == name}

    @property
    def facts(self) -> frozenset[str]:
        """The facts by which this register can be asked."""
        has = self.columns["certificate"]
        found = {"q", "number"} if has & {"registration_no", "certificate_no"} else {"q"}
        if "person_name" in has:
            found |= {"name"}
            found |= {"employer"} if "enterprise_name" in has else set()
            found |= {"division"} if self.divisions else set()
            found |= {"prefecture"} if self.prefectures else set()
            found |= {"specialty"} if self.specialties else set()
            found |= {"tail"} if "registration_no" in has else set()
        found |= {"words"} if {"enterprise_fts", "project_fts"} & set(self.columns) else set()
        return frozenset(found)


def describe(connection: sqlite3.Connection) -> Release:
    """Reads everything about a release that does not depend on a question."""
    columns = columns_of(connection)
    cursor = connection.execute("SELECT * FROM release")
    about = dict(zip([column[0] for column in cursor.description], cursor.fetchone(), strict=True))
    texts = connection.execute("SELECT key, zh, en FROM text WHERE key GLOB 'lookup.*'")
    codes = connection.execute("SELECT list, code, zh, en, variants FROM code").fetchall()
    divisions = _used(connection, columns, "certificate", "division_code", codes)
    prefectures = _used(connection, columns, "certificate", "prefecture_code", codes)
    specialties = _used(connection, columns, "registration", "specialty_code", codes)
    return Release(
        about=about,
        texts={key: {"zh": zh, "en": en} for key, zh, en in texts},
        codes={(name, code): {"zh": zh, "en": en} for name, code, zh, en, _ in codes},
        columns=columns,
        divisions=divisions,
        prefectures=prefectures,
        specialties=specialties,
        stages=tuple(code for name, code, *_ in codes if name == LISTS["stage_code"]),
        vocabulary=Vocabulary(
            _spelled(codes, "division_code", divisions),
            _spelled(codes, "specialty_code", specialties),
            _spelled(codes, "prefecture_code", prefectures),
        ),
    )


def _used(
    connection: sqlite3.Connection, columns: Columns, table: str, column: str, codes: Sequence[Sequence[str]]
) -> tuple[str, ...]:
    """The codes that stand in a column, in the order of their list."""
    if column not in columns.get(table, ()):
        return ()
    found = {row[0] for row in connection.execute(f"SELECT DISTINCT {column} FROM {table}")}
    return tuple(code for name, code, *_ in codes if name == LISTS[column] and code in found)


def _spelled(codes: Sequence[Sequence[str]], column: str, used: tuple[str, ...]) -> dict[str, str]:
    """Key of every name and variant that is not a number -> its code."""
    return {
        name_key(word): code
        for name, code, zh, en, variants in codes
        if name == LISTS[column] and code in used
        for word in (zh, en, *variants.split("|"))
        if word and not word.isdigit()
    }


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
class Opened:
    """A release with its read-only database, unknown to Datasette: none of its own pages can reach it.

    `withdrawn`: public identifiers of all certificates of the persons who were taken down.
    """

    release: Release
    database: Database
    withdrawn: frozenset[str]
    identity: tuple[str, int, int, int]

    async def ask(self, query: Query[T], milliseconds: int) -> T:
        """Runs a query of `queries.py` in a reading thread; it is interrupted after `milliseconds`."""

        def run(connection: sqlite3.Connection) -> T:
            with sqlite_timelimit(connection, milliseconds):
                return query(connection)

        answer: T = await self.database.execute_fn(run)
        return answer


class Releases:
    """The current release of a store; `watch` exchanges it. Requests under way finish on theirs."""

    def __init__(self, datasette: Datasette, store: Store) -> None:
        self._datasette = datasette
        self._store = store
        self._opened = 0
        self.current = self._open()

    async def watch(self, seconds: float) -> None:
        """Looks at the pointer for ever; a release that cannot be opened is reported once and not served."""
        refused = None
        while True:
            await asyncio.sleep(seconds)
            try:
                identity = await asyncio.to_thread(self._identity)
                if identity not in (self.current.identity, refused):
                    refused = identity
                    before, self.current = self.current, await asyncio.to_thread(self._open)
                    asyncio.get_running_loop().call_later(60, before.database.close)
                    log.warning("发布 release %s", self.current.release.about["version"])
            except (BadInput, OSError) as error:
                log.error("%s", error)

    def _identity(self) -> tuple[str, int, int, int]:
        path = (self._store.current / "served" / "lookup.sqlite").resolve()
        facts = path.stat()
        taken = self._store.withdrawn
        return str(path), facts.st_ino, facts.st_mtime_ns, taken.stat().st_mtime_ns if taken.exists() else 0

    def _open(self) -> Opened:
        try:
            identity = self._identity()
            self._opened += 1
            database = Database(self._datasette, path=quote(identity[0]), is_mutable=False)
            # Datasette keeps a connection per thread and name: a new name for every release.
            database.name = f"lookup_{self._opened}"
            with contextlib.closing(database.connect()) as connection:
                release = describe(connection)
                taken = _whole_persons(connection, release.columns, withdrawn(self._store))
                return Opened(release, database, taken, identity)
        except (OSError, KeyError, TypeError, sqlite3.Error) as error:
            raise BadInput(
                "这里没有可用的查询库 | there is no lookup database that can be opened",
                where=str(self._store.current / "served" / "lookup.sqlite"),
                remedy="先运行 jzs build | run `jzs build` first",
            ) from error
