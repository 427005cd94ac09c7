"""What an old XLS must not hold, read from its records: see the same for XLSX.

Record types and layouts: [MS-XLS]. A worksheet's cells begin with row and column, two bytes each.
"""

import struct
from collections.abc import Iterator
from dataclasses import dataclass, field

import olefile

from etl.errors import BadInput
from etl.sources.readers.base import Input
from etl.sources.readers.extent import Extent, check_extent
from etl.sources.readers.inspect_xlsx import refusal
from etl.sources.readers.packed import locked

_STREAMS = ("Workbook", "Book")
_MACROS = ("_VBA_PROJECT_CUR", "VBA", "Macros")
_EMBEDDED = ("MBD",)
_FORMULAS = {0x0006: "formula", 0x0206: "formula", 0x0406: "formula", 0x0221: "array", 0x04BC: "shared"}
_CELLS = frozenset({0x0203, 0x0204, 0x0205, 0x027E, 0x00FD, 0x00BD, 0x00D6, 0x0003, 0x0004, 0x0005})
_BEGIN, _END, _SHEET, _TEXTS, _SUPBOOK = 0x0809, 0x000A, 0x0085, 0x00FC, 0x01AE
_OBPROJ, _FILEPASS, _MULRK, _SHARED, _ERROR = 0x00D3, 0x002F, 0x00BD, 0x00FD, 0x0205
_BIFF8 = b"\x00\x06"
_CELL_HEAD = 4
# A SUPBOOK with one of these is the workbook itself, or add-in functions, which only a formula could call.
_OWN = (b"\x01\x04", b"\x01\x3a")
_REMEDY = "用 Excel 重新另存为 .xlsx 后提交 | save again as .xlsx and send it"


def inspect_xls(source: Input) -> None:
    """Raises BadInput for macros, formulas, links, passwords, and a rectangle too large for memory."""
    try:
        with olefile.OleFileIO(source.path) as container:
            names = [part for path in container.listdir(storages=True) for part in path]
            stream = next((name for name in _STREAMS if container.exists(name)), None)
            content = container.openstream(stream).read() if stream else b""
    except (OSError, struct.error, IndexError, ValueError, RecursionError) as error:
        raise _damaged(source, type(error).__name__) from None
    if "EncryptedPackage" in names:
        raise locked(source)
    if not content:
        raise BadInput("不是工作簿 | not a workbook", source.name, "XLS", _REMEDY)
    if any(name in _MACROS for name in names):
        raise refusal(source, "宏 | macros")
    if any(name.startswith(_EMBEDDED) for name in names):
        raise refusal(source, "嵌入对象 | embedded objects")
    _check_records(source, content)


@dataclass
class _Stream:
    """What the records of a workbook say so far; offsets are places in the stream."""

    extent: Extent = field(default_factory=Extent)
    depth: int = 0
    begins: set[int] = field(default_factory=set)
    sheets: set[int] = field(default_factory=set)
    texts: int = 0


def _check_records(source: Input, content: bytes) -> None:
    stream = _Stream()
    for place, kind, data in _records(source, content):
        if kind in _CELLS and len(data) >= _CELL_HEAD:
            _check_cell(source, stream, kind, data)
        elif kind == _BEGIN:
            if data[:2] != _BIFF8:
                raise BadInput("Excel 95 或更早 | Excel 95 or older", source.name, "XLS", _REMEDY)
            check_extent(source, stream.extent)
            stream.extent, stream.depth = Extent(), stream.depth + 1
            stream.begins.add(place)
        elif kind == _END:
            stream.depth -= 1
        elif kind == _SHEET:
            stream.sheets.add(int.from_bytes(data[:4], "little"))
        elif kind == _TEXTS:
            stream.texts = int.from_bytes(data[4:8], "little")
        else:
            _check_act(source, kind, data)
    check_extent(source, stream.extent)
    if stream.depth or not stream.sheets <= stream.begins:
        raise _damaged(source, "cut short")


def _check_act(source: Input, kind: int, data: bytes) -> None:
    if kind in _FORMULAS:
        raise refusal(source, "公式 | formulas")
    if kind == _OBPROJ:
        raise refusal(source, "宏 | macros")
    if kind == _FILEPASS:
        raise locked(source)
    if kind == _SUPBOOK and data[2:4] not in _OWN:
        raise refusal(source, "外部链接 | links to other files")


def _check_cell(source: Input, stream: _Stream, kind: int, data: bytes) -> None:
    extent = stream.extent
    row, column = struct.unpack_from("<HH", data)
    last = column + (len(data) - 6) // 6 - 1 if kind == _MULRK else column
    extent.values += last + 1 - column
    if row >= extent.rows or last >= extent.columns:
        extent.rows, extent.columns = max(extent.rows, row + 1), max(extent.columns, last + 1)
        if extent.rows * extent.columns > source.limits.cells:
            check_extent(source, extent)
    if kind == _SHARED and int.from_bytes(data[6:10], "little") >= stream.texts:
        raise _damaged(source, "no such text")
    if kind == _ERROR and data[7:8] == b"\1":
        raise refusal(source, "错误值 | error values such as #N/A")


def _records(source: Input, content: bytes) -> Iterator[tuple[int, int, bytes]]:
    place = 0
    while place + 4 <= len(content):
        kind, size = struct.unpack_from("<HH", content, place)
        data = content[place + 4 : place + 4 + size]
        if len(data) < size:
            raise _damaged(source, "cut short")
        yield place, kind, data
        place += 4 + size


def _damaged(source: Input, detail: str) -> BadInput:
    message = f"工作簿损坏或不完整 | damaged or truncated workbook ({detail})"
    return BadInput(message, source.name, "XLS", _REMEDY)
