"""Integrity records of enterprises: found as enterprises are found everywhere, and kept apart from those of persons."""

import pytest

from tests.sql.spec import run, table

UNITS = """
    enterprise_code     enterprise_name
    99110000MA0000000A  甲公司
    99110000MA0000001B  乙公司
    """
RECORDS = """
    integrity_no  registration_no  enterprise_code     enterprise_name  kind_code  decided_on  public_from  public_to
    """
ROSTER = "registration_no  enterprise_code\nR1  99110000MA0000000A"


def key_of(name: str, records: str) -> str:
    rows = run("served_enterprise", stg_enterprise=UNITS, stg_integrity=records)
    return next(str(row["enterprise_key"]) for row in rows if row["enterprise_name"] == name)


@pytest.mark.parametrize(
    "label",
    ["99110000MA0000000A  甲公司", "99110000MA0000000A  -", "MA0000000  -", "-  甲公司", "-  甲公司（北京）"],
)
def test_the_enterprise_of_a_record_is_found_by_code_and_by_name(label: str) -> None:
    records = RECORDS + f"I1  -  {label}  bad  2026-01-05  2026-02-01  2027-02-01"
    name = "甲公司（北京）" if "北京" in label else "甲公司"
    served = run("served_enterprise_integrity", stg_enterprise=UNITS, stg_integrity=records)
    assert table(served, "enterprise_key", "integrity_no") == [f"{key_of(name, records)}  I1"]


def test_an_enterprise_met_nowhere_else_has_the_name_of_its_newest_record() -> None:
    records = (
        RECORDS
        + "I1  -  99110000MA0000002C  丙公司  bad  2026-01-05  -  -\n"
        + "I2  -  99110000MA0000002C  丙集团  bad  2026-03-05  -  -"
    )
    rows = run("served_enterprise", stg_integrity=records)
    assert table(rows, "enterprise_code", "enterprise_name") == ["99110000MA0000002C  丙集团"]


def test_a_record_is_served_until_the_last_day_of_its_window() -> None:
    records = (
        RECORDS
        + "I1  -  99110000MA0000000A  -  bad  2025-01-01  2025-02-01  2026-11-21\n"
        + "I2  -  99110000MA0000000A  -  bad  2025-01-01  2025-02-01  2026-11-22"
    )
    served = run("served_enterprise_integrity", stg_enterprise=UNITS, stg_integrity=records)
    assert table(served, "integrity_no", "public_to") == ["I2  2026-11-22"]


def test_a_record_without_an_end_of_publication_ends_by_the_rule() -> None:
    served = run(
        "served_enterprise_integrity",
        rule_registration="rule  value  subject\npublication_months  12  bad",
        stg_enterprise=UNITS,
        stg_integrity=RECORDS + "I1  -  99110000MA0000000A  -  bad  2026-01-15  -  -",
    )
    assert table(served, "public_from", "public_to") == ["2026-01-15  2027-01-15"]


BOTH = (
    RECORDS
    + "I1  R1  -                   -  bad   2026-01-05  2026-02-01  2027-02-01\n"
    + "I2  -   99110000MA0000000A  -  good  2026-01-06  2026-02-01  2027-02-01\n"
    + "I3  R1  99110000MA0000000A  -  bad   2026-01-07  2026-02-01  2027-02-01"
)


@pytest.mark.parametrize(
    ("model", "told"),
    [("served_integrity", ["I1", "I3"]), ("served_enterprise_integrity", ["I2"])],
)
def test_a_record_of_a_person_is_never_told_of_the_enterprise_nor_the_other_way_round(
    model: str, told: list[str]
) -> None:
    served = run(model, stg_registration=ROSTER, stg_enterprise=UNITS, stg_integrity=BOTH)
    assert table(served, "integrity_no") == told


def test_the_counts_by_year_are_of_records_of_persons() -> None:
    rows = run("mart_integrity__yearly", stg_registration=ROSTER, stg_enterprise=UNITS, stg_integrity=BOTH)
    assert table(rows, "year", "kind_code", "records") == ["2026  bad  2"]


def test_the_text_of_a_decision_is_not_served() -> None:
    records = "integrity_no  enterprise_name  content\nI1  甲公司  因故"
    (row,) = run("served_enterprise_integrity", stg_integrity=records)
    assert "因故" not in row.values()
