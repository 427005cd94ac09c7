"""What comes back in a workbook is read whole, or refused: nothing that a provider wrote is passed over."""

from collections.abc import Callable
from pathlib import Path

import pytest
import xlsxwriter

from etl.cli import main
from etl.errors import Refused
from etl.steward.export import WITHDRAW, export
from etl.steward.held import Which, held_rows
from etl.steward.retry import Outcome, take_back
from etl.steward.undo import taken_in, undo
from tests.fixtures.ingest import Register
from tests.fixtures.workbooks import Table, edit, fill, save, sheets

HEADER = "序号,姓名,注册号,有效期至\n"
BAD = HEADER + "1,张?,A1,2026-05-01\n2,李四,A2,2026-05-01\n"


def sent(register: Register, out: Path, content: str = BAD) -> Path:
    """The workbook of the rows set aside in one file."""
    register.export("a.csv", content)
    register.ingest()
    ((path, _),) = export(held_rows(register.store, Which()), out, register.store, register.metadata)
    return path


def taken(register: Register, path: Path) -> Outcome:
    (outcome,) = take_back([path], register.store, register.metadata, "甲")
    return outcome


def test_a_note_right_of_the_table_is_refused_by_row(register: Register, tmp_path: Path) -> None:
    path = sent(register, tmp_path / "out")
    edit(path, fill("姓名", "张三"))
    edit(path, lambda table: table[1].append("已改"))
    with pytest.raises(Refused, match="outside the table") as refused:
        taken(register, path)
    assert refused.value.where.endswith("#数据 data:2")


def right_of_the_key(table: Table) -> None:
    table[0].append("备注")
    table[1].append("已改")


def without_key(table: Table) -> None:
    for row in table:
        row.pop()


@pytest.mark.parametrize("change", [right_of_the_key, without_key])
def test_no_sheet_is_passed_over(register: Register, tmp_path: Path, change: Callable[[Table], None]) -> None:
    book = xlsxwriter.Workbook(str(register.exports / "a.xlsx"))
    for name in ("甲市", "乙市"):
        sheet = book.add_worksheet(name)
        for line, row in enumerate((["姓名", "注册号"], ["张?", name], ["李四", f"{name}2"])):
            sheet.write_row(line, 0, row)
    book.close()
    register.ingest()
    ((path, _),) = export(held_rows(register.store, Which()), tmp_path, register.store, register.metadata)
    edit(path, fill("姓名", "张三"), "甲市")
    edit(path, change, "乙市")
    with pytest.raises(Refused, match="header was changed") as refused:
        taken(register, path)
    assert refused.value.where.endswith("#乙市")
    assert not register.store.repairs.exists()


def test_a_note_on_the_explanations_changes_nothing(register: Register, tmp_path: Path) -> None:
    path = sent(register, tmp_path / "out")
    edit(path, lambda table: table[8].append("收到"), "说明 read me")
    assert taken(register, edit(path, fill("姓名", "张三"))).corrected == 1


BROKEN = HEADER + "1,张三,A1,2026-05-01,多\n2,李四,A2,2026-05-01\n"


@pytest.mark.parametrize("number", ["Z9", "A", "A10"])
def test_a_broken_row_cannot_become_another_one(register: Register, tmp_path: Path, number: str) -> None:
    path = sent(register, tmp_path / "out", BROKEN)
    edit(path, fill("姓名", "张三"))
    with pytest.raises(Refused, match="cells by which the row is known were changed: 注册号"):
        taken(register, edit(path, fill("注册号", number)))


@pytest.mark.parametrize(("name", "told"), [("钱七", {"姓名": 1}), ("张　三", {})])
def test_what_the_line_of_a_broken_row_does_not_hold_is_told(
    register: Register, tmp_path: Path, name: str, told: dict[str, int]
) -> None:
    path = sent(register, tmp_path / "out", BROKEN)
    edit(path, fill("注册号", "ａ1"))
    assert taken(register, edit(path, fill("姓名", name))).unasked == told


@pytest.fixture
def contradicting(register: Register, tmp_path: Path) -> Path:
    """The workbook of a row whose number should begin with B: only that place of it is in question."""
    (register.metadata_root / "rules/ingest.yaml").write_text(
        "checks: [{name: wrong_letter, zh: 字母不符, en: wrong letter, records: [registration],"
        " fields: [registration_no], positions: {registration_no: [1]},"
        " fails: \"person_name = '张三' AND left(registration_no, 1) <> 'B'\"}]\n",
        encoding="utf-8",
    )
    return sent(register, tmp_path / "out", HEADER + "1,张三,A1,\n2,李四,A2,\n")


def test_of_a_number_only_the_places_in_question_may_change(register: Register, contradicting: Path) -> None:
    with pytest.raises(Refused, match="cells by which the row is known were changed: 注册号"):
        taken(register, edit(contradicting, fill("注册号", "B9")))


def test_a_change_of_what_a_row_is_known_by_is_always_told(register: Register, contradicting: Path) -> None:
    assert taken(register, edit(contradicting, fill("注册号", "B1"))).unasked == {"注册号": 1}


TWO = HEADER + "1,张?,A1,2026-05-01\n2,李?,A2,2026-05-01\n3,王五,A3,\n"


def copy_of(path: Path, name: str) -> Path:
    return save(path.with_name(name), sheets(path))


def test_colleagues_may_each_correct_half_of_a_workbook(register: Register, tmp_path: Path) -> None:
    path = sent(register, tmp_path / "out", TWO)
    second = edit(copy_of(path, "second.xlsx"), fill("姓名", "李四", row=2))
    taken(register, edit(path, fill("姓名", "张三")))
    register.ingest()
    done = taken(register, second)
    assert (done.corrected, done.unchanged) == (1, 1)
    assert register.ingest().total("accepted") == 3


def test_half_of_the_broken_rows_may_come_later(register: Register, tmp_path: Path) -> None:
    path = sent(register, tmp_path / "out", HEADER + "1,张三,A1,,多\n2,李?,A2,\n3,王五,A3,\n")
    second = edit(copy_of(path, "second.xlsx"), fill("姓名", "李四", row=2))
    edit(path, fill("注册号", "A1"))
    taken(register, edit(path, fill("姓名", "张三")))
    register.ingest()
    done = taken(register, second)
    assert (done.corrected, done.unchanged) == (1, 1)


def test_a_row_put_back_to_what_was_received_is_no_unchanged_one(register: Register, tmp_path: Path) -> None:
    taken(register, edit(sent(register, tmp_path / "out"), fill("姓名", "王?")))
    register.ingest()
    rows = held_rows(register.store, Which())
    ((path, _),) = export(rows, tmp_path / "again", register.store, register.metadata)
    assert taken(register, edit(path, fill("姓名", "张?"))).corrected == 1


def test_another_correction_of_a_row_that_was_built_must_undo_the_first(
    register: Register, tmp_path: Path
) -> None:
    path = sent(register, tmp_path / "out")
    second = edit(copy_of(path, "second.xlsx"), fill("姓名", "张四"))
    taken(register, edit(path, fill("姓名", "张三")))
    register.ingest()
    with pytest.raises(Refused, match="built with another repair") as refused:
        taken(register, second)
    (item,) = taken_in(register.store)
    assert f"jzs quarantine undo {item.id}" in refused.value.remedy


@pytest.fixture
def undone(register: Register, tmp_path: Path) -> Path:
    """A workbook whose one repair was built and then undone."""
    path = edit(sent(register, tmp_path / "out"), fill("姓名", "张三"))
    taken(register, path)
    register.ingest()
    undo([item.id for item in taken_in(register.store)], register.store, "乙", "2026-11-23")
    return path


def test_a_repair_that_was_undone_comes_again_only_after_a_build(register: Register, undone: Path) -> None:
    with pytest.raises(Refused, match="undone by 乙 on 2026-11-23") as refused:
        taken(register, undone)
    assert "run `jzs build` first" in refused.value.remedy


def retried(register: Register, path: Path) -> int:
    place = ["--store", str(register.store.root), "--metadata", str(register.metadata_root)]
    return main(["quarantine", "retry", str(path), "--by", "甲", *place])


def test_a_repair_that_was_undone_and_comes_again_is_told(
    register: Register, undone: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    register.ingest()
    assert retried(register, undone) == 0
    assert "this repair was undone by 乙 on 2026-11-23" in capsys.readouterr().out


def test_a_workbook_without_news_promises_nothing_of_the_next_build(
    register: Register, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert retried(register, sent(register, tmp_path / "out")) == 0
    told = capsys.readouterr().out
    assert "nothing new" in told and "in force from" not in told


def test_a_workbook_that_is_not_there_is_bad_input(
    register: Register, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    sent(register, tmp_path / "out")
    assert retried(register, tmp_path / "nofile.xlsx") == 2
    assert "no such file" in capsys.readouterr().err


def test_what_to_write_under_withdraw_is_told(register: Register, tmp_path: Path) -> None:
    path = edit(sent(register, tmp_path / "out"), fill(WITHDRAW, "也许"))
    with pytest.raises(Refused) as refused:
        taken(register, path)
    assert refused.value.remedy.endswith("write 是 or leave it blank")
