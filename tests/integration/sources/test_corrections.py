"""A documented correction changes one cell, shows in the balance, and must not outlive its reason."""

from collections.abc import Callable

import pytest

from etl.errors import BadInput, Refused
from tests.fixtures.ingest import SOURCE, Register

HEADER = "姓名,注册号,企业\n"
ROSTER = SOURCE.replace("valid_to: {headers: [有效期至]}", "enterprise_name: {headers: [企业]}")
CORRECTION = """corrections:
  - record: registration
    key: {registration_no: A1}
    field: FIELD
    expect: EXPECT
    value: VALUE
    reason: {zh: 录入错误, en: typing error}
    evidence: 来函 1 号
    status: reported
    on: 2026-11-22
"""
Query = Callable[..., list[tuple[object, ...]]]


def correct(register: Register, expect: str, value: str, field: str = "enterprise_name", **more: str) -> None:
    text = CORRECTION.replace("FIELD", field).replace("EXPECT", expect).replace("VALUE", value)
    for old, new in more.items():
        text = text.replace(old, new)
    (register.metadata_root / "rules/corrections.yaml").write_text(text, encoding="utf-8")


@pytest.fixture
def roster(register: Register) -> Register:
    register.source("roster", ROSTER)
    register.export("a.csv", HEADER + "张三,a1,甲 公司\n李四,A2,甲公司\n")
    return register


@pytest.mark.parametrize("expect", ["甲 公司", "'甲 公司'"])
def test_only_the_cell_of_the_record_is_corrected(roster: Register, staged: Query, expect: str) -> None:
    correct(roster, expect, "乙公司")
    assert roster.ingest().tally("repairs")["enterprise_name corrected"] == 1
    assert staged("registration_no, enterprise_name") == [("A1", "乙公司"), ("A2", "甲公司")]


def test_a_cell_as_received_may_be_expected(roster: Register, staged: Query) -> None:
    roster.export("a.csv", HEADER + "张?,A1,甲公司\n李四,A2,甲公司\n")
    correct(roster, "张?", "张三", field="person_name")
    assert roster.ingest().total("quarantined") == 0
    assert staged("person_name")[0] == ("张三",)


def test_an_empty_cell_may_be_filled_and_a_value_removed(roster: Register, staged: Query) -> None:
    roster.export("a.csv", HEADER + "张三,A1,\n李四,A2,甲公司\n")
    correct(roster, "null", "乙公司")
    roster.ingest()
    correct(roster, "甲公司", "null", A1="A2")
    roster.ingest()
    assert staged("enterprise_name") == [(None,), (None,)]


@pytest.mark.parametrize(
    ("rows", "message"),
    [
        ("张三,A1,乙公司\n", "no longer holds the expected value"),
        ("李四,A2,甲 公司\n", "record is gone"),
    ],
)
def test_a_correction_that_outlived_its_reason_stops_the_build(
    roster: Register, staged: Query, rows: str, message: str
) -> None:
    correct(roster, "甲 公司", "乙公司")
    roster.ingest()
    roster.export("a.csv", HEADER + rows)
    with pytest.raises(Refused, match=message) as refused:
        roster.ingest()
    assert refused.value.where.endswith("corrections.yaml:2")
    assert staged("enterprise_name")[0] == ("乙公司",)


def test_a_retired_correction_is_not_applied(roster: Register) -> None:
    correct(roster, "丙公司", "乙公司", reported="retired")
    assert "enterprise_name corrected" not in roster.ingest().tally("repairs")


def test_a_moved_correction_reads_no_file_again(roster: Register) -> None:
    correct(roster, "甲 公司", "乙公司")
    roster.ingest()
    path = roster.metadata_root / "rules/corrections.yaml"
    path.write_text("# 说明\n" + path.read_text("utf-8"), encoding="utf-8")
    assert roster.ingest().read == 0


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"record: registration": "record: nothing"}, "no such record"),
        ({"    key:": "    source: nothing\n    key:"}, "no such source"),
        ({"registration_no: A1": "blood: A1"}, "not a field"),
        ({"enterprise_name": "id_number"}, "not public"),
        ({"乙公司": " 乙  公司"}, "not clean"),
    ],
)
def test_a_correction_that_cannot_be_is_bad_input(
    roster: Register, changes: dict[str, str], message: str
) -> None:
    correct(roster, "甲 公司", '"乙公司"', **changes)
    with pytest.raises(BadInput, match=message) as refused:
        roster.ingest()
    assert refused.value.where.endswith("corrections.yaml:2")


def test_a_value_that_is_not_public_is_corrected_in_the_restricted_zone(
    register: Register, staged: Query
) -> None:
    register.export("a.csv", "姓名,注册号,有效期至\n张三,A1,2026-05-01\n")
    correct(register, "2026-05-01", "2027-05-01", field="valid_to")
    path = register.metadata_root / "rules/corrections.yaml"
    register.store.restricted.mkdir(parents=True)
    path.rename(register.store.restricted / "corrections.yaml")
    register.ingest()
    assert staged("valid_to::VARCHAR") == [("2027-05-01",)]


def test_one_value_of_a_cell_with_several_is_corrected(register: Register, staged: Query) -> None:
    register.source(
        "roster",
        SOURCE.replace("  valid_to: {headers: [有效期至]}\n", "")
        + "split: [{headers: [专业], fields: [enterprise_name, certificate_no], kind: specialty_validity}]\n",
    )
    register.export("a.csv", "姓名,注册号,专业\n张三,A1,甲（1）乙（2）\n")
    correct(register, "'2'", "'3'", field="certificate_no", **{"registration_no: A1": "enterprise_name: 乙"})
    register.ingest()
    assert sorted(staged("enterprise_name, certificate_no")) == [("乙", "3"), ("甲", "1")]
