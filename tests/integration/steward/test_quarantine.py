"""Rows set aside are listed, shown, and go back to their provider as a workbook."""

import stat
from pathlib import Path

import pytest
import xlsxwriter

from etl.cli import main
from etl.errors import BadInput
from etl.steward.export import KEY, LEADING
from etl.steward.held import Which, counts, find_row, held_rows
from tests.fixtures.ingest import Register
from tests.fixtures.steward import HEADER, returned
from tests.fixtures.workbooks import sheets


def test_rows_are_counted_by_reason_field_and_who_must_act(sent: tuple[Register, Path]) -> None:
    register, _ = sent
    assert counts(held_rows(register.store, Which())) == [
        (1, "lost_character", "person_name", "provider", "a.csv"),
        (1, "unreadable_date", "valid_to", "provider", "a.csv"),
    ]


@pytest.mark.parametrize(
    ("which", "rows"),
    [
        (Which(file="a.*"), [2, 4]),
        (Which(file="b*"), []),
        (Which(source="roster", reason="lost_character"), [4]),
        (Which(responsible="steward"), []),
        (Which(division="110000"), []),
    ],
)
def test_rows_are_chosen_by_filters(sent: tuple[Register, Path], which: Which, rows: list[int]) -> None:
    register, _ = sent
    assert [row.source_row for row in held_rows(register.store, which)] == rows


def test_one_row_is_shown_with_its_cells_reason_and_remedy(
    sent: tuple[Register, Path], capsys: pytest.CaptureFixture[str]
) -> None:
    register, _ = sent
    name = held_rows(register.store, Which())[0].id
    place = ["--store", str(register.store.root), "--metadata", str(register.metadata_root)]
    assert main(["quarantine", "show", name, *place]) == 0
    told = capsys.readouterr().out
    assert "2026-02-30" in told
    assert "Not a date" in told
    assert "provider" in told


def test_a_row_that_is_not_set_aside_is_bad_input(sent: tuple[Register, Path]) -> None:
    register, _ = sent
    with pytest.raises(BadInput, match="no such row"):
        find_row(register.store, "00000000-0-2")


def test_a_division_nobody_knows_is_bad_input(sent: tuple[Register, Path]) -> None:
    store = ["--store", str(sent[0].store.root)]
    assert main(["quarantine", "list", "--division", "火星", *store]) == 2


def test_a_reason_nobody_gives_is_bad_input(sent: tuple[Register, Path]) -> None:
    place = ["--store", str(sent[0].store.root), "--metadata", str(sent[0].metadata_root)]
    assert main(["quarantine", "list", "--reason", "nope", *place]) == 2
    assert main(["quarantine", "list", "--reason", "lost_character", *place]) == 0


@pytest.mark.parametrize("has_restricted", [False, True])
def test_a_store_without_anything_is_bad_input(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], has_restricted: bool
) -> None:
    if has_restricted:
        (tmp_path / "restricted").mkdir()
    assert main(["quarantine", "list", "--store", str(tmp_path)]) == 2
    assert "nothing in the store yet" in capsys.readouterr().err


def test_the_workbook_has_the_layout_of_the_received_file(sent: tuple[Register, Path]) -> None:
    first, data = sheets(sent[1]).values()
    assert ["文件 | File", "a.csv"] in first
    assert data[0] == [*LEADING, "序号", "姓名", "注册号", "有效期至", KEY]
    assert data[1][2:-1] == ["2", "", "1", "张三", "A1", "2026-02-30"]
    assert "不是日期" in data[1][0] and "Not a date" in data[1][0]


def test_only_the_owner_may_read_the_workbook(sent: tuple[Register, Path]) -> None:
    assert stat.S_IMODE(sent[1].stat().st_mode) == 0o600


@pytest.mark.parametrize("text", ["=1+1", "+1", "-1", "@A1", "990000180001010018", "0001"])
def test_cells_stay_text(register: Register, tmp_path: Path, text: str) -> None:
    register.export("a.csv", HEADER + f"{text},张?,A1,\n2,李四,A2,\n")
    register.ingest()
    data = sheets(returned(register, tmp_path / "out"))["数据 data"]
    assert data[1][data[0].index("序号")] == text


def test_each_sheet_of_a_workbook_goes_back_as_a_sheet(register: Register, tmp_path: Path) -> None:
    book = xlsxwriter.Workbook(str(register.exports / "a.xlsx"))
    for name in ("甲市", "乙市"):
        book.add_worksheet(name)
        book.get_worksheet_by_name(name).write_row(0, 0, ["姓名", "注册号"])
        book.get_worksheet_by_name(name).write_row(1, 0, ["张?", name])
        book.get_worksheet_by_name(name).write_row(2, 0, ["李四", f"{name}2"])
    book.close()
    register.ingest()
    content = sheets(returned(register, tmp_path / "out"))
    assert [content[name][1][5] for name in ("甲市", "乙市")] == ["甲市", "乙市"]
