"""What a visitor types, brought to the spelling in which the register stores it.

Only the question is normalised; what is displayed is always the stored text.
"""

import re
import unicodedata

_INVISIBLE = re.compile(r"[\u200b-\u200f\u2028-\u202e\u2060-\u2064\ufeff\u00ad]")
_SPACE = re.compile(r"\s+")
_HAN = r"[\u3007\u3400-\u9fff\U00020000-\U0003ffff]"
# A space beside a Han character is never part of a name.
_SPACE_BESIDE_HAN = re.compile(rf"(?<={_HAN}) | (?={_HAN})")
_DOTS = str.maketrans(dict.fromkeys("•・‧∙⋅●･˙", "·") | dict.fromkeys("○◯〇", "〇"))
_WIDE_BRACKETS = str.maketrans("()", "（）")
_LATIN_NAME = re.compile(r"[a-z' -]+")


def name_key(text: str) -> str:
    """A name of a person or enterprise: NFKC, one kind of middle dot and of 〇, no stray space.

    >>> name_key(" 阿卜杜・热合曼 "), name_key("张 伟"), name_key("Ｌｉ  Ｗｅｉ")
    ('阿卜杜·热合曼', '张伟', 'Li Wei')
    """
    visible = _INVISIBLE.sub("", text).translate(_DOTS)
    folded = unicodedata.normalize("NFKC", visible).translate(_DOTS)
    spaced = _SPACE.sub(" ", folded).strip()
    return _SPACE_BESIDE_HAN.sub("", spaced)


def number_key(text: str) -> str:
    """A certificate, registration or enterprise number: NFKC, upper case, no space.

    >>> number_key(" 京２１１ 0000（临） ")
    '京2110000(临)'
    """
    visible = _SPACE.sub("", _INVISIBLE.sub("", text))
    return _SPACE.sub("", unicodedata.normalize("NFKC", visible)).upper()


def has_han(text: str) -> bool:
    """Whether any character is Chinese."""
    return re.search(_HAN, text) is not None


def pinyin_key(text: str) -> str | None:
    """A name typed in pinyin as one run of a to z, ü as v, tones dropped; None when it is not pinyin.

    >>> pinyin_key("Zēng Guófān"), pinyin_key("Lǚ Bù"), pinyin_key("曾国藩")
    ('zengguofan', 'lvbu', None)
    """
    letters = unicodedata.normalize("NFD", name_key(text).lower()).replace("u\u0308", "v")
    plain = "".join(c for c in letters if not unicodedata.combining(c)).replace("·", " ")
    return re.sub(r"[' -]", "", plain) or None if _LATIN_NAME.fullmatch(plain) else None


def spellings(typed: str, key: str) -> tuple[str, ...]:
    """The spellings in which the register may hold what was typed, its key first."""
    return tuple(dict.fromkeys((key, typed.strip(), key.translate(_WIDE_BRACKETS), key.upper())))
