"""CSV and TSV, in UTF-8 (with or without BOM) or GB18030.

DuckDB reads the file; Python only finds the encoding, rewrites GB18030 as UTF-8, and gives blank lines their
cells so that row numbers stay those a person sees.
"""

import codecs
import csv
import io
from collections.abc import Iterable, Iterator
from functools import partial
from pathlib import Path

import duckdb

from etl.clean.base import literal
from etl.errors import BadInput
from etl.sources.readers.base import Input, Sheet

_HEAD = 1 << 20
_HEADER = 1 << 16
_CHUNK = 1 << 22
_DELIMITERS = ",\t;|"
_BLANK_LINES = (b"\n\n", b"\n\r\n")
_REMEDY = "另存为 UTF-8 的 CSV 后重新提交 | save as CSV in UTF-8 and send it again"


def read_delimited(source: Input) -> Iterator[Sheet]:
    """The one sheet of a delimited text file. Raises BadInput for an unknown encoding or an endless line."""
    encoding = _encoding(source)
    headers, delimiter = _header(source, encoding)
    path = _normalised(source, encoding, delimiter, len(headers))
    columns = ", ".join(f"'c{place}': 'VARCHAR'" for place in range(len(headers)))
    connection = source.connection
    try:
        connection.execute(
            f"""CREATE TABLE lines AS SELECT * FROM read_csv({literal(str(path))}, auto_detect=false,
            header=true, delim={literal(delimiter)}, quote='"', escape='"', nullstr='', columns={{{columns}}},
            store_rejects=true, rejects_limit=0)"""
        )
    except duckdb.Error as error:
        raise _line_error(source, error) from None
    yield _numbered(source, headers)


def _numbered(source: Input, headers: tuple[str, ...]) -> Sheet:
    """Row numbers: the place in the file, counting the header and the rejected rows before."""
    connection = source.connection
    found = connection.execute(
        "SELECT min(line) FILTER (error_type = 'INVALID ENCODING'), count(*) FROM reject_errors"
    ).fetchone()
    undecoded, errors = found or (None, 0)
    if undecoded is not None:
        raise _encoding_error(source, f"第 {undecoded} 行 | row {undecoded}")
    numbered = "SELECT *, rowid + 2 AS source_row FROM lines"
    if errors:
        connection.execute(
            "CREATE TABLE sheet_rejects AS SELECT DISTINCT CAST(line AS BIGINT) AS source_row,"
            " ltrim(csv_line, chr(10) || chr(13)) AS payload FROM reject_errors"
        )
        numbered = (
            "SELECT lines.*, numbers.source_row FROM lines POSITIONAL JOIN ("
            " SELECT range + 2 AS source_row FROM range((SELECT count(*) FROM lines)"
            " + (SELECT count(*) FROM sheet_rejects))"
            " WHERE range + 2 NOT IN (SELECT source_row FROM sheet_rejects) ORDER BY 1) numbers"
        )
    blank = " AND ".join(f"c{place} IS NULL" for place in range(len(headers)))
    connection.execute(f"CREATE VIEW sheet AS SELECT * FROM ({numbered}) WHERE NOT ({blank})")
    return Sheet("", headers, "sheet", "sheet_rejects" if errors else None)


def _encoding(source: Input) -> str:
    """`utf-8` or `gb18030`: what the beginning of the file allows. The whole must then agree."""
    with source.path.open("rb") as file:
        head = file.read(_HEAD)
    if head.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        raise _encoding_error(source, "UTF-16")
    for encoding in ("utf-8", "gb18030"):
        decoder = codecs.getincrementaldecoder(encoding)("strict")
        try:
            text = decoder.decode(head)
        except UnicodeDecodeError:
            continue
        if not (encoding == "utf-8" and text.isascii() and len(head) == _HEAD):
            return encoding
        return "utf-8" if _whole_file_is(source.path, "utf-8") else "gb18030"
    raise _encoding_error(source, "既非 UTF-8 也非 GB18030 | neither UTF-8 nor GB18030")


def _whole_file_is(path: Path, encoding: str) -> bool:
    decoder = codecs.getincrementaldecoder(encoding)("strict")
    try:
        with path.open("rb") as file:
            while chunk := file.read(_CHUNK):
                decoder.decode(chunk)
            decoder.decode(b"", final=True)
    except UnicodeDecodeError:
        return False
    return True


def _header(source: Input, encoding: str) -> tuple[tuple[str, ...], str]:
    """Headers and delimiter, from the first record: the delimiter that gives most known headers."""
    with source.path.open("rb") as file:
        head = file.read(_HEADER).removeprefix(codecs.BOM_UTF8).decode(encoding, "ignore")
    options = []
    for delimiter in _DELIMITERS:
        headers = next(csv.reader(io.StringIO(head, newline=""), delimiter=delimiter), [])
        options.append(
            (sum(source.is_header(header) for header in headers), len(headers), headers, delimiter)
        )
    _, width, headers, delimiter = max(options, key=lambda option: option[:2])
    if not width or not any(header.strip() for header in headers):
        remedy = "第一行须是表头 | the first line must be the header"
        raise BadInput("没有表头 | no header", f"{source.name}:1", "CSV header", remedy)
    return tuple(headers), delimiter


def _normalised(source: Input, encoding: str, delimiter: str, width: int) -> Path:
    """The file itself when it is UTF-8 without blank lines; else a copy that is, with cells in blank lines."""
    with source.path.open("rb") as file:
        blank = any(mark in chunk for chunk in iter(partial(file.read, _CHUNK), b"") for mark in _BLANK_LINES)
    if encoding == "utf-8" and not blank:
        return source.path
    target = source.scratch / "utf8.csv"
    try:
        with (
            source.path.open(encoding=encoding, newline="") as text,
            target.open("w", encoding="utf-8", newline="") as out,
        ):
            pieces = (
                _with_cells(text, delimiter * (width - 1)) if blank else iter(partial(text.read, _CHUNK), "")
            )
            for piece in pieces:
                out.write(piece)
    except UnicodeDecodeError as error:
        raise _encoding_error(source, error.reason) from None
    return target


def _with_cells(lines: Iterable[str], cells: str) -> Iterator[str]:
    """Lines, with empty cells put into those that are blank and not inside a quoted cell."""
    is_quoted = False
    for line in lines:
        yield line if is_quoted or line.strip("\r\n") else cells + line
        is_quoted ^= line.count('"') % 2 == 1


def _encoding_error(source: Input, detail: str) -> BadInput:
    return BadInput(f"无法识别的编码 | unknown encoding ({detail})", source.name, "encoding", _REMEDY)


def _line_error(source: Input, error: duckdb.Error) -> BadInput:
    line = next((word for word in str(error).split() if word.isdigit()), "?")
    message = f"CSV 无法读取，约在第 {line} 行 | CSV cannot be read, near row {line}"
    return BadInput(message, source.name, "CSV", _REMEDY)
