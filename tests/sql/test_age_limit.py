"""The age limit cuts a registration on its holder's birthday: nothing that leaves may follow from that day.

Two registers that differ in birthdays only, and in the ends that follow from them, must look the same from
outside, table by table. (docs/decisions/0005)
"""

from datetime import date

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from tests.sql.spec import RULES, models, run, table

AS_OF = "2026-10-31"
LIMIT = RULES + "age_limit  65  -  -  -\nvalidity_months  36  -  -  -\n"
OUTSIDE = [name for name in models() if name.startswith(("mart_", "served_"))]
HEADER = (
    "registration_no  id_number  birth_date  category_code  division_code  specialty_code  first_registered_on"
    "  valid_from  valid_to\n"
)
# A colleague whom no limit concerns, so that the calendar and the cells are never empty.
COLLEAGUE = "R0  990000198001010017  1980-01-01  1  a  B  2015-01-10  2024-02-01  2027-01-31\n"


def register(*lives: tuple[str, date, date]) -> str:
    """A roster of certificates, each (number, birth, first day): in force for 36 months, or to the age of 65."""
    lines = [HEADER + COLLEAGUE]
    for number, born, start in lives:
        end = min(start.replace(year=start.year + 3), born.replace(year=born.year + 65))
        first = start.replace(year=start.year - 6)
        lines.append(f"{number}  99{number}  {born}  1  a  B  {first}  {start}  {end}\n")
    return "".join(lines)


def outside(model: str, roster: str, as_of: str = AS_OF) -> list[dict[str, str | None]]:
    return run(model, as_of=as_of, stg_registration=roster, rule_registration=LIMIT)


@pytest.mark.parametrize("model", OUTSIDE)
@pytest.mark.parametrize(
    ("start", "births"),
    [
        pytest.param(date(2022, 5, 2), (date(1959, 1, 15), date(1959, 11, 20)), id="cut in a past year"),
        pytest.param(date(2024, 2, 2), (date(1961, 3, 1), date(1961, 9, 30)), id="cut earlier this year"),
        pytest.param(date(2024, 2, 2), (date(1961, 11, 5), date(1961, 12, 31)), id="to be cut this year"),
        pytest.param(date(2024, 8, 2), (date(1962, 1, 5), date(1962, 7, 31)), id="to be cut next year"),
        pytest.param(date(2023, 11, 9), (date(1961, 11, 20), date(1961, 12, 20)), id="cut or expiring"),
        pytest.param(date(2021, 5, 2), (date(1959, 1, 1), date(1959, 12, 31)), id="first and last day"),
    ],
)
def test_nothing_outside_follows_from_a_birthday_within_its_year(
    model: str, start: date, births: tuple[date, date]
) -> None:
    first, second = (outside(model, register(("R1", born, start))) for born in births)
    assert first == second


LIFE = st.tuples(st.integers(1955, 1966), st.integers(2014, 2026), st.sampled_from([1, 4, 7, 10]))
DAY = st.dates(date(2001, 1, 1), date(2001, 12, 31))


@settings(max_examples=settings().max_examples // 10, deadline=None)
@given(life=LIFE, days=st.tuples(DAY, DAY))
def test_which_months_are_told_does_not_follow_from_the_day_of_birth(
    life: tuple[int, int, int], days: tuple[date, date]
) -> None:
    year, begun, month = life
    assume(begun < year + 65)  # nobody is registered beyond the limit
    start = date(begun, month, 3)
    rosters = [register(("R1", day.replace(year=year), start)) for day in days]
    told = [table(outside("served_registration", r), "valid_from_month", "valid_to_month") for r in rosters]
    assert told[0] == told[1]


def test_near_the_limit_neither_month_is_told_and_expiring_is_called_valid() -> None:
    roster = register(("R1", date(1961, 12, 1), date(2024, 2, 2)), ("R2", date(1965, 1, 1), date(2024, 2, 2)))
    rows = outside("served_registration", roster)
    assert table(rows, "valid_from_month", "valid_to_month", "status_code") == [
        "-  -  valid",
        "2024-02-01  2027-01-01  valid",
        "2024-02-01  2027-02-01  valid",
    ]
    certificates = outside("served_certificate", roster)
    assert table(certificates, "registration_no", "valid_to_month", "status_code") == [
        "R0  2027-01-01  valid",
        "R1  -  valid",
        "R2  2027-02-01  valid",
    ]


def test_without_an_age_limit_every_month_is_told() -> None:
    roster = register(("R1", date(1961, 12, 1), date(2024, 2, 2)))
    rows = run("served_registration", as_of=AS_OF, stg_registration=roster)
    assert table(rows, "valid_to_month", "status_code") == ["2026-12-01  expiring", "2027-01-01  valid"]


def test_who_reaches_the_limit_is_counted_to_the_end_of_that_year() -> None:
    roster = register(("R1", date(1959, 3, 1), date(2022, 2, 2)))
    rows = outside("mart_registration__quarterly", roster)
    assert [
        row["registrations"] for row in rows if (row["quarter_end"] or "") in ("2024-09-30", "2024-12-31")
    ] == [
        *("2", "1", "1"),
    ]


def test_a_certificate_whose_specialty_ends_untold_has_no_last_month() -> None:
    roster = register(("R1", date(1962, 12, 1), date(2024, 2, 2)))
    roster += "R1  99R1  1962-12-01  1  a  M  2018-02-02  2022-02-01  2025-01-31\n"
    rows = outside("served_certificate", roster)
    assert table(rows, "registration_no", "valid_to_month") == ["R0  2027-01-01", "R1  -"]


def unborn(roster: str) -> str:
    """The same roster without the days of birth, but for the colleague's."""
    return "\n".join(
        line if line.startswith(("R0", "registration_no")) else line.replace(line.split()[2], "-", 1)
        for line in roster.splitlines()
    )


def test_a_holder_of_unknown_birth_is_near_the_limit() -> None:
    roster = unborn(register(("R1", date(1961, 12, 1), date(2024, 2, 2))))
    rows = outside("served_registration", roster)
    assert table(rows, "valid_from_month", "valid_to_month", "status_code") == [
        "-  -  valid",
        "2024-02-01  2027-01-01  valid",
    ]


@pytest.mark.parametrize("model", OUTSIDE)
def test_nothing_outside_follows_from_a_birthday_that_only_the_source_knew(model: str) -> None:
    births = (date(1961, 3, 1), date(1961, 9, 30))
    first, second = (outside(model, unborn(register(("R1", born, date(2024, 2, 2))))) for born in births)
    assert first == second


@pytest.mark.parametrize(
    ("as_of", "statuses"),
    [
        ("2026-02-28", ["valid", "valid"]),
        ("2026-06-30", ["historic", "valid"]),
        ("2026-10-31", ["historic", "historic"]),
    ],
)
def test_archived_releases_tell_only_between_which_of_them_a_registration_stopped(
    as_of: str, statuses: list[str]
) -> None:
    births = (date(1961, 3, 1), date(1961, 9, 30))
    told = [
        table(
            outside("served_registration", register(("R1", born, date(2024, 2, 2))), as_of),
            *("valid_from_month", "valid_to_month", "status_code"),
        )
        for born in births
    ]
    assert [rows[0] for rows in told] == [f"-  -  {status}" for status in statuses]
