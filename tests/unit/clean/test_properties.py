"""What holds for every cleaner, whatever text comes."""

from datetime import date

import duckdb
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from etl.clean import CLEANERS, SPLITS, Cleaned, Cleaner, Context, Unclean, spellings
from etl.clean.identifiers import id_check_character

CONTEXT = Context(
    spellings=spellings({"01": ("甲工程", "甲", "First"), "1T": ("乙级（临时）",), "x'y": ("丙",)}),
    pattern=r"[京沪][12][0-9]{2}(?:[0-9]{4}|[0-9]{8})[0-9]{5}(?:\(临\))?",
    prefixes={"申": "沪"},
    rewrites={r"\(?临时?\)?$": "(临)"},
)
ALIKE = st.text(
    alphabet="0123456789XxOoIi+-./:至年月日（）()＊*·．　 '京沪申甲乙丙,eE?□锟斤拷鈥无\u200b\ufeff",
    max_size=20,
)
NEAR = st.sampled_from(
    [
        "990000180001010017",
        "990000800101001",
        "99000018000101005x",
        "91990000FAKE00005D",
        "9199OOOOFAKEOOOO5D",
        "D21435697",
        "京2110000200012345",
        "申2110000200012345",
        "京2110102012345(临)",
        "京2110102012345临时",
        "甲建法[2026] 12 号",
        "2021.3.1-2024.2.29",
        "2026-04-30T16:00:00Z",
        "2026-05-01",
        "0001-01-01",
        "2500-01-01",
        "1619798400000",
        "有效期至2026年5月1日",
        "20260230",
        "44256",
        "2026-05",
        "二〇二六年十二月三十一日",
        "甲工程（2026-05-01）乙（2027.1.10）",
        "张　三",
        "买买提．艾力",
        "𬱖三",
        "1,234.50",
        "12.00",
        "-3",
        "01",
        "甲",
        "null",
    ]
)
TEXT = st.one_of(
    st.text(max_size=30), ALIKE, NEAR, st.builds(lambda a, b: a + b, NEAR, ALIKE), st.dates().map(str)
)
DATABASE = duckdb.connect()


def cleaner(kind: str) -> Cleaner:
    return CLEANERS[kind](CONTEXT)


def is_canonical(kind: str, value: str) -> bool:
    sql = f"SELECT coalesce({cleaner(kind).canonical('v')}, FALSE) FROM (SELECT $1::VARCHAR AS v)"
    row = DATABASE.execute(sql, [value]).fetchone()
    return bool(row and row[0])


@pytest.mark.parametrize("kind", sorted(CLEANERS))
@settings(deadline=None)
@given(value=TEXT)
def test_cleaning_twice_changes_nothing_more(kind: str, value: str) -> None:
    first = cleaner(kind).clean(value)
    if isinstance(first, Cleaned) and first.value is not None:
        assert cleaner(kind).clean(first.value) == Cleaned(first.value)


@pytest.mark.parametrize("kind", sorted(CLEANERS))
@settings(max_examples=50, deadline=None)
@given(value=TEXT)
def test_canonical_values_are_left_alone(kind: str, value: str) -> None:
    cleaned = cleaner(kind).clean(value)
    candidates = [value, cleaned.value] if isinstance(cleaned, Cleaned) and cleaned.value else [value]
    for candidate in candidates:
        if "\0" not in candidate and is_canonical(kind, candidate):
            assert cleaner(kind).clean(candidate) == Cleaned(candidate)


@pytest.mark.parametrize("kind", sorted(SPLITS))
@given(value=TEXT)
def test_any_cell_splits_or_says_why_not(kind: str, value: str) -> None:
    parts = SPLITS[kind](value)
    assert isinstance(parts, Unclean) or all(isinstance(part, tuple) for part in parts)


@pytest.mark.parametrize(
    ("kind", "value"),
    [
        ("code", "01"),
        ("date", "2026-05-01"),
        ("decimal", "1234.50"),
        ("enterprise_code", "91990000FAKE00005D"),
        ("decision_no", "甲建法〔2026〕12号"),
        ("id_number", "990000180001010017"),
        ("integer", "-3"),
        ("month", "2026-05-01"),
        ("name", "张三丰"),
        ("number", "TC000001"),
        ("registration_no", "京2110000200012345"),
        ("text", "甲 公司（北京）"),
    ],
)
def test_common_values_need_no_python(kind: str, value: str) -> None:
    assert is_canonical(kind, value)


SHAPES = [
    "{0:%Y-%m-%d}",
    "{0.year}/{0.month}/{0.day}",
    "{0:%Y.%m.%d}",
    "{0:%Y%m%d}",
    "{0.year}年{0.month}月{0.day}日",
    "有效期至{0:%Y-%m-%d}",
    "{0:%Y-%m-%d} 00:00:00",
    "{0:%Y-%m-%d}T00:00:00+08:00",
    "2000-01-01至{0:%Y-%m-%d}",
    "2000.1.1-{0.year}.{0.month}.{0.day}",
]


@given(day=st.dates(date(1900, 2, 1), date(2099, 12, 31)), shape=st.sampled_from(SHAPES))
def test_a_day_is_the_same_in_every_shape(day: date, shape: str) -> None:
    outcome = cleaner("date").clean(shape.format(day))
    assert isinstance(outcome, Cleaned)
    assert outcome.value == day.isoformat()


@given(
    day=st.dates(date(1930, 1, 1), date(2010, 12, 31)),
    order=st.integers(0, 999),
    place=st.integers(0, 17),
    digit=st.sampled_from("0123456789"),
)
def test_one_wrong_digit_of_a_resident_id_is_never_accepted(
    day: date, order: int, place: int, digit: str
) -> None:
    body = f"990000{day:%Y%m%d}{order:03}"
    number = body + id_check_character(body)
    wrong = number[:place] + digit + number[place + 1 :]
    outcome = cleaner("id_number").clean(wrong)
    assert (outcome == Cleaned(number)) == (wrong == number)


@given(
    name=st.lists(st.sampled_from("张王𬱖㼆䶮𠮷龘喆堃"), min_size=2, max_size=4).map("".join),
    space=st.sampled_from(["", " ", "\u3000", "\u00a0", "\u200b"]),
)
def test_rare_characters_survive_every_space(name: str, space: str) -> None:
    outcome = cleaner("name").clean(space + space.join(name) + space)
    assert isinstance(outcome, Cleaned)
    assert outcome.value == name


@given(text=st.lists(st.sampled_from("甲（）①㈱ﾊＡ１﨑〔〕·"), min_size=2, max_size=9).map("".join))
def test_names_of_units_keep_compatibility_characters(text: str) -> None:
    assert cleaner("text").clean(text) == Cleaned(text)
