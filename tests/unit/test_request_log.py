"""The public log of requests for correction: months that are over, no small count, nothing to subtract."""

from collections.abc import Iterable
from datetime import date
from typing import NamedTuple

from etl.steward.request_log import log_of

TODAY = date(2026, 11, 23)


class Decided(NamedTuple):
    on: str
    decided_on: str
    group: str = "employer"
    decision: str = "accepted"
    record: str = "person"


def rows(decided: Iterable[Decided], threshold: int = 3) -> list[tuple[object, ...]]:
    return [tuple(row.values()) for row in log_of(decided, threshold, TODAY)]


def test_many_of_a_kind_are_told_with_the_median_of_their_days() -> None:
    days = [f"2026-10-{day:02}" for day in (3, 5, 30)]
    assert rows(Decided("2026-10-01", day) for day in days) == [
        ("2026-10", "person", "employer", "accepted", 3, 4)
    ]


def test_few_of_a_kind_are_told_together() -> None:
    groups = ("employer", "employer", "validity")
    assert rows(Decided("2026-10-01", "2026-10-02", group) for group in groups) == [
        ("2026-10", "withheld", None, None, 3, None)
    ]


def test_what_is_still_few_is_told_by_no_number() -> None:
    assert rows([Decided("2026-10-01", "2026-10-02")]) == [("2026-10", "withheld", None, None, None, None)]


def test_a_month_is_told_once_it_is_over_by_the_day_of_the_decision() -> None:
    assert rows([Decided("2026-10-30", "2026-11-02")] * 3) == []


def test_the_newest_month_comes_first_and_what_is_withheld_last() -> None:
    decided = [Decided(f"{month}-01", f"{month}-02") for month in ("2026-09", "2026-10") for _ in range(3)]
    decided.append(Decided("2026-10-01", "2026-10-02", "validity"))
    assert [(month, record) for month, record, *_ in rows(decided)] == [
        ("2026-10", "person"),
        ("2026-10", "withheld"),
        ("2026-09", "person"),
    ]
