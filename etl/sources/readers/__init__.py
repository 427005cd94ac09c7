"""Readers, one module a format: file in, tables of text out. They interpret nothing but the format.

base       what a reader is given and gives
formats    what a file is, by its bytes
encoding   texts as UTF-8            packed     ZIP containers, checked
archive    ZIP and GZ                grid       rows of cells as a table: header, merged cells
damage     text damaged before it was sent
"""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path, PurePosixPath

from etl.errors import BadInput
from etl.sources.readers import (
    delimited,
    html,
    json_array,
    json_lines,
    parquet,
    postgresql,
    sqlite,
    workbook,
    xml,
)
from etl.sources.readers.archive import names_inside, read_gzip, read_zip
from etl.sources.readers.base import File, Format, Input, Limits, Sheet, header_key
from etl.sources.readers.damage import with_damage
from etl.sources.readers.formats import format_of

_MODULES = (delimited, html, json_array, json_lines, parquet, postgresql, sqlite, workbook, xml)
READERS: Mapping[str, Format] = {module.FORMAT.name: module.FORMAT for module in _MODULES}
_PACKED = {"zip": read_zip, "gzip": read_gzip}
_SUFFIXES = {suffix: item.name for item in READERS.values() for suffix in item.suffixes}
_PACKED_SUFFIXES = (".zip", ".gz")


def read_file(source: Input) -> Iterator[Sheet]:
    """Every sheet of a file, whatever its format, of every file inside when it is an archive.

    Raises BadInput when it cannot be read, or is not safe to read.
    """
    found = check_format(source.path, source.name)
    if found not in _PACKED:
        yield from _read(source, found)
        return
    yield from _PACKED[found](source, _read_inside)


def check_format(path: Path, name: str) -> str:
    """The name of the file's format. Raises BadInput for one without reader."""
    return format_of(path, name, (*_SUFFIXES, *_PACKED_SUFFIXES))


def _read_inside(source: Input) -> Iterator[Sheet]:
    found = check_format(source.path, source.name)
    if found in _PACKED or found == "postgresql":
        remedy = "解开内层后提交 | unpack the inner one and send it"
        raise BadInput("压缩包套压缩包 | an archive inside an archive", source.name, "one level", remedy)
    yield from _read(source, found)


def _read(source: Input, found: str) -> Iterator[Sheet]:
    suffix = PurePosixPath(source.name).suffix.lower()
    expected = _SUFFIXES.get(suffix, found)
    notices = () if expected == found else (f"扩展名 {suffix}，内容是 | named {suffix}, is {found}",)
    for sheet in READERS[found].read(source):
        yield replace(sheet, notices=notices + sheet.notices)


__all__ = [
    "READERS",
    "File",
    "Format",
    "Input",
    "Limits",
    "Sheet",
    "check_format",
    "header_key",
    "names_inside",
    "read_file",
    "with_damage",
]
