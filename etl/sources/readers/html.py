"""HTML tables, which many systems save as `.xls`.

Parsed by lxml as a stream: seven times as fast as the standard library's parser (measured), and as forgiving of
cells and rows that are never closed as a browser is. Nothing is fetched, no script is run.
"""

from collections import deque
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from functools import partial
from itertools import groupby
from operator import itemgetter

from lxml import etree

from etl.sources.readers.base import Format, Input, Sheet
from etl.sources.readers.encoding import as_utf8, undecodable
from etl.sources.readers.grid import no_header, read_grid
from etl.sources.readers.inspect_xlsx import refusal
from etl.sources.readers.packed import bomb

_CHUNK = 1 << 18
_FORMULA = "x:fmla"
_UNSEEN = frozenset({"script", "style", "template"})
_BREAKS = frozenset({"br", "p", "div"})


def read_html(source: Input) -> Iterator[Sheet]:
    """One sheet for every table with a known header; of the others the notices tell.

    Raises BadInput for formulas, and where no table has a known header.
    """
    sheets: list[Sheet] = []
    notices: list[str] = []
    for number, rows in groupby(_rows(source), key=itemgetter(0)):
        part = replace(source, table=f"{source.table}_{len(sheets) + len(notices)}")
        sheet = read_grid(part, (row for _, row in rows), locator=f"#{number}" if sheets else "")
        if sheet is None:
            notices.append(f"表格没有已知表头，未读 | table without known header, not read: {number}")
        else:
            sheets.append(sheet)
    if not sheets:
        raise no_header(source)
    yield replace(sheets[0], notices=tuple(notices))
    yield from sheets[1:]


FORMAT = Format("html", (".html", ".htm"), read_html)


@dataclass
class _Table:
    """An open table: the cells of its open row, and the values that come down from rows above, by column."""

    number: int
    row: list[str] | None = None
    cell: list[str] | None = None
    size: int = 0
    across: int = 1
    down: int = 1
    hanging: dict[int, tuple[int, str]] = field(default_factory=dict)


@dataclass
class _Tables:
    """Target of the parser: rows of all tables, each with the number of its table, as soon as they end."""

    source: Input
    done: deque[tuple[int, list[str]]] = field(default_factory=deque)
    stack: list[_Table] = field(default_factory=list)
    count: int = 0
    unseen: int = 0

    def start(self, tag: str, attributes: Mapping[str, str]) -> None:
        if _FORMULA in attributes:
            raise refusal(self.source, "公式 | formulas")
        self.unseen += tag in _UNSEEN
        if tag == "table":
            self.count += 1
            self.stack.append(_Table(self.count))
        elif self.stack and tag == "tr":
            self._end_row()
            self.stack[-1].row = []
        elif self.stack and tag in {"td", "th"}:
            self._start_cell(attributes)
        elif tag in _BREAKS:
            self.data("\n")

    def end(self, tag: str) -> None:
        self.unseen -= tag in _UNSEEN
        if not self.stack:
            return
        if tag in {"td", "th"}:
            self._end_cell()
        elif tag == "tr":
            self._end_row()
        elif tag == "table":
            self._end_row()
            self.stack.pop()

    def data(self, text: str) -> None:
        table = self.stack[-1] if self.stack else None
        if table and table.cell is not None and not self.unseen:
            table.size += len(text)
            if table.size > self.source.limits.line:
                raise bomb(self.source, f"> {self.source.limits.line >> 10} KiB in a row")
            table.cell.append(text)

    def close(self) -> None:
        while self.stack:
            self.end("table")

    def _start_cell(self, attributes: Mapping[str, str]) -> None:
        self._end_cell()
        table = self.stack[-1]
        if table.row is None:
            table.row = []
        table.cell = []
        table.across, table.down = _span(attributes, "colspan"), _span(attributes, "rowspan")
        if len(table.row) + table.across > self.source.limits.columns:
            raise bomb(self.source, f"> {self.source.limits.columns} columns")

    def _end_cell(self) -> None:
        table = self.stack[-1]
        if table.cell is None or table.row is None:
            return
        self._come_down(table, table.row)
        text = "".join(table.cell).replace("\xa0", " ").strip()
        if table.down > 1:
            table.hanging[len(table.row)] = (table.down, text)
            table.hanging |= {len(table.row) + more: (table.down, "") for more in range(1, table.across)}
        table.row += [text, *[""] * (table.across - 1)]
        table.cell = None

    def _end_row(self) -> None:
        self._end_cell()
        table = self.stack[-1]
        if table.row is not None:
            for column in range(len(table.row), max(table.hanging, default=-1) + 1):
                if len(table.row) == column and column not in table.hanging:
                    table.row.append("")
                self._come_down(table, table.row)
            self.done.append((table.number, table.row))
            table.hanging = {
                place: (left - 1, text) for place, (left, text) in table.hanging.items() if left > 1
            }
        table.row, table.size = None, 0

    @staticmethod
    def _come_down(table: _Table, row: list[str]) -> None:
        """Put the values of cells that span rows where this row leaves room for them."""
        while len(row) in table.hanging:
            row.append(table.hanging[len(row)][1])


def _span(attributes: Mapping[str, str], name: str) -> int:
    text = attributes.get(name, "1").strip()
    return max(1, int(text[:7])) if text.isascii() and text.isdigit() else 1


def _rows(source: Input) -> Iterator[tuple[int, list[str]]]:
    tables = _Tables(source)
    # Decoded by us already: what the document says of its encoding no longer holds.
    parser = etree.HTMLParser(target=tables, encoding="utf-8", no_network=True)
    try:
        with as_utf8(source).open(encoding="utf-8", newline="") as text:
            for piece in iter(partial(text.read, _CHUNK), ""):
                parser.feed(piece.replace("\0", "\ufffd").encode())
                yield from _drained(tables.done)
    except UnicodeDecodeError as error:
        raise undecodable(source.name, error.reason) from None
    parser.close()
    yield from _drained(tables.done)


def _drained(done: deque[tuple[int, list[str]]]) -> Iterator[tuple[int, list[str]]]:
    while done:
        yield done.popleft()
