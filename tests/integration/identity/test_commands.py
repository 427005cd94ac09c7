"""`jzs review` on the command line: what a steward types, sees, and is told when it cannot be done."""

import re

import duckdb
import pytest

from etl.cli import main
from etl.identity import decisions, linking, review
from etl.identity.rules import PersonRules
from etl.settings import Store

WORD = ("--by", "管理员 steward", "--reason", "见原件 seen on paper")


def run(store: Store, *arguments: str) -> int:
    return main(["review", *arguments, "--store", str(store.root)])


def pair_id(store: Store) -> str:
    return next(item.id for item in review.waiting(store) if {item.a, item.b} == {3, 4})


def persons(store: Store) -> set[frozenset[int]]:
    rows = duckdb.execute(
        f"SELECT list(certificate_id) FROM '{linking.person_links(store)}' GROUP BY person_id"
    ).fetchall()
    return {frozenset(own) for (own,) in rows}


def test_list_names_every_pair_that_waits(waiting: Store, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(waiting, "list") == 0
    shown = re.findall(r"^([0-9a-f]{12}) .*band", capsys.readouterr().out, re.MULTILINE)
    assert shown == [item.id for item in review.waiting(waiting)]


def test_list_says_when_nothing_waits(store: Store, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(store, "list") == 0
    assert "nothing waits" in capsys.readouterr().out


def test_show_puts_both_sides_next_to_each_other(waiting: Store, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(waiting, "show", pair_id(waiting)) == 0
    shown = capsys.readouterr().out
    assert re.search(r"R3 .*R4 ", shown)
    assert shown.count("乙二") == 2


@pytest.mark.parametrize(("verdict", "together"), [("same", True), ("different", False)])
def test_a_decided_pair_waits_no_more_and_holds_in_the_next_build(
    waiting: Store, wide: PersonRules, verdict: str, together: bool, capsys: pytest.CaptureFixture[str]
) -> None:
    pair = pair_id(waiting)
    assert run(waiting, "decide", pair, verdict, *WORD) == 0
    assert "jzs build" in capsys.readouterr().out
    run(waiting, "list")
    assert pair not in capsys.readouterr().out
    linking.link(waiting, wide)
    assert (frozenset({3, 4}) in persons(waiting)) is together


def test_a_merge_and_its_split_walk_there_and_back(store: Store) -> None:
    before = persons(store)
    assert run(store, "merge", "R1", "R5", *WORD) == 0
    linking.link(store, None)
    assert frozenset({1, 2, 5}) in persons(store)
    assert run(store, "split", "R5", *WORD) == 0
    linking.link(store, None)
    assert persons(store) == before


def test_a_split_takes_out_the_named_certificate(store: Store) -> None:
    assert run(store, "split", "R1", "R2", *WORD) == 0
    linking.link(store, None)
    assert {frozenset({1}), frozenset({2})} <= persons(store)


def test_who_decided_and_why_is_kept(store: Store) -> None:
    run(store, "merge", "R3", "R4", *WORD)
    (kept,) = decisions.read(store)
    assert (kept.by, kept.reason) == (WORD[1], WORD[3])


@pytest.mark.parametrize(
    "arguments",
    [
        ("show", "0123456789ab"),
        ("decide", "0123456789ab", "same", *WORD),
        ("merge", "R1", "nobody", *WORD),
        ("merge", "R1", "R1", *WORD),
        ("merge", "R1", "R2", *WORD),
        ("split", "nobody", *WORD),
        ("split", "R1", "R5", *WORD),
        ("split", "R3", *WORD),
        ("split", "R1", "R1", "R2", *WORD),
    ],
    ids=lambda arguments: " ".join(arguments[:3]),
)
def test_what_cannot_be_done_is_bad_input_and_decides_nothing(
    store: Store, arguments: tuple[str, ...], capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(store, *arguments) == 2
    told = capsys.readouterr().err
    assert " | " in told
    assert "Traceback" not in told
    assert decisions.read(store) == []


def test_a_pair_is_decided_once(waiting: Store, capsys: pytest.CaptureFixture[str]) -> None:
    pair = pair_id(waiting)
    run(waiting, "decide", pair, "same", *WORD)
    assert run(waiting, "decide", pair, "different", *WORD) == 2
    assert "it is decided" in capsys.readouterr().err
    assert [item.verdict for item in decisions.read(waiting)] == ["same"]


def test_a_pair_of_an_older_list_is_refused(waiting: Store, wide: PersonRules) -> None:
    pair = pair_id(waiting)
    run(waiting, "merge", "R3", "R4", *WORD)
    linking.link(waiting, wide)
    assert run(waiting, "decide", pair, "different", *WORD) == 2


def test_a_verdict_must_be_one_of_two(store: Store) -> None:
    with pytest.raises(SystemExit) as stopped:
        run(store, "decide", "0123456789ab", "perhaps", *WORD)
    assert stopped.value.code == 2


@pytest.mark.parametrize("action", [("list",), ("show", "x"), ("merge", "R1", "R2", *WORD)])
def test_a_store_without_a_build_is_bad_input(
    tmp_path_factory: pytest.TempPathFactory, action: tuple[str, ...], capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(Store(tmp_path_factory.mktemp("empty")), *action) == 2
    assert "jzs build" in capsys.readouterr().err
