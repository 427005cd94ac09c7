"""The public log of requests for correction: decisions of a month by kind, and how long they took.

Nobody is in it, and no small count (docs/decisions/0007): kinds with fewer decisions than the threshold are told
together, by number only where they reach it. A month is told once it is over, so that no two logs can be subtracted.
"""

from collections import Counter
from collections.abc import Iterable, Sequence
from datetime import date
from statistics import median
from typing import Any, Protocol

WITHHELD = "withheld"


class Decided(Protocol):
    """What the log is of; days are ISO 8601."""

    @property
    def on(self) -> str: ...
    @property
    def record(self) -> str: ...
    @property
    def group(self) -> str: ...
    @property
    def decision(self) -> str: ...
    @property
    def decided_on(self) -> str: ...


def log_of(decided: Iterable[Decided], threshold: int, today: date) -> list[dict[str, Any]]:
    """Rows of the log, newest month first: `requests` and `median_days` are None where they are not told."""
    this_month = f"{today:%Y-%m}"
    kinds: dict[tuple[str, str, str, str], list[int]] = {}
    for item in decided:
        month = item.decided_on[:7]
        if month < this_month:
            days = date.fromisoformat(item.decided_on) - date.fromisoformat(item.on)
            kinds.setdefault((month, item.record, item.group, item.decision), []).append(days.days)
    few = Counter[str]()
    for key, taken in kinds.items():
        if len(taken) < threshold:
            few[key[0]] += len(taken)
    rows = [_row(key, taken) for key, taken in kinds.items() if len(taken) >= threshold]
    rows += [_withheld(month, count if count >= threshold else None) for month, count in few.items()]
    rows.sort(
        key=lambda row: (row["record"] == WITHHELD, row["record"], row["group"] or "", row["decision"] or "")
    )
    return sorted(rows, key=lambda row: row["month"], reverse=True)


def _row(key: tuple[str, str, str, str], taken: Sequence[int]) -> dict[str, Any]:
    names = dict(zip(("month", "record", "group", "decision"), key, strict=True))
    return {**names, "requests": len(taken), "median_days": median(taken)}


def _withheld(month: str, count: int | None) -> dict[str, Any]:
    names = {"month": month, "record": WITHHELD, "group": None, "decision": None}
    return {**names, "requests": count, "median_days": None}
