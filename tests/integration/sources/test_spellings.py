"""Words of the register that exports write in other ways: old names, short names, several levels in one word."""

from datetime import date
from functools import cache
from pathlib import Path

import pytest

from etl.clean import CLEANERS, Cleaned, Cleaner, Unclean
from etl.errors import Refused
from etl.metadata import load
from etl.settings import Store
from etl.sources import ingest
from etl.sources.divisions import turns
from etl.sources.settings import context, ingest_rules


@cache
def cleaner(field: str, day: date | None = None) -> Cleaner:
    metadata = load()
    return CLEANERS["code"](context(field, None, metadata, ingest_rules(metadata), day))


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
        ("六安市-寿县", "340000", "340400"),
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


# text, day of the export -> prefecture, rule
DATED = [
    # 巢湖: a prefecture until 2011, since then a county-level city of Hefei under the same name
    ("巢湖市", "2010-12-31", "341400", "division_split"),
    ("巢湖市", "2011-07-14", "340100", "division_part"),
    ("安徽省巢湖市", "2020-06-30", "340100", "division_part"),
    ("居巢区", "2020-06-30", "340100", "division_recode"),
    ("341402", "2005-06-30", "340100", "division_recode"),
    ("巢湖", "2010-12-31", "341400", "division_split"),
    ("巢湖", "2020-06-30", "340100", "division_part"),
    ("341400", "2020-06-30", "341400", ""),
    ("南宁地区", "2020-06-30", "452100", "division_split"),
    ("柳州地区", "2001-06-30", "452200", "division_split"),
    ("崇文区", "2009-06-30", "110100", "division_merge"),
    ("崇文区", "2020-06-30", "110100", "division_merge"),
    ("北京市宣武区", "2020-06-30", "110100", "division_merge"),
    ("110104", "2020-06-30", "110100", "division_merge"),
    ("东城区", "2020-06-30", "110100", "division_part"),
    ("密云县", "2012-06-30", "110100", "division_recode"),
    ("蓟县", "2015-06-30", "120100", "division_recode"),
    ("天津市蓟县", "2020-06-30", "120100", "division_recode"),
    ("蓟州区", "2020-06-30", "120100", "division_part"),
    ("塘沽区", "2020-06-30", "120100", "division_merge"),
    ("卢湾区", "2020-06-30", "310100", "division_merge"),
    ("南汇县", "2000-06-30", "310100", "division_recode"),
    ("万盛区", "2020-06-30", "500100", "division_merge"),
    ("江津市", "2020-06-30", "500100", "division_recode"),
    ("510200", "2020-06-30", "500100", "division_recode"),
    ("无锡市崇安区", "2020-06-30", "320200", "division_merge"),
    ("江苏省无锡市北塘区", "2010-06-30", "320200", "division_merge"),
    ("莱芜市", "2018-06-30", "370100", "division_merge"),
    ("莱芜", "2020-06-30", "370100", "division_merge"),
    ("山东省-莱芜市", "2020-06-30", "370100", "code_part"),
    ("371200", "2020-06-30", "370100", "division_merge"),
    ("钢城区", "2020-06-30", "370100", "division_part"),
    ("襄樊市", "2009-06-30", "420600", "division_rename"),
    ("襄樊", "2020-06-30", "420600", "division_rename"),
    ("襄阳市", "2020-06-30", "420600", "code_spelling"),
    ("思茅地区", "2002-06-30", "530800", "division_recode"),
    ("思茅市", "2020-06-30", "530800", "division_rename"),
    ("普洱市", "2020-06-30", "530800", "code_spelling"),
    ("淮阴市", "2020-06-30", "320800", "division_rename"),
    ("海东地区", "2020-06-30", "630200", "division_recode"),
    ("652200", "2020-06-30", "650500", "division_recode"),
    ("那曲地区", "2017-06-30", "540600", "division_recode"),
    ("469003", "2010-06-30", "460400", "division_recode"),
    # codes of GB/T 2260—2002, given to others by the edition of 2007
    ("469025", "2004-06-30", "469021", "division_recode"),
    ("469028", "2008-01-31", "469024", "division_recode"),
    ("469028", "2008-02-01", "469028", ""),
    ("469030", "2004-06-30", "469025", "division_recode"),
    ("469036", "2020-06-30", "469030", "division_recode"),
    ("定安县", "2020-06-30", "469021", "code_spelling"),
    ("460025", "2020-06-30", "469021", "division_recode"),
    ("琼山市", "2020-06-30", "460100", "division_merge"),
    ("通什市", "2020-06-30", "469001", "division_rename"),
    ("聊城地区", "2003-06-30", "371500", "division_recode"),
    ("522100", "1996-06-30", "520300", "division_recode"),
    ("荆沙", "2003-06-30", "421000", "division_rename"),
    ("511400", "1997-01-31", "500100", "division_merge"),
    ("511400", "2003-06-30", "511400", ""),
    ("寿县", "2010-06-30", "340400", "division_recode"),
    ("简阳市", "2020-06-30", "510100", "division_part"),
]


@pytest.mark.parametrize(("text", "day", "code", "rule"), DATED)
def test_a_division_is_read_by_date_and_carried_to_its_successor(
    text: str, day: str, code: str, rule: str
) -> None:
    assert cleaner("prefecture_code", date.fromisoformat(day)).clean(text) == Cleaned(code, rule)


@pytest.mark.parametrize("day", ["2010-06-30", "2026-06-30"])
@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("六安市-寿县", "340400"),
        ("六安市寿县", "340400"),
        ("安徽省六安市寿县", "340400"),
        ("安徽省-安庆市-枞阳县", "340700"),
        ("资阳市-简阳市", "510100"),
        ("巢湖市-庐江县", "340100"),
        ("巢湖市居巢区", "340100"),
        ("莱芜市莱城区", "370100"),
        ("海东地区-湟中县", "630100"),
        ("襄樊市襄阳区", "420600"),
    ],
)
def test_a_county_is_read_after_the_prefecture_that_it_lay_in(text: str, code: str, day: str) -> None:
    outcome = cleaner("prefecture_code", date.fromisoformat(day)).clean(text)
    assert isinstance(outcome, Cleaned)
    assert outcome.value == code


def test_two_codes_side_by_side_are_not_a_third() -> None:
    assert cleaner("specialty_code").clean("1-0") == Unclean("unknown_code")


@pytest.mark.parametrize("text", ["六安市-简阳市", "六安市-安庆市"])
def test_places_that_never_lay_in_each_other_are_not_known(text: str) -> None:
    assert cleaner("prefecture_code").clean(text) == Unclean("unknown_code")


@pytest.mark.parametrize("text", ["朝阳区", "城区", "万县市居巢区", "巢"])
def test_a_county_whose_prefecture_is_not_certain_is_not_guessed(text: str) -> None:
    assert cleaner("prefecture_code").clean(text) == Unclean("unknown_code")


def test_a_name_that_a_county_elsewhere_has_too_is_read_with_what_it_lies_in_or_by_code() -> None:
    read = cleaner("prefecture_code", date(2010, 6, 30)).clean
    assert read("双桥区") == Unclean("unknown_code")
    assert [read(text) for text in ("重庆市双桥区", "500111")] == [Cleaned("500100", "division_merge")] * 2


def test_a_prefecture_of_another_division_is_set_aside(tmp_path: Path) -> None:
    export = tmp_path / "exports/13_河北/roster_region_2026.csv"
    export.parent.mkdir(parents=True)
    export.write_text(
        "姓名,注册编号,注册专业,所属省份,归属地\n"
        "张三,冀1132010201100001,建筑工程,河北省,承德市\n"
        "李四,冀1132010201100002,建筑工程,河北省,重庆市\n",
        encoding="utf-8",
    )
    with pytest.raises(Refused, match=r"1 of 2 .*prefecture_contradicts_division prefecture_code 1"):
        ingest(tmp_path / "exports", Store(tmp_path / "store"), load())


def test_what_was_split_still_lies_in_one_division() -> None:
    assert cleaner("division_code").clean("安徽省巢湖") == Cleaned("340000", "code_spelling")
    assert load().codes["prefecture"].by_code["341400"].parent == "340000"


def test_history_turns_only_where_a_name_is_used_again() -> None:
    assert date(2011, 7, 14) in turns(load())
    assert not [day for day in turns(load()) if day > date(2011, 7, 14)]
