"""XLSX workbooks: title rows above the header, cells merged down, one sheet per city."""

from collections.abc import Iterator, Sequence
from datetime import date, datetime
from typing import Any

from python_calamine import CalamineError, CalamineWorkbook

from etl.errors import BadInput
from etl.sources.readers.base import Input, Sheet
from etl.sources.tables import create_table

# How far down a header is looked for, below titles and remarks.
_HEADER_DEPTH = 20
# From here on a double no longer holds every digit: the number was damaged when the workbook was saved.
_EXACT = 1e15
_REMEDY = "用 Excel 重新另存为 .xlsx 后提交 | save again as .xlsx and send it"


def read_workbook(source: Input) -> Iterator[Sheet]:
    """One table for every sheet with content. Raises BadInput for a damaged file or a missing header."""
    try:
        workbook = CalamineWorkbook.from_path(source.path)
        sheets = [(name, workbook.get_sheet_by_name(name)) for name in workbook.sheet_names]
        contents = [
            (name, sheet.to_python(skip_empty_area=False), sheet.merged_cell_ranges or [])
            for name, sheet in sheets
        ]
    except (CalamineError, OSError) as error:
        message = f"工作簿损坏或不完整 | damaged or truncated workbook ({type(error).__name__})"
        raise BadInput(message, source.name, "XLSX", _REMEDY) from None
    filled = [content for content in contents if any(cell != "" for row in content[1] for cell in row)]
    if not filled:
        raise BadInput("工作簿没有内容 | the workbook is empty", source.name, "XLSX", _REMEDY)
    for place, (name, rows, merged) in enumerate(filled):
        yield _sheet(source, f"sheet{place}", name if len(filled) > 1 else "", rows, merged)


def _sheet(source: Input, table: str, name: str, rows: list[list[Any]], merged: Sequence[Any]) -> Sheet:
    top = _header_row(source, name, rows)
    for (first, left), (last, right) in merged:
        if left == right and first > top:
            for row in range(first + 1, last + 1):
                rows[row][left] = rows[first][left]
    width = max(place for place, cell in enumerate(rows[top]) if cell != "") + 1
    headers = tuple(_text(cell) or "" for cell in rows[top][:width])
    kept = [
        (number, [_text(cell) for cell in row[:width]])
        for number, row in enumerate(rows[top + 1 :], start=top + 2)
        if any(cell != "" for cell in row[:width])
    ]
    columns: dict[str, list[Any]] = {f"c{place}": [row[place] for _, row in kept] for place in range(width)}
    columns["source_row"] = [number for number, _ in kept]
    create_table(source.connection, table, columns, source_row="BIGINT")
    return Sheet(name, headers, table)


def _header_row(source: Input, name: str, rows: list[list[Any]]) -> int:
    scores = [
        sum(isinstance(cell, str) and source.is_header(cell) for cell in row) for row in rows[:_HEADER_DEPTH]
    ]
    best = max(scores, default=0)
    if best == 0:
        where = f"{source.name}#{name}" if name else source.name
        remedy = f"表头须在前 {_HEADER_DEPTH} 行内 | the header must stand in the first {_HEADER_DEPTH} rows"
        raise BadInput("找不到表头 | no header found", where, "XLSX header", remedy)
    return scores.index(best)


def _text(cell: Any) -> str | None:
    """A cell as text: whole numbers without a decimal point, dates in ISO form, damaged digits as such."""
    if cell == "" or cell is None:
        return None
    if isinstance(cell, float):
        if abs(cell) >= _EXACT:
            return f"{cell:.14E}"
        return str(int(cell)) if cell.is_integer() else repr(cell)
    if isinstance(cell, (datetime, date)):
        return cell.isoformat(" ") if isinstance(cell, datetime) else cell.isoformat()
    return str(cell)
