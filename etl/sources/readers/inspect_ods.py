"""What an ODS must not hold, as for XLSX; and its merged blocks, which calamine does not tell.

Refused too: cells that calamine would read otherwise than a person does, such as text without a type of value.
"""

import zipfile
from dataclasses import dataclass, field
from fnmatch import fnmatchcase

from etl.errors import BadInput
from etl.sources.readers.base import Input
from etl.sources.readers.extent import Extent, check_extent, too_much_text
from etl.sources.readers.grid import Merge
from etl.sources.readers.inspect_xlsx import refusal
from etl.sources.readers.markup import feed, safe_parser
from etl.sources.readers.packed import locked, pieces

_MANIFEST = "META-INF/manifest.xml"
_PARTS = {
    "basic/*": "宏 | macros",
    "scripts/*": "宏 | macros",
    "object *": "嵌入对象 | embedded objects",
}
_ELEMENTS = {
    "table:table-source": "外部链接 | links to other files",
    "table:cell-range-source": "外部链接 | links to other files",
    "table:dde-links": "DDE",
    "office:dde-source": "DDE",
    "script:event-listener": "宏 | macros",
}
# Types of a value, and the attribute that calamine reads it from; of text, the cell's own.
_VALUES = {
    "string": "office:value-type",
    "float": "office:value",
    "percentage": "office:value",
    "currency": "office:value",
    "date": "office:date-value",
    "time": "office:time-value",
    "boolean": "office:boolean-value",
}
# Of these calamine drops what they stand for, or adds it to the text.
_CHANGED = frozenset({"text:tab", "text:line-break", "text:ruby-text"})
_NAMES = frozenset({"table-row", "table-cell", "covered-table-cell"})
_REMEDY = "用 Excel 另存为 .xlsx 后提交 | save as .xlsx and send it again"
_CELLS = frozenset({"table:table-cell", "table:covered-table-cell"})


def inspect_ods(source: Input, container: zipfile.ZipFile) -> dict[str, list[Merge]]:
    """Merged blocks by sheet. Raises BadInput for macros, formulas, links, DDE and too large a rectangle."""
    for entry in container.infolist():
        for pattern, what in _PARTS.items():
            if fnmatchcase(entry.filename.lower(), pattern):
                raise refusal(source, what)
    manifest = next((item for item in container.infolist() if item.filename == _MANIFEST), None)
    if manifest and b"encryption-data" in b"".join(pieces(source, container, manifest)):
        raise locked(source)
    tables = _Tables(source)
    for entry in container.infolist():
        content = pieces(source, container, entry)
        if entry.filename == "content.xml":
            parser = safe_parser(source)
            parser.StartElementHandler = tables.start
            parser.EndElementHandler = tables.end
            parser.CharacterDataHandler = tables.data
            feed(source, parser, content)
        for _ in content:
            pass
    return tables.merges


@dataclass
class _Tables:
    """Follows the elements of content.xml: the place of each cell, repeats included, 0-based."""

    source: Input
    merges: dict[str, list[Merge]] = field(default_factory=dict)
    name: str = ""
    row: int = 0
    column: int = 0
    repeat: int = 1
    extent: Extent = field(default_factory=Extent)
    copies: int = 0
    depth: int = 0
    beside: int = 0
    is_typed: bool = True

    def start(self, name: str, attributes: dict[str, str]) -> None:
        if name in _ELEMENTS:
            raise refusal(self.source, _ELEMENTS[name])
        prefix, _, local = name.rpartition(":")
        if local in _NAMES and prefix != "table":
            raise self._misread("不常见的前缀 | an unusual prefix")
        if name in _CHANGED and not self.beside:
            raise self._misread("制表符、换行或注音 | tabs, line breaks or ruby in text")
        self.beside += _is_beside(name)
        if name == "table:table":
            self.depth += 1
            if self.depth > 1:
                raise self._misread("表中有表 | a table inside a table")
            self.name, self.row, self.extent = attributes.get("table:name", ""), 0, Extent()
        elif name == "table:table-row":
            self.column, self.repeat = 0, self._number(attributes, "table:number-rows-repeated")
        elif name in _CELLS:
            self._cell(attributes)

    def end(self, name: str) -> None:
        self.beside -= _is_beside(name)
        if name == "table:table-row":
            self.row += self.repeat
        elif name in _CELLS:
            self.copies, self.is_typed = 0, True
        elif name == "table:table":
            self.depth -= 1
            check_extent(self.source, self.extent)

    def data(self, text: str) -> None:
        if not self.is_typed and not self.beside and text.strip():
            raise self._misread("没有值的类型 | text without a type of value")
        if self.copies:
            self.extent.text += len(text.encode()) * self.copies
            if self.extent.text > self.source.limits.text:
                raise too_much_text(self.source)

    def _cell(self, attributes: dict[str, str]) -> None:
        if "table:formula" in attributes:
            raise refusal(self.source, "公式 | formulas", f"#{self.name}")
        kind = attributes.get("office:value-type", "")
        self.is_typed = _VALUES.get(kind, "") in attributes
        width = self._number(attributes, "table:number-columns-repeated")
        spanned = self._number(attributes, "table:number-rows-spanned")
        if spanned > 1:
            block = (self.row, self.row + spanned - 1, self.column)
            self.merges.setdefault(self.name, []).append(block)
        self.column += width
        if "office:value-type" in attributes:
            extent, self.copies = self.extent, width * self.repeat
            extent.rows, extent.columns = self.row + self.repeat, max(extent.columns, self.column)
            extent.values += 1
            if extent.rows * extent.columns > self.source.limits.cells:
                check_extent(self.source, extent)

    def _number(self, attributes: dict[str, str], name: str) -> int:
        text = attributes.get(name, "1")
        if not (text.isascii() and text.isdigit() and int(text)):
            raise self._misread("重复数不是正整数 | a repeat that is no whole number")
        return int(text)

    def _misread(self, what: str) -> BadInput:
        message = f"工作表无法照原样读出 | the sheet cannot be read as it is: {what}"
        return BadInput(message, f"{self.source.name}#{self.name}", "ODS", _REMEDY)


def _is_beside(name: str) -> bool:
    """Whether an element stands in a cell without being part of its text: remarks, drawings."""
    return name == "office:annotation" or name.startswith("draw:")
