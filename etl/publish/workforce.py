"""`served/workforce.duckdb`: the aggregates of the dashboard, with the words to show them.

The bytes of a DuckDB file never repeat, its tables do: `workforce.tables.json` beside it gives the rows and
the content hash of each table and stands for the file in the release's checksums; the hash of the bytes as
shipped is in `workforce.duckdb.sha256`.
"""

from collections.abc import Iterable, Mapping
from datetime import date
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa

from etl.metadata import Metadata
from etl.publish.edition import Edition
from etl.publish.quality import Rows, words
from etl.publish.release import sha256, write_json
from etl.publish.tables import Table

_TEXT = pa.string()
_RELEASE = pa.schema(
    [(name, {"as_of": pa.date32(), "synthetic": pa.bool_()}.get(name, _TEXT)) for name in Edition.columns()]
)


def write_workforce(
    path: Path, tables: Iterable[Table], metadata: Metadata, edition: Edition, quality: Mapping[str, Rows]
) -> None:
    """Writes the database, its table hashes and its byte hash."""
    tables = list(tables)
    with duckdb.connect(path, config={"threads": 1}) as connection:
        for table in tables:
            connection.execute(f"CREATE TABLE {table.name} AS SELECT * FROM {table.source} ORDER BY ALL")
        made = vocabulary(tables, metadata, edition) | annotation(metadata) | _quality(quality, metadata)
        for name, content in made.items():
            connection.register("content", content)
            connection.execute(f"CREATE TABLE {name} AS SELECT * FROM content")
            connection.unregister("content")
        write_json(path.with_suffix(".tables.json"), table_hashes(connection))
    path.with_name(f"{path.name}.sha256").write_text(f"{sha256(path)}  {path.name}\n", encoding="utf-8")


def vocabulary(tables: Iterable[Table], metadata: Metadata, edition: Edition) -> dict[str, pa.Table]:
    """The tables of words: code lists, the published fields, the release row, the texts."""
    published = {column for table in tables for column in table.columns}
    fields = [metadata.fields[name] for name in sorted(published) if name in metadata.fields]
    return {
        **{f"codes_{c.name}": _typed(c.columns()) for c in metadata.codes.values() if c.entries},
        "field": _typed(
            {
                column: [getattr(field, column) for field in fields]
                for column in ("name", "zh", "en", "unit", "description_zh", "description_en")
            }
        ),
        "release": pa.Table.from_pylist([edition.row()], schema=_RELEASE),
        "codes_reserved": _typed(_reserved(metadata)),
        "text": texts(metadata),
    }


def _reserved(metadata: Metadata) -> dict[str, list[Any]]:
    """The codes that protected tables have beside those of the code lists."""
    reserved = metadata.rules["disclosure"]["reserved"]
    return {"code": list(reserved)} | {
        language: [words[language] for words in reserved.values()] for language in ("zh", "en")
    }


def _quality(quality: Mapping[str, Rows], metadata: Metadata) -> dict[str, pa.Table]:
    """What is told of the exports, those tables that have rows, and the words for it."""
    told = {f"quality_{name}": rows for name, rows in quality.items()}
    named = {f"codes_{name}": rows for name, rows in words(quality, metadata).items()}
    return {
        name: _typed({column: [row[column] for row in rows] for column in rows[0]})
        for name, rows in (told | named).items()
        if rows
    }


def annotation(metadata: Metadata) -> dict[str, pa.Table]:
    """The rule changes that time axes mark: one row each; no table for a register that declares none."""
    marks = metadata.rules.get("annotations", {"annotations": []})["annotations"]
    columns: dict[str, list[Any]] = {
        "on_date": [date.fromisoformat(mark["on"]) for mark in marks],
        **{language: [mark[language] for mark in marks] for language in ("zh", "en")},
    }
    return {"annotation": _typed(columns)} if marks else {}


def texts(metadata: Metadata) -> pa.Table:
    """Texts of the products: key, zh, en."""
    zh, en = metadata.texts["zh"], metadata.texts["en"]
    keys = sorted(zh)
    return _typed({"key": keys, "zh": [zh[key] for key in keys], "en": [en[key] for key in keys]})


def table_hashes(connection: duckdb.DuckDBPyConnection) -> dict[str, dict[str, Any]]:
    """Rows and SHA-256 of the content of every table, whatever the order and the bytes it is stored in."""
    names = [row[0] for row in connection.execute("SHOW TABLES").fetchall()]
    return {name: _table_hash(connection, name) for name in sorted(names)}


def _table_hash(connection: duckdb.DuckDBPyConnection, name: str) -> dict[str, Any]:
    rows, digest = connection.execute(
        f"SELECT count(*), sha256(coalesce(string_agg(line, chr(10) ORDER BY line), '')) "
        f"FROM (SELECT CAST(t AS VARCHAR) AS line FROM {name} AS t)"
    ).fetchone() or (0, "")
    return {"rows": rows, "sha256": digest}


def _typed(columns: Mapping[str, list[Any]]) -> pa.Table:
    """An Arrow table whose columns without any value are text."""
    arrays = {name: pa.array(values) for name, values in columns.items()}
    return pa.table({n: a.cast(_TEXT) if pa.types.is_null(a.type) else a for n, a in arrays.items()})
