"""What may be asked, and in which spellings it is looked for."""

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dashboards.lookup.normalise import has_han, name_key, number_key, pinyin_key, spellings
from dashboards.lookup.question import Question

TYPED = st.text("张伟曾国合阿卜杜·・•（）()ABcd０１Ａｂ -〇○\u3000\t\u200b", max_size=20)
HAN = st.text(st.characters(min_codepoint=0x4E00, max_codepoint=0x9FA5), min_size=2, max_size=6)
NUMBERS = st.text("京沪闽0123456789X()", min_size=1, max_size=20)


def wide(text: str) -> str:
    """The full-width form of the ASCII characters of a text."""
    return "".join(chr(ord(c) + 0xFEE0) if "!" <= c <= "~" else c for c in text)


@given(st.text(max_size=40))
def test_any_text_can_be_normalised(typed: str) -> None:
    assert name_key(typed) == name_key(typed).strip()
    assert not any(c.isspace() for c in number_key(typed))
    assert (pinyin_key(typed) or "a").isascii()


@given(TYPED)
def test_normalising_twice_changes_nothing(typed: str) -> None:
    assert name_key(name_key(typed)) == name_key(typed)
    assert number_key(number_key(typed)) == number_key(typed)


@given(HAN)
def test_a_chinese_name_is_left_as_it_is(name: str) -> None:
    assert name_key(name) == unicodedata.normalize("NFKC", name)


@given(HAN)
def test_spaces_in_and_around_a_chinese_name_do_not_matter(name: str) -> None:
    assert name_key(" " + "\u3000".join(name) + "\t") == name_key(name)


@given(NUMBERS)
def test_width_case_and_spaces_of_a_number_do_not_matter(number: str) -> None:
    assert number_key(" ".join(wide(number.lower()))) == number_key(number)


@pytest.mark.parametrize("dot", "·•・‧∙⋅●･")
def test_every_middle_dot_means_the_same(dot: str) -> None:
    assert name_key(f"阿卜杜{dot}合成") == "阿卜杜·合成"


@pytest.mark.parametrize(
    ("typed", "key"),
    [
        ("Lü Bu", "lvbu"),
        ("LǙ BÙ", "lvbu"),
        ("Ou'yang", "ouyang"),
        ("abudu·hecheng", "abuduhecheng"),
        ("曾", None),
        ("zeng1", None),
        ("", None),
    ],
)
def test_pinyin_is_recognised(typed: str, key: str | None) -> None:
    assert pinyin_key(typed) == key


@given(TYPED)
def test_the_text_as_typed_is_always_among_its_spellings(typed: str) -> None:
    found = spellings(typed, name_key(typed))
    assert {typed.strip(), name_key(typed)} <= set(found)


def test_brackets_are_looked_for_in_both_widths() -> None:
    assert {"合成(集团)公司", "合成（集团）公司"} <= set(
        spellings("合成（集团）公司", name_key("合成（集团）公司"))
    )


def test_han_is_told_from_other_letters() -> None:
    assert has_han("Li 伟")
    assert has_han("𠮷")
    assert not has_han("Ａb1é·")


FACTS = frozenset({"number", "name", "employer", "division", "tail", "enterprise"})


@pytest.mark.parametrize(
    ("form", "refusal"),
    [
        ({"number": "1"}, None),
        ({"enterprise": "e"}, None),
        ({"name": "n", "employer": "e"}, None),
        ({"name": "n", "division": "d"}, None),
        ({"name": "n", "tail": "0001"}, None),
        ({"name": "n"}, "name_only"),
        ({"employer": "e", "division": "d", "tail": "0001"}, "no_name"),
        ({"name": "n", "tail": "001"}, "tail"),
        ({"name": "n", "tail": "00001"}, "tail"),
        ({"name": "n" * 11, "division": "d"}, "long"),
        ({"name": " ", "number": "\t"}, "empty"),
        ({}, "empty"),
    ],
)
def test_a_question_needs_a_number_or_a_name_with_one_more_fact(
    form: dict[str, str], refusal: str | None
) -> None:
    assert Question.of(form, FACTS).refusal(longest=10) == refusal


def test_facts_that_a_register_lacks_are_ignored() -> None:
    assert Question.of({"name": "n", "division": "d", "x": "y"}, frozenset({"number"})) == Question()
