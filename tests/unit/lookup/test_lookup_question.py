"""What may be asked, and what the one box is taken to mean."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dashboards.lookup.finding.normalise import has_han, pinyin_keys, spellings
from dashboards.lookup.finding.question import Question, Vocabulary, is_number
from etl.clean.spelling import number_key

VOCABULARY = Vocabulary(
    {"北京": "110000", "北京市": "110000", "beijing": "110000"}, {"建筑": "01", "建筑工程": "01"}
)
FACTS = frozenset({"q", "number", "name", "employer", "division", "specialty", "tail", "words"})


@pytest.mark.parametrize(
    ("typed", "key"),
    [
        ("Zeng Guohe", "zengguohe"),
        ("LǙ BÙ", "lvbu"),
        ("lv bu", "lvbu"),
        ("lu bu", "lvbu"),
        ("lyu bu", "lvbu"),
        ("nu xia", "nvxia"),
        ("lu ban", "luban"),
        ("Ou'yang", "ouyang"),
        ("abudu·hecheng", "abuduhecheng"),
    ],
)
def test_pinyin_leads_to_its_reading(typed: str, key: str) -> None:
    assert key in pinyin_keys(typed)


@pytest.mark.parametrize("typed", ["曾", "zeng1", "", " ", "a.b", "ж"])
def test_what_is_no_pinyin_has_no_reading(typed: str) -> None:
    assert pinyin_keys(typed) == ()


@given(st.text(max_size=30) | st.text("lnuvyü aǚ-'", max_size=60))
def test_readings_are_few_and_plain_letters(typed: str) -> None:
    readings = pinyin_keys(typed)
    assert len(readings) <= 16
    assert all(reading.isascii() and reading.isalpha() for reading in readings)


@given(st.text(max_size=20))
def test_the_number_as_typed_is_always_among_its_spellings(typed: str) -> None:
    assert {typed.strip(), number_key(typed)} <= set(spellings(typed, number_key(typed)))


def test_han_is_told_from_other_letters() -> None:
    assert has_han("Li 伟")
    assert has_han("𠮷")
    assert not has_han("Ａb1é·")


@pytest.mark.parametrize(
    ("form", "refusal"),
    [
        ({"number": "1"}, None),
        ({"words": "e"}, None),
        ({"name": "n", "employer": "e"}, None),
        ({"name": "n", "division": "d"}, None),
        ({"name": "n", "specialty": "s"}, None),
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
    assert Question.of(form, FACTS, VOCABULARY, 10).refusal(10) == refusal


def test_facts_that_a_register_lacks_are_ignored() -> None:
    form = {"name": "n", "division": "d", "x": "y"}
    assert Question.of(form, frozenset({"number"}), VOCABULARY, 120) == Question()


@pytest.mark.parametrize(
    ("typed", "facts"),
    [
        ("京2110000000000001", {"number": "京2110000000000001"}),
        (" 京211 0000 0000 00001 ", {"number": "京211 0000 0000 00001"}),
        ("新2650000000000003（临）", {"number": "新2650000000000003（临）"}),
        ("91990000MA00000001", {"number": "91990000MA00000001"}),
        ("0123", {"number": "0123"}),
        ("张三 北京", {"name": "张三", "division": "110000", "words": "张三"}),
        ("张 三，北京市", {"name": "张三", "division": "110000", "words": "张三"}),
        ("北京 张三", {"name": "张三", "division": "110000", "words": "张三"}),
        ("张三 建筑", {"name": "张三", "specialty": "01", "words": "张三"}),
        ("张三 0001", {"name": "张三", "tail": "0001"}),
        ("张三 京2110000000000001", {"name": "张三", "number": "京2110000000000001"}),
        ("张三 合成宏洋建设", {"name": "张三", "employer": "合成宏洋建设", "words": "张三合成宏洋建设"}),
        ("合成宏洋建设 张三", {"name": "张三", "employer": "合成宏洋建设", "words": "合成宏洋建设张三"}),
        ("Zhang San Beijing", {"name": "Zhang San", "division": "110000", "words": "Zhang San"}),
        ("阿卜杜·合成 北京", {"name": "阿卜杜·合成", "division": "110000", "words": "阿卜杜·合成"}),
        ("张三", {"name": "张三", "words": "张三"}),
        ("合成宏洋建设", {"words": "合成宏洋建设"}),
        ("合成宏洋建设 北京", {"name": "合成宏洋建设", "division": "110000", "words": "合成宏洋建设"}),
        ("北京", {"division": "110000", "words": "北京"}),
    ],
)  # fmt: skip
def test_the_box_is_taken_apart(typed: str, facts: dict[str, str]) -> None:
    assert Question.of({"q": typed}, FACTS, VOCABULARY, 120) == Question(q=typed.strip(), **facts)


@given(st.text(max_size=60) | st.text("张三李 北京建筑123,，ab·（）", max_size=40))
def test_a_name_alone_never_finds_a_person(typed: str) -> None:
    question = Question.of({"q": typed}, FACTS, VOCABULARY, 120)
    if question.is_personal and not question.number:
        assert question.name
        assert question.employer or question.division or question.specialty or question.tail


@pytest.mark.parametrize(
    ("word", "is_one"),
    [
        ("京2110000000000001", True),
        ("新265-3(临)", True),
        ("A", False),
        ("--", False),
        ("1" * 200_000 + "!", False),
    ],
    ids=lambda value: str(value)[:12],
)
def test_what_may_be_a_number(word: str, is_one: bool) -> None:
    """The last would take hours, were its digits looked for from every place."""
    assert is_number(word) is is_one


def test_what_is_too_long_is_cut_and_refused() -> None:
    question = Question.of({"q": "1" * 500, "name": "曾" * 500}, FACTS, VOCABULARY, 120)
    assert (len(question.q), len(question.name), question.refusal(120)) == (121, 121, "long")
