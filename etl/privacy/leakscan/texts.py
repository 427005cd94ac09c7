"""A text as UTF-8, however it is written: its encoding, and characters that are spelled out."""

import base64
import re
from collections.abc import Iterator
from functools import partial
from urllib.parse import unquote_to_bytes

_SAMPLE = 1 << 16
_BOMS = {b"\xff\xfe": "utf-16-le", b"\xfe\xff": "utf-16-be", b"\xef\xbb\xbf": "utf-8"}
# Characters that a text in GB18030 may hold and bytes at random do not: Chinese, its punctuation, and ASCII.
_CHINESE = re.compile(r"[\t\n\r -~　-〿一-鿿＀-￯·“”‘’—…㐀-䶿]*")
_ESCAPES = re.compile(rb"\\u([0-9A-Fa-f]{4})|&#[xX]([0-9A-Fa-f]{1,6});|&#([0-9]{1,7});")
_PERCENT = re.compile(rb"(?:%[0-9A-Fa-f]{2})+")
_EMBEDDED = re.compile(rb"base64,([A-Za-z0-9+/]{8,}={0,2})")
# Full-width letters and digits, as Chinese keyboards write them, are told with their narrow twins.
_WIDE = re.compile("[！-～]")
# Chinese punctuation ends a word as ASCII punctuation does.
_PUNCTUATION = str.maketrans(dict.fromkeys("，。、；：？！（）《》“”‘’【】　…—·", " "))


def as_text(data: bytes) -> list[tuple[str, bytes]] | None:
    """(what it is, UTF-8) of a text in each spelling that it has; None for bytes that are no text.

    The first is the text itself. Bytes may look like a text and be none: they should be looked at as they are, too.
    """
    decoded = _decoded(data)
    if decoded is None:
        return None
    own = decoded.encode("utf-8", "replace")
    found = [("text", own)]
    if plain := _unescaped(own):
        found.append(("text with escapes resolved", plain))
    if not decoded.isascii():
        found += _respelled(decoded)
    found += [("embedded", embedded) for embedded in _embedded(own)]
    return found


def _respelled(text: str) -> Iterator[tuple[str, bytes]]:
    """A text that is not all ASCII with narrow letters, and with blanks for Chinese punctuation, where it has any."""
    if _WIDE.search(text):
        yield "text in narrow letters", _narrow(text).encode("utf-8", "replace")
    if text != (parted := text.translate(_PUNCTUATION)):
        yield "words of the text", parted.encode("utf-8", "replace")


def _decoded(data: bytes) -> str | None:
    """A text of UTF-8, UTF-16 or GB18030; a chunk may begin and end within a character."""
    for bom, encoding in _BOMS.items():
        if data.startswith(bom):
            return data[len(bom) :].decode(encoding, "replace")
    sample = data[:_SAMPLE]
    if b"\0" in sample:
        return _wide_text(data)
    if _is_utf8(sample):
        return data.decode("utf-8", "replace")
    text = data[:_SAMPLE].decode("gb18030", "replace")
    inside = text[1:-2]
    return data.decode("gb18030", "replace") if _CHINESE.fullmatch(inside) else None


def _is_utf8(sample: bytes) -> bool:
    start = next((place for place in range(min(4, len(sample))) if sample[place] & 0xC0 != 0x80), 0)
    try:
        sample[start:].decode("utf-8")
    except UnicodeDecodeError as error:
        return error.reason == "unexpected end of data" and error.start >= len(sample) - start - 3
    return True


def _wide_text(data: bytes) -> str | None:
    """UTF-16 without a mark: every other byte of what is ASCII in it is zero, and nothing is a control."""
    for encoding in ("utf-16-le", "utf-16-be"):
        text = data[: _SAMPLE & ~1].decode(encoding, "replace")
        if _CHINESE.fullmatch(text[:-1]):
            return data.decode(encoding, "replace")
    return None


def _unescaped(data: bytes) -> bytes | None:
    """With `\\u5f20`, `&#24352;` and `%E5%BC%A0` as what they stand for; None when there are none."""
    plain, escapes = (data, 0)
    if b"\\u" in data or b"&#" in data:
        plain, escapes = _ESCAPES.subn(_character, plain)
    if b"%" in data:
        plain, percents = _PERCENT.subn(lambda found: unquote_to_bytes(found[0]), plain)
        escapes += percents
    return plain if escapes else None


def _character(found: re.Match[bytes]) -> bytes:
    digits = next(filter(None, found.groups()))
    number = int(digits, 10 if found[3] else 16)
    return chr(number).encode("utf-8", "ignore") if number < 0x110000 else b""


_narrow = partial(_WIDE.sub, lambda found: chr(ord(found[0]) - 0xFEE0))


def _embedded(data: bytes) -> Iterator[bytes]:
    """What `data:` addresses hold in base 64."""
    for found in _EMBEDDED.finditer(data) if b"base64," in data else ():
        symbols = found[1].rstrip(b"=")
        symbols = symbols[: len(symbols) - (len(symbols) % 4 == 1)]
        yield base64.b64decode(symbols + b"=" * (-len(symbols) % 4))
