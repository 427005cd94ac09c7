"""What the loader makes of a metadata directory, and what another register takes from the project's own."""

from datetime import date
from pathlib import Path

import pytest

from etl.errors import BadInput
from etl.metadata import load
from etl.settings import METADATA
from tests.unit.metadata.conftest import SOURCE, Write


def test_a_register_needs_only_its_register_file_and_sources(small: Path) -> None:
    assert load(small).register["id"] == "small"


def test_fields_records_declassifiers_and_disclosure_fall_back_to_the_projects_own(small: Path) -> None:
    own, other = load(METADATA), load(small)
    assert other.fields == own.fields
    assert other.records == own.records
    assert other.rules["declassifiers"] == own.rules["declassifiers"]
    assert other.rules["disclosure"] == own.rules["disclosure"]


def test_code_lists_never_fall_back(small: Path) -> None:
    codes = load(small).codes
    assert [entry.code for entry in codes["category"].entries] == ["A", "B"]
    assert {name for name, code_list in codes.items() if code_list.entries} == {"category"}


def test_an_absent_code_list_has_the_columns_of_a_present_one(small: Path) -> None:
    own, other = load(METADATA), load(small)
    assert {name: list(c.columns()) for name, c in other.codes.items()} == {
        name: list(c.columns()) for name, c in own.codes.items()
    }


def test_geography_sources_and_registration_rules_never_fall_back(small: Path) -> None:
    other = load(small)
    assert (other.geography, other.division_changes, other.registration_rules) == ({}, (), ())
    assert set(other.sources) == {"roster"}
    assert set(other.rules) == {
        "assessment",
        "attacks",
        "declassifiers",
        "disclosure",
        "reasons",
        "retention",
    }


def test_a_register_relabels_a_field_and_keeps_its_meaning(small: Path, write: Write) -> None:
    write("fields.yaml", "division_code: {zh: 州, en: State}\n")
    own, other = load(METADATA).fields["division_code"], load(small).fields["division_code"]
    assert (other.zh, other.en) == ("州", "State")
    assert (other.type, other.sensitivity, other.codes) == (own.type, own.sensitivity, own.codes)


def test_a_registers_texts_win_over_the_projects(small: Path, write: Write) -> None:
    write("i18n/zh.yaml", "product.title: 小\nextra.text: 多\n")
    write("i18n/en.yaml", "product.title: Small\nextra.text: More\n")
    texts = load(small).texts
    assert (texts["zh"]["product.title"], texts["en"]["extra.text"]) == ("小", "More")
    assert set(texts["zh"]) == {*load(METADATA).texts["zh"], "extra.text"}


def test_what_no_source_gives_is_not_available(small: Path) -> None:
    available = load(small).available
    assert {"registration_no", "valid_to", "category_code"} <= available
    assert not {"specialty_code", "enterprise_name", "birth_date", "division_code"} & available


def test_what_follows_from_a_given_field_is_available(small: Path) -> None:
    assert {"status_code", "valid_to_month", "registrations", "public_id"} <= load(small).available


def test_what_follows_from_several_fields_needs_all_of_them(small: Path, write: Write) -> None:
    assert "events" not in load(small).available
    write(
        "sources/events.yaml",
        SOURCE.replace("record: registration", "record: event").replace(
            "  category_code: {headers: [类别]}",
            "  event_type_code: {headers: [类别]}\n  event_on: {headers: [日期]}",
        ),
    )
    assert "events" in load(small).available


def test_constants_splits_and_derivations_are_available(small: Path, write: Write) -> None:
    more = (
        "constants: {person_name: 某}\n"
        "split: [{fields: [specialty_code], headers: [专业], kind: list}]\n"
        "derive: {qualification_year: {kind: qualification_year_of_registration_no, from: registration_no}}\n"
    )
    write("sources/roster.yaml", SOURCE + more)
    assert {"person_name", "specialty_code", "qualification_year"} <= load(small).available


def test_a_source_field_takes_cleaner_and_code_list_from_the_dictionary(small: Path) -> None:
    fields = {item.field: item for item in load(small).sources["roster"].fields}
    assert (fields["valid_to"].clean, fields["valid_to"].codes) == ("date", None)
    assert (fields["category_code"].clean, fields["category_code"].codes) == ("code", "category")
    assert (fields["registration_no"].required, fields["valid_to"].required) == (True, False)


def test_a_code_is_found_by_code_name_and_variant_in_any_case(small: Path, write: Write) -> None:
    write("codes/category.csv", "code,zh,en,variants\nA,甲,Class A,一等|First\n")
    by_text = load(small).codes["category"].by_text
    assert [by_text[text] for text in ("a", "甲", "class a", "一等", "first")] == ["A"] * 5


def test_codes_stay_text_and_keep_their_zeros(small: Path, write: Write) -> None:
    write("codes/specialty.csv", "code,zh,en\n01,一,One\n")
    assert load(small).codes["specialty"].columns()["code"] == ["01"]


def test_codes_stand_in_display_order(small: Path, write: Write) -> None:
    write("codes/category.csv", "code,zh,en,sort\nB,乙,Class B,2\nA,甲,Class A,10\nC,丙,Class C,1\n")
    assert [entry.code for entry in load(small).codes["category"].entries] == ["C", "B", "A"]


def test_the_released_tier_of_microdata_is_one_of_those_declared(small: Path, write: Write) -> None:
    declared = (METADATA / "rules/microdata.yaml").read_text("utf-8")
    write("rules/microdata.yaml", declared.replace("released: open", "released: opne"))
    with pytest.raises(BadInput, match="no such tier of microdata: opne"):
        load(small)


def test_a_rule_has_its_dates_and_its_subject() -> None:
    gap = next(rule for rule in load(METADATA).registration_rules if rule.rule == "renewal_gap")
    assert (gap.subject_codes, gap.subject) == ("category", "1")
    assert gap.valid_to == date(2021, 10, 14)
