"""What an XLSX must not hold: parts that act or lead elsewhere, formulas, and a rectangle too large for memory.

A formula is refused although a value stands beside it: that value is what some program once computed, from
cells or files we cannot see, and it is kept even when they have changed. Whoever sends a register sends values.
"""

import re
import zipfile
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase
from functools import cached_property
from itertools import chain

from etl.errors import BadInput
from etl.sources.readers.base import Input
from etl.sources.readers.extent import Extent, check_extent, is_excessive, too_much_text
from etl.sources.readers.markup import fed, feed, safe_parser
from etl.sources.readers.packed import bomb, pieces
from etl.sources.readers.parts_xlsx import parts_of, sheet_parts

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
_TEXTS = "xl/sharedstrings.xml"
_FORMULA = re.compile(rb"<(?:[^\s<>/:]+:)?f[\s/>]")
# Cells other than A1 to Z99999 written in the usual way: each found costs time, so few should be.
_FAR_CELL = re.compile(rb'<c(?! r="[A-Z]\d{1,5}"[ />])(?: r="([A-Z]+)(\d+)"|[\s/>])')
_PREFIX_ENDS = re.compile(rb":[cf][\s/>]")
_PREFIXED = re.compile(rb"<[^\s<>/:]+:c[\s/>]")
_NEAR = (26, 99_999)
# A cell that uses a shared text, as all usual programs write it.
_SHARED = re.compile(rb' t="s"><v>(\d{1,9})</v>')
_SHORTEST = b'<c t="s"><v>0</v></c>'
_USES = (b" t=", b" =", b'"t=', b"'t=")
_BLANKS = bytes.maketrans(b"\t\r\n", b"   ")
_CELL = 1 << 12
_REFERENCE = re.compile(r"([A-Za-z]+)(\d+)")
_REMEDY = "只留数值（复制后选择性粘贴为值），另存为 .xlsx | keep values only (paste special), save as .xlsx"


def inspect_xlsx(source: Input, container: zipfile.ZipFile) -> None:
    """Raises BadInput for the first of them. Every entry is read whole, so its size is known to be true."""
    for entry in container.infolist():
        name = entry.filename.lower()
        for pattern, what in _PARTS.items():
            if fnmatchcase(name, pattern):
                raise refusal(source, what)
    parts = parts_of(source, container)
    sheets = sheet_parts(source, container, parts)
    texts = _Texts(source, container, parts.get(_TEXTS))
    for entry in container.infolist():
        content = pieces(source, container, entry)
        if entry in sheets:
            _check_sheet(source, container, entry, content, texts)
        for _ in content:
            pass


def refusal(source: Input, what: str, where: str = "") -> BadInput:
    """The error for content that acts or leads elsewhere."""
    return BadInput(f"工作簿含有 | the workbook has: {what}", source.name + where, "values only", _REMEDY)


class _Texts:
    """The texts that cells share. `longest`: no text has more bytes."""

    def __init__(self, source: Input, container: zipfile.ZipFile, entry: zipfile.ZipInfo | None) -> None:
        self._source, self._container, self._entry = source, container, entry
        if entry and entry.file_size > source.limits.text:
            raise too_much_text(source)
        self.longest = _longest(pieces(source, container, entry)) if entry else 0

    @cached_property
    def sizes(self) -> list[int]:
        """Bytes of each, in order."""
        sizes: list[int] = []

        def start(name: str, _: object) -> None:
            if name.rpartition(":")[2] == "si":
                sizes.append(0)

        def text(data: str) -> None:
            if sizes:
                sizes[-1] += len(data.encode())

        if self._entry:
            parser = safe_parser(self._source)
            parser.StartElementHandler, parser.CharacterDataHandler = start, text
            feed(self._source, parser, pieces(self._source, self._container, self._entry))
        return sizes


def _longest(content: Iterable[bytes]) -> int:
    longest = size = 0
    for piece in content:
        first, *others = piece.split(b"</si>")
        size += len(first)
        if others:
            longest = max(longest, size, *map(len, others))
            size = len(others[-1])
    return max(longest, size)


def _check_sheet(
    source: Input,
    container: zipfile.ZipFile,
    entry: zipfile.ZipInfo,
    content: Iterable[bytes],
    texts: _Texts,
) -> None:
    columns, rows = _NEAR
    is_plain = True
    for piece in _whole_tags(source, content):
        may_be_prefixed = _PREFIX_ENDS.search(piece)
        if (may_be_prefixed or b"<f" in piece) and _FORMULA.search(piece):
            raise refusal(source, f"公式 | formulas ({_part_name(entry)})")
        if b't="e"' in piece or b"t='e'" in piece:
            raise refusal(source, f"错误值 | error values such as #N/A ({_part_name(entry)})")
        is_plain = is_plain and not (may_be_prefixed and _PREFIXED.search(piece))
        for letters, row in _FAR_CELL.findall(piece) if is_plain else ():
            is_plain = is_plain and bool(letters)
            columns, rows = max(columns, _column(letters.decode())), max(rows, int(row or 0))
    if is_plain:
        # At most so large; only where that is too much is more read.
        rough = Extent(rows, columns, 0, entry.file_size // len(_SHORTEST) * texts.longest)
        if rows * columns > source.limits.spread_from:
            whole = _whole_tags(source, pieces(source, container, entry))
            rough.values = sum(piece.count(b"<v") + piece.count(b"<is") for piece in whole)
        if rough.text > source.limits.text:
            rough.text = _text_used(pieces(source, container, entry), texts)
        is_plain = not is_excessive(source.limits, rough)
    if not is_plain:
        check_extent(source, _extent(source, pieces(source, container, entry), texts))


def _part_name(entry: zipfile.ZipInfo) -> str:
    return entry.filename.rpartition("/")[2].removesuffix(".xml")


def _text_used(content: Iterable[bytes], texts: _Texts) -> int:
    """At most so many bytes of shared texts are used: a use written in no usual way counts as the longest."""
    total, held = 0, b""
    for piece in chain(content, [b""]):
        held = (held + piece).translate(_BLANKS)
        # Cut before a cell, so that none is counted in two halves.
        cut = held.rfind(b"<c ", -_CELL) if piece else -1
        done, held = (held[:cut], held[cut:]) if cut >= 0 else (held, b"")
        found = [int(index) for index in _SHARED.findall(done)]
        total += sum(texts.sizes[index] for index in found if index < len(texts.sizes))
        total += (sum(map(done.count, _USES)) - len(found)) * texts.longest
    return total


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
class _Cells(Extent):
    """The extent of a sheet, found by reading every element."""

    texts: Sequence[int] = ()
    row: int = 0
    column: int = 0
    is_shared: bool = False
    index: list[str] | None = None

    def start(self, name: str, attributes: dict[str, str]) -> None:
        local = name.rpartition(":")[2]
        if local == "row":
            self.row, self.column = int(attributes.get("r", self.row + 1)), 0
        elif local == "c":
            found = _REFERENCE.fullmatch(attributes.get("r", ""))
            self.column = _column(found[1]) if found else self.column + 1
            self.row = int(found[2]) if found else self.row
            self.is_shared = attributes.get("t") == "s"
        elif local in {"v", "is"}:
            self.columns, self.rows = max(self.columns, self.column), max(self.rows, self.row)
            self.values += 1
            self.index = [] if self.is_shared and local == "v" else None

    def data(self, text: str) -> None:
        if self.index is not None:
            self.index.append(text)

    def end(self, name: str) -> None:
        if self.index is not None and name.rpartition(":")[2] == "v":
            number = "".join(self.index).strip()
            known = number.isascii() and number.isdigit() and int(number[:9]) < len(self.texts)
            self.text += self.texts[int(number[:9])] if known else 0
            self.index = None


def _extent(source: Input, content: Iterable[bytes], texts: _Texts) -> Extent:
    cells = _Cells(texts=texts.sizes)
    parser = safe_parser(source)
    parser.StartElementHandler, parser.EndElementHandler = cells.start, cells.end
    parser.CharacterDataHandler = cells.data
    for _ in fed(source, parser, content):
        if cells.rows * cells.columns > source.limits.cells or cells.text > source.limits.text:
            break
    return cells
