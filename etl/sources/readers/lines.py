"""Lines of a UTF-8 text: none without end, and blank ones kept countable."""

from collections.abc import Iterable, Iterator
from functools import partial
from pathlib import Path

from etl.errors import BadInput
from etl.sources.readers.base import Input
from etl.sources.readers.encoding import CHUNK, undecodable

# More errors are not listed: they would fill memory, and the file is of no use.
MOST_BROKEN = 1_000_000
_CELL_ENDS = b",\t;|\r\n"
_BLANK_LINES = (b"\n\n", b"\n\r\n")
_REMEDY = "重新导出，每行一条记录 | export again, one record a line"


def has_blank_lines(source: Input, path: Path) -> bool:
    """Whether a line is blank. Raises BadInput for a line or quote without end, before anything holds it in memory."""
    is_blank, length, tail, quoted = False, 0, b"", 0
    with path.open("rb") as file:
        for chunk in iter(partial(file.read, CHUNK), b""):
            last = chunk.rfind(b"\n")
            length = length + len(chunk) if last < 0 else len(chunk) - last - 1
            quoted = _quoted(tail, chunk, quoted)
            if max(length, quoted) > source.limits.line:
                raise endless_line(source)
            is_blank = is_blank or any(mark in tail + chunk[:2] or mark in chunk for mark in _BLANK_LINES)
            tail = chunk[-2:]
    return is_blank


def _quoted(tail: bytes, chunk: bytes, before: int) -> int:
    """Bytes behind the last quote if it opens a cell, 0 if not; `before` so many as there were until this chunk."""
    place = chunk.rfind(b'"')
    if place < 0:
        return before and before + len(chunk)
    before_it = chunk[place - 1 : place] or tail[-1:] or b"\n"
    behind_it = chunk[place + 1 : place + 2]
    opens = before_it in _CELL_ENDS and behind_it not in _CELL_ENDS
    return len(chunk) - place if opens else 0


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


def too_broken(source: Input) -> BadInput:
    """The error for a file of lines that are no rows."""
    return BadInput("不成行的太多 | too many lines that are no rows", source.name, "broken rows", _REMEDY)


def _filled(lines: Iterable[str], cells: str) -> Iterator[str]:
    is_quoted = False
    for line in lines:
        yield line if is_quoted or line.strip("\r\n") else cells + line
        is_quoted ^= line.count('"') % 2 == 1
