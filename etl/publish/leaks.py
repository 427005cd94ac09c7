"""Leak scan: no value that the register keeps back stands in a file that anyone may copy.

Identity numbers are looked for in full, in every word of every open file and of the dashboard's database. Other
protected values (names, certificate and registration numbers) are looked for in full in the text cells of the
open tables and of that database.
"""

from collections.abc import Iterable, Iterator
from pathlib import Path

import duckdb

from etl.metadata import Metadata
from etl.publish.gates import WORKFORCE, Gate
from etl.publish.tables import literal

# Shorter ASCII values (a licence numbered 1) would meet counts and codes by chance; a name in Chinese would not.
_TELLING = "(length({0}) >= 6 OR regexp_matches({0}, '[^\\x00-\\x7F]'))"
_TEXT_FILES = {".csv", ".json", ".html", ".md"}
_WORD = r"[^\s,;:\"'<>()\[\]{}|/=]{6,}"


def no_leak(release: Path, staging: Path, metadata: Metadata) -> Gate:
    """Searches `open/` and the dashboard's database for what staging holds back; reports counts, never a value."""
    root = release / "open"
    columns = list(_kept_back(staging, metadata))
    with duckdb.connect() as connection:
        connection.execute(f"ATTACH {literal(release / WORKFORCE)} AS workforce (READ_ONLY)")
        opened = [f"read_parquet({literal(path)})" for path in sorted(root.glob("datasets/*/*.parquet"))]
        served = _data_tables(connection)
        _create_words(connection, root, _cells(connection, served, "%"))
        _create_cells(connection, _cells(connection, opened + served, "%VARCHAR%"))
        found = {
            f"{table}.{column}": _meet(
                connection, path, column, "words" if sensitivity == "secret" else "cells"
            )
            for table, path, column, sensitivity in columns
        }
        figures = {name: _size(connection, name) for name in ("words", "cells")}
    problems = [
        f"{name}: {count} 个值出现在公开文件中 values stand in open files"
        for name, count in found.items()
        if count
    ]
    return Gate("leaks", figures | {"columns": len(columns)}, problems)


def _kept_back(staging: Path, metadata: Metadata) -> Iterator[tuple[str, str, str, str]]:
    """(table, files, column, where to look) of every staging column that must not be found."""
    for record in metadata.records.values():
        for name in record.fields:
            field = metadata.fields[name]
            if field.sensitivity in {"secret", "protected"} and field.type == "text":
                table = f"stg_{record.name}"
                where = "words" if field.sensitivity == "secret" else "cells"
                yield table, str(staging / table / "*.parquet"), name, where


def _data_tables(connection: duckdb.DuckDBPyConnection) -> list[str]:
    """The tables of the dashboard's database, but those of words, which come from the metadata."""
    rows = connection.execute(
        "SELECT table_name FROM duckdb_tables() WHERE database_name = 'workforce'"
        " AND NOT (table_name IN ('field', 'release', 'text') OR starts_with(table_name, 'codes_'))"
    ).fetchall()
    return sorted(f'workforce."{name}"' for (name,) in rows)


def _cells(connection: duckdb.DuckDBPyConnection, tables: Iterable[str], types: str) -> Iterator[str]:
    """Selects of the different values, as text, of each column whose type is LIKE `types`."""
    for table in tables:
        described = connection.execute(
            f"SELECT column_name FROM (DESCRIBE SELECT * FROM {table}) WHERE column_type LIKE '{types}'"
        ).fetchall()
        for (name,) in described:
            yield f'SELECT DISTINCT CAST("{name}" AS VARCHAR) AS content FROM {table}'


def _create_words(connection: duckdb.DuckDBPyConnection, root: Path, cells: Iterable[str]) -> None:
    """Table `words` (value): every word of the text files under `root`, and of the cells."""
    files = sorted(str(path) for path in root.rglob("*") if path.suffix in _TEXT_FILES)
    texts = " UNION ALL ".join(("SELECT content FROM read_text($files)", *cells))
    connection.execute(
        f"CREATE TABLE words AS SELECT DISTINCT unnest(regexp_extract_all(content, $word)) AS value FROM ({texts})",
        {"word": _WORD, "files": files},
    )


def _create_cells(connection: duckdb.DuckDBPyConnection, cells: Iterable[str]) -> None:
    """Table `cells` (value): every telling cell."""
    texts = " UNION ALL ".join(("SELECT NULL AS content", *cells))
    connection.execute(
        f"CREATE TABLE cells AS SELECT DISTINCT content AS value FROM ({texts}) WHERE {_TELLING.format('content')}"
    )


def _meet(connection: duckdb.DuckDBPyConnection, files: str, column: str, where: str) -> int:
    """How many different values of a column stand in the files looked at."""
    name = f'"{column}"'
    row = connection.execute(
        f"SELECT count(DISTINCT {name}) FROM read_parquet({literal(files)})"
        f" WHERE {_TELLING.format(name)} AND {name} IN (SELECT value FROM {where})"
    ).fetchone()
    return int(row[0]) if row else 0


def _size(connection: duckdb.DuckDBPyConnection, name: str) -> int:
    row = connection.execute(f"SELECT count(*) FROM {name}").fetchone()
    return int(row[0]) if row else 0
