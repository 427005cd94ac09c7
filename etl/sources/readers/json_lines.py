"""JSON lines: one object a line, as the national platform sends them."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import duckdb

from etl.clean.base import literal
from etl.errors import BadInput
from etl.sources.readers import lines
from etl.sources.readers.base import Format, Input, Sheet
from etl.sources.readers.damage import may_be_damaged, with_damage
from etl.sources.readers.encoding import as_utf8
from etl.sources.readers.lines import has_blank_lines, too_broken
from etl.sources.tables import create_table

# JSON text up to a number that DuckDB would write otherwise, strings passed over whole; the number, or the end.
_NUMBERS = (
    r'((?:"(?:[^"\\]|\\.)*"|[^"])*?)'
    r"(-?[0-9]+(?:\.[0-9]+(?:[eE][+-]?[0-9]+)?|[eE][+-]?[0-9]+)|-0|$)"
)
# What a line with such a number matches: a zero at the end, an exponent, -0, more digits than a double holds.
_REWRITTEN = r"\.[0-9]*0(?:[^0-9]|$)|[0-9][eE]|-0|\.[0-9]{9}|[0-9]{8}\.[0-9]"
_REMEDY = "每行一个 JSON 对象，UTF-8 | one JSON object a line, in UTF-8"


def read_json_lines(source: Input) -> Iterator[Sheet]:
    """The one sheet of a JSON-lines file: a column for every key of any line, a reject for a broken line."""
    path = as_utf8(source)
    if has_blank_lines(source, path):
        path = _with_blank_lines_filled(source, path)
    yield read_objects(replace(source, path=path))


FORMAT = Format("json lines", (".jsonl", ".ndjson"), read_json_lines)


def read_objects(source: Input) -> Sheet:
    """The sheet of a UTF-8 file without blank lines. A line that names a key twice is a reject.

    Numbers keep the digits with which they are written.
    """
    connection, table = source.connection, source.table
    _load_lines(source)
    _quote_numbers(connection, f"{table}_objects")
    headers = _headers(source)
    # All cells of a line at once: each call would parse the line again.
    paths = ", ".join(literal(_pointer(key)) for key in headers)
    cells = ", ".join(f"NULLIF(cells[{place + 1}], '') AS c{place}" for place in range(len(headers)))
    connection.execute(
        f"CREATE TABLE {table} AS SELECT * FROM (SELECT {cells}, source_row FROM ("
        f" SELECT json_extract_string(json, [{paths}]) AS cells, rowid + 1 AS source_row"
        f" FROM {table}_objects WHERE is_object AND CAST(json AS VARCHAR) <> '{{}}'))"
    )
    broken = connection.execute(
        f"SELECT rowid + 1 FROM {table}_objects WHERE NOT is_object ORDER BY 1"
    ).fetchall()
    connection.execute(f"DROP TABLE {table}_objects")
    if broken:
        _keep_broken(source, {int(row) for (row,) in broken})
    sheet = Sheet("", headers, table, f"{table}_rejects" if broken else None)
    return (
        with_damage(source.connection, sheet, source.damage) if may_be_damaged(source, source.path) else sheet
    )


def _load_lines(source: Input) -> None:
    """Makes `<table>_objects`: every line, and whether it is an object."""
    scan = f"read_ndjson_objects({literal(str(source.path))}, ignore_errors=true)"
    try:
        source.connection.execute(
            f"CREATE TABLE {source.table}_objects AS"
            f" SELECT json, coalesce(json_type(json) = 'OBJECT', FALSE) AS is_object FROM {scan}"
        )
    except duckdb.Error:
        raise BadInput("JSON 无法读取 | JSON cannot be read", source.name, "JSON lines", _REMEDY) from None
    found = source.connection.execute(
        f"SELECT count(*) FROM {source.table}_objects WHERE NOT is_object"
    ).fetchone()
    if found and found[0] >= lines.MOST_BROKEN:
        raise too_broken(source)


def _headers(source: Input) -> tuple[str, ...]:
    """The keys of all objects, in the order in which they are met; an object that names one twice is none."""
    objects = f"{source.table}_objects"
    shapes = source.connection.execute(
        "SELECT any_value(keys) FROM (SELECT json_keys(json) AS keys, rowid AS row"
        f" FROM {objects} WHERE is_object) GROUP BY hash(keys) ORDER BY min(row)"
    ).fetchall()
    headers = tuple(dict.fromkeys(key for (keys,) in shapes for key in keys))
    if any(len(set(keys)) < len(keys) for (keys,) in shapes):
        source.connection.execute(
            f"UPDATE {objects} SET is_object = FALSE WHERE len(json_keys(json)) >"
            " len(list_distinct(json_keys(json)))"
        )
    if not headers:
        raise BadInput("没有 JSON 对象 | no JSON object", source.name, "JSON lines", _REMEDY)
    if len(headers) > source.limits.columns:
        message = f"超过 {source.limits.columns} 列 | over {source.limits.columns} columns"
        raise BadInput(message, source.name, "limits.columns", _REMEDY)
    return headers


def _quote_numbers(connection: duckdb.DuckDBPyConnection, table: str) -> None:
    """Make texts of the numbers that DuckDB would write otherwise: 12.50, 1E5."""
    # The end of the line is matched too, and gives two quotes more.
    connection.execute(
        f"UPDATE {table} SET json = left(regexp_replace(json, {literal(_NUMBERS)}, '\\1\"\\2\"', 'g'), -2)"
        f" WHERE is_object AND regexp_matches(json, {literal(_REWRITTEN)})"
    )


def _keep_broken(source: Input, numbers: set[int]) -> None:
    """The broken lines as they stand in the file: DuckDB keeps none that is not JSON."""
    with source.path.open(encoding="utf-8", errors="replace", newline="\n") as text:
        kept = {number: line.rstrip("\r\n") for number, line in enumerate(text, start=1) if number in numbers}
    columns = {"source_row": kept, "payload": kept.values()}
    create_table(source.connection, f"{source.table}_rejects", columns, source_row="BIGINT")


def _with_blank_lines_filled(source: Input, path: Path) -> Path:
    target = source.scratch / f"{source.table}.filled"
    with path.open("rb") as lines, target.open("wb") as out:
        out.writelines(line if line.strip() else b"{}\n" for line in lines)
    return target


def _pointer(key: str) -> str:
    """The JSON pointer to a key: a path of DuckDB's takes neither an empty key nor `*`."""
    return "/" + key.replace("~", "~0").replace("/", "~1")
