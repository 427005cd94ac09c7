"""Rows of a build that was refused go back to the provider as those of an accepted one do."""

from pathlib import Path

import pytest

from etl.cli import main
from etl.errors import Refused
from etl.steward.held import Which, held_rows
from etl.steward.retry import take_back
from tests.fixtures.ingest import Register
from tests.fixtures.steward import BAD, HEADER, fates, returned
from tests.fixtures.workbooks import edit, fill


def test_rows_of_a_build_that_was_refused_for_them_go_back_all_the_same(
    register: Register, tmp_path: Path
) -> None:
    register.export("a.csv", HEADER + "1,张?,A1,\n")
    with pytest.raises(Refused, match="over the budget"):
        register.ingest()
    path = edit(returned(register, tmp_path / "out"), fill("姓名", "张三"))
    take_back([path], register.store, register.metadata, "甲")
    assert fates(register) == (1, 1, 0, 0, 0)
    assert held_rows(register.store, Which()) == []


@pytest.fixture
def twice(register: Register, book: Path) -> Register:
    """A build was accepted with two rows set aside; the next, with another file, was refused for its row."""
    register.export("a.csv", HEADER + "1,赵?,A1,\n")
    with pytest.raises(Refused, match="over the budget"):
        register.ingest()
    return register


def test_rows_of_the_refused_build_and_of_the_one_before_are_told_apart(
    twice: Register, capsys: pytest.CaptureFixture[str]
) -> None:
    store = ["--store", str(twice.store.root)]
    assert main(["quarantine", "list", *store]) == 0
    refused = capsys.readouterr().out
    assert "the last build was refused" in refused and "unreadable_date" not in refused
    assert main(["quarantine", "list", "--accepted", *store]) == 0
    accepted = capsys.readouterr().out
    assert "refused" not in accepted and "unreadable_date" in accepted


def test_a_workbook_sent_before_a_refused_build_is_taken_back(twice: Register, book: Path) -> None:
    done = take_back([edit(book, fill("有效期至", "2026-02-28"))], twice.store, twice.metadata, "甲")
    assert done[0].corrected == 1


def test_rows_of_a_refused_build_go_with_the_file_that_was_refused(twice: Register) -> None:
    twice.export("a.csv", BAD)
    twice.ingest()
    assert [row.reason for row in held_rows(twice.store, Which())] == ["unreadable_date", "lost_character"]
