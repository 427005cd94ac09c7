"""What a cleaner is: a pure function on one text, and a SQL predicate for the texts it leaves alone."""

import re
import unicodedata
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import NamedTuple


class Cleaned(NamedTuple):
    """The canonical value (None = absent) and the rule that led to it ("" = nothing was changed)."""

    value: str | None
    rule: str = ""


class Unclean(NamedTuple):
    """A value that cannot be repaired: the reason code. The register's rules say who must act, and how."""

    reason: str


Outcome = Cleaned | Unclean


@dataclass(frozen=True)
class Context:
    """What a cleaner must be told about the register: never anything about tables or files.

    `spellings` maps a folded spelling to its code, `spelling_rules` to the rule that tells why where it is not
    merely another spelling, `pattern` is the shape of a number (RE2 and Python),
    `prefixes` maps each prefix spelling to the prefix in use, `rewrites` a regex of another way to write a number
    to the way in use, `date_format` is a strptime format or
    `epoch_ms`, `timezone` the zone in which an epoch is a midnight.
    """

    spellings: Mapping[str, str] = field(default_factory=dict)
    spelling_rules: Mapping[str, str] = field(default_factory=dict)
    pattern: str | None = None
    prefixes: Mapping[str, str] = field(default_factory=dict)
    rewrites: Mapping[str, str] = field(default_factory=dict)
    date_format: str | None = None
    timezone: str = "Asia/Shanghai"


@dataclass(frozen=True)
class Cleaner:
    """`clean` is idempotent on canonical values; `canonical` gives a SQL predicate on a VARCHAR expression.

    Wherever the predicate holds, `clean(value) == Cleaned(value)`: such values need no Python at all.
    `values_repeat` tells that a column has far fewer values than cells: the predicate is then best asked of
    each distinct value.
    """

    clean: Callable[[str], Outcome]
    canonical: Callable[[str], str]
    values_repeat: bool = False


NULL_MARKS = frozenset({"", "-", "--", "—", "——", "/", "\\", "null", "none", "n/a", "nan", "无", "空"})

_INVISIBLE = re.compile(
    "[\x00-\x08\x0e-\x1b\x7f-\x84\x86-\x9f\u00ad\u200b-\u200f\u202a-\u202e\u2060-\u2064\ufeff]"
)
_SPACES = re.compile(r"\s+")
_WIDE = {code: code - 0xFEE0 for code in range(0xFF01, 0xFF5F)}
# The traces of UTF-8 read as GBK and of a replacement character encoded again.
_MOJIBAKE = ("\ufffd", "锟斤拷", "鈥")


def tidy(text: str) -> str:
    """NFC, without invisible characters, leading apostrophes and surplus spaces. NFKC would damage names.

    >>> tidy(" '张\\u3000 三\\u200b ")
    '张 三'
    """
    if text.isalnum() and unicodedata.is_normalized("NFC", text):
        return text  # most texts: neither marks nor spaces are alphanumeric
    text = _INVISIBLE.sub("", unicodedata.normalize("NFC", text))
    return unicodedata.normalize("NFC", _SPACES.sub(" ", text).strip(" ").lstrip("' "))


def narrow(text: str) -> str:
    """Full-width ASCII as ASCII.

    >>> narrow("（ＡＢ１）")
    '(AB1)'
    """
    return text if text.isascii() else text.translate(_WIDE)


def compact(text: str) -> str:
    """The form in which identifiers are compared: tidy, narrow, upper case, without spaces.

    >>> compact(" ９１x ")
    '91X'
    """
    return tidy(narrow(tidy(text))).replace(" ", "").upper()


def is_null(text: str) -> bool:
    """Whether a tidied text only says that there is nothing."""
    return text.casefold() in NULL_MARKS


def is_mojibake(text: str) -> bool:
    """Whether a text shows that it was once decoded with the wrong encoding."""
    return any(mark in text for mark in _MOJIBAKE)


def changed(before: str, after: str, rule: str) -> Cleaned:
    """`after`, naming the rule only when it changed something."""
    return Cleaned(after, rule if after != before else "")


def literal(text: str) -> str:
    """A SQL string literal."""
    return "'" + text.replace("'", "''") + "'"
