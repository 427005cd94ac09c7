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
        connection.execute(
            "CREATE TABLE objects AS SELECT json, coalesce(json_type(json) = 'OBJECT', FALSE) AS is_object"
            f" FROM {scan}"
        )
    except duckdb.Error:
        raise BadInput("JSON 无法读取 | JSON cannot be read", source.name, "JSON lines", _REMEDY) from None
    shapes = connection.execute(
        "SELECT any_value(keys) FROM (SELECT json_keys(json) AS keys, rowid AS row FROM objects WHERE is_object)"
        " GROUP BY hash(keys) ORDER BY min(row)"
    ).fetchall()
    headers = tuple(dict.fromkeys(key for (keys,) in shapes for key in keys))
    if not headers:
        raise BadInput("没有 JSON 对象 | no JSON object", source.name, "JSON lines", _REMEDY)
    # All cells of a line at once: each call would parse the line again.
    paths = ", ".join(literal("$." + _quoted(key)) for key in headers)
    cells = ", ".join(f"NULLIF(cells[{place + 1}], '') AS c{place}" for place in range(len(headers)))
    connection.execute(
        f"CREATE TABLE sheet AS SELECT {cells}, source_row FROM (SELECT"
        f" json_extract_string(json, [{paths}]) AS cells, rowid + 1 AS source_row FROM objects WHERE is_object)"
    )
    connection.execute(
        "CREATE TABLE sheet_rejects AS SELECT rowid + 1 AS source_row, CAST(json AS VARCHAR) AS payload"
        " FROM objects WHERE NOT is_object"
    )
    connection.execute("DROP TABLE objects")
    rejected = connection.execute("SELECT count(*) FROM sheet_rejects").fetchone()
    yield Sheet("", headers, "sheet", None if rejected == (0,) else "sheet_rejects")


def _quoted(key: str) -> str:
    return '"' + key.replace("\\", "\\\\").replace('"', '\\"') + '"'
