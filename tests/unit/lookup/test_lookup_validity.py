"""What validity means today, and on a day in the past."""

from datetime import date

import pytest

from dashboards.lookup.finding.validity import foremost, standing, standing_on

TODAY, AS_OF = date(2026, 11, 23), date(2026, 10, 31)


def registration(
    status: str, first: str | None = None, last: str | None = None, ended: str | None = None
) -> dict[str, str | None]:
    months = {"valid_from_month": first, "valid_to_month": last, "ended_month": ended}
    return {"status_code": status, **months}


@pytest.mark.parametrize(
    ("status", "last", "ended", "key"),
    [
        ("valid", "2028-05", None, "valid.until"),
        ("valid", "2027-03", None, "valid.until"),
        ("valid", "2027-02", None, "valid.soon"),
        ("expiring", "2026-12", None, "valid.soon"),
        ("expiring", "2026-11", None, "valid.this_month"),
        ("expiring", "2026-10", None, "valid.lapsed"),
        ("valid", None, None, "valid.untold"),
        ("locked", "2028-05", None, "valid.until"),
        ("historic", "2020-03", None, "historic.since"),
        ("historic", None, None, "historic.undated"),
        ("cancelled", "2027-03", "2025-06", "cancelled.since"),
        ("cancelled", "2027-03", None, "cancelled.undated"),
        ("withdrawn", None, "2025-06", "withdrawn.since"),
        ("revoked", None, "2025-06", "revoked.since"),
        ("unregistered", None, None, "unregistered.undated"),
    ],
)
def test_a_registration_means_something_today(
    status: str, last: str | None, ended: str | None, key: str
) -> None:
    assert standing(registration(status, last=last, ended=ended), TODAY).key == key


def test_the_days_left_are_those_to_the_first_and_last_day_of_the_month() -> None:
    assert standing(registration("valid", last="2026-12"), TODAY).values == {
        "month": "2026-12",
        "least": 8,
        "most": 38,
    }


def test_the_month_told_is_that_of_the_ending_where_there_was_one() -> None:
    assert standing(registration("cancelled", last="2027-03", ended="2025-06"), TODAY).values == {
        "month": "2025-06"
    }


@pytest.mark.parametrize(
    ("lasts", "key", "month"),
    [
        (["2026-10", "2028-05", "2027-01"], "valid.until", "2028-05"),
        (["2026-10", "2027-01"], "valid.soon", "2027-01"),
        (["2026-09", "2026-10"], "valid.lapsed", "2026-10"),
    ],
)
def test_the_registration_that_lasts_longest_speaks_for_the_certificate(
    lasts: list[str], key: str, month: str
) -> None:
    chosen = foremost([standing(registration("valid", last=last), TODAY) for last in lasts])
    assert (chosen.key, chosen.values["month"]) == (key, month)


PRESENT = registration("valid", "2024-02", "2027-01")
EARLIER = [registration("historic", "2018-02", "2021-01"), registration("historic", "2021-06", "2024-01")]


@pytest.mark.parametrize(
    ("day", "key"),
    [
        ("2025-05-20", "on.valid"),
        ("2022-05-20", "on.valid"),
        ("2021-03-01", "on.not"),
        ("2021-01-15", "on.ended"),
        ("2021-06-15", "on.began"),
        ("2024-01-31", "on.renewed"),
        ("2024-02-01", "on.renewed"),
        ("2018-01-31", "on.not"),
        ("2026-11-01", "on.after"),
    ],
)
def test_a_past_day_is_answered_from_all_intervals(day: str, key: str) -> None:
    assert standing_on(date.fromisoformat(day), PRESENT, EARLIER, AS_OF).key == key


def test_a_cancelled_registration_is_not_in_force_after_the_month_it_ended() -> None:
    ended = registration("cancelled", "2024-02", "2027-01", "2025-06")
    days = ("2025-05-31", "2025-06-15", "2025-07-01")
    assert [standing_on(date.fromisoformat(day), ended, [], AS_OF).key for day in days] == [
        "on.valid",
        "on.ended",
        "on.not",
    ]


@pytest.mark.parametrize("present", [registration("valid"), registration("valid", last="2027-01")])
def test_what_the_months_do_not_tell_is_not_answered(present: dict[str, str | None]) -> None:
    assert standing_on(date(2020, 5, 1), present, [], AS_OF).key == "on.untold"


@pytest.mark.parametrize("status", ["cancelled", "withdrawn", "revoked"])
@pytest.mark.parametrize(
    ("day", "key"),
    [
        ("2023-12-31", "on.not"),
        ("2024-02-01", "on.untold"),
        ("2026-05-20", "on.untold"),
        ("2026-10-01", "on.not"),
    ],
)
def test_what_ended_early_nobody_knows_when_may_have_been_over_on_any_day(
    status: str, day: str, key: str
) -> None:
    present = registration(status, "2024-01", "2026-09")
    assert standing_on(date.fromisoformat(day), present, [], AS_OF).key == key


def test_an_earlier_validity_holds_whenever_the_later_one_ended() -> None:
    present, before = (
        registration("cancelled", "2024-01", "2026-09"),
        registration("historic", "2021-01", "2024-06"),
    )
    assert standing_on(date(2024, 3, 1), present, [before], AS_OF).key == "on.valid"
    assert standing_on(date(2024, 8, 1), present, [before], AS_OF).key == "on.untold"
