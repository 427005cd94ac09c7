"""Challenges are bound to what they are for, and solved by nothing but work."""

import pytest

from dashboards.lookup.guard.proof import Challenge, Seal, hashes_of_part, is_solved, price
from dashboards.lookup.settings import Work
from tests.fixtures.proving import solved

SEAL = Seal((b"today", b"yesterday"), "192.0.2.0/24 who is it")
WORK = Work(hashes=100, doubled_by=30, parts=4, lifetime=600, waited=10, waits=2)
PARTS = 4


@pytest.fixture
def challenge() -> Challenge:
    return SEAL.challenge(1_000, 400)


def test_a_challenge_is_known_again(challenge: Challenge) -> None:
    assert SEAL.opened(challenge.text) == challenge


def test_a_challenge_of_yesterday_is_still_known(challenge: Challenge) -> None:
    assert Seal((b"tomorrow", b"today"), SEAL.bound_to).opened(challenge.text) == challenge
    assert Seal((b"tomorrow",), SEAL.bound_to).opened(challenge.text) is None


def test_a_challenge_is_for_one_network_and_one_question(challenge: Challenge) -> None:
    for other in ("192.0.3.0/24 who is it", "192.0.2.0/24 who else"):
        assert Seal(SEAL.keys, other).opened(challenge.text) is None


@pytest.mark.parametrize(
    "text",
    ["", "x", "1000.1", "1000.400.00000000." + "0" * 64, "٣.٣.0." + "0" * 64, "1000.400.é", "9" * 99 + ".1"],
)
def test_a_forged_challenge_is_none(text: str) -> None:
    assert SEAL.opened(text) is None


def test_neither_moment_nor_work_can_be_changed(challenge: Challenge) -> None:
    for forged in (
        challenge.text.replace("1000.", "2000.", 1),
        challenge.text.replace(".400.", ".4.", 1),
        challenge.text.replace(".400.", ".0400.", 1),
    ):
        assert SEAL.opened(forged) is None


def test_no_two_challenges_are_the_same() -> None:
    assert SEAL.challenge(1_000, 400) != SEAL.challenge(1_000, 400)


def test_work_solves_it(challenge: Challenge) -> None:
    assert is_solved(challenge, solved(challenge.text, PARTS, hashes_of_part(challenge.work, PARTS)), PARTS)


def test_nothing_else_solves_it(challenge: Challenge) -> None:
    right = solved(challenge.text, PARTS, hashes_of_part(challenge.work, PARTS))
    other = solved(challenge.text.replace("1000", "1001"), PARTS, 100)
    short, long = right.rpartition(".")[0], f"{right}.1"
    turned = ".".join(reversed(right.split(".")))
    for wrong in ("", "0.0.0.0", "a.b.c.d", short, long, turned, other, "-1.0.0.0", "1e9.0.0.0", "٣.٣.٣.٣"):
        assert not is_solved(challenge, wrong, PARTS), wrong


def test_the_price_doubles_by_steps() -> None:
    assert [price(beyond, WORK) for beyond in (0, 29, 30, 60, 119)] == [100, 100, 200, 400, 800]
