"""What an ODS must not hold, as for XLSX; and its merged blocks, which calamine does not tell."""

import zipfile
from dataclasses import dataclass, field
from fnmatch import fnmatchcase

from etl.sources.readers.base import Input
from etl.sources.readers.grid import Merge
from etl.sources.readers.inspect_xlsx import refusal
from etl.sources.readers.markup import feed, safe_parser
from etl.sources.readers.packed import bomb, pieces

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
    rows: int = 0
    columns: int = 0

    def start(self, name: str, attributes: dict[str, str]) -> None:
        if name in _ELEMENTS:
            raise refusal(self.source, _ELEMENTS[name])
        if name == "table:table":
            self.name, self.row, self.rows, self.columns = attributes.get("table:name", ""), 0, 0, 0
        elif name == "table:table-row":
            self.column, self.repeat = 0, _number(attributes, "table:number-rows-repeated")
        elif name in _CELLS:
            self._cell(attributes)

    def end(self, name: str) -> None:
        if name == "table:table-row":
            self.row += self.repeat

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
            self.rows, self.columns = self.row + self.repeat, max(self.columns, self.column)
            if self.rows * self.columns > self.source.limits.cells:
                raise bomb(self.source, f"{self.rows} × {self.columns} cells")


def _number(attributes: dict[str, str], name: str) -> int:
    text = attributes.get(name, "1")
    return max(int(text), 1) if text.isascii() and text.isdigit() else 1
