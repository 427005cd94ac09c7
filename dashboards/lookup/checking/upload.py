"""A list that was sent as a file: CSV in UTF-8 or GB18030, or the first sheet of an XLSX."""

import csv
import io
import tempfile
from collections.abc import Iterable, Sequence
from itertools import islice
from pathlib import Path

import duckdb

from dashboards.lookup.checking.headings import Listed, Unreadable, listed
from dashboards.lookup.settings import Listing
from etl.errors import BadInput
from etl.sources.readers import Input, Limits
from etl.sources.readers.inspect_xlsx import inspect_xlsx
from etl.sources.readers.packed import opened_zip
from etl.sources.readers.workbook import opened_workbook

# A list of fifty persons has no more; what expands beyond is a bomb.
_LIMITS = Limits(
    entries=100, expanded=8 << 20, cells=100_000, spread=1_000, text=2 << 20, columns=200, line=1 << 16
)
# What a longer list has beyond is not looked at; it is refused for its length.
_MOST_ROWS = 1_000
_ENCODINGS = ("utf-8-sig", "gb18030")
_ZIP, _OLE = b"PK\x03\x04", b"\xd0\xcf\x11\xe0"
# The rule of the ingest that a workbook breaks -> why it is not read.
_REASONS = {"values only": "values", "limits": "large"}


def pairs_of_file(content: bytes, listing: Listing) -> Listed:
    """The pairs of a file; empty rows are passed over.

    Raises:
        Unreadable: neither text nor an XLSX, or damaged (`file`); an XLS, or with a password (`old`); with formulas,
            links or macros (`values`); too large inside (`large`); or it does not tell which columns are the name and
            the number (`headings`).
    """
    if content.startswith(_OLE):
        raise Unreadable("old")
    rows = _workbook(content) if content.startswith(_ZIP) else _text(content)
    filled = list(islice((row for row in rows if any(cell.strip() for cell in row)), _MOST_ROWS))
    return listed(filled, listing)


def _text(content: bytes) -> list[list[str]]:
    """Rows of a CSV: between tabs where its first line has one, else between commas or semicolons."""
    text = _decoded(content)
    head = text.lstrip().partition("\n")[0]
    mark = next((mark for mark in "\t,;" if mark in head), ",")
    try:
        return list(csv.reader(io.StringIO(text, newline=""), delimiter=mark))
    except csv.Error as error:
        raise Unreadable("file") from error


def _decoded(content: bytes) -> str:
    for encoding in _ENCODINGS:
        try:
            text = content.decode(encoding)
        except UnicodeDecodeError:
            continue
        if "\0" not in text:
            return text
    raise Unreadable("file")


def _workbook(content: bytes) -> list[list[str]]:
    """Rows of the first sheet, as the ingest reads one: looked through first, so that nothing in it acts or swells."""
    with tempfile.TemporaryDirectory() as folder, duckdb.connect() as connection:
        path = Path(folder) / "list.xlsx"
        path.write_bytes(content)
        source = Input(connection, path, path.name, path.parent, lambda text: False, limits=_LIMITS)
        try:
            with opened_zip(source) as container:
                inspect_xlsx(source, container)
            with opened_workbook(source, path) as book:
                return _texts(book.get_sheet_by_index(0).iter_rows())
        except BadInput as error:
            raise Unreadable(_REASONS.get(error.rule, "file")) from error
        except (OSError, ValueError, IndexError) as error:
            raise Unreadable("file") from error


def _texts(rows: Iterable[Sequence[object]]) -> list[list[str]]:
    return [[_whole(cell) if isinstance(cell, float) else str(cell) for cell in row] for row in rows]


def _whole(number: float) -> str:
    """A number as text, whole ones without a point."""
    return str(int(number)) if number.is_integer() else repr(number)
