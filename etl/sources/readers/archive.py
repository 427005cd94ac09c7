"""ZIP and GZ: the files inside, each read as what it is. Nothing is ever written to a path an archive names."""

import gzip
import zipfile
import zlib
from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from pathlib import Path, PurePosixPath
from shutil import rmtree

from etl.errors import BadInput
from etl.sources.readers.base import File, Input, Reader, Sheet
from etl.sources.readers.packed import CHUNK, bomb, files_inside, opened_zip, pieces

_READ = "压缩包 | archive"


def read_zip(source: Input, read: Reader) -> Iterator[Sheet]:
    """Sheets of every data file in a ZIP, by name; `read` reads one file.

    Raises BadInput when there is none, or for what `opened_zip` refuses.
    """
    with opened_zip(source) as container:
        files = files_inside(source, container)
        wanted = [(name, entry) for name, entry in files.items() if source.is_data(name)]
        if not wanted:
            remedy = "放入数据文件 | put data files into it"
            raise BadInput("压缩包内没有数据文件 | no data file in the archive", source.name, _READ, remedy)
        for place, (name, entry) in enumerate(wanted):
            yield from _read_member(source, place, name, pieces(source, container, entry), read)


def names_inside(file: File, is_data: Callable[[str], bool]) -> list[str] | None:
    """The data files in a ZIP or GZ, by name; None for a file that is no archive.

    Raises BadInput as `read_zip`.
    """
    with file.path.open("rb") as content:
        head = content.read(2)
    if head == b"\x1f\x8b":
        return [_unpacked_name(file.name)]
    if head != b"PK" or is_workbook(file.path):
        return None
    with opened_zip(file) as container:
        return [name for name in files_inside(file, container) if is_data(name)]


def read_gzip(source: Input, read: Reader) -> Iterator[Sheet]:
    """Sheets of the one file in a GZ, named as the GZ without its suffix."""
    try:
        with gzip.open(source.path) as file:
            yield from _read_member(source, 0, _unpacked_name(source.name), _unpacked(source, file), read)
    except (gzip.BadGzipFile, EOFError, zlib.error) as error:
        message = f"压缩包损坏或不完整 | damaged or truncated ({type(error).__name__})"
        raise BadInput(message, source.name, "GZ", "重新打包后提交 | pack it again and send it") from None


def _unpacked_name(name: str) -> str:
    last = PurePosixPath(name).name
    return last[:-3] if last.lower().endswith(".gz") else last


def _unpacked(source: Input, file: gzip.GzipFile) -> Iterator[bytes]:
    found, packed, limits = 0, source.path.stat().st_size, source.limits
    while piece := file.read(CHUNK):
        found += len(piece)
        if found > limits.expanded or (found > limits.ratio_from and found > limits.ratio * packed):
            raise bomb(source, f"> {found >> 20} MiB, > {limits.ratio} : 1")
        yield piece


def _read_member(
    source: Input,
    place: int,
    name: str,
    content: Iterable[bytes],
    read: Reader,
) -> Iterator[Sheet]:
    folder = source.scratch / f"inside{place}"
    folder.mkdir()
    path = folder / f"content{PurePosixPath(name).suffix}"
    if not _write(path, content):
        remedy = "重新导出，或删去该文件 | export again, or remove the file"
        raise BadInput("文件是空的 | file is empty", f"{source.name}!{name}", "not empty", remedy)
    table = f"{source.table}_inside{place}"
    inner = replace(source, path=path, name=f"{source.name}!{name}", scratch=folder, table=table)
    for sheet in read(inner):
        yield replace(sheet, locator=f"!{name}{sheet.locator}")
    # Its sheets are tables by now: of an archive only one file at a time lies there unpacked.
    rmtree(folder)


def _write(path: Path, content: Iterable[bytes]) -> int:
    with path.open("wb") as out:
        return sum(out.write(piece) for piece in content)


def is_workbook(path: Path) -> bool:
    """Whether a ZIP is a workbook (XLSX, XLSM, XLSB, ODS) rather than an archive."""
    try:
        with zipfile.ZipFile(path) as container:
            names = container.namelist()
    except (zipfile.BadZipFile, NotImplementedError, OSError, ValueError):
        return False
    return any(name.startswith("xl/") for name in names) or ("content.xml" in names and "mimetype" in names)
