"""Lines of a UTF-8 text: none without end, and blank ones kept countable."""

from collections.abc import Iterable, Iterator
from functools import partial
from pathlib import Path

from etl.errors import BadInput
from etl.sources.readers.base import Input
from etl.sources.readers.encoding import CHUNK, undecodable

_BLANK_LINES = (b"\n\n", b"\n\r\n")
_REMEDY = "重新导出，每行一条记录 | export again, one record a line"


def has_blank_lines(source: Input, path: Path) -> bool:
    """Whether a line is blank. Raises BadInput for a line without end, before anything holds it in memory."""
    is_blank, length, tail = False, 0, b""
    with path.open("rb") as file:
        for chunk in iter(partial(file.read, CHUNK), b""):
            last = chunk.rfind(b"\n")
            length = length + len(chunk) if last < 0 else len(chunk) - last - 1
            if length > source.limits.line:
                raise endless_line(source)
            is_blank = is_blank or any(mark in tail + chunk[:2] or mark in chunk for mark in _BLANK_LINES)
            tail = chunk[-2:]
    return is_blank


def with_blank_lines_filled(source: Input, path: Path, cells: str) -> Path:
    """A copy in which blank lines hold `cells`, those inside a quoted cell apart."""
    target = source.scratch / f"{source.table}.filled"
    try:
        with (
            path.open(encoding="utf-8", newline="") as text,
            target.open("w", encoding="utf-8", newline="") as out,
        ):
            out.writelines(_filled(text, cells))
    except UnicodeDecodeError as error:
        raise undecodable(source.name, error.reason) from None
    return target


def endless_line(source: Input) -> BadInput:
    limit = f"{source.limits.line >> 10} KiB"
    message = f"一行超过 {limit}，或引号没有闭合 | a line over {limit}, or a quote that does not end"
    return BadInput(message, source.name, "limits.line", _REMEDY)


def _filled(lines: Iterable[str], cells: str) -> Iterator[str]:
    is_quoted = False
    for line in lines:
        yield line if is_quoted or line.strip("\r\n") else cells + line
        is_quoted ^= line.count('"') % 2 == 1
