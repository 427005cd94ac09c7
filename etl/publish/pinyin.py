"""Pinyin of personal names: one reading a name, for sorting and searching in the lookup.

The beginning is read as a surname where the register's own table says so (曾 zeng, 单 shan, 尉迟 yuchi),
every other character by its commonest reading. Letters are lower-case ASCII without tones; ü is v.
"""

import csv
import os
import unicodedata
from collections.abc import Iterable, Mapping
from pathlib import Path

# Longer names are transliterations (阿卜杜·热合曼) or organisations, and begin with no surname.
_LONGEST_WITH_SURNAME = 4


def read_surnames(path: Path) -> dict[str, str]:
    """Surname -> reading, from a CSV with the columns `surname`, `pinyin`."""
    with path.open(encoding="utf-8", newline="") as file:
        return {row["surname"]: row["pinyin"] for row in csv.DictReader(file)}


def romanise(names: Iterable[str], surnames: Mapping[str, str]) -> list[str | None]:
    """Pinyin of each name; None for a name without a Chinese character.

    >>> romanise(["曾国藩", "吕单", "Li Wei", "买买提·热合曼"], {"曾": "zeng", "单": "shan"})
    ['zengguofan', 'lvdan', None, 'maimaitireheman']
    """
    readings = _Readings()
    return [_romanise(name, surnames, readings) for name in names]


class _Readings(dict[str, str]):
    """Character -> its part of the reading: Han by the commonest reading, letters and digits as they are."""

    def __missing__(self, character: str) -> str:
        # A large table: only for Chinese names. That of phrases, ten times as large, is not read for them.
        os.environ.setdefault("PYPINYIN_NO_PHRASES", "true")
        from pypinyin.constants import PINYIN_DICT  # noqa: PLC0415

        choice = PINYIN_DICT.get(ord(character))
        letter = character.lower() if character.isascii() and character.isalnum() else ""
        self[character] = _plain(choice.split(",")[0]) if choice else letter
        return self[character]


def _romanise(name: str, surnames: Mapping[str, str], readings: _Readings) -> str | None:
    if name.isascii():
        return None
    length = next((n for n in (2, 1) if n < len(name) <= _LONGEST_WITH_SURNAME and name[:n] in surnames), 0)
    rest = "".join(map(readings.__getitem__, name[length:]))
    return (surnames[name[:length]] + rest if length else rest) or None


def _plain(syllable: str) -> str:
    """A syllable without its tone: lǚ is lv, guó is guo."""
    decomposed = unicodedata.normalize("NFD", syllable)
    return "".join(c for c in decomposed.replace("u\u0308", "v") if not unicodedata.combining(c))
