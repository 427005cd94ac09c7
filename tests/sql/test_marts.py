"""Spec tests of the safe and mart models: what is counted, when, and where."""

from collections import Counter
from datetime import date, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.sql.spec import models, run, table

STOCK = ("quarter_end", "status_code", "registrations")
PERSONS = ("level", "breakdown", "division_code", "category_code", "persons", "certificates")
ROSTER = "registration_no  id_number  category_code  division_code  specialty_code  valid_from  valid_to\n"


def at(rows: list[dict[str, str | None]], day: str) -> list[dict[str, str | None]]:
    return [row for row in rows if row["quarter_end"] == day]


@pytest.mark.parametrize("model", [name for name in models() if name.startswith(("mart_", "served_"))])
def test_an_empty_register_has_empty_marts(model: str) -> None:
    assert run(model) == []


def test_the_stock_counts_a_registration_at_each_quarter_end_it_covers() -> None:
    rows = run(
        "mart_registration__quarterly",
        as_of="2026-05-10",
        stg_registration=ROSTER + "R1  -  1  a  B  2025-08-01  2026-03-30",
    )
    assert table(rows, *STOCK) == [
        "2025-09-30  valid  1",
        "2025-12-31  valid  1",
        "2026-03-31  historic  1",
        "2026-05-10  historic  1",
    ]


def test_a_suspension_of_renewals_keeps_its_category_in_force() -> None:
    rows = run(
        "mart_registration__quarterly",
        as_of="2021-12-31",
        rule_registration="rule  value  subject  valid_from  valid_to\nrenewal_gap  1  1  2017-01-01  2021-10-14",
        stg_registration=ROSTER
        + "R1  -  1  a  B  2015-01-01  2018-01-31\nR2  -  2  a  B  2015-01-01  2018-01-31",
    )
    assert table(at(rows, "2021-09-30"), "category_code", "status_code") == ["1  valid", "2  historic"]
    assert table(at(rows, "2021-12-31"), "category_code", "status_code") == ["1  historic", "2  historic"]


def test_a_transfer_to_another_division_moves_the_stock_from_that_day() -> None:
    rows = run(
        "mart_registration__quarterly",
        as_of="2025-06-30",
        stg_enterprise="enterprise_code  division_code\nE1  a\nE2  b",
        stg_registration="registration_no  enterprise_code  valid_from  valid_to\nR1  E2  2024-11-01  2027-10-31",
        stg_event="""
            registration_no  event_type_code  enterprise_code_from  enterprise_code  event_on
            R1               01               -                     E1               2024-11-01
            R1               021              E1                    E2               2025-02-01
            """,
        codes_event_type="code  effect  status\n01  enter  -\n021  transfer  -",
    )
    assert table(rows, "quarter_end", "division_code") == ["2024-12-31  a", "2025-03-31  b", "2025-06-30  b"]


def test_a_register_without_dates_counts_on_the_as_of_date_only() -> None:
    rows = run("mart_registration__quarterly", stg_registration="registration_no\nTC1\nTC2")
    assert table(rows, *STOCK) == ["2026-11-22  valid  2"]


def test_licences_without_names_or_ids_are_a_person_each() -> None:
    rows = run(
        "mart_person__quarterly",
        as_of="2026-06-30",
        stg_registration="""
            registration_no  division_code  valid_from  valid_to
            1                CA             2026-05-01  2028-01-31
            2                CA             2026-06-01  2028-01-31
            """,
    )
    assert table(rows, *PERSONS) == ["division  all  CA  -  2  2", "register  all  -  -  2  2"]


def test_a_person_with_two_certificates_counts_once_in_a_cell() -> None:
    rows = run(
        "mart_person__quarterly",
        as_of="2026-03-31",
        stg_registration=ROSTER
        + "R1  990000180001010017  1  a  B  2026-02-01  2028-01-31\n"
        + "R2  990000180001010017  2  a  M  2026-01-01  2026-12-31",
    )
    assert table(rows, *PERSONS) == [
        "division  all  a  -  1  2",
        "division  category  a  1  1  1",
        "division  category  a  2  1  1",
        "register  all  -  -  1  2",
        "register  category  -  1  1  1",
        "register  category  -  2  1  1",
    ]


EVENTS = "registration_no  event_type_code  enterprise_code_from  enterprise_code  event_on\n"
UNITS = "enterprise_code  division_code\nE1  a\nE2  b"


@pytest.mark.parametrize(
    ("events", "moves"),
    [
        pytest.param("R1  02T  E1  E2  2025-03-01", ["2025  a  b  1"], id="a transfer is a move"),
        pytest.param("R1  02T  E1  E1  2025-03-01", [], id="a transfer to the same unit is none"),
        pytest.param("R1  02R  E1  E2  2025-03-01", [], id="a renaming is none"),
        pytest.param(
            "R1  01  -  E1  2023-01-01\nR1  07  -  -  2025-01-01\nR1  05  -  E2  2025-12-31",
            ["2025  a  b  1"],
            id="cancelled and registered elsewhere within a year is a move",
        ),
        pytest.param(
            "R1  01  -  E1  2023-01-01\nR1  07  -  -  2025-01-01\nR1  05  -  E2  2026-02-01",
            [],
            id="registered elsewhere after more than a year is none",
        ),
        pytest.param(
            "R1  02T  E1  E2  2025-03-01\nR2  02T  E1  E2  2025-03-05",
            ["2025  a  b  1"],
            id="two certificates of one person that move together are one move",
        ),
    ],
)
def test_moves(events: str, moves: list[str]) -> None:
    rows = run(
        "mart_mobility__yearly_flow",
        stg_enterprise=UNITS,
        stg_registration="registration_no  id_number\nR1  990000180001010017\nR2  990000180001010017",
        stg_event=EVENTS + events,
    )
    assert table(rows, "year", "division_code_from", "division_code_to", "moves") == moves


def test_registrations_in_force_are_listed_by_the_month_they_end_in() -> None:
    rows = run(
        "mart_expiry__monthly",
        stg_registration=ROSTER
        + "R1  -  1  a  B  2024-01-01  2026-12-05\n"
        + "R2  -  1  a  B  2024-01-01  2026-12-31\n"
        + "R3  -  1  a  B  2020-01-01  2022-12-31",
    )
    assert table(rows, "month_ahead", "registrations") == ["2026-12-01  2"]


def test_an_integrity_record_whose_window_is_over_is_not_served_but_counted() -> None:
    records = """
        integrity_no  registration_no  kind_code  decided_on  public_from  public_to
        I1            R1               bad        2025-01-01  2025-02-01   2026-11-21
        I2            R1               bad        2025-01-01  2025-02-01   2026-11-22
        """
    roster = "registration_no\nR1"
    served = run("served_integrity", stg_registration=roster, stg_integrity=records)
    counted = run("mart_integrity__yearly", stg_registration=roster, stg_integrity=records)
    assert table(served, "integrity_no", "public_to") == ["I2  2026-11-22"]
    assert table(counted, "year", "records") == ["2025  2"]


def test_a_record_without_an_end_of_publication_ends_by_the_rule() -> None:
    rows = run(
        "served_integrity",
        rule_registration="rule  value  subject\npublication_months  12  bad",
        stg_registration="registration_no\nR1",
        stg_integrity="integrity_no  registration_no  kind_code  decided_on\nI1  R1  bad  2026-01-15",
    )
    assert table(rows, "public_to") == ["2027-01-15"]


def test_the_lookup_gives_months_and_neither_sex_birth_nor_id() -> None:
    rows = run(
        "served_certificate",
        stg_registration="""
            registration_no  id_number           birth_date  sex_code  valid_to
            R1               990000180001010017  1961-12-17  1         2026-12-17
            """,
    )
    assert table(rows, "registration_no", "valid_to_month") == ["R1  2026-12-01"]
    assert not {"id_number", "birth_date", "sex_code", "valid_to"} & set(rows[0])


DAY = st.dates(date(2023, 1, 1), date(2025, 12, 31))
HOLDING = st.tuples(st.integers(1, 4), st.sampled_from("12"), st.sampled_from("ab"), DAY, st.integers(0, 500))


@settings(max_examples=settings().max_examples // 10, deadline=None)
@given(st.lists(HOLDING, min_size=1, max_size=8))
def test_the_stock_equals_counting_every_interval_at_every_quarter_end(
    holdings: list[tuple[int, str, str, date, int]],
) -> None:
    as_of = date(2025, 8, 15)
    ends = [date(year, month + 1, 1) - timedelta(1) for year in (2023, 2024, 2025) for month in (3, 6, 9)]
    ends = sorted({*(end for end in ends if end < as_of), date(2023, 12, 31), date(2024, 12, 31), as_of})
    lines, stock, persons = [], Counter(), Counter()
    for number, (person, category, division, start, days) in enumerate(holdings):
        last = start + timedelta(days)
        lines.append(f"R{number}  id{person}  {category}  {division}  B  {start}  {last}")
        stock.update((str(end), division, category) for end in ends if start <= end <= last)
    for end in ends:
        cells = {(h[0], h[2]) for h in holdings if h[3] <= end <= h[3] + timedelta(h[4])}
        persons.update((str(end), division) for _, division in cells)
    roster = ROSTER + "\n".join(lines)
    counted = run("mart_registration__quarterly", as_of=str(as_of), stg_registration=roster)
    heads = run("mart_person__quarterly", as_of=str(as_of), stg_registration=roster)
    assert {
        (row["quarter_end"], row["division_code"], row["category_code"]): int(row["registrations"] or 0)
        for row in counted
        if row["status_code"] == "valid"
    } == dict(stock)
    assert {
        (row["quarter_end"], row["division_code"]): int(row["persons"] or 0)
        for row in heads
        if row["level"] == "division" and row["breakdown"] == "all"
    } == dict(persons)
