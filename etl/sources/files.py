"""The files of a source directory: which are read, and what identifies their bytes."""

import hashlib
from dataclasses import dataclass
from pathlib import Path

from etl.errors import BadInput
from etl.sources.layout import is_data
from etl.sources.readers import check_format
from etl.sources.readers.postgresql import content_digest
from etl.sources.settings import IngestRules


@dataclass(frozen=True)
class Received:
    """A file to read: path, name relative to the source directory, SHA-256 of its content, size in bytes.

    Of a file that names a table on a server the content is that table's.
    """

    path: Path
    name: str
    sha256: str
    size: int


def received_files(source: Path, rules: IngestRules) -> list[Received]:
    """Every file of the directory, by name; READMEs and the files that the rules ignore apart.

    Raises BadInput for a missing or empty directory, an empty file, or a file of a format without reader.
    """
    remedy = "用 --source 指定导出文件目录 | name the directory of exports with --source"
    if not source.is_dir():
        raise BadInput("来源目录不存在 | no such source directory", str(source), "--source", remedy)
    paths = sorted(path for path in source.rglob("*") if path.is_file())
    named = [(path.relative_to(source).as_posix(), path) for path in paths]
    wanted = [(name, path) for name, path in named if is_data(name, rules)]
    if not wanted:
        raise BadInput(
            "来源目录没有数据文件 | no data file in the source directory", str(source), "--source", remedy
        )
    return [_received(path, name) for name, path in wanted]


def _received(path: Path, name: str) -> Received:
    size = path.stat().st_size
    if size == 0:
        remedy = "重新导出，或删去该文件 | export again, or remove the file"
        raise BadInput("文件是空的 | file is empty", name, "not empty", remedy)
    return Received(path, name, content_sha256(path, name), size)


def content_sha256(path: Path, name: str) -> str:
    """SHA-256 of a file's content. Raises BadInput for a file of a format without reader."""
    if check_format(path, name) == "postgresql":
        return content_digest(path, name)
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
