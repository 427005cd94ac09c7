"""XLSX, XLS and ODS: sheet by sheet and row by row, once the file is known to hold nothing that acts."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from datetime import date, datetime
from pathlib import Path
from typing import Any

from python_calamine import (
    CalamineError,
    CalamineSheet,
    CalamineWorkbook,
    PasswordError,
    SheetVisibleEnum,
)

from etl.errors import BadInput
from etl.sources.readers.base import Format, Input, Sheet
from etl.sources.readers.grid import Merge, no_header, read_grid
from etl.sources.readers.inspect_ods import inspect_ods
from etl.sources.readers.inspect_xls import inspect_xls
from etl.sources.readers.inspect_xlsx import inspect_xlsx
from etl.sources.readers.packed import locked, opened_zip

# From here on a double no longer holds every digit: the number was damaged when the workbook was saved.
_EXACT = 1e15
_REMEDY = "用 Excel 重新另存为 .xlsx 后提交 | save again as .xlsx and send it"


def read_workbook(source: Input) -> Iterator[Sheet]:
    """One table for every sheet with content.

    Raises BadInput for a damaged file, for one with macros, formulas or links to elsewhere, and when a visible
    sheet with content has no known header.
    """
    suffix, merges = _inspect(source)
    # The library goes by the suffix, which may be wrong.
    path = source.scratch / f"{source.table}{suffix}"
    path.symlink_to(source.path.resolve())
    sheets: list[Sheet] = []
    notices: list[str] = []
    is_empty = True
    with opened_workbook(source, path) as workbook:
        for place, about in enumerate(workbook.sheets_metadata):
            content = workbook.get_sheet_by_index(place)
            if content.end is None:
                continue
            is_empty = False
            sheet = _read_sheet(replace(source, table=f"{source.table}_{place}"), workbook, content, merges)
            if sheet is not None:
                sheets.append(sheet)
            elif about.visible == SheetVisibleEnum.Visible:
                raise no_header(replace(source, name=f"{source.name}#{about.name}"))
            else:
                notices.append(
                    f"隐藏的工作表没有已知表头，未读 | hidden sheet without known header: {about.name}"
                )
    if is_empty:
        raise BadInput("工作簿没有内容 | the workbook is empty", source.name, "workbook", _REMEDY)
    if not sheets:
        raise no_header(source)
    yield replace(sheets[0], notices=tuple(notices))
    yield from sheets[1:]


FORMAT = Format("workbook", (".xlsx", ".xls", ".ods", ".xlsm", ".xlsb", ".et"), read_workbook)


def _inspect(source: Input) -> tuple[str, Mapping[str, Sequence[Merge]]]:
    """The suffix of what it is, and merged blocks by sheet where only we can find them.

    Raises BadInput for what must not be opened.
    """
    with source.path.open("rb") as file:
        is_packed = file.read(2) == b"PK"
    if not is_packed:
        inspect_xls(source)
        return ".xls", {}
    with opened_zip(source) as container:
        if "content.xml" in container.namelist():
            return ".ods", inspect_ods(source, container)
        inspect_xlsx(source, container)
    return ".xlsx", {}


@contextmanager
def opened_workbook(source: Input, path: Path) -> Iterator[CalamineWorkbook]:
    """The workbook at `path`; raises BadInput for one that is locked or damaged, also where that shows later."""
    try:
        with CalamineWorkbook.from_path(path) as workbook:
            yield workbook
    except PasswordError:
        raise locked(source) from None
    except (CalamineError, OSError, ValueError) as error:
        raise _damaged(source, type(error).__name__) from None
    except BaseException as error:
        # A panic of the Rust library is no Exception, and its class cannot be imported.
        if type(error).__name__ != "PanicException":
            raise
        raise _damaged(source, "panic") from None


def _damaged(source: Input, detail: str) -> BadInput:
    message = f"工作簿损坏或不完整 | damaged or truncated workbook ({detail})"
    return BadInput(message, source.name, "workbook", _REMEDY)


def _read_sheet(
    source: Input, workbook: CalamineWorkbook, content: CalamineSheet, merges: Mapping[str, Sequence[Merge]]
) -> Sheet | None:
    blocks = merges.get(content.name) or [
        (first, last, left) for (first, left), (last, _) in content.merged_cell_ranges or () if last > first
    ]
    left = (content.start or (0, 0))[1]
    shifted = [(first, last, column - left) for first, last, column in blocks if column >= left]
    locator = f"#{content.name}" if len(workbook.sheet_names) > 1 else ""
    rows = (_texts(row) for row in content.iter_rows())
    return read_grid(source, rows, shifted, name=content.name, locator=locator)


def _texts(row: list[Any]) -> list[str]:
    return [cell if type(cell) is str else _text(cell) for cell in row]


def _text(cell: Any) -> str:
    """A cell as text: whole numbers without a decimal point, dates in ISO form, damaged digits as such."""
    if type(cell) is float:
        if -_EXACT < cell < _EXACT:
            return str(int(cell)) if cell.is_integer() else repr(cell)
        return f"{cell:.14E}"
    if isinstance(cell, datetime):
        return cell.isoformat(" ")
    return cell.isoformat() if isinstance(cell, date) else str(cell)
