"""ZIP containers, of archives and workbooks alike: opened only when no entry can do harm.

Sizes that a container declares are not believed: every entry is read once, and its size and checksum compared.
"""

import stat
import struct
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from operator import itemgetter
from pathlib import PurePosixPath

from etl.errors import BadInput
from etl.sources.readers.base import File

CHUNK = 1 << 20
_UTF8_NAMES = 0x800
_ENCRYPTED = 0x1
_METHODS = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)
_BROKEN = (
    zipfile.BadZipFile,
    zlib.error,
    struct.error,
    EOFError,
    NotImplementedError,
    OSError,
    ValueError,
)
_REMEDY = "重新打包后提交 | pack it again and send it"


@contextmanager
def opened_zip(source: File) -> Iterator[zipfile.ZipFile]:
    """The container at `source.path`, its directory checked against the limits.

    Raises BadInput for a damaged one, and for encrypted, ambiguous, too many or too large entries.
    """
    try:
        with zipfile.ZipFile(source.path) as container:
            _check(source, container.infolist())
            yield container
    except _BROKEN as error:
        if isinstance(error, FileNotFoundError):
            raise
        message = f"压缩包损坏或不完整 | damaged or truncated ({type(error).__name__})"
        raise BadInput(message, source.name, "ZIP", _REMEDY) from None


def pieces(source: File, container: zipfile.ZipFile, entry: zipfile.ZipInfo) -> Iterator[bytes]:
    """The bytes of an entry. Raises BadInput when there are more or fewer than it declares."""
    declared, found = entry.file_size, 0
    # One byte more than declared: zipfile would cut a surplus off in silence.
    entry.file_size = declared + 1
    try:
        with container.open(entry) as file:
            while piece := file.read(CHUNK):
                found += len(piece)
                yield piece
    finally:
        entry.file_size = declared
    if found != declared:
        raise bomb(source, "大小与声明不符 | size differs from the declared one")


def files_inside(source: File, container: zipfile.ZipFile) -> dict[str, zipfile.ZipInfo]:
    """The files of an archive by their path, decoded and sorted; folders are left out.

    Raises BadInput for two of one path, for a path that leads out of the archive, and for links.
    """
    named = [(_entry_name(source, entry), entry) for entry in container.infolist()]
    files = [pair for pair in sorted(named, key=itemgetter(0)) if not pair[0].endswith("/")]
    by_name = dict(files)
    if len(by_name) < len(files):
        raise _ambiguous(source)
    return by_name


def _entry_name(source: File, entry: zipfile.ZipInfo) -> str:
    """The path of an entry, decoded: UTF-8 where flagged, else UTF-8 or the GBK of Chinese Windows."""
    name = entry.orig_filename
    if not entry.flag_bits & _UTF8_NAMES:
        raw = name.encode("cp437", "replace")
        try:
            name = raw.decode("utf-8")
        except UnicodeDecodeError:
            name = raw.decode("gb18030", "replace")
    name = name.replace("\\", "/")
    parts = PurePosixPath(name).parts
    if not parts or name.startswith("/") or ":" in parts[0] or ".." in parts or "\0" in name:
        message = "文件路径指向压缩包之外 | the path of a file leads out of the archive"
        raise BadInput(message, source.name, "archive path", _REMEDY)
    if stat.S_ISLNK(entry.external_attr >> 16):
        raise BadInput("压缩包内有链接 | the archive holds a link", source.name, "archive link", _REMEDY)
    return name


def bomb(source: File, what: str) -> BadInput:
    """The error for what is larger than it may be; `what` says in which way."""
    remedy = "拆分后提交，或调整 rules/ingest.yaml 的 limits | split it, or change limits there"
    return BadInput(f"压缩炸弹或过大 | a bomb, or too large: {what}", source.name, "limits", remedy)


def locked(source: File) -> BadInput:
    """The error for a workbook that only a password opens."""
    remedy = "去掉密码后提交 | remove the password and send it again"
    return BadInput("工作簿有密码 | the workbook has a password", source.name, "no password", remedy)


def _ambiguous(source: File) -> BadInput:
    return BadInput("有同名文件 | two files of one name", source.name, "one file a name", _REMEDY)


def _check(source: File, entries: list[zipfile.ZipInfo]) -> None:
    limits = source.limits
    if len(entries) > limits.entries:
        raise bomb(source, f"{len(entries)} > {limits.entries} entries")
    # Of the file's own size: what entries declare as packed may be the same bytes again and again.
    expanded, packed = sum(entry.file_size for entry in entries), source.path.stat().st_size
    if expanded > limits.expanded:
        raise bomb(source, f"> {limits.expanded >> 20} MiB")
    if expanded > limits.ratio_from and expanded > limits.ratio * packed:
        raise bomb(source, f"{expanded // packed} : 1")
    if len({entry.filename for entry in entries}) < len(entries):
        raise _ambiguous(source)
    for entry in entries:
        if entry.flag_bits & _ENCRYPTED:
            remedy = "去掉密码后提交 | remove the password and send it again"
            raise BadInput("有密码 | encrypted", source.name, "no password", remedy)
        if entry.compress_type not in _METHODS:
            raise BadInput("不支持的压缩方法 | unknown compression", source.name, "ZIP", _REMEDY)
        if entry.file_size > limits.ratio_from and entry.file_size > limits.ratio * entry.compress_size:
            raise bomb(source, f"{entry.file_size // max(entry.compress_size, 1)} : 1")
