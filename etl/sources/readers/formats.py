"""What a file is, by its first bytes. Its suffix is only a hint, for texts that could be either of two."""

import json
import re
from collections.abc import Collection
from pathlib import Path, PurePosixPath

from etl.errors import BadInput
from etl.sources.readers.archive import is_workbook
from etl.sources.readers.encoding import likely_text

_HEAD = 1 << 16
_MAGIC = {
    b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1": "workbook",
    b"PAR1": "parquet",
    b"SQLite format 3\0": "sqlite",
    b"\x1f\x8b": "gzip",
    b"PK": "zip",
}
# Formats met in practice that are not read: what to tell the sender.
_KNOWN_UNREAD = {
    b"Rar!": "RAR",
    b"7z\xbc\xaf\x27\x1c": "7Z",
    b"%PDF": "PDF",
    b"\xfd7zXZ": "XZ",
    b"BZh": "BZ2",
    b"\x28\xb5\x2f\xfd": "ZSTD",
}
_TAR, _TAR_AT = b"ustar", 257
_HTML = re.compile(r"<\s*(?:!doctype\s+html|html|head|body|table|meta|style|div)\b", re.IGNORECASE)
_LINES = frozenset({".jsonl", ".ndjson"})
SERVER_SUFFIXES = (".postgresql.yaml", ".pg.yaml")
_REMEDY = "转换格式，或列入 rules/ingest.yaml 的 ignored_files | convert it, or list it there"


def format_of(path: Path, name: str, suffixes: Collection[str]) -> str:
    """The name of the format, a key of READERS, or `zip` or `gzip`; `suffixes` are those of all formats.

    Raises BadInput for a format without reader.
    """
    if name.lower().endswith(SERVER_SUFFIXES):
        return "postgresql"
    with path.open("rb") as file:
        head = file.read(_HEAD)
    for magic, found in _MAGIC.items():
        if head.startswith(magic):
            return "workbook" if found == "zip" and is_workbook(path) else found
    unread = [found for magic, found in _KNOWN_UNREAD.items() if head.startswith(magic)]
    if head[_TAR_AT:].startswith(_TAR):
        unread = ["TAR"]
    if unread:
        remedy = "改用 ZIP 打包，或另存为 XLSX、CSV | pack it as ZIP, or save as XLSX or CSV"
        raise BadInput(f"不读此格式 | no reader for {unread[0]}", name, "known format", remedy)
    return _text_format(likely_text(head).lstrip(), name, suffixes)


def _text_format(text: str, name: str, suffixes: Collection[str]) -> str:
    suffix = PurePosixPath(name).suffix.lower()
    if text.startswith("<"):
        return "html" if _HTML.search(text) else "xml"
    if text.startswith("{"):
        return "json lines" if suffix in _LINES or _is_record(text.split("\n", 1)[0]) else "json"
    if text.startswith("["):
        return "json lines" if suffix in _LINES and not text[1:].lstrip().startswith("{") else "json"
    if suffix in _LINES:
        return "json lines"
    if suffix not in suffixes:
        raise BadInput("不读此格式 | no reader for it", name, "known format", _REMEDY)
    return "delimited text"


def _is_record(line: str) -> bool:
    """Whether a line is a whole object that holds no list of objects: then each line is one."""
    try:
        content = json.loads(line)
    except (ValueError, RecursionError):
        return False
    return not _holds_objects(content)


def _holds_objects(content: object) -> bool:
    """Whether a list of objects stands in an object, or in objects in it."""
    if isinstance(content, dict):
        return any(map(_holds_objects, content.values()))
    return isinstance(content, list) and bool(content) and isinstance(content[0], dict)
