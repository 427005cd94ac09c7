"""Leak scan: no value that the register keeps back stands in a file that anyone may copy.

Identity numbers are looked for in full, in every word of every open file. Other protected values (names,
certificate and registration numbers) are looked for in full in the cells of the open tables.
"""

import re
from collections.abc import Iterator
from pathlib import Path

import duckdb
import pyarrow as pa

from etl.metadata import Metadata
from etl.publish.gates import Gate
from etl.publish.tables import literal

# Shorter values (a licence numbered 1) would meet counts and codes by chance.
_SHORTEST_TELLING = 6
_TEXT_FILES = {".csv", ".json", ".html", ".md"}
_WORD = re.compile(r"[^\s,;:\"'<>()\[\]{}|/=]{6,}")


def no_leak(release: Path, staging: Path, metadata: Metadata) -> Gate:
    """Searches `open/` for what staging holds back; reports counts, never a value."""
    root = release / "open"
    columns = list(_kept_back(staging, metadata))
    with duckdb.connect() as connection:
        _register(connection, "words", set(_words(root)))
        _register(connection, "cells", _cells(connection, root))
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


def _words(root: Path) -> Iterator[str]:
    for path in sorted(root.rglob("*")):
        if path.suffix in _TEXT_FILES:
            with path.open(encoding="utf-8-sig") as file:
                for line in file:
                    yield from _WORD.findall(line)


def _cells(connection: duckdb.DuckDBPyConnection, root: Path) -> set[str]:
    cells: set[str] = set()
    for path in sorted(root.glob("datasets/*/*.parquet")):
        described = connection.execute(f"DESCRIBE SELECT * FROM read_parquet({literal(path)})").fetchall()
        for name in (row[0] for row in described if row[1] == "VARCHAR"):
            rows = connection.execute(
                f'SELECT DISTINCT "{name}" FROM read_parquet({literal(path)})'
            ).fetchall()
            cells.update(row[0] for row in rows if row[0] is not None and len(row[0]) >= _SHORTEST_TELLING)
    return cells


def _register(connection: duckdb.DuckDBPyConnection, name: str, values: set[str]) -> None:
    connection.register(name, pa.table({"value": pa.array(sorted(values), pa.string())}))


def _meet(connection: duckdb.DuckDBPyConnection, files: str, column: str, where: str) -> int:
    """How many different values of a column stand in the open files."""
    row = connection.execute(
        f'SELECT count(DISTINCT "{column}") FROM read_parquet({literal(files)}) '
        f'WHERE length("{column}") >= {_SHORTEST_TELLING} AND "{column}" IN (SELECT value FROM {where})'
    ).fetchone()
    return int(row[0]) if row else 0


def _size(connection: duckdb.DuckDBPyConnection, name: str) -> int:
    row = connection.execute(f"SELECT count(*) FROM {name}").fetchone()
    return int(row[0]) if row else 0
