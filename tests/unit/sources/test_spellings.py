"""Words of the register that exports write in other ways: old names, short names, several levels in one word."""

from functools import cache

import pytest

from etl.clean import CLEANERS, Cleaned, Cleaner
from etl.metadata import load
from etl.sources.settings import context, ingest_rules


@cache
def cleaner(field: str) -> Cleaner:
    metadata = load()
    return CLEANERS["code"](context(field, None, metadata, ingest_rules(metadata)))


# The specialties of 2002 to 2006 and what became of them.
BEFORE_2006 = {
    "房屋建筑工程": "01",
    "装饰装修工程": "01",
    "公路工程": "02",
    "铁路工程": "03",
    "民航机场工程": "04",
    "港口与航道工程": "05",
    "水利水电工程": "06",
    "矿山工程": "07",
    "市政公用与城市轨道工程": "08",
    "通信与广电工程": "09",
    "电力工程": "10",
    "冶炼工程": "10",
    "石油化工工程": "10",
    "机电安装工程": "10",
}


@pytest.mark.parametrize(("name", "code"), BEFORE_2006.items())
def test_specialties_of_before_2006_are_found(name: str, code: str) -> None:
    outcome = cleaner("specialty_code").clean(name)
    assert isinstance(outcome, Cleaned)
    assert outcome.value == code


@pytest.mark.parametrize(
    ("text", "division", "prefecture"),
    [
        ("江苏省南京市", "320000", "320100"),
        ("江苏南京", "320000", "320100"),
        ("江苏省-南京市", "320000", "320100"),
        ("新疆维吾尔自治区哈密地区", "650000", "650500"),
        ("湖北襄樊", "420000", "420600"),
    ],
)
def test_a_prefecture_written_after_its_division_gives_both(
    text: str, division: str, prefecture: str
) -> None:
    codes = []
    for field in ("division_code", "prefecture_code"):
        outcome = cleaner(field).clean(text)
        assert isinstance(outcome, Cleaned)
        codes.append(outcome.value)
    assert codes == [division, prefecture]


@pytest.mark.parametrize(
    ("old", "code"),
    [
        ("莱芜市", "370100"),
        ("襄樊市", "420600"),
        ("海东地区", "630200"),
        ("思茅市", "530800"),
        ("510200", "500100"),
    ],
)
def test_a_renamed_or_merged_prefecture_has_its_successors_code(old: str, code: str) -> None:
    outcome = cleaner("prefecture_code").clean(old)
    assert isinstance(outcome, Cleaned)
    assert outcome.value == code
