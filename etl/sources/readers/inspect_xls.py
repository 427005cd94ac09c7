"""What an old XLS must not hold, read from its records: see the same for XLSX.

Record types and layouts: [MS-XLS]. A worksheet's cells begin with row and column, two bytes each.
"""

import struct
from collections.abc import Iterator

import olefile

from etl.errors import BadInput
from etl.sources.readers.base import Input
from etl.sources.readers.extent import Extent, check_extent
from etl.sources.readers.inspect_xlsx import refusal

_STREAMS = ("Workbook", "Book")
_MACROS = ("_VBA_PROJECT_CUR", "VBA", "Macros")
_EMBEDDED = ("MBD",)
_FORMULAS = {0x0006: "formula", 0x0206: "formula", 0x0406: "formula", 0x0221: "array", 0x04BC: "shared"}
_CELLS = frozenset({0x0203, 0x0204, 0x0205, 0x027E, 0x00FD, 0x00BD, 0x00D6, 0x0003, 0x0004, 0x0005})
_BEGIN, _SUPBOOK, _OBPROJ, _FILEPASS, _MULRK = 0x0809, 0x01AE, 0x00D3, 0x002F, 0x00BD
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
        message = f"工作簿损坏或不完整 | damaged or truncated workbook ({type(error).__name__})"
        raise BadInput(message, source.name, "XLS", _REMEDY) from None
    if "EncryptedPackage" in names:
        raise _locked(source)
    if not content:
        raise BadInput("不是工作簿 | not a workbook", source.name, "XLS", _REMEDY)
    if any(name in _MACROS for name in names):
        raise refusal(source, "宏 | macros")
    if any(name.startswith(_EMBEDDED) for name in names):
        raise refusal(source, "嵌入对象 | embedded objects")
    _check_records(source, content)


def _check_records(source: Input, content: bytes) -> None:
    extent = Extent()
    for kind, data in _records(content):
        if kind == _BEGIN:
            check_extent(source, extent)
            extent = Extent()
        elif kind in _FORMULAS:
            raise refusal(source, "公式 | formulas")
        elif kind == _OBPROJ:
            raise refusal(source, "宏 | macros")
        elif kind == _FILEPASS:
            raise _locked(source)
        elif kind == _SUPBOOK and data[2:4] not in _OWN:
            raise refusal(source, "外部链接 | links to other files")
        elif kind in _CELLS and len(data) >= 4:
            row, column = struct.unpack_from("<HH", data)
            last = column + (len(data) - 6) // 6 - 1 if kind == _MULRK else column
            extent.rows, extent.columns = max(extent.rows, row + 1), max(extent.columns, last + 1)
            extent.values += last + 1 - column
            if extent.rows * extent.columns > source.limits.cells:
                check_extent(source, extent)
    check_extent(source, extent)


def _records(content: bytes) -> Iterator[tuple[int, bytes]]:
    place = 0
    while place + 4 <= len(content):
        kind, size = struct.unpack_from("<HH", content, place)
        yield kind, content[place + 4 : place + 4 + size]
        place += 4 + size


def _locked(source: Input) -> BadInput:
    remedy = "去掉密码后提交 | remove the password and send it again"
    return BadInput("工作簿有密码 | the workbook has a password", source.name, "no password", remedy)
