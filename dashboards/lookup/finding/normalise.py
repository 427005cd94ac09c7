"""What a visitor types, brought to the keys under which the lookup stores names and numbers."""

import itertools
import re
import unicodedata

_HAN = r"[\u3007\u3400-\u9fff\U00020000-\U0003ffff]"
_LATIN_NAME = re.compile(r"[a-z' ·-]+")
_BESIDE = re.compile(r"[' ·-]")
# What is typed for a syllable with ü, beside v: lü is written lv, lu and lyu.
_UMLAUT = re.compile(r"(?<=[ln])(?:yu|u|v)")
_MOST_READINGS = 16


def has_han(text: str) -> bool:
    """Whether any character is Chinese."""
    return re.search(_HAN, text) is not None


def pinyin_keys(text: str) -> tuple[str, ...]:
    """The readings that a name typed in pinyin may have in the lookup; none when it is not pinyin.

    One run of a to z without tones; ü is stored as v and typed as v, u or yu.

    >>> pinyin_keys("Zēng Guófān"), pinyin_keys("Lǚ Bù"), pinyin_keys("lyu bu"), pinyin_keys("曾国藩")
    (('zengguofan',), ('lvbu',), ('lvbu', 'lubu', 'lyubu'), ())
    """
    letters = unicodedata.normalize("NFKC", text).strip().lower()
    umlauted = unicodedata.normalize("NFD", letters).replace("u\u0308", "\ufffd")
    plain = "".join(c for c in umlauted if not unicodedata.combining(c))
    if not _LATIN_NAME.fullmatch(plain.replace("\ufffd", "v")):
        return ()
    run = _BESIDE.sub("", plain)
    parts = _UMLAUT.split(run)
    typed = _UMLAUT.findall(run)
    choices = [dict.fromkeys(("v", "u", as_typed)) for as_typed in typed]
    readings = itertools.islice(itertools.product(*choices), _MOST_READINGS)
    joined = ("".join(itertools.chain(*zip(parts, (*reading, ""), strict=True))) for reading in readings)
    return tuple(dict.fromkeys(reading.replace("\ufffd", "v") for reading in joined if reading))


def spellings(typed: str, key: str) -> tuple[str, ...]:
    """The spellings in which the register may hold a number that was typed, its key first."""
    wide = key.translate(str.maketrans("()", "（）"))
    return tuple(dict.fromkeys((key, typed.strip(), wide)))
