"""The encoding of a text file, found out from its bytes, and the same text as UTF-8."""

import codecs
import re
from collections import Counter
from collections.abc import Iterator
from functools import partial
from pathlib import Path

from etl.errors import BadInput
from etl.sources.readers.base import Input

CHUNK = 1 << 22
_HEAD = 1 << 20
TRIED = "UTF-8、UTF-16、GB18030"
_REMEDY = "另存为 UTF-8 后重新提交 | save as UTF-8 and send it again"
# Fewer characters outside GB2312 prove nothing, unless one is of private use: Big5 read as GB18030 abounds in those.
_ENOUGH = 20
# So many bytes tell Big5 from GB18030; counting the characters of more costs and tells nothing new.
_SAMPLE = 1 << 16
_PRIVATE = re.compile("[\ue000-\uf8ff]")
# Lead bytes up to here hold two fifths of what GBK adds to GB2312, and nothing of Big5.
_LAST_EARLY_LEAD = 0xA0


def encoding_of(path: Path, name: str) -> str:
    """`utf-8`, `utf-16-le`, `utf-16-be` or `gb18030`: what the beginning allows. The whole must then agree.

    Raises BadInput where none fits.
    """
    with path.open("rb") as file:
        head = file.read(_HEAD)
    found = next((each for each in _candidates(head) if _decodes(head, each)), None)
    if found is None:
        raise undecodable(name, f"试过 | tried: {TRIED}")
    if found == "gb18030" and _is_big5(head[:_SAMPLE]):
        raise undecodable(name, f"像是 Big5；试过 | looks like Big5; tried: {TRIED}")
    if found == "utf-8" and head.isascii() and len(head) == _HEAD and not _is_utf8(path):
        return "gb18030"
    return found


def likely_text(head: bytes) -> str:
    """The beginning of a text without byte order mark, "" if it is none: enough to tell a format."""
    for encoding in _candidates(head):
        try:
            text = codecs.getincrementaldecoder(encoding)("strict").decode(head)
        except UnicodeDecodeError:
            continue
        return text.removeprefix("\ufeff")
    return ""


def head_of(path: Path, encoding: str) -> str:
    """The beginning of a text, without byte order mark; what is not in its encoding is left out."""
    with path.open("rb") as file:
        return file.read(_HEAD).decode(encoding, "ignore").removeprefix("\ufeff")


def as_utf8(source: Input) -> Path:
    """The file itself when it is UTF-8, else a copy that is. Raises BadInput as `encoding_of`."""
    return rewritten(source, encoding_of(source.path, source.name))


def rewritten(source: Input, encoding: str) -> Path:
    """The same of a file whose encoding is known.

    Bytes of a file that began as UTF-8 are not looked at: whoever reads them finds what is not. Raises BadInput where
    the rest is not in the encoding of the beginning.
    """
    if encoding == "utf-8":
        return source.path
    target = source.scratch / f"{source.table}.utf8"
    try:
        with (
            source.path.open(encoding=encoding, newline="") as text,
            target.open("w", encoding="utf-8", newline="") as out,
        ):
            for piece in iter(partial(text.read, CHUNK), ""):
                out.write(piece)
    except UnicodeError as error:
        raise undecodable(source.name, getattr(error, "reason", encoding)) from None
    return target


def undecodable(name: str, detail: str) -> BadInput:
    return BadInput(f"无法识别的编码 | unknown encoding ({detail})", name, "encoding", _REMEDY)


def is_gb2312(text: str) -> bool:
    """Whether every character is in GB2312, as those of headers and most of those of names are."""
    try:
        text.encode("gb2312")
    except UnicodeEncodeError:
        return False
    return True


def _is_big5(head: bytes) -> bool:
    """Whether bytes that GB18030 allows are Big5: rare characters abound, though none of the early lead bytes.

    Chinese in traditional characters has as many outside GB2312, but then of all lead bytes.
    """
    text = head.decode("gb18030", "ignore")
    counts = Counter(text)
    outside = {character: count for character, count in counts.items() if not is_gb2312(character)}
    rare = sum(outside.values())
    early = sum(
        count for character, count in outside.items() if character.encode("gb18030")[0] <= _LAST_EARLY_LEAD
    )
    foreign = sum(count for character, count in counts.items() if not character.isascii())
    is_enough = rare >= _ENOUGH or _PRIVATE.search(text) is not None
    return is_enough and rare * 5 > foreign and early * 20 < rare


def _candidates(head: bytes) -> Iterator[str]:
    """Encodings that the bytes suggest: a mark decides; NULs are in no encoding here but UTF-16."""
    if head.startswith(codecs.BOM_UTF8):
        yield "utf-8"
    elif head.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        yield "utf-16-le" if head.startswith(codecs.BOM_UTF16_LE) else "utf-16-be"
    elif b"\0" in head:
        # Of ASCII characters, such as delimiters, the high byte is NUL: first in big-endian text.
        yield "utf-16-be" if head[::2].count(0) > head[1::2].count(0) else "utf-16-le"
    else:
        yield from ("utf-8", "gb18030")


def _decodes(head: bytes, encoding: str) -> bool:
    try:
        text = codecs.getincrementaldecoder(encoding)("strict").decode(head, final=len(head) < _HEAD)
    except UnicodeDecodeError:
        return False
    return "\0" not in text


def _is_utf8(path: Path) -> bool:
    decoder = codecs.getincrementaldecoder("utf-8")("strict")
    try:
        with path.open("rb") as file:
            for chunk in iter(partial(file.read, CHUNK), b""):
                decoder.decode(chunk)
            decoder.decode(b"", final=True)
    except UnicodeDecodeError:
        return False
    return True
