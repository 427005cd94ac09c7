"""The file of the quotas: damaged by a power failure, and under a flood."""

from pathlib import Path

import pytest
from pysqlite3 import dbapi2 as sqlite3

from dashboards.lookup.guard import quota_file
from dashboards.lookup.guard.admission import Admission, Asking
from dashboards.lookup.guard.proof import hashes_of_part
from dashboards.lookup.guard.quota import Buckets
from dashboards.lookup.guard.quota_file import DAY, NotCounted
from dashboards.lookup.settings import load_settings
from tests.fixtures.clocks import Clock
from tests.fixtures.proving import SCARCE, solved

PAGE = 4096


def buckets(file: Path, clock: Clock) -> Buckets:
    return Buckets(load_settings().quotas, file, clock)


def count(file: Path, table: str) -> int:
    with sqlite3.connect(file) as connection:
        return int(connection.execute(f"SELECT count(*) FROM {table}").fetchone()[0])


def flood(counting: Buckets, first: int = 0, addresses: int = 1000) -> None:
    """A request from each of so many addresses, ten to a network."""
    for number in range(first, first + addresses):
        counting.spend(f"2001:db8:{number // 10:x}:{number % 10}::1")


def filled(file: Path) -> None:
    """A file of many pages, that no process has open."""
    writing = sqlite3.connect(file)
    for statement in ("CREATE TABLE much (one)", "INSERT INTO much VALUES (zeroblob(1000000))"):
        writing.execute(statement)
    writing.commit()
    writing.close()


@pytest.mark.parametrize("place", [0, 1], ids=["the head", "a page of a table"])
def test_a_damaged_file_is_made_anew_and_that_is_told(
    file: Path, clock: Clock, place: int, caplog: pytest.LogCaptureFixture
) -> None:
    flood(buckets(file, clock))
    filled(file)
    content = bytearray(file.read_bytes())
    content[place * PAGE : (place + 1) * PAGE] = b"\x07" * PAGE
    file.write_bytes(content)
    assert buckets(file, clock).spend("192.0.2.1") == 0
    assert "the file of the quotas is damaged" in caplog.text
    assert count(file, "bucket") == len(load_settings().quotas)


def test_nothing_of_a_damaged_file_is_set_aside(file: Path, clock: Clock) -> None:
    """It holds the key under which addresses can be traced."""
    buckets(file, clock).spend("192.0.2.1")
    with sqlite3.connect(file) as connection:
        ((key,),) = connection.execute("SELECT key FROM secret")
    connection.close()
    file.write_bytes(b"damaged" + file.read_bytes()[7:])
    buckets(file, clock)
    assert not [path for path in file.parent.iterdir() if key in path.read_bytes()]


def test_a_sound_file_is_kept_while_another_process_uses_it(file: Path, clock: Clock) -> None:
    one = Admission(SCARCE, file, clock)
    one.admit("192.0.2.1", Asking("who", frozenset("a")))
    assert Admission(SCARCE, file, clock).admit("192.0.2.1", Asking("who", frozenset("b")))


def test_a_flood_from_ever_new_addresses_leaves_no_more_than_that_of_minutes(
    file: Path, clock: Clock
) -> None:
    counting = buckets(file, clock)
    sizes = []
    for minute in range(12):
        clock.now += 60
        flood(counting, 200 * minute, addresses=200)
        counting.renew()
        sizes.append(count(file, "bucket"))
    assert sizes[8:] == [sizes[8]] * 4


def test_buckets_that_have_less_than_all_are_kept(file: Path, clock: Clock) -> None:
    counting = buckets(file, clock)
    counting.spend("192.0.2.1", 50)
    clock.now += 60
    counting.renew()
    assert counting.spend("192.0.2.1", 50) > 0


def test_used_challenges_are_kept_for_as_long_as_they_would_count(file: Path, clock: Clock) -> None:
    admission = Admission(SCARCE, file, clock)
    admission.admit("192.0.2.1", Asking("who", frozenset("a")))
    due = admission.admit("192.0.2.1", Asking("who", unanswered=1))
    assert due
    assert due.challenge
    solution = solved(due.challenge.text, SCARCE.work.parts, hashes_of_part(16, SCARCE.work.parts))
    paid = Asking("who", unanswered=1, challenge=due.challenge.text, solution=solution)
    assert admission.admit("192.0.2.1", paid) is None
    clock.now += SCARCE.work.lifetime - 1
    admission.renew()
    assert admission.admit("192.0.2.1", paid)
    clock.now += 1
    admission.renew()
    assert count(file, "proof") == 0
    assert admission.admit("192.0.2.1", paid)


def test_waits_are_kept_for_a_day(file: Path, clock: Clock) -> None:
    admission = Admission(SCARCE, file, clock)
    admission.admit("192.0.2.1", Asking("who", frozenset("a")))
    due = admission.admit("192.0.2.1", Asking("who", frozenset("b")))
    assert due
    assert due.challenge
    clock.now += due.wait or 0
    waited = Asking("who", frozenset("b"), challenge=due.challenge.text)
    assert admission.admit("192.0.2.1", waited) is None
    for seconds, left in ((DAY - 1, 1), (1, 0)):
        clock.now += seconds
        admission.renew()
        assert count(file, "proof") == left


def test_a_full_file_counts_no_more_and_grows_no_more(
    file: Path, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    small = tuple(pragma.replace("262144", "20") for pragma in quota_file._PRAGMAS)
    monkeypatch.setattr(quota_file, "_PRAGMAS", small)
    counting = buckets(file, clock)
    with pytest.raises(NotCounted):
        flood(counting, addresses=5000)
    assert count(file, "bucket") > 100
    assert file.stat().st_size <= 20 * PAGE
    clock.now += 600
    counting.renew()
    assert counting.spend("192.0.2.1") == 0
