"""A challenge pays until the price has more than doubled since it was made."""

from dataclasses import replace
from pathlib import Path

import pytest

from dashboards.lookup.guard.admission import Admission, Asking, Due
from dashboards.lookup.guard.proof import hashes_of_part
from dashboards.lookup.settings import Pool
from tests.fixtures.proving import SCARCE, solved

# One is free, and the price of 16 hashes doubles after every two: the pool has enough left for all of them.
AMPLE = replace(SCARCE, pool=Pool(400, 10))


def ask(admission: Admission, person: str, challenge: str = "", solution: str = "") -> Due | None:
    asking = Asking("who", frozenset({person}), challenge=challenge, solution=solution)
    return admission.admit("192.0.2.1", asking)


def proof(due: Due | None) -> dict[str, str]:
    assert due
    assert due.challenge
    text, work = due.challenge.text, due.challenge.work
    return {
        "challenge": text,
        "solution": solved(text, SCARCE.work.parts, hashes_of_part(work, SCARCE.work.parts)),
    }


@pytest.mark.parametrize(("obtained_since", "price", "pays"), [("bc", 32, True), ("bcde", 64, False)])
def test_a_challenge_pays_up_to_twice_its_price(
    tmp_path: Path, obtained_since: str, price: int, pays: bool
) -> None:
    admission = Admission(AMPLE, tmp_path / "quotas.sqlite", lambda: 0.0)
    ask(admission, "a")
    early = proof(ask(admission, "z"))
    for person in obtained_since:
        ask(admission, person, **proof(ask(admission, person)))
    due = ask(admission, "y")
    assert due
    assert due.challenge
    assert due.challenge.work == price
    assert (ask(admission, "z", **early) is None) == pays
