"""Which day a file shows: its name says, or its source; else it is an assumption, and told."""

from collections.abc import Callable
from datetime import date

import pytest

from etl.sources import ingest
from tests.fixtures.ingest import SOURCE, Register

Query = Callable[..., list[tuple[object, ...]]]
TEXT = "姓名,注册号,有效期至\n张三,A1,\n"
NAMED = SOURCE + 'date_pattern: "(?P<year>[0-9]{4})(?P<month>[0-9]{2})"\n'
RETRIEVED = SOURCE.replace("en: Test}}", "en: Test}, retrieved: 2026-09-30}")


def lines(register: Register, as_of: date | None) -> list[str]:
    """What a build tells of files without a date."""
    told: list[str] = []
    ingest(register.exports, register.store, register.metadata, as_of, told.append)
    return [line for line in told if "without a date" in line]


@pytest.mark.parametrize(
    ("source", "day"), [(NAMED, "2026-08-31"), (RETRIEVED, "2026-09-30")], ids=["name", "source"]
)
def test_a_file_that_is_dated_by_its_name_or_its_source_is_no_assumption(
    register: Register, staged: Query, source: str, day: str
) -> None:
    register.source("roster", source)
    register.export("名册202608.csv", TEXT)
    assert lines(register, date(2026, 10, 31)) == []
    assert staged("received_on::VARCHAR") == [(day,)]


def test_the_name_says_more_than_the_source(register: Register, staged: Query) -> None:
    register.source("roster", RETRIEVED + 'date_pattern: "(?P<year>[0-9]{4})(?P<month>[0-9]{2})"\n')
    register.export("名册202608.csv", TEXT)
    lines(register, date(2026, 10, 31))
    assert staged("received_on::VARCHAR") == [("2026-08-31",)]


def test_an_undated_file_is_taken_to_show_the_day_of_the_build_that_met_it_and_told(
    register: Register, staged: Query
) -> None:
    register.export("a.csv", TEXT)
    (line,) = lines(register, date(2026, 10, 31))
    assert "roster 1" in line and "taken to show 2026-10-31" in line
    assert staged("received_on::VARCHAR") == [("2026-10-31",)]


def test_what_was_assumed_before_is_told_again_beside_what_is_new(register: Register) -> None:
    register.export("a.csv", TEXT)
    lines(register, date(2026, 10, 31))
    register.export("b.csv", TEXT.replace("A1", "A2"))
    assert ["2026-10-31" in line for line in lines(register, date(2026, 11, 30))] == [True, False]


def test_without_any_date_the_day_is_told_to_be_unknown(register: Register, staged: Query) -> None:
    register.export("a.csv", TEXT)
    (line,) = lines(register, None)
    assert "their day is not known" in line
    assert staged("received_on") == [(None,)]
