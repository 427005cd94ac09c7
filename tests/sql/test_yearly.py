"""Year ends: every person in force counts once, at the main registration, by public facts."""

from collections import Counter
from datetime import date, timedelta

from hypothesis import given, settings
from hypothesis import strategies as st

from tests.sql.spec import run, table

AS_OF = "2026-01-31"
HEAD = (
    "registration_no  id_number  category_code  division_code  specialty_code"
    "  birth_date  sex_code  education_code  valid_from  valid_to\n"
)
MAIN = ("year", "division_code", "category_code", "specialty_code")


def roster(*lines: str) -> str:
    return HEAD + "\n".join(lines)


def main_registrations(*lines: str) -> list[str]:
    return table(run("mart_person__yearly_main", AS_OF, stg_registration=roster(*lines)), *MAIN, "persons")


def test_the_first_category_of_the_list_is_the_main_one() -> None:
    assert main_registrations(
        "R1  P1  2  a  01  -  -  -  2025-05-01  2027-04-30",
        "R2  P1  1  b  10  -  -  -  2025-05-01  2027-04-30",
    ) == ["2025  b  1  10  1"]


def test_of_one_category_the_smallest_division_then_the_smallest_specialty_is_the_main_one() -> None:
    assert main_registrations(
        "R1  P1  1  b  01  -  -  -  2025-05-01  2027-04-30",
        "R2  P1  1  a  10  -  -  -  2025-05-01  2027-04-30",
        "R2  P1  1  a  08  -  -  -  2025-05-01  2027-04-30",
    ) == ["2025  a  1  08  1"]


def test_a_registration_that_has_ended_by_the_year_end_is_not_the_main_one() -> None:
    assert main_registrations(
        "R1  P1  1  a  01  -  -  -  2023-05-01  2025-06-30",
        "R2  P1  2  b  02  -  -  -  2023-05-01  2027-04-30",
    ) == ["2023  a  1  01  1", "2024  a  1  01  1", "2025  b  2  02  1"]


def test_only_finished_years_from_the_first_that_is_told_are_counted() -> None:
    assert main_registrations("R1  P1  1  a  01  -  -  -  2019-05-01  2027-04-30") == [
        f"{year}  a  1  01  1" for year in range(2021, 2026)
    ]


def test_a_person_without_a_division_counts_once_too() -> None:
    assert main_registrations("R1  P1  1  -  01  -  -  -  2025-05-01  2027-04-30") == ["2025  -  1  01  1"]


def test_age_bands_are_those_of_the_year_end() -> None:
    rows = run(
        "mart_person__yearly",
        AS_OF,
        stg_registration=roster("R1  P1  1  a  01  1995-12-31  2  20  2024-05-01  2027-04-30"),
    )
    assert table(rows, "year", "age_band_code", "sex_code", "education_code") == [
        "2024  u30  2  20",
        "2025  30-34  2  20",
    ]


def test_a_person_of_unknown_birth_and_sex_is_there() -> None:
    rows = run(
        "mart_person__yearly",
        AS_OF,
        stg_registration=roster("R1  P1  1  a  01  -  -  -  2025-05-01  2027-04-30"),
    )
    assert table(rows, "age_band_code", "sex_code", "education_code") == ["unknown  -  -"]


HOLDING = st.tuples(
    st.integers(1, 4),
    st.sampled_from("12"),
    st.sampled_from("ab"),
    st.sampled_from(["01", "02"]),
    st.dates(date(2021, 1, 1), date(2025, 12, 31)),
    st.integers(0, 900),
)
YEAR_ENDS = [date(year, 12, 31) for year in range(2021, 2026)]


@settings(max_examples=settings().max_examples // 10, deadline=None)
@given(st.lists(HOLDING, min_size=1, max_size=8))
def test_every_person_in_force_at_a_year_end_counts_once_at_the_first_registration(
    holdings: list[tuple[int, str, str, str, date, int]],
) -> None:
    lines = [
        f"R{n}  P{person}  {category}  {division}  {specialty}  -  -  -  {start}  {start + timedelta(days)}"
        for n, (person, category, division, specialty, start, days) in enumerate(holdings)
    ]
    expected: Counter[tuple[str, ...]] = Counter()
    for end in YEAR_ENDS:
        first: dict[int, tuple[str, ...]] = {}
        for person, category, division, specialty, start, days in holdings:
            if start <= end <= start + timedelta(days):
                first[person] = min(
                    first.get(person, (category, division, specialty)), (category, division, specialty)
                )
        expected.update((str(end.year), d, c, s) for c, d, s in first.values())
    rows = run("mart_person__yearly_main", AS_OF, stg_registration=roster(*lines))
    assert {tuple(str(row[name]) for name in MAIN): int(row["persons"] or 0) for row in rows} == expected


def test_persons_by_main_registration_add_up_to_all_persons_of_the_quarterly_counts() -> None:
    lines = roster(
        "R1  P1  1  a  01  -  -  -  2025-05-01  2027-04-30",
        "R2  P1  2  b  02  -  -  -  2025-05-01  2027-04-30",
        "R3  P2  2  b  02  -  -  -  2025-05-01  2027-04-30",
    )
    quarterly = run("mart_person__quarterly", AS_OF, stg_registration=lines)
    everybody = [
        row["persons"]
        for row in quarterly
        if (row["quarter_end"], row["level"], row["breakdown"]) == ("2025-12-31", "register", "all")
    ]
    yearly = run("mart_person__yearly_main", AS_OF, stg_registration=lines)
    assert [str(sum(int(row["persons"] or 0) for row in yearly))] == everybody == ["2"]
