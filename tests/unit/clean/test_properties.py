"""What holds for every cleaner, whatever text comes."""

import duckdb
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from etl.clean import CLEANERS, SPLITS, Cleaned, Cleaner, Context, Unclean, spellings

CONTEXT = Context(
    spellings=spellings({"01": ("甲工程", "甲", "First"), "1T": ("乙级（临时）",), "x'y": ("丙",)}),
    pattern=r"[京沪][12][0-9]{2}(?:[0-9]{4}|[0-9]{8})[0-9]{5}(?:\(临\))?",
    prefixes={"申": "沪"},
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
@settings(max_examples=100, deadline=None)
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
