"""Pinyin of personal names."""

import pytest

from etl.publish.pinyin import read_surnames, romanise
from etl.settings import METADATA

SURNAMES = read_surnames(METADATA / "names" / "surname_pinyin.csv")


@pytest.mark.parametrize(
    ("name", "reading"),
    [
        ("曾国藩", "zengguofan"),
        ("单小平", "shanxiaoping"),
        ("解缙", "xiejin"),
        ("仇英", "qiuying"),
        ("查良镛", "zhaliangyong"),
        ("区寄", "ouji"),
        ("覃海", "qinhai"),
        ("翟让", "zhairang"),
        ("尉迟恭", "yuchigong"),
        ("欧阳修", "ouyangxiu"),
        ("朴树", "piaoshu"),
        ("吕布", "lvbu"),
    ],
)
def test_surname_is_read_as_a_surname(name: str, reading: str) -> None:
    assert romanise([name], SURNAMES) == [reading]


def test_a_surname_character_within_the_name_is_read_plainly() -> None:
    assert romanise(["王单"], SURNAMES) == ["wangdan"]


def test_a_transliterated_name_has_no_surname() -> None:
    assert romanise(["查干巴特尔"], SURNAMES) == ["chaganbateer"]


def test_separators_are_not_read() -> None:
    assert romanise(["阿卜杜·热合曼"], {}) == romanise(["阿卜杜热合曼"], {})


def test_a_name_in_latin_letters_has_no_pinyin() -> None:
    assert romanise(["Li Wei"], SURNAMES) == [None]
