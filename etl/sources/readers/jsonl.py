"""JSON lines: one object a line, as the national platform sends them."""

from collections.abc import Iterator

import duckdb

from etl.clean.base import literal
from etl.errors import BadInput
from etl.sources.readers.base import Input, Sheet

_REMEDY = "每行一个 JSON 对象，UTF-8 | one JSON object a line, in UTF-8"


def read_jsonl(source: Input) -> Iterator[Sheet]:
    """The one sheet of a JSON-lines file: a column for every key of any line, a reject for a broken line."""
    connection = source.connection
    scan = f"read_ndjson_objects({literal(str(source.path))}, ignore_errors=true)"
    try:
        connection.execute(f"CREATE TABLE objects AS SELECT json FROM {scan}")
    except duckdb.Error:
        raise BadInput("JSON 无法读取 | JSON cannot be read", source.name, "JSON lines", _REMEDY) from None
    shapes = connection.execute(
        "SELECT DISTINCT json_keys(json) FROM objects WHERE json_type(json) = 'OBJECT'"
    ).fetchall()
    headers = tuple(dict.fromkeys(key for (keys,) in shapes for key in keys))
    if not headers:
        raise BadInput("没有 JSON 对象 | no JSON object", source.name, "JSON lines", _REMEDY)
    broken = "json IS NULL OR json_type(json) <> 'OBJECT'"
    cells = ", ".join(
        f"NULLIF(json_extract_string(json, {literal('$.' + _quoted(key))}), '') AS c{place}"
        for place, key in enumerate(headers)
    )
    connection.execute(
        f"CREATE TABLE sheet AS SELECT {cells}, rowid + 1 AS source_row FROM objects WHERE NOT ({broken})"
    )
    connection.execute(
        f"CREATE TABLE sheet_rejects AS SELECT rowid + 1 AS source_row, CAST(json AS VARCHAR) AS payload"
        f" FROM objects WHERE {broken}"
    )
    connection.execute("DROP TABLE objects")
    rejected = connection.execute("SELECT count(*) FROM sheet_rejects").fetchone()
    yield Sheet("", headers, "sheet", None if rejected == (0,) else "sheet_rejects")


def _quoted(key: str) -> str:
    return '"' + key.replace("\\", "\\\\").replace('"', '\\"') + '"'
