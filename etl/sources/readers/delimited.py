"""CSV and TSV, in UTF-8, UTF-16 or GB18030, with or without byte order mark.

DuckDB reads the file; Python only finds the encoding and the delimiter, rewrites other encodings as UTF-8, and
gives blank lines their cells so that row numbers stay those a person sees.
"""

import csv
import io
from collections.abc import Iterator
from dataclasses import replace
from functools import partial
from pathlib import Path

import duckdb

from etl.clean.base import literal
from etl.errors import BadInput
from etl.sources.readers import lines
from etl.sources.readers.base import Format, Input, Sheet
from etl.sources.readers.columns import named_columns
from etl.sources.readers.damage import check_header, may_be_damaged, with_damage
from etl.sources.readers.encoding import (
    CHUNK,
    TRIED,
    encoding_of,
    head_of,
    is_gb2312,
    rewritten,
    undecodable,
)
from etl.sources.readers.lines import endless_line, has_blank_lines, too_broken, with_blank_lines_filled

_DELIMITERS = ",\t;|"
_REMEDY = "另存为 UTF-8 的 CSV 后重新提交 | save as CSV in UTF-8 and send it again"


def read_delimited(source: Input) -> Iterator[Sheet]:
    """The one sheet of a delimited text file. Raises BadInput for an unknown encoding or an endless line."""
    encoding = encoding_of(source.path, source.name)
    headers, delimiter = _header(source, head_of(source.path, encoding))
    _check_encoding(source, headers, encoding)
    path = rewritten(source, encoding)
    if has_blank_lines(source, path):
        path = with_blank_lines_filled(source, path, delimiter * (len(headers) - 1))
    has_errors = _read_lines(source, path, delimiter, len(headers))
    sheet = named_columns(source.connection, _numbered(source, headers, has_errors=has_errors))
    yield with_damage(source.connection, sheet, source.damage) if may_be_damaged(source, path) else sheet


FORMAT = Format("delimited text", (".csv", ".tsv", ".txt"), read_delimited)


def _read_lines(source: Input, path: Path, delimiter: str, width: int) -> bool:
    """Table `<table>_lines` of the rows; whether there is `<table>_errors`, too: of what may be no row.

    Most files have no such line, and are read for less where none is looked for. Raises BadInput for no CSV at all.
    """
    columns = ", ".join(f"'c{place}': 'VARCHAR'" for place in range(width))
    options = f"""auto_detect=false, header=true, delim={literal(delimiter)}, quote='"', escape='"', nullstr='',
        columns={{{columns}}}, max_line_size={source.limits.line}"""
    try:
        _load(source, path, options)
    except duckdb.Error:
        options += f""", store_rejects=true, rejects_limit={lines.MOST_BROKEN},
            rejects_table='{source.table}_errors', rejects_scan='{source.table}_scans'"""
        _load_with_errors(source, path, options)
        return True
    return False


def _load(source: Input, path: Path, options: str) -> None:
    source.connection.execute(
        f"CREATE OR REPLACE TABLE {source.table}_lines AS SELECT * FROM read_csv({literal(str(path))}, {options})"
    )


def _load_with_errors(source: Input, path: Path, options: str) -> None:
    _drop_errors(source)
    try:
        _load(source, path, options)
    except duckdb.Error:
        _drop_errors(source)
        # Line ends of two kinds: a copy has one.
        try:
            _load(source, _with_one_line_end(source, path), options)
        except duckdb.Error as error:
            raise _line_error(source, error) from None


def _drop_errors(source: Input) -> None:
    for made in ("errors", "scans"):
        source.connection.execute(f"DROP TABLE IF EXISTS {source.table}_{made}")


def _with_one_line_end(source: Input, path: Path) -> Path:
    target = source.scratch / f"{source.table}.lines"
    try:
        with path.open(encoding="utf-8") as text, target.open("w", encoding="utf-8", newline="\n") as out:
            out.writelines(iter(partial(text.read, CHUNK), ""))
    except UnicodeDecodeError as error:
        raise undecodable(source.name, error.reason) from None
    return target


def _numbered(source: Input, headers: tuple[str, ...], *, has_errors: bool) -> Sheet:
    """Row numbers: the place in the file, counting the header and the rejected rows before."""
    connection, table = source.connection, source.table
    numbered = f"SELECT *, rowid + 2 AS source_row FROM {table}_lines"
    rejects = _rejects(source) if has_errors else None
    if rejects:
        numbered = (
            f"SELECT {table}_lines.*, numbers.source_row FROM {table}_lines POSITIONAL JOIN ("
            f" SELECT range + 2 AS source_row FROM range((SELECT count(*) FROM {table}_lines)"
            f" + (SELECT count(*) FROM {rejects}))"
            f" WHERE range + 2 NOT IN (SELECT source_row FROM {rejects}) ORDER BY 1) numbers"
        )
    blank = " AND ".join(f"c{place} IS NULL" for place in range(len(headers)))
    connection.execute(f"CREATE VIEW {table} AS SELECT * FROM ({numbered}) WHERE NOT ({blank})")
    return Sheet("", headers, table, rejects)


def _rejects(source: Input) -> str | None:
    """Table (source_row, payload) of the lines that are no rows; None where there are none.

    Raises BadInput where they are too many, or tell that the file is not what it was read as.
    """
    connection, table = source.connection, source.table
    found = connection.execute(
        "SELECT count(*), min(line) FILTER (error_type = 'INVALID ENCODING'),"
        " min(line) FILTER (error_type = 'LINE SIZE OVER MAXIMUM'"
        " OR (error_type = 'UNQUOTED VALUE' AND contains(csv_line, chr(10))))"
        f" FROM {table}_errors"
    ).fetchone()
    errors, undecoded, endless = found or (0, None, None)
    if errors >= lines.MOST_BROKEN:
        raise too_broken(source)
    if undecoded is not None:
        raise undecodable(source.name, f"第 {undecoded} 行 | row {undecoded}")
    if endless is not None:
        # What stands behind it could be any number of rows.
        raise endless_line(replace(source, name=f"{source.name}:{endless}"))
    if not errors:
        return None
    connection.execute(
        f"CREATE TABLE {table}_rejects AS SELECT CAST(line AS BIGINT) AS source_row,"
        f" ltrim(min(csv_line), chr(10) || chr(13)) AS payload FROM {table}_errors GROUP BY line"
    )
    return f"{table}_rejects"


def _header(source: Input, head: str) -> tuple[tuple[str, ...], str]:
    """Headers and delimiter, from the first record: the delimiter that gives most known headers."""
    if len(head) >= source.limits.line and not {"\n", "\r"} & set(head[: source.limits.line]):
        raise endless_line(source)
    options = []
    for delimiter in _DELIMITERS:
        try:
            headers = next(csv.reader(io.StringIO(head, newline=""), delimiter=delimiter), [])
        except csv.Error:
            raise endless_line(source) from None
        if len(headers) > source.limits.columns:
            message = f"超过 {source.limits.columns} 列 | over {source.limits.columns} columns"
            raise BadInput(message, f"{source.name}:1", "limits.columns", _REMEDY)
        options.append((sum(map(source.is_header, headers)), len(headers), headers, delimiter))
    _, width, headers, delimiter = max(options, key=lambda option: option[:2])
    if not width or not any(header.strip() for header in headers):
        remedy = "第一行须是表头 | the first line must be the header"
        raise BadInput("没有表头 | no header", f"{source.name}:1", "CSV header", remedy)
    check_header(source, headers)
    return tuple(headers), delimiter


def _check_encoding(source: Input, headers: tuple[str, ...], encoding: str) -> None:
    """Raises BadInput for a header in an encoding that is none of ours, though GB18030 takes nearly any bytes."""
    is_strange = not is_gb2312("".join(headers)) and not any(map(source.is_header, headers))
    if is_strange and encoding == "gb18030":
        raise undecodable(source.name, f"表头不成文；试过 | the header is no text; tried: {TRIED}")


def _line_error(source: Input, error: duckdb.Error) -> BadInput:
    line = next((word for word in str(error).split() if word.isdigit()), "?")
    message = f"CSV 无法读取，约在第 {line} 行 | CSV cannot be read, near row {line}"
    return BadInput(message, source.name, "CSV", _REMEDY)
