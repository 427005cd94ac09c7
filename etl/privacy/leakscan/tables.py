"""The cells of tables in a file: Parquet and DuckDB, which pack them, and SQLite, which may cut them in two."""

from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
from pysqlite3 import dbapi2 as sqlite3

_ROWS = 100_000
_PARQUET, _SQLITE, _DUCKDB = b"PAR1", b"SQLite format 3\0", b"DUCK"
# A page of SQLite keeps a row of up to an eighth of it in one piece, also in an index (file format, 1.6).
_WHOLE = 8


def tables_of(path: Path, begin: bytes) -> str | None:
    """Which kind of tables a file holds that begins with these bytes: parquet, duckdb, sqlite; None for others."""
    if begin.startswith(_PARQUET):
        return "parquet"
    if begin.startswith(_SQLITE):
        return "sqlite"
    return "duckdb" if begin[8:12] == _DUCKDB else None


def cells(path: Path, begin: bytes, digits: int) -> Iterator[tuple[str, bytes]]:
    """(table and column, cells) of some rows at a time, a cell a line.

    Of SQLite only the long rows, which lie on several pages, and what has at least so many `digits` in a row: the
    other cells stand in the file as they are, but one after the other, so that the digits of two become one number.
    """
    kind = tables_of(path, begin)
    if kind == "sqlite":
        yield from _long_rows(path)
        yield from _cells_of_digits(path, digits)
    else:
        yield from {"parquet": _parquet, "duckdb": _duckdb}[kind or ""](path)


def described(path: Path) -> bytes:
    """What a Parquet file says of itself and its columns, in UTF-8."""
    schema: str = pq.read_schema(path).to_string(
        truncate_metadata=False, show_field_metadata=True, show_schema_metadata=True
    )
    return schema.encode()


def columns(path: Path) -> dict[str, list[str]]:
    """Table -> its columns, of a file of tables; none for other files."""
    with path.open("rb") as file:
        kind = tables_of(path, file.read(16))
    if kind == "parquet":
        return {path.stem: list(pq.read_schema(path).names)}
    if kind == "duckdb":
        with duckdb.connect(path, read_only=True) as connection:
            return {
                name: _described(connection, f"SELECT * FROM {_quoted(name)}") for name in _names(connection)
            }
    if kind == "sqlite":
        with closing(_opened(path)) as connection:
            return {name: _sqlite_columns(connection, name) for name in _sqlite_tables(connection)}
    return {}


def _parquet(path: Path) -> Iterator[tuple[str, bytes]]:
    with pq.ParquetFile(path) as file:
        for batch in file.iter_batches(_ROWS):
            yield from _columns_of(batch, "")


def _duckdb(path: Path) -> Iterator[tuple[str, bytes]]:
    with duckdb.connect(path, read_only=True) as connection:
        for name in _names(connection):
            for batch in connection.sql(f"SELECT * FROM {_quoted(name)}").to_arrow_reader(_ROWS):
                yield from _columns_of(batch, f"table {name} ")


def _names(connection: duckdb.DuckDBPyConnection) -> list[str]:
    return [
        row[0] for row in connection.execute("SELECT table_name FROM duckdb_tables() ORDER BY 1").fetchall()
    ]


def _described(connection: duckdb.DuckDBPyConnection, query: str) -> list[str]:
    return [row[0] for row in connection.execute(f"DESCRIBE {query}").fetchall()]


def _columns_of(batch: pa.RecordBatch, table: str) -> Iterator[tuple[str, bytes]]:
    for name, column in zip(batch.schema.names, batch.columns, strict=True):
        yield f"{table}column {name}", as_lines(column)


def as_lines(column: Any) -> bytes:
    """The cells of a column as text, one a line; those of nested types as JSON would show them."""
    if pa.types.is_dictionary(column.type):
        column = column.dictionary_decode()
    if pa.types.is_nested(column.type):
        return "\n".join(map(str, column.to_pylist())).encode()
    if not pa.types.is_binary(column.type) and not pa.types.is_large_binary(column.type):
        column = column.cast(pa.large_string())
    column = pc.fill_null(column.cast(pa.large_binary()), b"")
    whole = pa.LargeListArray.from_arrays(pa.array([0, len(column)], pa.int64()), column)
    joined: bytes = pc.binary_join(whole, pa.scalar(b"\n", pa.large_binary()))[0].as_py()
    return joined


def _long_rows(path: Path) -> Iterator[tuple[str, bytes]]:
    with closing(_opened(path)) as connection:
        longest = connection.execute("PRAGMA page_size").fetchone()[0] // _WHOLE
        for table in _sqlite_tables(connection):
            names = _sqlite_columns(connection, table)
            size = " + ".join(f"coalesce(length(CAST({_quoted(name)} AS BLOB)), 0)" for name in names)
            rows = connection.execute(f"SELECT * FROM {_quoted(table)} WHERE {size} > {longest}")
            while some := rows.fetchmany(_ROWS):
                for name, values in zip(names, zip(*some, strict=True), strict=True):
                    yield f"table {table} column {name}", b"\n".join(map(_bytes, values))


def _cells_of_digits(path: Path, digits: int) -> Iterator[tuple[str, bytes]]:
    run = "[0-9]" * digits
    # The length of a cell is known at once, and most are shorter than a number.
    with closing(_opened(path)) as connection:
        for table in _sqlite_tables(connection):
            for name in _sqlite_columns(connection, table):
                cell, whole = _quoted(name), _quoted(table)
                has_run = f"octet_length({cell}) >= {digits} AND {cell} GLOB '*{run}*'"
                rows = connection.execute(f"SELECT {cell} FROM {whole} WHERE {has_run}")
                while some := rows.fetchmany(_ROWS):
                    yield f"table {table} column {name}", b"\n".join(_bytes(value) for (value,) in some)


def _quoted(name: str) -> str:
    """A name as an identifier of SQL."""
    doubled = name.replace('"', '""')
    return f'"{doubled}"'


def _bytes(value: object) -> bytes:
    return value if isinstance(value, bytes) else b"" if value is None else str(value).encode()


def _opened(path: Path) -> Any:
    """A connection that gives text as bytes; a database with a log beside it is read without the log."""
    connection = sqlite3.connect(f"file:{path}?immutable=1", uri=True)
    connection.text_factory = bytes
    return connection


def _sqlite_tables(connection: Any) -> list[str]:
    rows = connection.execute("SELECT name FROM sqlite_schema WHERE type = 'table' AND rootpage > 0")
    return sorted(name.decode() for (name,) in rows)


def _sqlite_columns(connection: Any, table: str) -> list[str]:
    return [row[1].decode() for row in connection.execute(f"PRAGMA table_xinfo({_quoted(table)})")]
