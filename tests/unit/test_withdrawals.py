"""Persons taken down from the lookup: decisions, and what the lookup reads of them."""

import json
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from etl.cli import main
from etl.errors import BadInput
from etl.settings import Store
from etl.withdrawals import in_force, withdrawn
from tests.fixtures.lookup import HISTORIC, SECOND, VALID, publish, register

WHY = ["--ground", "objection", "--by", "某管理员", "--reason", "本人申请"]


@pytest.fixture
def store(tmp_path: Path) -> Store:
    return publish(tmp_path, "2026.10.0", register())


def run(store: Store, action: str, *more: str) -> int:
    return main(["withdraw", action, *more, "--store", str(store.root)])


def test_who_is_taken_down_is_on_the_list_that_the_lookup_reads(store: Store) -> None:
    assert run(store, "add", VALID, *WHY) == 0
    assert withdrawn(store) == {VALID, SECOND}
    assert in_force(store)[VALID].ground == "objection"


def test_who_is_restored_is_on_no_list_and_both_decisions_stay(store: Store) -> None:
    run(store, "add", VALID, *WHY)
    assert run(store, "restore", VALID, *WHY) == 0
    assert withdrawn(store) == frozenset()
    lines = (store.restricted / "decisions/withdrawals.jsonl").read_text("utf-8").splitlines()
    assert [json.loads(line)["verdict"] for line in lines] == ["taken", "restored"]


def test_the_public_list_holds_identifiers_and_no_reason(store: Store) -> None:
    run(store, "add", VALID, *WHY)
    assert json.loads(store.withdrawn.read_text("utf-8")) == {"withdrawn": [VALID, SECOND]}


@pytest.mark.parametrize("named", [VALID, SECOND])
def test_a_holder_is_taken_down_and_restored_by_any_certificate(store: Store, named: str) -> None:
    run(store, "add", SECOND, *WHY)
    assert withdrawn(store) == {VALID, SECOND}
    assert run(store, "restore", named, *WHY) == 0
    assert withdrawn(store) == frozenset()


def left_out(store: Store, **holders: str) -> None:
    """What a build leaves out: certificates, and what tells their holders apart."""
    store.left_out.parent.mkdir(parents=True)
    columns = {"public_id": list(holders), "holder_public_id": list(holders.values())}
    pq.write_table(pa.table(columns), store.left_out)


def test_a_certificate_that_a_build_found_to_be_the_holder_s_is_down(store: Store) -> None:
    run(store, "add", VALID, *WHY)
    left_out(store, vaaaa1=VALID, vaaaa2=VALID, hbbbb2=VALID, other="other")
    run(store, "publish")
    assert withdrawn(store) == {VALID, SECOND, HISTORIC}


def test_who_was_split_since_is_restored_alone(store: Store) -> None:
    run(store, "add", VALID, *WHY)
    publish(store.root, "2026.10.1", register() | {"certificate": register()["certificate"][1:2]})
    left_out(store, vaaaa1=VALID, vaaaa2=SECOND)
    assert run(store, "restore", SECOND, *WHY) == 0
    assert withdrawn(store) == {VALID}


def test_who_is_restored_can_be_taken_down_again_before_the_next_build(store: Store) -> None:
    run(store, "add", VALID, *WHY)
    publish(store.root, "2026.10.1", register() | {"certificate": register()["certificate"][1:2]})
    left_out(store, vaaaa1=VALID, vaaaa2=VALID)
    run(store, "restore", VALID, *WHY)
    assert run(store, "add", SECOND, *WHY) == 0
    assert withdrawn(store) == {VALID, SECOND}


def test_a_decision_of_before_the_other_certificates_were_kept_still_holds(store: Store) -> None:
    run(store, "add", HISTORIC, *WHY)
    file = store.restricted / "decisions/withdrawals.jsonl"
    line = json.loads(file.read_text("utf-8"))
    del line["also"]
    file.write_text(json.dumps(line) + "\n", "utf-8")
    assert set(in_force(store)) == {HISTORIC}


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
    assert withdrawn(store) == {VALID, SECOND}


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
    out = capsys.readouterr().out
    assert out.startswith(VALID)
    assert "某管理员  本人申请" in out


def test_who_is_taken_down_again_is_told_to_be_down(store: Store, capsys: pytest.CaptureFixture[str]) -> None:
    said = []
    for public_id in (VALID, SECOND):
        assert run(store, "add", public_id, *WHY) == 0
        said.append("此前已撤下" in capsys.readouterr().out)
    assert said == [False, True]
