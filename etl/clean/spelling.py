"""Spellings that count as the same when somebody asks: the key of a name, the key of a number.

The key of what is stored and of what is typed come from the same functions; what is shown is the stored text.
"""

import re
import unicodedata
from collections.abc import Iterable
from functools import cache
from typing import Protocol

_INVISIBLE = re.compile(r"[\u200b-\u200f\u2028-\u202e\u2060-\u2064\ufeff\u00ad]")
_SPACE = re.compile(r"\s+")
# The dots of transliterated names in all their forms, hyphens and apostrophes of Latin ones.
_JOINTS = str.maketrans(dict.fromkeys("·•・‧∙⋅●･˙.．'’‘-‐‑–—", None) | dict.fromkeys("○◯〇零", "〇"))


class _Converter(Protocol):
    def convert(self, text: str) -> str: ...


def name_key(text: str) -> str:
    """Key of a name of a person, enterprise or project.

    NFKC, simplified characters, lower case, one kind of 〇; no dots, spaces, hyphens or apostrophes.

    >>> name_key(" 阿卜杜・热合曼 "), name_key("張 偉"), name_key("Ｌｉ  Ｗｅｉ"), name_key("甲（集团）公司")
    ('阿卜杜热合曼', '张伟', 'liwei', '甲(集团)公司')
    """
    return name_keys([text])[0]


def name_keys(texts: Iterable[str]) -> list[str]:
    """`name_key` of many names at once."""
    folded = [_folded(text) for text in texts]
    return _simplifier().convert("\n".join(folded)).split("\n")


def number_key(text: str) -> str:
    """Key of a certificate, registration or enterprise number: NFKC, upper case, no space.

    >>> number_key(" 京２１１ 0000（临） ")
    '京2110000(临)'
    """
    visible = _SPACE.sub("", _INVISIBLE.sub("", text))
    return _SPACE.sub("", unicodedata.normalize("NFKC", visible)).upper()


def _folded(text: str) -> str:
    visible = _INVISIBLE.sub("", text).translate(_JOINTS)
    return _SPACE.sub("", unicodedata.normalize("NFKC", visible).translate(_JOINTS).casefold())


@cache
def _simplifier() -> _Converter:
    from opencc import OpenCC  # noqa: PLC0415  # 60 ms, for those who ask or publish names

    converter: _Converter = OpenCC("t2s")
    return converter
