"""What an XLSX must not hold: parts that act or lead elsewhere, formulas, and a rectangle too large for memory.

A formula is refused although a value stands beside it: that value is what some program once computed, from
cells or files we cannot see, and it is kept even when they have changed. Whoever sends a register sends values.
"""

import re
import zipfile
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from fnmatch import fnmatchcase

from etl.errors import BadInput
from etl.sources.readers.base import Input
from etl.sources.readers.markup import feed, safe_parser
from etl.sources.readers.packed import bomb, pieces

_PARTS = {
    "xl/vbaproject*": "宏 | macros",
    "xl/macrosheets/*": "宏 | macros",
    "xl/externallinks/*": "外部链接 | links to other files",
    "xl/connections*": "外部数据连接 | connections to outside data",
    "xl/querytables/*": "外部数据连接 | connections to outside data",
    "xl/embeddings/*": "嵌入对象 | embedded objects",
    "xl/activex/*": "控件 | controls",
    "xl/workbook.bin": "XLSB",
}
_SHEETS = "xl/worksheets/*.xml"
_FORMULA = re.compile(rb"<(?:\w+:)?f[\s/>]")
# Cells other than A1 to Z99999 written in the usual way: each found costs time, so few should be.
_FAR_CELL = re.compile(rb'<c(?! r="[A-Z]\d{1,5}"[ />])(?: r="([A-Z]+)(\d+)"|[\s/>])')
_PREFIXED = re.compile(rb"<\w+:c[\s/>]")
_NEAR = (26, 99_999)
_REFERENCE = re.compile(r"([A-Za-z]+)(\d+)")
_REMEDY = "只留数值（复制后选择性粘贴为值），另存为 .xlsx | keep values only (paste special), save as .xlsx"


def inspect_xlsx(source: Input, container: zipfile.ZipFile) -> None:
    """Raises BadInput for the first of them. Every entry is read whole, so its size is known to be true."""
    for entry in container.infolist():
        name = entry.filename.lower()
        for pattern, what in _PARTS.items():
            if fnmatchcase(name, pattern):
                raise refusal(source, what)
    for entry in container.infolist():
        content = pieces(source, container, entry)
        if fnmatchcase(entry.filename.lower(), _SHEETS):
            _check_sheet(source, container, entry, content)
        for _ in content:
            pass


def refusal(source: Input, what: str, where: str = "") -> BadInput:
    """The error for content that acts or leads elsewhere."""
    return BadInput(f"工作簿含有 | the workbook has: {what}", source.name + where, "values only", _REMEDY)


def _check_sheet(
    source: Input, container: zipfile.ZipFile, entry: zipfile.ZipInfo, content: Iterable[bytes]
) -> None:
    columns, rows = _NEAR
    is_plain = True
    for piece in _whole_tags(source, content):
        if (b"<f" in piece or b":f" in piece) and _FORMULA.search(piece):
            sheet = entry.filename.rpartition("/")[2].removesuffix(".xml")
            raise refusal(source, f"公式 | formulas ({sheet})")
        is_plain = is_plain and not (b":c" in piece and _PREFIXED.search(piece))
        for letters, row in _FAR_CELL.findall(piece) if is_plain else ():
            is_plain = is_plain and bool(letters)
            columns, rows = max(columns, _column(letters.decode())), max(rows, int(row or 0))
    if not is_plain or columns * rows > source.limits.cells:
        columns, rows = _extent(source, pieces(source, container, entry))
    if columns * rows > source.limits.cells:
        raise bomb(source, f"{rows} × {columns} cells")


def _whole_tags(source: Input, content: Iterable[bytes]) -> Iterator[bytes]:
    """The same bytes, cut before a tag."""
    tail = b""
    for piece in content:
        before, mark, after = (tail + piece).rpartition(b"<")
        yield before
        tail = mark + after
        if len(tail) > source.limits.line:
            raise bomb(source, f"> {source.limits.line >> 10} KiB in a cell")
    yield tail


def _column(letters: str) -> int:
    number = 0
    for letter in letters.upper()[:4]:
        number = number * 26 + ord(letter) - 64
    return number


@dataclass
class _Extent:
    """The last row and column in which a value stands, found by reading every element."""

    columns: int = 0
    rows: int = 0
    row: int = 0
    column: int = 0

    def start(self, name: str, attributes: dict[str, str]) -> None:
        local = name.rpartition(":")[2]
        if local == "row":
            self.row, self.column = int(attributes.get("r", self.row + 1)), 0
        elif local == "c":
            found = _REFERENCE.fullmatch(attributes.get("r", ""))
            self.column = _column(found[1]) if found else self.column + 1
            self.row = int(found[2]) if found else self.row
        elif local in {"v", "is"}:
            self.columns, self.rows = max(self.columns, self.column), max(self.rows, self.row)


def _extent(source: Input, content: Iterable[bytes]) -> tuple[int, int]:
    extent = _Extent()
    parser = safe_parser(source)
    parser.StartElementHandler = extent.start
    feed(source, parser, content)
    return extent.columns, extent.rows
