"""What comes back in a workbook is read whole, or refused: nothing that a provider wrote is passed over."""

from collections.abc import Callable
from pathlib import Path

import pytest
import xlsxwriter

from etl.errors import Refused
from etl.steward.export import export
from etl.steward.held import Which, held_rows
from etl.steward.retry import Outcome, take_back
from tests.fixtures.ingest import Register
from tests.fixtures.workbooks import Table, edit, fill

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
