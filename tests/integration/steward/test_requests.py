"""`jzs corrections`: taking requests in, deciding them, answering receipts, forwarding and telling the public."""

import json
import re
from collections.abc import Callable
from datetime import date, timedelta
from pathlib import Path

import pytest
from python_calamine import load_workbook

from dashboards.lookup.correcting.desk import Desk
from etl import metadata
from etl.cli import main
from etl.errors import BadInput
from etl.keys import qr_key
from etl.requests import Request, leave, new_receipt, request_id
from etl.settings import METADATA, Store
from etl.steward.requests import Rules, find, publish, queue, take_in
from tests.fixtures import lookup

RULES = Rules.of(metadata.load(METADATA))
WORD = ("--by", "王管理员", "--reason", "批准文件已核对")
TODAY = date.today()
Ask = Callable[..., str]


@pytest.fixture
def store(tmp_path: Path) -> Store:
    store = lookup.publish(tmp_path, "2026.10.0", lookup.register())
    store.restricted.mkdir()
    return store


@pytest.fixture
def ask(store: Store) -> Ask:
    """Leaves a request as the lookup does, some days ago, and returns its receipt."""

    def leave_one(days_ago: int = 0, **facts: str) -> str:
        receipt = new_receipt()
        request = {
            "id": request_id(receipt),
            "on": (TODAY - timedelta(days_ago)).isoformat(),
            "release": "2026.10.0",
            "record": "person",
            "key": lookup.VALID,
            "group": "employer",
            "ground": "outdated",
            "says": "五月起在合成乙公司",
            "evidence": "变更批准文件",
        }
        assert leave(store.requests, Request(**request | facts), qr_key(store))
        return receipt

    return leave_one


def run(store: Store, *arguments: str) -> int:
    return main(["corrections", *arguments, "--store", str(store.root)])


def name_of(receipt: str) -> str:
    name = request_id(receipt)
    assert name
    return name


def told(store: Store, receipt: str) -> dict[str, object] | None:
    return Desk(store, 10).told(name_of(receipt), 30)


def test_list_takes_requests_out_of_the_lookup_s_reach(
    store: Store, ask: Ask, capsys: pytest.CaptureFixture[str]
) -> None:
    receipt = ask()
    assert run(store, "list") == 0
    assert name_of(receipt) in capsys.readouterr().out
    assert list(store.requests.iterdir()) == []
    (kept,) = (store.restricted / "requests").iterdir()
    assert kept.stat().st_mode & 0o777 == 0o600


def test_a_receipt_tells_the_same_before_and_after_it_was_taken_in(store: Store, ask: Ask) -> None:
    receipt = ask()
    before = told(store, receipt)
    take_in(store, RULES)
    assert told(store, receipt) == before is not None


def test_nothing_that_was_said_stays_with_the_lookup(store: Store, ask: Ask) -> None:
    def said() -> list[Path]:
        files = [path for path in (store.root / "lookup").rglob("*") if path.is_file()]
        return [path for path in files if "in full: C Ltd" in path.read_text("utf-8", "replace")]

    ask(says="in full: C Ltd")
    assert len(said()) == 1
    take_in(store, RULES)
    assert said() == []


def test_list_says_when_nothing_waits(store: Store, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(store, "list") == 0
    assert "no request waits" in capsys.readouterr().out


@pytest.mark.parametrize(("days_ago", "marked"), [(30, False), (31, True)])
def test_what_is_past_its_term_is_marked(
    store: Store, ask: Ask, days_ago: int, marked: bool, capsys: pytest.CaptureFixture[str]
) -> None:
    ask(days_ago)
    run(store, "list")
    assert ("overdue" in capsys.readouterr().out) is marked


def damage(path: Path) -> None:
    path.write_text(path.read_text("utf-8").replace("employer", "validity"), "utf-8")


SPOILT: dict[str, Callable[[Path], object]] = {
    "changed": damage,
    "cut": lambda path: path.write_text(path.read_text("utf-8")[:40], "utf-8"),
    "empty": lambda path: path.write_text("", "utf-8"),
    "not text": lambda path: path.write_bytes(b"\xff\xfe\x00"),
    "unsigned": lambda path: path.write_text(path.read_text("utf-8").splitlines()[0], "utf-8"),
    "renamed": lambda path: path.rename(path.with_name("0123456789abcdef.json")),
    "of another key": lambda path: path.write_text(path.read_text("utf-8")[:-2] + "x\n", "utf-8"),
}


@pytest.mark.parametrize("spoil", SPOILT.values(), ids=SPOILT.keys())
def test_a_file_that_the_lookup_did_not_write_is_refused_by_name_and_the_others_are_taken(
    store: Store, ask: Ask, spoil: Callable[[Path], object], capsys: pytest.CaptureFixture[str]
) -> None:
    ask()
    spoil(next(iter(store.requests.iterdir())))
    good = ask()
    assert run(store, "list") == 2
    shown = capsys.readouterr()
    (bad,) = store.requests.iterdir()
    assert str(bad) in shown.err
    assert "更正申请" in shown.err
    assert [item.request.id for item in queue(store, RULES)] == [name_of(good)]


def test_a_request_that_was_changed_after_it_was_taken_in_is_named_and_the_others_go_on(
    store: Store, ask: Ask
) -> None:
    bad, good = ask(), ask()
    take_in(store, RULES)
    before = told(store, bad)
    damage(store.restricted / "requests" / f"{name_of(bad)}.json")
    late = ask()
    (refused,) = take_in(store, RULES)
    assert name_of(bad) in str(refused)
    assert {item.request.id for item in queue(store, RULES)} == {name_of(good), name_of(late)}
    assert told(store, bad) == before


def test_show_tells_everything_by_identifier_or_receipt(
    store: Store, ask: Ask, capsys: pytest.CaptureFixture[str]
) -> None:
    receipt = ask()
    take_in(store, RULES)
    shown = []
    for name in (name_of(receipt), receipt.lower()):
        assert run(store, "show", name) == 0
        shown.append(capsys.readouterr().out)
    assert shown[0] == shown[1]
    for part in (f"/p/{lookup.VALID}", "曾国合", lookup.NUMBER, "北京", "五月起在合成乙公司", "变更批准文件"):
        assert part in shown[0]


def test_an_objection_shows_the_command_that_takes_the_person_down(
    store: Store, ask: Ask, capsys: pytest.CaptureFixture[str]
) -> None:
    receipt = ask(group="page", ground="objection")
    take_in(store, RULES)
    run(store, "show", receipt)
    assert f"jzs withdraw add {lookup.VALID} --ground objection" in capsys.readouterr().out


def test_a_decision_is_kept_with_who_and_why_and_its_receipt_tells_it(store: Store, ask: Ask) -> None:
    receipt = ask(3)
    take_in(store, RULES)
    assert run(store, "decide", receipt, "accepted", "--ground", "proven", *WORD) == 0
    (line,) = (store.restricted / "decisions/corrections.jsonl").read_text("utf-8").splitlines()
    assert json.loads(line) == {
        "id": name_of(receipt),
        "on": (TODAY - timedelta(3)).isoformat(),
        "record": "person",
        "group": "employer",
        "decision": "accepted",
        "basis": "proven",
        "reason": "批准文件已核对",
        "by": "王管理员",
        "decided_on": TODAY.isoformat(),
    }
    answer = told(store, receipt)
    assert answer is not None
    assert (answer["state"], answer["decision"], answer["reason"]) == (
        "decided",
        "accepted",
        "批准文件已核对",
    )
    assert "by" not in answer


def test_a_decided_request_waits_no_more_and_a_later_decision_holds(
    store: Store, ask: Ask, capsys: pytest.CaptureFixture[str]
) -> None:
    receipt = ask()
    take_in(store, RULES)
    for decision, ground in (("rejected", "unproven"), ("accepted", "proven")):
        run(store, "decide", receipt, decision, "--ground", ground, *WORD)
    capsys.readouterr()
    run(store, "list")
    assert "no request waits" in capsys.readouterr().out
    found = find(store, RULES, receipt).decision
    assert found is not None
    assert found.decision == "accepted"
    run(store, "list", "--all")
    assert name_of(receipt) in capsys.readouterr().out


REFUSED = {
    "a basis of another decision": ("accepted", "--ground", "right"),
    "no such decision": ("maybe", "--ground", "right"),
    "no such basis": ("rejected", "--ground", "x"),
}


@pytest.mark.parametrize("words", REFUSED.values(), ids=REFUSED.keys())
def test_a_decision_that_the_rules_do_not_have_is_refused(
    store: Store, ask: Ask, words: tuple[str, ...], capsys: pytest.CaptureFixture[str]
) -> None:
    receipt = ask()
    take_in(store, RULES)
    assert run(store, "decide", receipt, *words, *WORD) == 2
    assert re.search("可用|there are", capsys.readouterr().err)
    assert not (store.restricted / "decisions/corrections.jsonl").exists()


@pytest.mark.parametrize("name", ["0123456789abcdef", "ABCD-EFGH-2345-6789", "../x"])
def test_a_request_that_is_not_there_is_told_so(store: Store, name: str) -> None:
    assert run(store, "show", name) == 2
    assert run(store, "decide", name, "accepted", "--ground", "proven", *WORD) == 2


def test_accepted_requests_are_a_workbook_of_texts_for_each_division(
    store: Store, ask: Ask, tmp_path: Path
) -> None:
    receipts = [ask(says="=1+1"), ask(key=lookup.HISTORIC), ask(key="gone"), ask()]
    take_in(store, RULES)
    for receipt in receipts[:3]:
        run(store, "decide", receipt, "accepted", "--ground", "proven", *WORD)
    run(store, "decide", receipts[3], "rejected", "--ground", "right", *WORD)
    out = tmp_path / "out"
    assert run(store, "export", "--out", str(out)) == 0
    names = {"corrections_110000.xlsx", "corrections_310000.xlsx", "corrections_unknown.xlsx"}
    assert {path.name for path in out.iterdir()} == names
    header, row = load_workbook(str(out / "corrections_110000.xlsx")).get_sheet_by_index(0).to_python()
    cells = dict(zip(header, row, strict=True))
    assert cells["号码 | Number"] == lookup.NUMBER
    assert cells["应当是 | It should say"] == "=1+1"
    assert (out / "corrections_110000.xlsx").stat().st_mode & 0o777 == 0o600


def test_export_can_be_of_one_division_or_of_the_latest_decisions(
    store: Store, ask: Ask, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    receipt = ask()
    take_in(store, RULES)
    run(store, "decide", receipt, "accepted", "--ground", "proven", *WORD)
    capsys.readouterr()
    tomorrow = (TODAY + timedelta(1)).isoformat()
    for more in (["--division", "上海"], ["--since", tomorrow]):
        assert run(store, "export", "--out", str(tmp_path / "out"), *more) == 0
        assert "no such request" in capsys.readouterr().out


def test_texts_and_answers_are_forgotten_in_time_and_the_decision_stays(store: Store, ask: Ask) -> None:
    receipt, waiting = ask(), ask()
    take_in(store, RULES)
    run(store, "decide", receipt, "accepted", "--ground", "proven", *WORD)
    kept = RULES.content["kept_days"]
    publish(store, RULES, TODAY + timedelta(kept))
    assert told(store, receipt) is not None
    publish(store, RULES, TODAY + timedelta(kept + 1))
    assert told(store, receipt) is None
    assert [path.stem for path in (store.restricted / "requests").iterdir()] == [name_of(waiting)]
    assert name_of(receipt) in (store.restricted / "decisions/corrections.jsonl").read_text("utf-8")


def test_the_public_log_is_of_months_that_are_over_and_tells_nobody(store: Store, ask: Ask) -> None:
    receipt = ask()
    take_in(store, RULES)
    run(store, "decide", receipt, "accepted", "--ground", "proven", *WORD)
    assert json.loads(store.corrections.read_text("utf-8")) == []
    publish(store, RULES, TODAY + timedelta(31))
    (row,) = json.loads(store.corrections.read_text("utf-8"))
    assert row == {
        "month": f"{TODAY:%Y-%m}",
        "record": "withheld",
        "group": None,
        "decision": None,
        "requests": None,
        "median_days": None,
    }


def test_a_request_that_was_decided_again_counts_once_in_its_month(store: Store, ask: Ask) -> None:
    receipt = ask()
    take_in(store, RULES)
    for _ in range(RULES.threshold + 1):
        run(store, "decide", receipt, "accepted", "--ground", "proven", *WORD)
    publish(store, RULES, TODAY + timedelta(31))
    (row,) = json.loads(store.corrections.read_text("utf-8"))
    assert (row["record"], row["requests"]) == ("withheld", None)


def test_a_line_that_is_no_decision_is_named(store: Store) -> None:
    file = store.restricted / "decisions/corrections.jsonl"
    file.parent.mkdir()
    file.write_text("{}\n", "utf-8")
    with pytest.raises(BadInput, match=r"corrections\.jsonl:1"):
        publish(store, RULES, TODAY)
