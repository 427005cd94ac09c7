"""`served/lookup.sqlite`: one person, one enterprise, one project at a time.

Certificates are stored in the order of their holders' pinyin: those of one name then lie on the same
pages, and every index meets sorted input. Names have a key beside them (`etl.clean.spelling`), by which they are asked
for; those of enterprises and projects can be found by a fragment of it.
"""

import errno
import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import adbc_driver_sqlite.dbapi as adbc
import duckdb
import pyarrow as pa
from pysqlite3 import dbapi2 as sqlite3

from etl.clean.spelling import name_keys
from etl.metadata import Metadata
from etl.publish.edition import Edition
from etl.publish.pinyin import read_surnames, romanise
from etl.publish.tables import Table
from etl.publish.workforce import texts

_PREFIX = "served_"
_PINYIN = "person_name_pinyin"
# Storage order of a table; tables not named here are stored in the order of all their columns.
# Names that are asked for: table -> columns; the key of `name` is the column `name_key`.
NAMES = {
    "certificate": ("person_name", "person_name_en"),
    "enterprise": ("enterprise_name",),
    "project": ("project_name",),
}
# Tables whose names are found by a fragment, through a trigram index beside them.
_FRAGMENTS = ("enterprise", "project")
_ORDER = {"certificate": (_PINYIN, "person_name", "registration_no")}
_UNIQUE = {
    "certificate": (("public_id",),),
    "enterprise": (("enterprise_key",),),
    "project": (("project_key",),),
}
_INDEXES: dict[str, tuple[tuple[str, ...], ...]] = {
    "certificate": (
        ("person_name_key",),
        ("person_name_en_key",),
        (_PINYIN,),
        ("registration_no",),
        ("certificate_no",),
        ("enterprise_key", "person_name_key"),
        ("holder_public_id",),
    ),
    "registration": (("public_id",),),
    "earlier": (("public_id",),),
    "move": (("public_id",),),
    "post": (("public_id",), ("project_key",)),
    "change": (("public_id",),),
    "integrity": (("public_id",),),
    "enterprise_integrity": (("enterprise_key",),),
    "enterprise": (("enterprise_code",), ("enterprise_name_key",)),
    "headcount": (("enterprise_key",),),
    "project": (("project_name_key",),),
    "qualification": (("enterprise_key",),),
}


# The largest limit that SQLite takes.
_ALL_ROWS = 2**31 - 1


def lookup_name(table: Table) -> str:
    """Name in the lookup of a served mart."""
    return table.name.removeprefix(_PREFIX)


def write_lookup(path: Path, tables: Mapping[str, Table], metadata: Metadata, edition: Edition) -> None:
    """Writes the lookup from the served marts, indexed and analysed, never to be written again."""
    surnames = metadata.root / "names" / "surname_pinyin.csv"
    columns: dict[str, tuple[str, ...]] = {}
    with duckdb.connect() as connection, adbc.connect(str(path), autocommit=True) as sqlite:
        for pragma in ("journal_mode = OFF", "synchronous = OFF", "page_size = 8192"):
            _execute(sqlite, f"PRAGMA {pragma}")
        for table in tables.values():
            name = lookup_name(table)
            query = _query(connection, table, metadata)
            for column in NAMES.get(name, ()):
                if column in table.columns:
                    readings = (
                        read_surnames(surnames) if column == "person_name" and surnames.exists() else None
                    )
                    query = _with_keys(connection, table, column, query, readings)
            columns[name] = _load(sqlite, name, _sorted(connection, name, query))
        for name, words in _words(metadata, edition).items():
            _load(sqlite, name, words.to_reader())
    index(path, columns)


def _query(connection: duckdb.DuckDBPyConnection, table: Table, metadata: Metadata) -> str:
    """A served mart as SQLite stores it: dates as ISO text, months as YYYY-MM."""
    described = connection.execute(f"DESCRIBE SELECT * FROM {table.source}").fetchall()
    columns = [_plain(name, kind, metadata) for name, kind, *_ in described]
    return f"SELECT {', '.join(columns)} FROM {table.source}"


def _plain(name: str, kind: str, metadata: Metadata) -> str:
    if kind != "DATE":
        return name
    field = metadata.fields.get(name)
    shape = "%Y-%m" if field is not None and field.type == "month" else "%Y-%m-%d"
    return f"strftime({name}, '{shape}') AS {name}"


def _with_keys(
    connection: duckdb.DuckDBPyConnection,
    table: Table,
    column: str,
    query: str,
    surnames: Mapping[str, str] | None,
) -> str:
    """The query with the key of a name beside it and, given surnames, its pinyin."""
    distinct = f"SELECT DISTINCT {column} FROM {table.source} WHERE {column} IS NOT NULL ORDER BY ALL"
    stored = connection.sql(distinct).to_arrow_table().column(column)
    names = stored.to_pylist()
    columns = {column: stored, f"{column}_key": pa.array(name_keys(names), pa.string())}
    if surnames is not None:
        columns[_PINYIN] = pa.array(romanise(names, surnames), pa.string())
    connection.register("spelled", pa.table(columns))
    connection.execute(f"CREATE TABLE {column}_spelling AS SELECT * FROM spelled")
    connection.unregister("spelled")
    return f"SELECT * FROM ({query}) LEFT JOIN {column}_spelling USING ({column})"


def _sorted(connection: duckdb.DuckDBPyConnection, name: str, query: str) -> pa.RecordBatchReader:
    present = [row[0] for row in connection.execute(f"DESCRIBE {query}").fetchall()]
    first = [column for column in _ORDER.get(name, ()) if column in present]
    order = ", ".join(dict.fromkeys([*first, *present]))
    return connection.sql(f"SELECT * FROM ({query}) ORDER BY {order}").to_arrow_reader()


def _load(sqlite: adbc.Connection, name: str, reader: pa.RecordBatchReader) -> tuple[str, ...]:
    """Appends to a table of our own definition, and returns its columns.

    Raises:
        OSError: the disk does not take them; ADBC names the transaction that it could not end, not why.
    """
    columns = ", ".join(f"{field.name} {_sqlite_type(field.type)}" for field in reader.schema)
    _execute(sqlite, f"CREATE TABLE {name} ({columns})")
    with sqlite.cursor() as cursor:
        try:
            cursor.adbc_ingest(name, reader, mode="append")
        except adbc.InternalError as error:
            raise OSError(errno.EIO, os.strerror(errno.EIO), name) from error
    return tuple(reader.schema.names)


def _sqlite_type(kind: pa.DataType) -> str:
    if pa.types.is_integer(kind) or pa.types.is_boolean(kind):
        return "INTEGER"
    return "REAL" if pa.types.is_floating(kind) else "TEXT"


def _words(metadata: Metadata, edition: Edition) -> dict[str, pa.Table]:
    """The tables `code`, `release` and `text`."""
    codes = (
        [
            {
                "list": entry_list.name,
                "code": code.code,
                "zh": code.zh,
                "en": code.en,
                "variants": "|".join(code.variants),
            }
            for entry_list in metadata.codes.values()
            for code in entry_list.entries
        ]
        + [
            {"list": "source", "code": s.name, "zh": s.zh, "en": s.en, "variants": ""}
            for s in metadata.sources.values()
        ]
        + request_words(metadata.rules.get("requests"))
    )
    release = edition.row() | {"as_of": edition.as_of.isoformat(), "synthetic": int(edition.synthetic)}
    schema = pa.schema([(n, pa.int64() if n == "synthetic" else pa.string()) for n in release])
    return {
        "code": pa.Table.from_pylist(
            codes, schema=pa.schema([(n, pa.string()) for n in ("list", "code", "zh", "en", "variants")])
        ),
        "release": pa.Table.from_pylist([release], schema=schema),
        "text": texts(metadata),
    }


def request_words(rules: Mapping[str, Any] | None) -> list[dict[str, str]]:
    """Rows of `code`: what may be asked to be corrected (`request_person` …), why, and what becomes of it.

    The one code of `request_days` is the number of days to decide.
    """
    if rules is None:
        return []
    lists = {f"request_{record}": groups for record, groups in rules["groups"].items()}
    lists |= {f"request_{name}": rules[f"{name}s"] for name in ("ground", "decision", "base")}
    lists["request_days"] = {str(rules["days"]): {"zh": rules["source"], "en": rules["source"]}}
    return [
        {"list": name, "code": code, "zh": words["zh"], "en": words["en"], "variants": ""}
        for name, entries in lists.items()
        for code, words in entries.items()
    ]


def index(path: Path, tables: Mapping[str, Sequence[str]]) -> None:
    """Creates the indexes whose columns a lookup has; `tables` are its tables with their columns.

    Raises:
        OSError: the disk is full, or cannot be written.
    """
    try:
        _index(path, tables)
    except sqlite3.OperationalError as error:
        if "disk" not in str(error):
            raise
        raise OSError(errno.EIO, str(error), str(path)) from error


def _index(path: Path, tables: Mapping[str, Sequence[str]]) -> None:
    with sqlite3.connect(path) as connection:
        connection.execute("PRAGMA journal_mode = OFF")
        for name, columns in tables.items():
            for index, (unique, keys) in enumerate(_indexes(name)):
                if set(keys) <= set(columns):
                    connection.execute(f"CREATE {unique} INDEX {name}_{index} ON {name} ({', '.join(keys)})")
            if name in _FRAGMENTS and f"{name}_name_key" in columns:
                connection.execute(
                    f"CREATE VIRTUAL TABLE {name}_fts USING fts5({name}_name_key, content={name}, tokenize=trigram)"
                )
                connection.execute(f"INSERT INTO {name}_fts ({name}_fts) VALUES ('rebuild')")
        # With a limit, whatever it is, no samples of keys are kept: their counts, end to end, read as phone numbers.
        connection.execute(f"PRAGMA analysis_limit = {_ALL_ROWS}")
        connection.execute("ANALYZE")
    connection.close()


def _indexes(name: str) -> list[tuple[str, tuple[str, ...]]]:
    return [("UNIQUE", keys) for keys in _UNIQUE.get(name, ())] + [
        ("", keys) for keys in _INDEXES.get(name, ())
    ]


def _execute(sqlite: adbc.Connection, statement: str) -> None:
    with sqlite.cursor() as cursor:
        cursor.execute(statement)
