"""A damaged file of the quotas is made anew by a process that starts: those that run go over to it."""

import shutil
from pathlib import Path

import pytest
from pysqlite3 import dbapi2 as sqlite3

from dashboards.lookup.guard.admission import Admission, Asking
from dashboards.lookup.guard.quota import Buckets
from dashboards.lookup.guard.quota_file import NotCounted
from dashboards.lookup.settings import Quota
from tests.fixtures.proving import SCARCE

VISITOR = "192.0.2.1"


def buckets(file: Path) -> Buckets:
    return Buckets([Quota(2, 0.001, 32, 64)], file, lambda: 0.0)


def admission(file: Path) -> Admission:
    return Admission(SCARCE, file, lambda: 0.0)


def damage(file: Path) -> None:
    file.write_bytes(b"damaged" + file.read_bytes()[7:])


def test_processes_go_on_counting_together(file: Path) -> None:
    running = buckets(file)
    running.renew()
    damage(file)
    started = buckets(file)
    assert [running.spend(VISITOR), started.spend(VISITOR)] == [0, 0]
    assert running.spend(VISITOR) > 0
    assert started.spend(VISITOR) > 0


def test_processes_have_one_key(file: Path) -> None:
    running = buckets(file)
    before = running.pseudonym(VISITOR)
    running.renew()
    damage(file)
    started = buckets(file)
    assert running.pseudonym(VISITOR) == started.pseudonym(VISITOR) != before


def test_persons_are_counted_together(file: Path) -> None:
    running = admission(file)
    running.renew()
    damage(file)
    started = admission(file)
    assert running.admit(VISITOR, Asking("who", frozenset("a"))) is None
    assert started.admit(VISITOR, Asking("who", frozenset("b")))


def test_leaving_the_damaged_file_takes_nothing_from_the_new_one(file: Path) -> None:
    """Its log of changes has the name of the new one's, which SQLite deletes with the last connection."""
    running = buckets(file)
    running.renew()
    damage(file)
    started = buckets(file)
    started.spend(VISITOR)
    running.spend(VISITOR)
    with sqlite3.connect(file) as third:
        ((count,),) = third.execute("SELECT count(*) FROM bucket")
    assert count == 1
    assert buckets(file).spend(VISITOR) > 0


def test_nothing_is_counted_where_there_is_no_file_and_none_can_be_made(file: Path) -> None:
    running = buckets(file)
    running.spend(VISITOR)
    shutil.rmtree(file.parent)
    file.parent.write_text("no folder")
    with pytest.raises(NotCounted):
        running.spend(VISITOR)
    file.parent.unlink()
    assert running.spend(VISITOR) == 0
