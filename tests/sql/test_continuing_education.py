"""Continuing education at year ends: hours of three years, for the specialty of the main registration."""

from tests.sql.spec import run, table

AS_OF = "2026-01-31"
RULES = """
    rule                        value  subject  valid_from  valid_to
    validity_months             36     -        -           -
    education_hours             120    -        2010-11-15  -
    education_compulsory_hours  60     -        2010-11-15  -
    education_elective_hours    60     -        2010-11-15  -
    """
ROSTER = """
    registration_no  id_number  category_code  division_code  specialty_code  valid_from  valid_to
    R1               P1         1              a              01              2024-05-01  2027-04-30
    """
HEAD = "registration_no  specialty_code  period_year  compulsory_hours  elective_hours\n"


def state(*hours: str, roster: str = ROSTER, rules: str = RULES) -> list[str]:
    """Year and state of everybody in force at a year's end."""
    given = {
        "stg_registration": roster,
        "stg_education": HEAD + "\n".join(hours),
        "rule_registration": rules,
    }
    rows = run("mart_person__yearly", AS_OF, **given)
    return table(rows, "year", "continuing_education_code")


def test_the_hours_of_three_years_are_added_up() -> None:
    assert state("R1  01  2023  30  20", "R1  01  2025  30  40") == ["2024  partly", "2025  met"]


def test_hours_of_an_earlier_year_and_of_a_later_one_do_not_count() -> None:
    assert state("R1  01  2021  60  60", "R1  01  2025  60  60") == ["2024  -", "2025  met"]


def test_too_few_hours_of_one_kind_are_not_made_up_for_by_the_other() -> None:
    assert state("R1  01  2024  90  59") == ["2024  partly", "2025  partly"]


def test_who_has_no_hours_on_record_has_no_state() -> None:
    assert state("R1  01  2024  0  -") == ["2024  -", "2025  -"]


def test_hours_for_another_specialty_do_not_count_and_those_for_none_do() -> None:
    assert state("R1  02  2024  60  60") == ["2024  -", "2025  -"]
    assert state("R1  -   2024  60  60") == ["2024  met", "2025  met"]


def test_only_the_certificate_of_the_main_category_counts() -> None:
    both = (
        ROSTER
        + "R2               P1         2              a              01              2024-05-01  2027-04-30"
    )
    assert state("R2  01  2024  60  60", roster=both) == ["2024  -", "2025  -"]


def test_the_hours_asked_for_are_those_of_the_year_end() -> None:
    changed = RULES.replace(
        "education_hours             120    -        2010-11-15  -",
        "education_hours             120    -        2010-11-15  2024-12-31\n"
        "    education_hours             150    -        2025-01-01  -",
    )
    assert state("R1  01  2024  60  60", rules=changed) == ["2024  met", "2025  partly"]
