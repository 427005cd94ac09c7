"""The release being served: read-only access to `workforce.duckdb` through the query files."""

import os
import re
import threading
from collections import namedtuple
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import Any

import duckdb

QUERIES = Path(__file__).with_name("queries")
REQUIRES = re.compile(r"^-- requires: (.+)$", re.MULTILINE)
PARAMETER = re.compile(r"\$(\w+)")

Row = Any  # a namedtuple made from the query's columns


@dataclass(frozen=True)
class Query:
    """A query file: its SQL, the table columns it needs, and the parameters it binds."""

    name: str
    sql: str
    requires: tuple[str, ...]
    parameters: frozenset[str]


@dataclass(frozen=True)
class Result(Sequence[Row]):
    """Rows of one query, with the query's name and parameters, so that they can be downloaded again."""

    query: str
    parameters: tuple[tuple[str, Any], ...]
    columns: tuple[str, ...]
    rows: tuple[Row, ...]

    def __getitem__(self, index: Any) -> Any:
        return self.rows[index]

    def __len__(self) -> int:
        return len(self.rows)

    def __iter__(self) -> Iterator[Row]:
        return iter(self.rows)


@dataclass(frozen=True, eq=False)
class Release:
    """One release opened for reading. Compared by identity: one object per release folder.

    `info` is the row of table `release`; `codes` maps list name -> code -> row of that code list, in the
    list's own order; `texts` maps language -> key -> text; `labels` maps language -> column -> label.
    """

    folder: Path
    connection: duckdb.DuckDBPyConnection
    columns: Mapping[str, frozenset[str]]
    info: Row
    codes: Mapping[str, Mapping[str, Row]]
    texts: Mapping[str, Mapping[str, str]]
    labels: Mapping[str, Mapping[str, str]]
    _cache: dict[Any, Result] = field(default_factory=dict)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def offers(self, *names: str) -> bool:
        """Whether the release has every table and column that these queries need."""
        return all(self._has(column) for name in names for column in queries()[name].requires)

    def _has(self, requirement: str) -> bool:
        table, _, column = requirement.partition(".")
        return column in self.columns.get(table, frozenset())

    def rows(self, name: str, **parameters: Any) -> Result:
        """Result of a query file with its parameters bound; computed once per release and parameters.

        Raises KeyError for a query that does not exist or a parameter that it does not declare.
        """
        query = queries()[name]
        if unknown := set(parameters) - query.parameters:
            raise KeyError(f"{name}: {sorted(unknown)}")
        bound = tuple(sorted((key, parameters.get(key)) for key in query.parameters))
        with self._lock:
            if (name, bound) not in self._cache:
                self._cache[name, bound] = self._run(query, bound)
            return self._cache[name, bound]

    def _run(self, query: Query, bound: tuple[tuple[str, Any], ...]) -> Result:
        cursor = self.connection.cursor().execute(query.sql, dict(bound))
        columns = tuple(entry[0] for entry in cursor.description)
        row: Any = namedtuple("Row", columns)  # type: ignore[misc]
        return Result(query.name, bound, columns, tuple(row._make(values) for values in cursor.fetchall()))

    @property
    def geometry(self) -> Path | None:
        """The division boundaries, None where the release has no map."""
        path = self.folder / "served" / "divisions.geojson"
        return path if path.is_file() else None


@lru_cache(maxsize=1)
def queries() -> Mapping[str, Query]:
    """All query files by name."""
    return {path.stem: _query(path) for path in sorted(QUERIES.glob("*.sql"))}


def _query(path: Path) -> Query:
    sql = path.read_text(encoding="utf-8")
    requires = tuple(part for line in REQUIRES.findall(sql) for part in re.split(r",\s*", line.strip()))
    return Query(path.stem, sql, requires, frozenset(PARAMETER.findall(sql)))


def store() -> Path:
    """The store directory, from the environment of the process."""
    return Path(os.environ.get("JZS_STORE", "store"))


def current() -> Release | None:
    """The release that the pointer names now, None before the first one. Cheap enough for every request."""
    folder = (store() / "public" / "current").resolve()
    return _opened(folder) if (folder / "served" / "workforce.duckdb").is_file() else None


@lru_cache(maxsize=2)
def _opened(folder: Path) -> Release:
    connection = duckdb.connect(
        str(folder / "served" / "workforce.duckdb"),
        read_only=True,
        config={"threads": 2, "memory_limit": "512MB", "enable_external_access": False},
    )
    columns = _columns(connection)
    codes = {
        table.removeprefix("codes_"): {row.code: row for row in sorted(_table(connection, table), key=_place)}
        for table in sorted(columns)
        if table.startswith("codes_")
    }
    texts, labels = _table(connection, "text"), _table(connection, "field")
    return Release(
        folder=folder,
        connection=connection,
        columns=columns,
        info=_table(connection, "release")[0],
        codes=codes,
        texts={"zh": {row.key: row.zh for row in texts}, "en": {row.key: row.en for row in texts}},
        labels={"zh": {row.name: row.zh for row in labels}, "en": {row.name: row.en for row in labels}},
    )


def _place(row: Row) -> int:
    """Place of a code in its list, which databases do not keep."""
    return int(getattr(row, "sort", None) or 0)


def _columns(connection: duckdb.DuckDBPyConnection) -> dict[str, frozenset[str]]:
    found: dict[str, set[str]] = {}
    for table, column in connection.execute(queries()["schema"].sql).fetchall():
        found.setdefault(table, set()).add(column)
    return {table: frozenset(names) for table, names in found.items()}


def _table(connection: duckdb.DuckDBPyConnection, name: str) -> list[Row]:
    relation = connection.table(name)
    row: Any = namedtuple("Row", relation.columns)  # type: ignore[misc]
    return [row._make(values) for values in relation.fetchall()]
