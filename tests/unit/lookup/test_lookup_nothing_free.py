"""A lookup that tells nobody without a proof or a wait."""

from dataclasses import replace
from pathlib import Path

from dashboards.lookup.guard.admission import Admission, Asking
from dashboards.lookup.guard.proof import hashes_of_part
from dashboards.lookup.guard.quota_file import DAY
from tests.fixtures.proving import SCARCE, solved

NOTHING_FREE = replace(SCARCE, free=tuple(replace(each, persons=0) for each in SCARCE.free))


def test_every_person_needs_a_proof_and_none_is_ever_free(tmp_path: Path) -> None:
    admission = Admission(NOTHING_FREE, tmp_path / "quotas.sqlite", lambda: 0.0)
    for person in ("a", "b"):
        asking = Asking(f"who is {person}", frozenset(person))
        due = admission.admit("192.0.2.1", asking)
        assert due
        assert due.challenge
        assert due.free_in == DAY
        hashes = hashes_of_part(due.challenge.work, SCARCE.work.parts)
        solution = solved(due.challenge.text, SCARCE.work.parts, hashes)
        paid = replace(asking, challenge=due.challenge.text, solution=solution)
        assert admission.admit("192.0.2.1", paid) is None
