"""Persons of the last finished year, each once, with the facts that microdata generalise."""

from tests.sql.spec import run, table

AS_OF = "2026-01-31"
HEAD = (
    "registration_no  id_number  category_code  division_code  specialty_code  enterprise_name"
    "  birth_date  sex_code  education_code  first_registered_on  valid_from  valid_to\n"
)


def rows(*lines: str, **tables: str) -> list[dict[str, str | None]]:
    return run("mart_person__microdata", AS_OF, stg_registration=HEAD + "\n".join(lines), **tables)


def test_a_person_is_at_the_main_registration_of_the_last_year() -> None:
    found = rows(
        "R1  P1  2  b  02  X  1985-06-01  2  20  2014-05-01  2023-05-01  2027-04-30",
        "R2  P1  1  a  01  Y  1985-06-01  2  20  2019-05-01  2023-05-01  2027-04-30",
    )
    columns = ("year", "division_code", "category_code", "specialty_code", "first_registered_year")
    assert table(found, *columns) == ["2025  a  1  01  2019"]
    assert table(found, "sex_code", "age_band_code", "education_code") == ["2  40-44  20"]


def test_the_nature_is_that_of_the_enterprise_of_the_main_category() -> None:
    enterprises = """
        enterprise_code     enterprise_name  nature_code
        91110000000000001A  X                state
        91110000000000002B  Y                private
        """
    found = rows(
        "R1  P1  2  b  02  X  -  -  -  -  2023-05-01  2027-04-30",
        "R2  P1  1  a  01  Y  -  -  -  -  2023-05-01  2027-04-30",
        stg_enterprise=enterprises,
    )
    assert table(found, "nature_code") == ["private"]


def test_who_has_left_before_the_last_year_end_is_not_there() -> None:
    found = rows(
        "R1  P1  1  a  01  X  -  -  -  -  2023-05-01  2025-06-30",
        "R2  P2  1  b  01  X  -  -  -  -  2023-05-01  2027-04-30",
    )
    assert table(found, "division_code") == ["b"]


def test_what_the_register_lacks_is_absent() -> None:
    found = rows("R1  P1  1  a  01  -  -  -  -  -  2023-05-01  2027-04-30")
    columns = ("nature_code", "first_registered_year", "sex_code", "age_band_code", "education_code")
    assert table(found, *columns) == ["-  -  -  unknown  -"]


def test_who_was_taken_down_from_the_lookup_is_not_there() -> None:
    lines = [f"R{n}  P{n}  1  a  01  Y  -  -  -  -  2023-05-01  2027-04-30" for n in (1, 2)]
    served = run("served_certificate", AS_OF, stg_registration=HEAD + "\n".join(lines))
    assert len(rows(*lines)) == 2
    assert len(rows(*lines, param_withdrawal=f"public_id\n{served[0]['public_id']}")) == 1
