"""What an ODS must not hold, as for XLSX; and its merged blocks, which calamine does not tell."""

import zipfile
from dataclasses import dataclass, field
from fnmatch import fnmatchcase

from etl.sources.readers.base import Input
from etl.sources.readers.extent import Extent, check_extent, too_much_text
from etl.sources.readers.grid import Merge
from etl.sources.readers.inspect_xlsx import refusal
from etl.sources.readers.markup import feed, safe_parser
from etl.sources.readers.packed import pieces

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
_CELLS = frozenset({"table:table-cell", "table:covered-table-cell"})


def inspect_ods(source: Input, container: zipfile.ZipFile) -> dict[str, list[Merge]]:
    """Merged blocks by sheet. Raises BadInput for macros, formulas, links, DDE and too large a rectangle."""
    for entry in container.infolist():
        for pattern, what in _PARTS.items():
            if fnmatchcase(entry.filename.lower(), pattern):
                raise refusal(source, what)
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

    def start(self, name: str, attributes: dict[str, str]) -> None:
        if name in _ELEMENTS:
            raise refusal(self.source, _ELEMENTS[name])
        if name == "table:table":
            self.name, self.row, self.extent = attributes.get("table:name", ""), 0, Extent()
        elif name == "table:table-row":
            self.column, self.repeat = 0, _number(attributes, "table:number-rows-repeated")
        elif name in _CELLS:
            self._cell(attributes)

    def end(self, name: str) -> None:
        if name == "table:table-row":
            self.row += self.repeat
        elif name in _CELLS:
            self.copies = 0
        elif name == "table:table":
            check_extent(self.source, self.extent)

    def data(self, text: str) -> None:
        if self.copies:
            self.extent.text += len(text.encode()) * self.copies
            if self.extent.text > self.source.limits.text:
                raise too_much_text(self.source)

    def _cell(self, attributes: dict[str, str]) -> None:
        if "table:formula" in attributes:
            raise refusal(self.source, "公式 | formulas", f"#{self.name}")
        width = _number(attributes, "table:number-columns-repeated")
        spanned = _number(attributes, "table:number-rows-spanned")
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


def _number(attributes: dict[str, str], name: str) -> int:
    text = attributes.get(name, "1")
    return max(int(text), 1) if text.isascii() and text.isdigit() else 1
