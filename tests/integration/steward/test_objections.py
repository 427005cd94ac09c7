"""Objections: told as done once the page is down, and none of the authority's business."""

from pathlib import Path

import pytest

from etl.cli import main
from etl.settings import Store
from tests.fixtures import lookup
from tests.integration.steward.test_requests import Ask, ask, name_of, run, store, told

__all__ = ["ask", "store"]
WORD = ("--by", "王管理员", "--reason", "已核实是本人")


def accept(store: Store, receipt: str) -> None:
    assert run(store, "list") == 0
    assert run(store, "decide", name_of(receipt), "accepted", "--ground", "objection", *WORD) == 0


def withdraw(store: Store) -> None:
    options = ("--ground", "objection", *WORD, "--store", str(store.root))
    assert main(["withdraw", "add", lookup.VALID, *options]) == 0


def basis(store: Store, receipt: str) -> object:
    answer = told(store, receipt)
    assert answer
    return answer["basis"]


def test_an_accepted_objection_is_told_as_done_once_the_page_is_down(store: Store, ask: Ask) -> None:
    receipt = ask(group="page", ground="objection")
    accept(store, receipt)
    assert basis(store, receipt) == "objection"
    withdraw(store)
    assert basis(store, receipt) == "objection_taken_down"


def test_an_objection_accepted_after_the_page_is_down_is_told_as_done(store: Store, ask: Ask) -> None:
    receipt = ask(group="page", ground="objection")
    withdraw(store)
    accept(store, receipt)
    assert basis(store, receipt) == "objection_taken_down"


def test_an_objection_is_not_exported_for_the_authority(
    store: Store, ask: Ask, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    accept(store, ask(group="page", ground="objection"))
    assert run(store, "export", "--out", str(tmp_path / "out")) == 0
    assert list((tmp_path / "out").iterdir()) == []
    assert "no such request" in capsys.readouterr().out
