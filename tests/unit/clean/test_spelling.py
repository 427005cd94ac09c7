"""Spellings that count as the same when somebody asks."""

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from etl.clean.spelling import name_key, name_keys, number_key

TYPED = st.text("张伟曾国合阿卜杜·・•（）()ABcd０１Ａｂ -〇○\u3000\t\u200b", max_size=20)
HAN = st.text(st.characters(min_codepoint=0x4E00, max_codepoint=0x9FA5), min_size=2, max_size=6)
NUMBERS = st.text("京沪闽0123456789X()", min_size=1, max_size=20)


def wide(text: str) -> str:
    """The full-width form of the ASCII characters of a text."""
    return "".join(chr(ord(c) + 0xFEE0) if "!" <= c <= "~" else c for c in text)


@given(st.text(max_size=40))
def test_any_text_has_keys_without_space(typed: str) -> None:
    assert not any(c.isspace() for c in name_key(typed) + number_key(typed))


@given(TYPED)
def test_the_key_of_a_key_is_itself(typed: str) -> None:
    assert name_key(name_key(typed)) == name_key(typed)
    assert number_key(number_key(typed)) == number_key(typed)


@given(st.lists(st.text(max_size=20), min_size=1, max_size=10))
def test_keys_of_many_names_are_those_of_each(names: list[str]) -> None:
    assert name_keys(names) == [name_key(name) for name in names]


@given(HAN)
def test_spaces_in_and_around_a_chinese_name_do_not_matter(name: str) -> None:
    assert name_key(" " + "\u3000".join(name) + "\t") == name_key(name)


@given(NUMBERS)
def test_width_case_and_spaces_of_a_number_do_not_matter(number: str) -> None:
    assert number_key(" ".join(wide(number.lower()))) == number_key(number)


@pytest.mark.parametrize("dot", [*"·•・‧∙⋅●･.．", ""])
def test_every_dot_and_none_mean_the_same(dot: str) -> None:
    assert name_key(f"阿卜杜{dot}合成") == name_key("阿卜杜·合成")


@pytest.mark.parametrize(
    ("traditional", "simplified"), [("張偉", "张伟"), ("劉廣達", "刘广达"), ("雲南建築工程", "云南建筑工程")]
)
def test_traditional_characters_have_the_key_of_simplified_ones(traditional: str, simplified: str) -> None:
    assert name_key(traditional) == name_key(simplified)


@pytest.mark.parametrize("typed", ["○", "〇", "零", "◯"])
def test_every_zero_means_the_same(typed: str) -> None:
    assert name_key(f"李{typed}") == "李〇"


def test_a_compatibility_character_has_the_key_of_the_ordinary_one() -> None:
    assert name_key("\uf9d1") == name_key(unicodedata.normalize("NFKC", "\uf9d1"))
