"""`jzs corrections`: what a decision may say, and what is told of it."""

from datetime import date
from pathlib import Path

import pytest

from dashboards.lookup.correcting.desk import Desk
from etl import metadata
from etl.cli import main
from etl.errors import BadInput
from etl.keys import qr_key
from etl.requests import Request, leave, new_receipt, request_id
from etl.settings import METADATA, Store
from etl.steward.requests import Rules, decisions, publish, take_in
from tests.fixtures import lookup

RULES = Rules.of(metadata.load(METADATA))
PROVEN = ("accepted", "--ground", "proven", "--by", "王管理员", "--reason")


@pytest.fixture
def store(tmp_path: Path) -> Store:
    store = lookup.publish(tmp_path, "2026.10.0", lookup.register())
    store.restricted.mkdir()
    return store


@pytest.fixture
def receipt(store: Store) -> str:
    """That of a request which was taken in."""
    receipt = new_receipt()
    name, today = request_id(receipt) or "", date.today().isoformat()
    request = Request(name, today, "2026.10.0", "person", lookup.VALID, "employer", "outdated", "乙公司", "")
    assert leave(store.requests, request, qr_key(store))
    take_in(store, RULES)
    return receipt


def run(store: Store, *arguments: str) -> int:
    return main(["corrections", *arguments, "--store", str(store.root)])


@pytest.mark.parametrize(
    "reason",
    ["身份证 110101199001011234 已核对", "电话 138 1234 5678", "2024 13812345678", "１３８１２３４５６７８"],
)
def test_a_reason_with_a_personal_number_is_refused_and_nothing_is_kept(
    store: Store, receipt: str, reason: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(store, "decide", receipt, *PROVEN, reason) == 2
    shown = capsys.readouterr().err
    assert "identity or phone number" in shown
    assert reason not in shown
    assert decisions(store) == []


def test_a_reason_may_name_a_registration(store: Store, receipt: str) -> None:
    assert run(store, "decide", receipt, *PROVEN, " 粤2442007200999997 已核对 ") == 0
    assert [decision.reason for decision in decisions(store)] == ["粤2442007200999997 已核对"]


def basis_told(store: Store, receipt: str) -> object:
    told = Desk(store, 10).told(request_id(receipt) or "", 30)
    assert told
    return told["basis"]


def test_a_receipt_says_forwarded_once_it_was_exported(store: Store, receipt: str, tmp_path: Path) -> None:
    run(store, "decide", receipt, *PROVEN, "已核对")
    assert basis_told(store, receipt) == "proven"
    for _ in range(2):
        assert run(store, "export", "--out", str(tmp_path / "out")) == 0
        assert basis_told(store, receipt) == "proven_forwarded"
    assert len((store.restricted / "decisions/forwarded.jsonl").read_text("utf-8").splitlines()) == 1


def test_a_receipt_of_what_another_division_was_sent_does_not_say_forwarded(
    store: Store, receipt: str, tmp_path: Path
) -> None:
    run(store, "decide", receipt, *PROVEN, "已核对")
    run(store, "export", "--division", "上海", "--out", str(tmp_path / "out"))
    assert basis_told(store, receipt) == "proven"


def test_a_line_that_tells_of_none_forwarded_is_named(store: Store, receipt: str) -> None:
    (store.restricted / "decisions").mkdir(exist_ok=True)
    (store.restricted / "decisions/forwarded.jsonl").write_text("{}\n", "utf-8")
    with pytest.raises(BadInput, match=r"forwarded\.jsonl:1"):
        publish(store, RULES, date.today())


def test_every_basis_that_is_told_in_place_of_another_has_words() -> None:
    bases = RULES.content["bases"]
    assert {basis["forwarded"] for basis in bases.values() if "forwarded" in basis} <= bases.keys()


def test_a_decision_made_again_says_what_it_replaces(
    store: Store, receipt: str, capsys: pytest.CaptureFixture[str]
) -> None:
    said = []
    for _ in range(2):
        run(store, "decide", receipt, *PROVEN, "已核对")
        said.append("取代先前的决定" in capsys.readouterr().out)
    assert said == [False, True]


def test_the_list_says_in_words_what_is_asked(
    store: Store, receipt: str, capsys: pytest.CaptureFixture[str]
) -> None:
    run(store, "list")
    assert "聘用企业或单位变更 employer：已经变更，未见更新 outdated" in capsys.readouterr().out
