"""Counting distinct persons: free ones, those against a proof, and the pool of all networks."""

from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path

import pytest
from pysqlite3 import dbapi2 as sqlite3

from dashboards.lookup.guard.admission import Admission, Asking, Due
from dashboards.lookup.guard.proof import hashes_of_part
from dashboards.lookup.guard.quota_file import DAY
from dashboards.lookup.settings import Allowance, load_settings
from tests.fixtures.clocks import Clock
from tests.fixtures.proving import SCARCE, solved

ONE, OTHER, NEIGHBOUR = "192.0.2.1", "198.51.100.1", "192.0.2.2"
PARTS = SCARCE.work.parts


class Asker:
    """An address that asks, and works for an answer where that is due and it is willing."""

    def __init__(self, admission: Admission, address: str = ONE) -> None:
        self._admission = admission
        self._address = address

    def ask(self, *persons: str, unanswered: int = 0, challenge: str = "", solution: str = "") -> Due | None:
        return self.send(
            Asking("who", frozenset(persons), unanswered, challenge=challenge, solution=solution)
        )

    def send(self, asking: Asking) -> Due | None:
        return self._admission.admit(self._address, asking)

    def work(self, *persons: str, unanswered: int = 0) -> Due | None:
        """Asks, solves what is wanted, and asks again."""
        due = self.ask(*persons, unanswered=unanswered)
        if due is None or due.challenge is None:
            return due
        return self.ask(*persons, unanswered=unanswered, **proof(due))

    def walk(self, persons: Iterable[str]) -> int:
        """How many of the persons, one after the other, are told against work."""
        return sum(self.work(person) is None for person in persons)


def proof(due: Due | None) -> dict[str, str]:
    assert due
    assert due.challenge
    text = due.challenge.text
    return {
        "challenge": text,
        "solution": solved(text, PARTS, hashes_of_part(due.challenge.work, PARTS)),
    }


@pytest.fixture
def admission(file: Path, clock: Clock) -> Admission:
    return Admission(SCARCE, file, clock)


@pytest.fixture
def one(admission: Admission) -> Asker:
    return Asker(admission)


def test_what_is_free_is_told_and_the_next_person_needs_a_proof(one: Asker) -> None:
    assert one.ask("a") is None
    due = one.ask("b")
    assert due
    assert due.challenge
    assert one.ask("b", **proof(due)) is None


def test_the_same_person_again_costs_nothing(one: Asker) -> None:
    assert [one.ask("a") for _ in range(5)] == [None] * 5
    one.work("b")
    assert one.ask("a", "b") is None


def test_a_question_that_finds_nobody_is_free_at_first_and_needs_a_proof_later(one: Asker) -> None:
    assert [one.ask(unanswered=1) for _ in range(5)] == [None] * 5
    one.ask("a")
    assert one.ask(unanswered=1)
    assert one.work(unanswered=1) is None


def test_who_is_known_does_not_shield_questions_about_others(one: Asker) -> None:
    """A list with one known person and others that do not agree would tell about the others."""
    one.ask("a")
    assert one.ask("a", unanswered=1)


def test_what_is_due_does_not_tell_what_there_is_to_find(admission: Admission, one: Asker) -> None:
    Asker(admission, NEIGHBOUR).ask("n")
    one.ask("a")
    dues = [one.ask(unanswered=1), one.ask("b"), one.ask("b", "c", "d"), one.ask("n")]
    told = {(due.free_in, due.wait, due.challenge and due.challenge.work) for due in dues if due}
    assert len(told) == 1
    assert None not in dues


def test_a_proof_counts_once(one: Asker) -> None:
    one.ask("a")
    paid = proof(one.ask("b"))
    assert one.ask("b", **paid) is None
    due = one.ask("c", **paid)
    assert due
    assert due.challenge
    assert due.challenge.text != paid["challenge"]


def test_a_proof_counts_once_for_two_processes(file: Path, clock: Clock, one: Asker) -> None:
    one.ask("a")
    paid = proof(one.ask("b"))
    assert Asker(Admission(SCARCE, file, clock)).ask("b", **paid) is None
    assert one.ask("c", **paid)


def test_a_proof_counts_from_the_same_network_only(admission: Admission, one: Asker) -> None:
    one.ask("a")
    paid = proof(one.ask("b"))
    stranger, neighbour = Asker(admission, OTHER), Asker(admission, NEIGHBOUR)
    stranger.ask("x")
    neighbour.ask("y")
    assert stranger.ask("b", **paid)
    assert neighbour.ask("b", **paid) is None


def test_a_proof_ends(clock: Clock, one: Asker) -> None:
    one.ask("a")
    paid = proof(one.ask("b"))
    clock.now += SCARCE.work.lifetime
    assert one.ask("b", **paid)


def test_a_proof_counts_over_midnight(clock: Clock, one: Asker) -> None:
    clock.now = 11.0 * DAY - 5
    one.ask("a")
    paid = proof(one.ask("b"))
    clock.now += 10
    assert one.ask("b", **paid) is None


def test_a_wrong_solution_does_not_count_as_waiting(clock: Clock, one: Asker) -> None:
    one.ask("a")
    paid = proof(one.ask("b"))
    clock.now += 60
    lacks_a_part = paid["solution"].rpartition(".")[0]
    assert one.ask("b", **paid | {"solution": lacks_a_part})


def test_waiting_counts_instead_of_work_once_the_time_has_come(clock: Clock, one: Asker) -> None:
    one.ask("a")
    due = one.ask("b")
    assert due
    assert due.challenge
    assert due.wait == 8
    clock.now += 5
    early = one.ask("b", challenge=due.challenge.text)
    assert early
    assert (early.challenge, early.wait) == (due.challenge, 3)
    clock.now += 3
    assert one.ask("b", challenge=due.challenge.text) is None


def test_a_network_waits_only_so_often(clock: Clock, one: Asker) -> None:
    one.ask("a")
    for person in "bc":
        due = one.ask(person)
        assert due
        assert due.challenge
        clock.now += due.wait or 0
        assert one.ask(person, challenge=due.challenge.text) is None
    last = one.ask("d")
    assert last
    assert last.challenge
    assert last.wait is None
    clock.now += 60
    assert one.ask("d", challenge=last.challenge.text)
    assert one.work("d") is None


def test_the_price_rises_with_what_was_obtained(one: Asker) -> None:
    one.ask("a")
    one.work("b")
    prices = []
    for person in "cde":
        due = one.ask(person)
        assert due
        assert due.challenge
        prices.append(due.challenge.work)
        one.work(person)
    assert prices == [16, 32, 32]


def test_a_cheap_challenge_does_not_pay_a_price_that_more_than_doubled(one: Asker) -> None:
    one.ask("a")
    cheap = proof(one.ask("z"))
    one.walk("bcdef")
    assert one.ask("z", **cheap)


def test_a_network_takes_no_more_than_a_share_of_the_pool(admission: Admission, one: Asker) -> None:
    """Two are free, and of 400 in the pool a hundredth of what is left to others: with a fourth only 396 were."""
    told = one.walk(f"p{n}" for n in range(20))
    assert told == 2 + 3
    assert one.ask("q")
    assert one.ask("q").challenge is None  # type: ignore[union-attr]
    assert Asker(admission, NEIGHBOUR).work("q")


def test_a_greedy_network_takes_nothing_of_what_is_free_for_others(admission: Admission, one: Asker) -> None:
    one.walk(f"p{n}" for n in range(20))
    other = Asker(admission, OTHER)
    assert other.ask("a") is None
    assert other.work("b") is None


def test_what_does_not_fit_into_the_share_is_not_told_at_all(one: Asker) -> None:
    due = one.work("a", "b", "c", "d", "e", "f", "g")
    assert due
    assert due.challenge is None
    assert one.ask("a") is None


def test_a_list_that_cannot_fit_is_refused_before_any_work(one: Asker) -> None:
    persons = frozenset("abcdefg")
    due = one.send(Asking("who", persons, is_list=True))
    assert due
    assert due.challenge is None


def test_any_24_hours_count_and_not_the_day(clock: Clock, one: Asker) -> None:
    clock.now = 11.0 * DAY - 1
    assert one.ask("a") is None
    clock.now += 2
    assert one.ask("b")
    assert one.ask("a") is None
    clock.now = 12.0 * DAY - 2
    assert one.ask("b")
    clock.now = 12.0 * DAY
    assert one.ask("b") is None


def test_what_is_told_about_coming_again_is_true(clock: Clock, one: Asker) -> None:
    one.ask("a")
    clock.now += 100
    due = one.ask("b")
    assert due
    assert due.free_in == DAY - 100
    clock.now += due.free_in
    assert one.ask("b") is None


def test_processes_share_the_counts_and_a_restart_keeps_them(file: Path, clock: Clock, one: Asker) -> None:
    one.ask("a")
    assert Asker(Admission(SCARCE, file, clock)).ask("b")


def test_the_file_holds_no_address_and_no_person(file: Path, admission: Admission) -> None:
    asker = Asker(admission, "192.0.2.77")
    asker.walk(["vaaaa1", "hbbbb2"])
    content = b"".join(path.read_bytes() for path in file.parent.iterdir())
    assert not [word for word in (b"192.0.2", b"vaaaa1", b"hbbbb2", b"who") if word in content]


def test_the_same_person_has_another_hash_in_every_network(file: Path, admission: Admission) -> None:
    for address in (ONE, OTHER):
        Asker(admission, address).ask("a")
    with sqlite3.connect(file) as connection:
        (count,) = connection.execute("SELECT count(DISTINCT person) FROM obtained").fetchone()
    assert count == 4


def test_keys_older_than_yesterday_are_gone_with_what_was_counted(
    file: Path, clock: Clock, one: Asker
) -> None:
    one.ask("a")
    with sqlite3.connect(file) as connection:
        ((old,),) = connection.execute("SELECT key FROM obtained_secret")
    clock.now += 2 * DAY
    one.ask("b")
    assert not any(old in path.read_bytes() for path in file.parent.iterdir())
    with sqlite3.connect(file) as connection:
        assert connection.execute("SELECT day FROM obtained_secret").fetchall() == [(12,)]
        assert connection.execute("SELECT count(*) FROM obtained").fetchone() == (2,)


def test_keys_that_are_over_go_also_when_nobody_asks(
    file: Path, clock: Clock, admission: Admission, one: Asker
) -> None:
    one.ask("a")
    with sqlite3.connect(file) as connection:
        ((old,),) = connection.execute("SELECT key FROM obtained_secret")
    clock.now += 2 * DAY
    admission.renew()
    assert not any(old in path.read_bytes() for path in file.parent.iterdir())


def test_an_address_within_a_network_that_has_some_left_needs_a_proof_of_its_own(
    admission: Admission, one: Asker
) -> None:
    one.ask("a")
    assert one.ask("b")
    assert Asker(admission, NEIGHBOUR).ask("b") is None


def bound(allowance: Allowance, networks: int) -> int:
    """Most distinct persons that so many networks obtain in 24 hours."""
    return allowance.free[-1].persons * networks + allowance.pool.persons


def test_two_hundred_networks_come_to_less_than_half_a_percent_of_five_million() -> None:
    assert bound(load_settings().persons, 200) < 0.005 * 5_000_000


def test_every_list_is_free_for_a_fresh_address() -> None:
    settings = load_settings()
    assert settings.most_pairs <= min(each.persons for each in settings.persons.free)


def test_a_wait_ends_before_its_challenge_does() -> None:
    """At the highest price: everything that a network may obtain, obtained by one address."""
    allowance = load_settings().persons
    most = allowance.free[-1].persons + allowance.pool.persons // allowance.pool.share
    beyond = most - allowance.free[0].persons
    work = allowance.work
    assert (work.hashes << (beyond // work.doubled_by)) / work.waited < work.lifetime


def test_an_unlimited_allowance_admits_everybody(file: Path, clock: Clock) -> None:
    free = tuple(replace(each, persons=10**9) for each in SCARCE.free)
    asker = Asker(Admission(replace(SCARCE, free=free), file, clock))
    assert [asker.ask(f"p{n}") for n in range(100)] == [None] * 100
