"""Persons taken down from the lookup: decisions, and what the lookup reads of them."""

import json
from pathlib import Path

import pytest

from etl.cli import main
from etl.errors import BadInput
from etl.settings import Store
from etl.withdrawals import in_force, withdrawn
from tests.fixtures.lookup import VALID, publish, register

WHY = ["--ground", "objection", "--by", "某管理员", "--reason", "本人申请"]


@pytest.fixture
def store(tmp_path: Path) -> Store:
    return publish(tmp_path, "2026.10.0", register())


def run(store: Store, action: str, *more: str) -> int:
    return main(["withdraw", action, *more, "--store", str(store.root)])


def test_who_is_taken_down_is_on_the_list_that_the_lookup_reads(store: Store) -> None:
    assert run(store, "add", VALID, *WHY) == 0
    assert withdrawn(store) == {VALID}
    assert in_force(store)[VALID].ground == "objection"


def test_who_is_restored_is_on_no_list_and_both_decisions_stay(store: Store) -> None:
    run(store, "add", VALID, *WHY)
    assert run(store, "restore", VALID, *WHY) == 0
    assert withdrawn(store) == frozenset()
    lines = (store.restricted / "decisions/withdrawals.jsonl").read_text("utf-8").splitlines()
    assert [json.loads(line)["verdict"] for line in lines] == ["taken", "restored"]


def test_the_public_list_holds_identifiers_and_no_reason(store: Store) -> None:
    run(store, "add", VALID, *WHY)
    assert json.loads(store.withdrawn.read_text("utf-8")) == {"withdrawn": [VALID]}


@pytest.mark.parametrize("action", ["add", "restore"])
def test_an_identifier_that_is_not_there_is_refused(
    store: Store, action: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(store, action, "unknown", *WHY) == 2
    assert "unknown" in capsys.readouterr().err
    assert not store.withdrawn.exists()


def test_a_list_that_was_lost_is_written_anew(store: Store) -> None:
    run(store, "add", VALID, *WHY)
    store.withdrawn.write_text("broken", "utf-8")
    with pytest.raises(BadInput, match="jzs withdraw publish"):
        withdrawn(store)
    assert run(store, "publish") == 0
    assert withdrawn(store) == {VALID}


def test_a_line_that_is_no_decision_is_named(store: Store) -> None:
    run(store, "add", VALID, *WHY)
    with (store.restricted / "decisions/withdrawals.jsonl").open("a", encoding="utf-8") as file:
        file.write("{}\n")
    with pytest.raises(BadInput, match=r"withdrawals\.jsonl:2"):
        in_force(store)


def test_what_is_down_is_listed(store: Store, capsys: pytest.CaptureFixture[str]) -> None:
    run(store, "add", VALID, *WHY)
    capsys.readouterr()
    assert run(store, "list") == 0
    assert capsys.readouterr().out.startswith(VALID)
