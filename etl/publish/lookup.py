"""`served/lookup.sqlite`: one certificate, one person, one enterprise at a time.

Certificates are stored in the order of their holders' pinyin: those of one name then lie on the same
pages, and every index meets sorted input.
"""

from collections.abc import Mapping
from pathlib import Path

import adbc_driver_sqlite.dbapi as adbc
import duckdb
import pyarrow as pa
from pysqlite3 import dbapi2 as sqlite3

from etl.metadata import Metadata
from etl.publish.edition import Edition
from etl.publish.pinyin import read_surnames, romanise
from etl.publish.tables import Table
from etl.publish.workforce import texts

_PREFIX = "served_"
_PINYIN = "person_name_pinyin"
# Storage order of a table; tables not named here are stored in the order of all their columns.
_ORDER = {"certificate": (_PINYIN, "person_name", "registration_no")}
_UNIQUE = {"certificate": (("public_id",),), "enterprise": (("enterprise_key",),)}
_INDEXES: dict[str, tuple[tuple[str, ...], ...]] = {
    "certificate": (
        ("person_name",),
        (_PINYIN,),
        ("registration_no",),
        ("certificate_no",),
        ("enterprise_key", "person_name"),
    ),
    "registration": (("public_id",),),
    "move": (("public_id",),),
    "change": (("public_id",),),
    "integrity": (("public_id",),),
    "enterprise": (("enterprise_code",), ("enterprise_name",)),
    "qualification": (("enterprise_key",),),
}


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
            query = _query(table, metadata)
            if name == "certificate" and "person_name" in table.columns and surnames.exists():
                _create_pinyin(connection, table, read_surnames(surnames))
                query = f"SELECT * FROM ({query}) LEFT JOIN pinyin USING (person_name)"
            columns[name] = _load(sqlite, name, _sorted(connection, name, query))
        for name, words in _words(metadata, edition).items():
            _load(sqlite, name, words.to_reader())
    _index(path, columns)


def _query(table: Table, metadata: Metadata) -> str:
    """A served mart as SQLite stores it: dates as ISO text, months as YYYY-MM."""
    with duckdb.connect() as connection:
        described = connection.execute(f"DESCRIBE SELECT * FROM {table.source}").fetchall()
    columns = [_plain(name, kind, metadata) for name, kind, *_ in described]
    return f"SELECT {', '.join(columns)} FROM {table.source}"


def _plain(name: str, kind: str, metadata: Metadata) -> str:
    if kind != "DATE":
        return name
    field = metadata.fields.get(name)
    shape = "%Y-%m" if field is not None and field.type == "month" else "%Y-%m-%d"
    return f"strftime({name}, '{shape}') AS {name}"


def _create_pinyin(connection: duckdb.DuckDBPyConnection, table: Table, surnames: Mapping[str, str]) -> None:
    query = f"SELECT DISTINCT person_name FROM {table.source} WHERE person_name IS NOT NULL ORDER BY ALL"
    names = connection.sql(query).to_arrow_table().column("person_name")
    readings = pa.array(romanise(names.to_pylist(), surnames), pa.string())
    connection.register("readings", pa.table({"person_name": names, _PINYIN: readings}))
    connection.execute("CREATE TABLE pinyin AS SELECT * FROM readings")
    connection.unregister("readings")


def _sorted(connection: duckdb.DuckDBPyConnection, name: str, query: str) -> pa.RecordBatchReader:
    present = [row[0] for row in connection.execute(f"DESCRIBE {query}").fetchall()]
    first = [column for column in _ORDER.get(name, ()) if column in present]
    order = ", ".join(dict.fromkeys([*first, *present]))
    return connection.sql(f"SELECT * FROM ({query}) ORDER BY {order}").to_arrow_reader()


def _load(sqlite: adbc.Connection, name: str, reader: pa.RecordBatchReader) -> tuple[str, ...]:
    """Appends to a table of our own definition, and returns its columns."""
    columns = ", ".join(f"{field.name} {_sqlite_type(field.type)}" for field in reader.schema)
    _execute(sqlite, f"CREATE TABLE {name} ({columns})")
    with sqlite.cursor() as cursor:
        cursor.adbc_ingest(name, reader, mode="append")
    return tuple(reader.schema.names)


def _sqlite_type(kind: pa.DataType) -> str:
    if pa.types.is_integer(kind) or pa.types.is_boolean(kind):
        return "INTEGER"
    return "REAL" if pa.types.is_floating(kind) else "TEXT"


def _words(metadata: Metadata, edition: Edition) -> dict[str, pa.Table]:
    """The tables `code`, `release` and `text`."""
    codes = [
        {"list": entry_list.name, "code": code.code, "zh": code.zh, "en": code.en}
        for entry_list in metadata.codes.values()
        for code in entry_list.entries
    ]
    release = edition.row() | {"as_of": edition.as_of.isoformat(), "synthetic": int(edition.synthetic)}
    schema = pa.schema([(n, pa.int64() if n == "synthetic" else pa.string()) for n in release])
    return {
        "code": pa.Table.from_pylist(
            codes, schema=pa.schema([(n, pa.string()) for n in ("list", "code", "zh", "en")])
        ),
        "release": pa.Table.from_pylist([release], schema=schema),
        "text": texts(metadata),
    }


def _index(path: Path, tables: Mapping[str, tuple[str, ...]]) -> None:
    """Creates the indexes whose columns this register has."""
    with sqlite3.connect(path) as connection:
        connection.execute("PRAGMA journal_mode = OFF")
        for name, columns in tables.items():
            for index, (unique, keys) in enumerate(_indexes(name)):
                if set(keys) <= set(columns):
                    connection.execute(f"CREATE {unique} INDEX {name}_{index} ON {name} ({', '.join(keys)})")
        connection.execute("ANALYZE")
    connection.close()


def _indexes(name: str) -> list[tuple[str, tuple[str, ...]]]:
    return [("UNIQUE", keys) for keys in _UNIQUE.get(name, ())] + [
        ("", keys) for keys in _INDEXES.get(name, ())
    ]


def _execute(sqlite: adbc.Connection, statement: str) -> None:
    with sqlite.cursor() as cursor:
        cursor.execute(statement)
