"""Export files: CSV in two encodings, JSON lines, Parquet, and workbooks as offices make them."""

import io
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv
import pyarrow.parquet as pq
import xlsxwriter

from etl.synth.arrays import Ints
from etl.synth.render import Sheet

_BLOCK = 50_000
_CREATED = datetime(2020, 1, 1)  # a fixed date: the same sheet gives the same bytes


@dataclass(frozen=True)
class Heading:
    """What a workbook says around its table."""

    title: str
    subtitle: str
    total: str
    note: str


def write(path: Path, sheet: Sheet, encoding: str, heading: Heading) -> Ints:
    """Write a sheet. Returns the physical row (1-based, headings counted) of each of its rows."""
    path.parent.mkdir(parents=True, exist_ok=True)
    count = len(sheet)
    if sheet.layout.file_format == "xlsx":
        return _workbook(path, sheet, heading)
    if sheet.layout.file_format == "csv":
        _csv(path, sheet.cells, encoding)
        return np.arange(count) + 2
    if sheet.layout.file_format == "jsonl":
        _json_lines(path, sheet.cells)
    else:
        pq.write_table(pa.table(dict(sheet.cells)), path, compression="zstd")
    return np.arange(count) + 1


def _csv(path: Path, cells: Mapping[str, pa.Array], encoding: str) -> None:
    table = pa.table(dict(cells))
    options = pa.csv.WriteOptions(include_header=False, quoting_style="none")
    with path.open("wb") as file:
        file.write((",".join(cells) + "\n").encode(encoding))
        for start in range(0, table.num_rows, _BLOCK):
            block = io.BytesIO()
            pa.csv.write_csv(table.slice(start, _BLOCK), block, options)
            content = block.getbuffer()
            file.write(content if encoding.startswith("utf-8") else str(content, "utf-8").encode(encoding))


def _json_lines(path: Path, cells: Mapping[str, pa.Array]) -> None:
    """Lines are joined as text: the cells hold no quotes, backslashes or control characters."""
    pieces: list[Any] = []
    for number, (header, column) in enumerate(cells.items()):
        quote = '"' if pa.types.is_string(column.type) else ""
        pieces += [pa.scalar(("," if number else "{") + f'"{header}":')]
        text = column.cast(pa.string())
        if quote:
            text = pc.binary_join_element_wise(quote, text, quote, "")
        pieces += [pc.fill_null(text, "null")]
    lines = pc.binary_join_element_wise(*pieces, pa.scalar("}\n"), "")
    with path.open("wb") as file:
        for start in range(0, len(lines), _BLOCK):
            block = lines.slice(start, _BLOCK)
            file.write("".join(block.to_pylist()).encode())


def _workbook(path: Path, sheet: Sheet, heading: Heading) -> Ints:
    """Title rows, header, rows in groups with the group's cell merged, a total after each, notes below."""
    options = sheet.layout.options
    headers = list(sheet.cells)
    merged = headers.index(options["merged"])
    columns = [column.to_pylist() for column in sheet.cells.values()]
    groups = _groups(columns[merged])
    rows = np.zeros(len(sheet), np.int64)
    with xlsxwriter.Workbook(str(path), {"strings_to_numbers": False}) as book:
        book.set_properties({"created": _CREATED, "title": heading.title})
        page = book.add_worksheet()
        page.merge_range(0, 0, 0, len(headers) - 1, heading.title)
        page.write_string(1, 0, heading.subtitle)
        page.write_row(2, 0, headers)
        at = 3
        for start, end in groups:
            for row in range(start, end):
                rows[row] = at + row - start + 1
                for position, column in enumerate(columns):
                    if position != merged and column[row] not in {None, ""}:
                        page.write(at + row - start, position, column[row])
            if end - start > 1:
                page.merge_range(at, merged, at + end - start - 1, merged, columns[merged][start])
            else:
                page.write(at, merged, columns[merged][start])
            at += end - start
            page.write_string(at, 0, heading.total)
            page.write_number(at, len(headers) - 1, end - start)
            at += 1
        page.write_string(at, 0, heading.note)
    return rows


def _groups(values: list[Any]) -> list[tuple[int, int]]:
    """Runs of equal values as (start, end)."""
    edges = [0, *(row for row in range(1, len(values)) if values[row] != values[row - 1]), len(values)]
    return [(start, end) for start, end in pairwise(edges) if end > start]
