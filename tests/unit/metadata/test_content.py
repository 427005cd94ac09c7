"""What the project's own metadata say about China's register of constructors."""

import re
from datetime import date

import pytest

from etl.metadata import Metadata
from etl.settings import SQL
from etl.sources.divisions import readings


def test_divisions_are_the_34_of_gb_t_2260(metadata: Metadata) -> None:
    codes = [entry.code for entry in metadata.codes["division"].entries]
    assert len(codes) == 34
    assert all(code.endswith("0000") and len(code) == 6 for code in codes)


def test_a_prefecture_lies_in_the_division_its_code_begins_with(metadata: Metadata) -> None:
    assert all(entry.parent == f"{entry.code[:2]}0000" for entry in metadata.codes["prefecture"].entries)


def test_certificate_prefixes_are_single_characters_each_of_one_division(metadata: Metadata) -> None:
    prefixes = [
        prefix
        for entry in metadata.codes["division"].entries
        for column in ("prefix", "prefix_variants")
        for prefix in (entry.extra[column] or "").split("|")
        if prefix
    ]
    assert all(len(prefix) == 1 for prefix in prefixes)
    assert len(prefixes) == len(set(prefixes)) == 31 + 6


@pytest.mark.parametrize(
    ("code_list", "text", "code"),
    [
        ("division", "内蒙古", "150000"),
        ("division", "新疆生产建设兵团", "650000"),
        ("division", "Tibet", "540000"),
        ("specialty", "机电安装工程", "10"),
        ("specialty", "装饰装修工程", "01"),
        ("category", "注册建造师（一级）", "1"),
        ("category", "ry_zclb_074", "2T"),
        ("event_type", "延期注册", "03"),
        ("id_type", "军官站", "officer"),
        ("nature", "有限责任公司（自然人独资）", "private"),
        ("status", "吊销", "revoked"),
    ],
)
def test_spellings_of_exports_are_understood(
    metadata: Metadata, code_list: str, text: str, code: str
) -> None:
    assert metadata.codes[code_list].by_text[text.casefold()] == code


def test_withdrawn_cancelled_and_revoked_are_three_statuses(metadata: Metadata) -> None:
    status = metadata.codes["status"].by_text
    assert len({status["撤销"], status["注销"], status["吊销"]}) == 3


def test_grade_2_allows_six_of_the_ten_specialties(metadata: Metadata) -> None:
    allowed = [
        entry for entry in metadata.codes["specialty"].entries if "2" in _split(entry.extra["categories"])
    ]
    assert (len(allowed), len(metadata.codes["specialty"].entries)) == (6, 10)


def test_only_a_change_of_employer_is_a_transfer(metadata: Metadata) -> None:
    effects = {entry.zh: entry.extra["effect"] for entry in metadata.codes["event_type"].entries}
    assert effects["执业企业变更"] == "transfer"
    assert (effects["企业信息变更"], effects["个人信息变更"]) == ("rename", "correct")


def test_age_bands_follow_one_another_without_gap(metadata: Metadata) -> None:
    bands = [entry.extra for entry in metadata.codes["age_band"].entries if entry.extra["age_from"]]
    ends = [band["age_to"] for band in bands]
    assert [int(band["age_from"] or 0) for band in bands[1:]] == [int(end or 0) + 1 for end in ends[:-1]]
    assert ends[-1] is None


def test_no_rule_has_two_values_at_one_time(metadata: Metadata) -> None:
    rules = metadata.registration_rules
    for rule in rules:
        same = [r for r in rules if (r.rule, r.subject) == (rule.rule, rule.subject) and r is not rule]
        assert all(_before(rule.valid_to, r.valid_from) or _before(r.valid_to, rule.valid_from) for r in same)


def test_every_rule_that_a_model_names_is_there(metadata: Metadata) -> None:
    models = "".join(path.read_text(encoding="utf-8") for path in SQL.rglob("*.sql"))
    named = set(re.findall(r"\brule = '([a-z_0-9]+)'", models))
    assert named - {rule.rule for rule in metadata.registration_rules} <= {"source_precedence"}


def test_every_kind_of_integrity_record_has_an_end_of_publication(metadata: Metadata) -> None:
    ends = {rule.subject for rule in metadata.registration_rules if rule.rule == "publication_months"}
    assert ends == {entry.code for entry in metadata.codes["integrity_kind"].entries}


def test_local_rules_are_marked_as_local(metadata: Metadata) -> None:
    local = {rule.rule for rule in metadata.registration_rules if rule.scope == "local"}
    assert local == {"renewal_open_days", "transfer_block_days"}


def test_identity_numbers_are_secret_and_names_protected(metadata: Metadata) -> None:
    sensitivity = {name: field.sensitivity for name, field in metadata.fields.items()}
    assert (sensitivity["id_number"], sensitivity["person_name"]) == ("secret", "protected")
    sensitive = (
        "sex_code",
        "birth_date",
        "age_band_code",
        "education_code",
        "insured_month",
        "elective_hours",
    )
    assert {sensitivity[name] for name in sensitive} == {"restricted"}


def test_every_field_is_described_in_both_languages(metadata: Metadata) -> None:
    for field in metadata.fields.values():
        assert field.zh != field.en
        assert field.description_zh.endswith("。"), field.name
        assert field.description_en.endswith("."), field.name


def test_every_change_of_a_division_names_a_different_place_or_name(metadata: Metadata) -> None:
    for change in metadata.division_changes:
        assert (change.code_from, change.name_from) != (change.code_to, change.name_to)
        assert change.effective_on <= date(2026, 1, 1)


def test_every_division_that_changed_is_still_understood_by_its_old_name_and_code(metadata: Metadata) -> None:
    known = readings(metadata, "prefecture", date.max)
    below = [change for change in metadata.division_changes if change.level != "division"]
    assert not [c for c in below if c.code_from not in known]
    assert not [c for c in below if (c.name_from in known) == (c.namesake is not None)]


def test_a_chain_of_changes_goes_forward_in_time(metadata: Metadata) -> None:
    began = {(c.level, c.code_to, c.name_to): c.effective_on for c in metadata.division_changes}
    for change in metadata.division_changes:
        former = (change.level, change.code_from, change.name_from)
        assert began.get(former, date.min) < change.effective_on, former


def test_a_prefecture_that_was_split_stands_in_the_list_with_its_last_day(metadata: Metadata) -> None:
    listed = metadata.codes["prefecture"].by_code
    split = {c.code_from for c in metadata.division_changes if c.kind == "split"}
    assert split
    assert all(listed[code].valid_to is not None for code in split)


def _split(cell: str | None) -> list[str]:
    return (cell or "").split("|")


def _before(end: date | None, start: date | None) -> bool:
    return end is not None and start is not None and end < start
