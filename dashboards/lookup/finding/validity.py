"""What validity means on a day: today, or a day in the past that somebody asks about.

A registration is told to the month, so an answer about a day inside the month in which validity begins or ends is
that the month is known and the day is not.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any

Row = Mapping[str, Any]
_IN_FORCE = ("valid", "expiring", "locked")
_FEW_MONTHS = 3
# What of several registrations speaks for their certificate.
_FOREMOST = ("valid.until", "valid.untold", "valid.soon", "valid.this_month", "valid.lapsed")
# What tells that a registration is in force, and that it is over; of all others it is not known.
IN_FORCE = frozenset(
    {"valid.until", "valid.soon", "valid.this_month", "valid.untold", "on.valid", "on.renewed"}
)
_OVER = {"historic", "cancelled", "withdrawn", "revoked", "unregistered"}
# Where the register does not say when, any month of the validity may be after it.
_ENDED_EARLY = {"cancelled", "withdrawn", "revoked"}
_FOREMOST_ON = ("on.valid", "on.renewed", "on.began", "on.ended", "on.untold", "on.after")


@dataclass(frozen=True)
class Standing:
    """`key` names the text (`standing.*`), `values` fills it in: months as YYYY-MM, days as numbers.

    `tone` is empty where it is that of the status.
    """

    key: str
    values: Mapping[str, str | int] = field(default_factory=dict)
    tone: str = ""


def standing(registration: Row, today: date) -> Standing:
    """What a registration of the release means today; the release may be weeks old.

    >>> standing({"status_code": "expiring", "valid_to_month": "2026-12"}, date(2026, 11, 1)).values
    {'month': '2026-12', 'least': 30, 'most': 60}
    """
    status, last = registration["status_code"], registration.get("valid_to_month")
    ended = registration.get("ended_month")
    if status not in _IN_FORCE:
        month = ended or (last if status == "historic" else None)
        key = f"{status}.since" if month else f"{status}.undated"
        return Standing(key, {"month": month} if month else {})
    if not last:
        return Standing("valid.untold")
    begins, beyond = _first(last), _first(_next(last))
    if today >= beyond:
        return Standing("valid.lapsed", {"month": last}, "warn")
    if today >= begins:
        return Standing("valid.this_month", {"month": last}, "warn")
    if _months(today, begins) > _FEW_MONTHS:
        return Standing("valid.until", {"month": last})
    last_day = beyond - timedelta(1)
    days = {"least": (begins - today).days, "most": (last_day - today).days}
    return Standing("valid.soon", {"month": last, **days}, "warn")


def foremost(standings: Sequence[Standing]) -> Standing:
    """The standing that speaks for a certificate: the one that lasts longest."""
    last = max(standings, key=lambda s: str(s.values.get("month", "")))
    return next((s for key in _FOREMOST for s in (last, *standings) if s.key == key), last)


def foremost_on(standings: Sequence[Standing]) -> Standing:
    """The standing that speaks for a certificate on a past day.

    >>> foremost_on([Standing("on.not"), Standing("on.valid")]).key
    'on.valid'
    """
    return next((s for key in _FOREMOST_ON for s in standings if s.key == key), standings[0])


def is_in_force(row: Row) -> bool:
    """Whether a certificate is in force on the day asked about, else today; without registrations, by its status."""
    told = _told(row)
    return told.key in IN_FORCE if told else row.get("status_code") not in _OVER


def is_over(row: Row) -> bool:
    """Whether it is not in force, and that is certain."""
    told = _told(row)
    status = told.key.partition(".")[0] if told else row.get("status_code")
    return status in _OVER or (told is not None and told.key == "on.not")


def standing_on(day: date, present: Row, earlier: Sequence[Row], as_of: date) -> Standing:
    """Whether a specialty was in force on a day up to the release, from all of its told intervals.

    >>> now = {"status_code": "valid", "valid_from_month": "2024-02", "valid_to_month": "2027-01"}
    >>> standing_on(date(2024, 1, 31), now, [], date(2026, 10, 31)).key
    'on.not'
    """
    if day > as_of:
        return Standing("on.after", tone="neutral")
    if not present.get("valid_to_month") and not present.get("ended_month"):
        return Standing("on.untold", tone="neutral")
    month, before, now = f"{day:%Y-%m}", [_span(row) for row in earlier], _span(present)
    if (
        present["status_code"] in _ENDED_EARLY
        and not present.get("ended_month")
        and now[0] <= month <= now[1]
    ):
        placed = _placed(month, before)
        return placed if placed.key == "on.valid" else Standing("on.untold", tone="neutral")
    return _placed(month, [*before, now])


def _told(row: Row) -> Standing | None:
    """The standing on the day asked about, else today; a certificate without registrations has none."""
    told: Standing | None = row.get("on") or row.get("meaning")
    return told


def _placed(month: str, spans: Sequence[tuple[str, str]]) -> Standing:
    """Where a month lies in told intervals."""
    if any(begin and begin < month < end for begin, end in spans):
        return Standing("on.valid", tone="good")
    begins = any(begin == month for begin, _ in spans)
    ends = any(end == month for _, end in spans)
    renewed = any(month in (begin, end) and _next(end) == begin for begin, _ in spans for _, end in spans)
    if renewed or (begins and ends):
        return Standing("on.renewed", tone="good")
    if begins or ends:
        return Standing("on.began" if begins else "on.ended", tone="warn")
    if any(not begin and month < end for begin, end in spans):
        return Standing("on.untold", tone="neutral")
    return Standing("on.not", tone="ended")


def _span(row: Row) -> tuple[str, str]:
    """First and last month of an interval; an unknown beginning is empty and before every month."""
    ends = [month for month in (row.get("valid_to_month"), row.get("ended_month")) if month]
    return row.get("valid_from_month") or "", min(ends, default="")


def _first(month: str) -> date:
    return date.fromisoformat(f"{month[:7]}-01")


def _next(month: str) -> str:
    return f"{_first(month) + timedelta(31):%Y-%m}" if month else ""


def _months(today: date, then: date) -> int:
    return (then.year - today.year) * 12 + then.month - today.month
