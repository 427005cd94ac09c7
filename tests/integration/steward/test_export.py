"""Workbooks that go out: one for each received file, whatever files and sheets are called, whole or not at all."""

import sqlite3
from pathlib import Path

import pytest

from etl.errors import BadInput
from etl.steward import export as module
from etl.steward.export import export
from etl.steward.held import Which, held_rows
from etl.steward.retry import take_back
from tests.fixtures.ingest import Register
from tests.fixtures.workbooks import edit, fill, sheets

BAD = "姓名,注册号,有效期至\n张?,{0}1,\n李四,{0}2,\n"


def sent(register: Register, out: Path) -> list[Path]:
    register.ingest()
    rows = held_rows(register.store, Which())
    return [path for path, _ in export(rows, out, register.store, register.metadata)]


def test_each_received_file_has_a_workbook_of_its_own(register: Register, tmp_path: Path) -> None:
    for number, name in enumerate(("32/a.csv", "32__a.csv", "32__A.csv")):
        register.export(name, BAD.format("ABC"[number]))
    paths = sent(register, tmp_path / "out")
    assert len({path.name.casefold() for path in paths}) == 3
    assert sorted(path.name for path in (tmp_path / "out").iterdir()) == sorted(path.name for path in paths)


def test_a_file_deep_in_folders_has_a_workbook(register: Register, tmp_path: Path) -> None:
    register.export(f"{'省' * 50}/{'市' * 50}/a.csv", BAD.format("A"))
    (path,) = sent(register, tmp_path / "out")
    assert path.is_file()


@pytest.mark.parametrize(
    "names",
    [
        ["registered_constructors_of_the_province_1", "registered_constructors_of_the_province_2"],
        ["说明 read me", "二"],
        ["History", "a/b[c]:d"],
    ],
)
def test_every_sheet_goes_out_and_comes_back_whatever_its_name(
    register: Register, tmp_path: Path, names: list[str]
) -> None:
    with sqlite3.connect(register.exports / "a.sqlite") as database:
        for place, name in enumerate(names):
            database.execute(f'CREATE TABLE "{name}" (姓名 TEXT, 注册号 TEXT)')
            rows = [("张?", f"{place}1"), ("李四", f"{place}2")]
            database.executemany(f'INSERT INTO "{name}" VALUES (?, ?)', rows)
    database.close()
    (path,) = sent(register, tmp_path / "out")
    _, *data = sheets(path)
    assert len(data) == 2
    for sheet in data:
        edit(path, fill("姓名", "张三"), sheet)
    assert take_back([path], register.store, register.metadata, "甲")[0].corrected == 2


def test_no_part_of_a_workbook_is_left(
    register: Register, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    register.export("a.csv", BAD.format("A"))
    monkeypatch.setattr(module, "_MOST_ROWS", 0)
    with pytest.raises(BadInput, match="more rows than a sheet holds"):
        sent(register, tmp_path / "out")
    assert list((tmp_path / "out").iterdir()) == []
