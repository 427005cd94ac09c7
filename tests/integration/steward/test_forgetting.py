"""`jzs corrections`: what is kept of requests and decisions for a time only, and files between two disks."""

import errno
import json
import os
import time
from datetime import date, timedelta
from pathlib import Path

import pytest

from dashboards.lookup.correcting.desk import Desk
from etl import durable, metadata
from etl.keys import qr_key
from etl.requests import Request, leave, new_receipt, request_id
from etl.settings import METADATA, Store
from etl.steward.requests import Decision, Rules, decide, decisions, publish, queue, take_in
from tests.fixtures import lookup

RULES = Rules.of(metadata.load(METADATA))
TODAY = date.today()
KEPT = RULES.content["kept_days"]


@pytest.fixture
def store(tmp_path: Path) -> Store:
    store = lookup.publish(tmp_path, "2026.10.0", lookup.register())
    store.restricted.mkdir()
    return store


def ask(store: Store) -> str:
    """Leaves a request as the lookup does; returns its identifier."""
    name = request_id(new_receipt()) or ""
    facts = (TODAY.isoformat(), "2026.10.0", "person", lookup.VALID, "employer", "outdated", "乙公司", "")
    assert leave(store.requests, Request(name, *facts), qr_key(store))
    return name


def decided(store: Store, name: str, days_ago: int, reason: str = "批准文件已核对") -> None:
    day = (TODAY - timedelta(days_ago)).isoformat()
    facts = ("person", "employer", "accepted", "proven", reason, "王管理员")
    decide(store, RULES, Decision(name, day, *facts, decided_on=day))


def test_a_reason_is_erased_in_time_and_the_decision_stays(store: Store) -> None:
    name = ask(store)
    take_in(store, RULES)
    decided(store, name, 0)
    publish(store, RULES, TODAY + timedelta(KEPT))
    assert [each.reason for each in decisions(store)] == ["批准文件已核对"]
    publish(store, RULES, TODAY + timedelta(KEPT + 1))
    (kept,) = decisions(store)
    assert (kept.id, kept.decision, kept.by, kept.reason) == (name, "accepted", "王管理员", "")
    assert (store.restricted / "decisions/corrections.jsonl").stat().st_mode & 0o777 == 0o600


def test_an_earlier_decision_loses_its_reason_and_the_one_that_holds_keeps_it(store: Store) -> None:
    name = ask(store)
    take_in(store, RULES)
    decided(store, name, KEPT + 1, "先前的说明")
    decided(store, name, 0, "后来的说明")
    assert [each.reason for each in decisions(store)] == ["", "后来的说明"]
    assert [item.request.says for item in queue(store, RULES)] == ["乙公司"]


def test_a_request_that_was_damaged_is_forgotten_in_time_as_well(store: Store) -> None:
    name = ask(store)
    take_in(store, RULES)
    decided(store, name, 0)
    (path,) = (store.restricted / "requests").glob("*.json")
    path.write_text(path.read_text("utf-8").replace("employer", "validity"), "utf-8")
    publish(store, RULES, TODAY + timedelta(KEPT + 1))
    assert not path.exists()
    assert json.loads(store.receipts.read_text("utf-8")) == {}


def unfinished(store: Store, seconds: int) -> Path:
    """What a process that was killed while it wrote a request leaves."""
    store.requests.mkdir(parents=True, exist_ok=True)
    path = store.requests / f".{seconds:016}.new"
    path.write_text("{", "utf-8")
    os.utime(path, (time.time() - seconds,) * 2)
    return path


def test_what_was_left_unfinished_does_not_wait(store: Store) -> None:
    unfinished(store, 0)
    request = Request(request_id(new_receipt()) or "", TODAY.isoformat(), *[""] * 7)
    assert Desk(store, most_waiting=1).leave(request)


def test_what_was_left_unfinished_is_removed_and_what_is_being_written_is_not(store: Store) -> None:
    abandoned, under_way = unfinished(store, 90_000), unfinished(store, 1)
    take_in(store, RULES)
    assert (abandoned.exists(), under_way.exists()) == (False, True)


@pytest.fixture
def _two_disks(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object) -> None:
        raise OSError(errno.EXDEV, os.strerror(errno.EXDEV))

    monkeypatch.setattr(Path, "rename", refuse)


@pytest.mark.usefixtures("_two_disks")
def test_requests_are_taken_in_from_another_disk(store: Store) -> None:
    name = ask(store)
    assert take_in(store, RULES) == []
    assert [item.request.id for item in queue(store, RULES)] == [name]
    assert list(store.requests.iterdir()) == []
    (kept,) = (store.restricted / "requests").iterdir()
    assert kept.stat().st_mode & 0o777 == 0o600


def test_a_file_that_cannot_be_moved_for_another_reason_is_told(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        durable.move(tmp_path / "a", tmp_path / "b")
