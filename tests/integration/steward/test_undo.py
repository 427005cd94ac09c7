"""A repair can be taken back, and what it had changed moves back with it."""

from pathlib import Path

import pytest

from etl.cli import main
from etl.errors import BadInput
from etl.steward.held import Which, held_rows
from etl.steward.retry import take_back
from etl.steward.undo import taken_in, undo
from tests.fixtures.ingest import Register
from tests.fixtures.steward import Query, fates, returned
from tests.fixtures.workbooks import edit, fill


def first_id(register: Register) -> str:
    return next(item.id for item in taken_in(register.store))


def test_a_repair_that_was_undone_moves_the_balance_back(register: Register, book: Path) -> None:
    take_back([edit(book, fill("有效期至", "2026-02-28"))], register.store, register.metadata, "甲")
    assert fates(register) == (3, 2, 1, 0, 0)
    undo([first_id(register)], register.store, "乙", "2026-11-23")
    assert fates(register) == (3, 1, 2, 0, 0)
    assert held_rows(register.store, Which())[0].cells == ("1", "张三", "A1", "2026-02-30")


def test_an_earlier_repair_holds_again(register: Register, book: Path, staged: Query) -> None:
    take_back([edit(book, fill("有效期至", "2026-02-31"))], register.store, register.metadata, "甲")
    register.ingest()
    again = edit(returned(register, book.parent), fill("有效期至", "2026-02-28"))
    take_back([again], register.store, register.metadata, "甲")
    undo([first_id(register)], register.store, "乙", "2026-11-23")
    register.ingest()
    assert held_rows(register.store, Which())[0].cells[3] == "2026-02-31"


def test_a_repair_that_waits_is_undone_for_another(
    register: Register, book: Path, other: Path, staged: Query
) -> None:
    take_back([edit(book, fill("有效期至", "2026-02-28"))], register.store, register.metadata, "甲")
    undo([first_id(register)], register.store, "乙", "2026-11-23")
    take_back([other], register.store, register.metadata, "乙")
    register.ingest()
    assert staged("valid_to::VARCHAR")[0] == ("2026-03-31",)


def test_a_row_without_repair_is_not_undone(register: Register, book: Path) -> None:
    with pytest.raises(BadInput, match="no repair holds"):
        undo([held_rows(register.store, Which())[0].id], register.store, "乙", "2026-11-23")


def test_the_commands_list_and_undo_repairs(
    register: Register, book: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    take_back([edit(book, fill("有效期至", "2026-02-28"))], register.store, register.metadata, "甲")
    store = ["--store", str(register.store.root)]
    assert main(["quarantine", "undo", first_id(register), "--by", "乙", *store]) == 0
    assert main(["quarantine", "repairs", *store]) == 0
    last = capsys.readouterr().out.splitlines()[-1]
    assert "甲 收回 taken back" in last and "乙 撤销 undone" in last and "张三" not in last
