"""A file as the bytes that somebody who has it can read: as they stand, and unpacked.

Every file is read as it stands, which covers indexes, free pages, logs of a database and whatever no reader
shows. Beyond that: the cells of Parquet, DuckDB and SQLite tables, the members of ZIP (XLSX is one), GZ, BZ2 and XZ,
the compressed texts of PNG images, and texts that are written in another encoding or with escapes.
"""

import bz2
import gzip
import lzma
import tempfile
import zipfile
import zlib
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import IO, Any

import duckdb
from pysqlite3 import dbapi2 as sqlite3

from etl.privacy.leakscan.rules import Rules
from etl.privacy.leakscan.tables import cells, described, tables_of
from etl.privacy.leakscan.texts import as_text

CHUNK = 1 << 22
# What may lie across two chunks: no value that is looked for is longer.
OVERLAP = 1 << 12

_SINGLE: dict[bytes, Callable[[Path], Any]] = {
    b"\x1f\x8b": gzip.open,
    b"BZh": bz2.open,
    b"\xfd7zXZ\x00": lzma.open,
}
_ZIP = (b"PK\x03\x04", b"PK\x05\x06")
# Of files of tables, what their bytes are as they stand.
_FORMS = {"parquet": "packed", "sqlite": "pages", "duckdb": "pages"}
_PNG = b"\x89PNG\r\n\x1a\n"
_MOST = 1 << 24


@dataclass(frozen=True)
class Part:
    """Some bytes and where they stand. The first `seen` of them were part of the one before.

    `form`: `raw` bytes, `packed` ones or the `pages` of a database, whose cells are read as well, a `text` in UTF-8,
    or `cells`, one a line.
    `refused`: why the rest cannot be read.
    """

    place: str
    data: bytes
    form: str = "raw"
    seen: int = 0
    refused: str | None = None


def parts_of(path: Path, rules: Rules, place: str = "", depth: int = 0) -> Iterator[Part]:
    """Every part of a file. `place` tells where it lies, if it is a member of another one."""
    with path.open("rb") as file:
        begin = file.read(CHUNK)
    yield from _as_it_stands(path, place, _FORMS.get(tables_of(path, begin) or "", "raw"))
    closed = next((name for name, magic in rules.closed.items() if begin.startswith(magic)), None)
    if closed:
        yield Part(place, b"", refused=f"closed_{closed}")
        return
    try:
        yield from _unpacked(path, begin, rules, place, depth)
    except (OSError, ValueError, EOFError, RuntimeError, NotImplementedError, zipfile.BadZipFile) as error:
        yield Part(place, b"", refused=f"unreadable_{type(error).__name__}")
    except (zlib.error, lzma.LZMAError, sqlite3.Error, duckdb.Error) as error:
        yield Part(place, b"", refused=f"unreadable_{type(error).__name__}")


def parts_of_bytes(data: bytes, place: str, rules: Rules) -> Iterator[Part]:
    """The same of bytes that are no file, such as the answer of a server."""
    with tempfile.NamedTemporaryFile() as file:
        file.write(data)
        file.flush()
        for part in parts_of(Path(file.name), rules):
            yield replace(part, place=_joined(place, part.place))


def _as_it_stands(path: Path, place: str, form: str) -> Iterator[Part]:
    with path.open("rb") as file:
        tail = b""
        while chunk := file.read(CHUNK):
            data = tail + chunk
            text = as_text(data) or []
            if not text or text[0][1] != data:
                yield Part(_joined(place, "bytes"), data, form, len(tail))
            for name, spelled in text:
                seen = len(tail) if spelled == data else 0
                yield Part(_joined(place, name), spelled, "text", seen)
            tail = data[-OVERLAP:]


def _unpacked(path: Path, begin: bytes, rules: Rules, place: str, depth: int) -> Iterator[Part]:
    if kind := tables_of(path, begin):
        if kind == "parquet":
            yield Part(_joined(place, "schema"), described(path), "text")
        for name, data in cells(path, begin, rules.shortest):
            yield Part(_joined(place, name), data, "cells")
    elif begin.startswith(_PNG):
        for name, data in _png_texts(path.read_bytes()):
            yield Part(_joined(place, name), data, "text")
    elif begin.startswith(_ZIP):
        yield from _zip(path, rules, place, depth)
    else:
        opener = next((own for magic, own in _SINGLE.items() if begin.startswith(magic)), None)
        if opener:
            yield from _member(partial(opener, path), "content", rules, place, depth)


def _zip(path: Path, rules: Rules, place: str, depth: int) -> Iterator[Part]:
    with zipfile.ZipFile(path) as archive:
        yield Part(_joined(place, "comment"), archive.comment, "text")
        for member in archive.infolist():
            yield Part(_joined(place, "names"), member.filename.encode() + b"\n" + member.comment, "text")
            if not member.is_dir():
                yield from _member(partial(archive.open, member), member.filename, rules, place, depth)


def _member(
    opened: Callable[[], IO[bytes]], name: str, rules: Rules, place: str, depth: int
) -> Iterator[Part]:
    """The parts of one member, unpacked into a file of its own."""
    inner = _joined(place, name)
    if depth >= rules.depth:
        yield Part(inner, b"", refused="too_deep")
        return
    with ExitStack() as stack:
        source = stack.enter_context(opened())
        file = stack.enter_context(tempfile.NamedTemporaryFile())
        size = 0
        while chunk := source.read(CHUNK):
            size += len(chunk)
            if size > rules.unpacked:
                yield Part(inner, b"", refused="too_large")
                return
            file.write(chunk)
        file.flush()
        yield from parts_of(Path(file.name), rules, inner, depth + 1)


def _png_texts(data: bytes) -> Iterator[tuple[str, bytes]]:
    """The texts of an image: chunks tEXt, zTXt, iTXt, eXIf (Portable Network Graphics, third edition, 11.3)."""
    at = len(_PNG)
    while at + 8 <= len(data):
        length, kind = int.from_bytes(data[at : at + 4]), data[at + 4 : at + 8]
        content = data[at + 8 : at + 8 + length]
        if kind in (b"tEXt", b"zTXt", b"iTXt", b"eXIf", b"iCCP"):
            yield f"chunk {kind.decode()}", _png_text(kind, content)
        at += 12 + length


def _png_text(kind: bytes, content: bytes) -> bytes:
    word, _, rest = content.partition(b"\0")
    if kind in (b"zTXt", b"iCCP"):
        return word + b"\n" + _inflated(rest[1:])
    if kind == b"iTXt" and rest[:1] == b"\1":
        language, _, following = rest[2:].partition(b"\0")
        translated, _, packed = following.partition(b"\0")
        return b"\n".join((word, language, translated, _inflated(packed)))
    return content


def _inflated(data: bytes) -> bytes:
    return zlib.decompressobj().decompress(data, _MOST)


def _joined(place: str, name: str) -> str:
    return " > ".join(filter(None, (place, name)))
