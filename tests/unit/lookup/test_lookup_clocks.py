"""Clocks that are set back over midnight, that differ between processes, or that were wrong by days."""

from pathlib import Path

from pysqlite3 import dbapi2 as sqlite3

from dashboards.lookup.guard.admission import Admission, Asking, Due
from dashboards.lookup.guard.proof import hashes_of_part
from dashboards.lookup.guard.quota import Buckets
from dashboards.lookup.guard.quota_file import DAY
from dashboards.lookup.settings import Quota
from tests.fixtures.clocks import Clock
from tests.fixtures.proving import SCARCE, solved

BEFORE, AFTER = 11.0 * DAY - 2, 11.0 * DAY + 2
ONE = "192.0.2.1"


def buckets(file: Path, clock: Clock) -> Buckets:
    """One request is free, and in a day no second one."""
    return Buckets([Quota(1, 0.001, 32, 64)], file, clock)


def admit(admission: Admission, person: str, challenge: str = "", solution: str = "") -> Due | None:
    return admission.admit(ONE, Asking("who", frozenset({person}), challenge=challenge, solution=solution))


def test_a_clock_set_back_over_midnight_empties_no_bucket(file: Path) -> None:
    clock = Clock(AFTER)
    process = buckets(file, clock)
    process.spend(ONE)
    clock.now = BEFORE
    assert process.spend(ONE)
    clock.now = AFTER
    assert process.spend(ONE)


def test_a_process_that_is_behind_counts_with_those_where_the_day_is_new(file: Path) -> None:
    late, early = Clock(BEFORE), Clock(BEFORE)
    behind, ahead = buckets(file, late), buckets(file, early)
    behind.spend("203.0.113.1")
    early.now = AFTER
    assert ahead.spend(ONE) == 0
    assert behind.spend(ONE)
    assert behind.mark("a list") == ahead.mark("a list")


def test_a_process_that_starts_behind_makes_no_key_of_its_own(file: Path) -> None:
    ahead = buckets(file, Clock(AFTER))
    ahead.spend(ONE)
    late = Clock(BEFORE)
    behind = buckets(file, late)
    assert behind.spend(ONE)
    late.now = AFTER
    assert behind.spend(ONE)
    assert behind.pseudonym(ONE) == ahead.pseudonym(ONE)


def test_a_key_of_a_clock_that_was_wrong_by_days_is_given_up(file: Path) -> None:
    clock = Clock(AFTER + 300 * DAY)
    process = buckets(file, clock)
    wrong = process.pseudonym(ONE)
    clock.now = AFTER
    assert process.pseudonym(ONE) != wrong
    with sqlite3.connect(file) as connection:
        assert connection.execute("SELECT day FROM secret").fetchall() == [(11,)]


def test_a_clock_set_back_over_midnight_makes_nobody_free_again(file: Path) -> None:
    clock = Clock(AFTER)
    process = Admission(SCARCE, file, clock)
    admit(process, "a")
    clock.now = BEFORE
    assert admit(process, "b")
    assert admit(process, "a") is None


def test_persons_are_counted_together_by_processes_on_two_sides_of_midnight(file: Path) -> None:
    late, early = Clock(BEFORE), Clock(BEFORE)
    behind, ahead = Admission(SCARCE, file, late), Admission(SCARCE, file, early)
    assert behind.admit("203.0.113.1", Asking("who", frozenset("a"))) is None
    early.now = AFTER
    assert admit(ahead, "a") is None
    assert admit(behind, "b")


def test_a_challenge_counts_for_a_process_that_is_behind(file: Path) -> None:
    late, early = Clock(BEFORE), Clock(BEFORE)
    behind, ahead = Admission(SCARCE, file, late), Admission(SCARCE, file, early)
    admit(behind, "a")
    early.now = AFTER
    due = admit(ahead, "b")
    assert due
    assert due.challenge
    solution = solved(due.challenge.text, SCARCE.work.parts, hashes_of_part(16, SCARCE.work.parts))
    assert admit(behind, "b", due.challenge.text, solution) is None


def test_what_a_clock_wrong_by_days_counted_does_not_drain_the_pool(file: Path) -> None:
    clock = Clock(AFTER + 300 * DAY)
    process = Admission(SCARCE, file, clock)
    admit(process, "a")
    clock.now = AFTER
    admit(process, "a")
    with sqlite3.connect(file) as connection:
        assert connection.execute("SELECT DISTINCT at FROM obtained").fetchall() == [(AFTER,)]
