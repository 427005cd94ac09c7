"""The balance closes for each file, source and division; rows count under whose they are."""

from pathlib import Path

import pytest
import xlsxwriter

from etl.errors import BadInput
from etl.steward.export import export
from etl.steward.held import Which, held_rows
from etl.steward.retry import take_back
from tests.fixtures.ingest import SOURCE, Register
from tests.fixtures.workbooks import edit, fill

HEADER = "姓名,注册号,有效期至\n"
DIVISIONS = "code,zh,en,sort,variants\n110000,甲省,First,1,11\n120000,乙省,Second,2,12\n"
BY_FOLDER = SOURCE + 'sender: {path: "^(?P<division>[0-9]{2})_"}\n'
BY_ROW = SOURCE.replace("  valid_to:", "  division_code: {headers: [地区]}\n  valid_to:") + (
    "sender: {field: division_code}\n"
)


@pytest.fixture
def divided(register: Register) -> Register:
    """The register with two divisions, whose files lie in a folder each."""
    (register.metadata_root / "codes").mkdir()
    (register.metadata_root / "codes/division.csv").write_text(DIVISIONS, encoding="utf-8")
    register.source("roster", BY_FOLDER)
    return register


def fates(register: Register) -> dict[tuple[str, str | None], tuple[int, ...]]:
    """Received, accepted, quarantined, duplicate, out of scope by file and division."""
    return {
        (b.source_file, b.division_code): (b.received, b.accepted, b.quarantined, b.duplicate, b.out_of_scope)
        for b in register.ingest().balances
        if b.received
    }


def test_rows_count_under_the_division_whose_folder_they_came_in(divided: Register) -> None:
    divided.export("11_jia/a.csv", HEADER + "张三,A1,\n李?,A2,\n合计,,\n")
    divided.export("12_yi/a.csv", HEADER + "张三,A1,\n王五,A3,\n")
    assert fates(divided) == {
        ("11_jia/a.csv", "110000"): (3, 1, 1, 0, 1),
        ("12_yi/a.csv", "120000"): (2, 1, 0, 1, 0),
    }


def test_a_file_outside_the_folders_of_divisions_is_nobodys(divided: Register) -> None:
    divided.export("national/a.csv", HEADER + "张三,A1,\n")
    assert list(fates(divided)) == [("national/a.csv", None)]


def test_a_balance_knows_its_file_whatever_its_name(register: Register) -> None:
    for number in (1, 2):
        register.export(f"r#{number}.csv", HEADER + f"张三,A{number},\n")
    with xlsxwriter.Workbook(str(register.exports / "r#3.xlsx")) as book:
        for name in ("甲市", "乙市"):
            sheet = book.add_worksheet(name)
            sheet.write_row(0, 0, ["姓名", "注册号"])
            sheet.write_row(1, 0, ["李四", name])
    balances = register.ingest().balances
    assert [balance.file for balance in balances] == ["r#1.csv", "r#2.csv", "r#3.xlsx", "r#3.xlsx"]


def test_an_unknown_division_in_a_path_is_an_error(divided: Register) -> None:
    divided.export("99_bing/a.csv", HEADER + "张三,A1,\n")
    with pytest.raises(BadInput, match="unknown division"):
        divided.ingest()


def test_rows_of_a_national_file_count_under_the_division_that_each_names(divided: Register) -> None:
    divided.source("roster", BY_ROW)
    header = "姓名,注册号,地区,有效期至\n"
    divided.export("a.csv", header + "张三,A1,甲省,\n张三,A1,甲省,\n李?,A2,乙省,\n王五,A3,,\n赵六,A4\n")
    divided.export("b.csv", header + "张三,A1,甲省,\n孙七,A5,乙省,\n")
    assert fates(divided) == {
        ("a.csv", "110000"): (2, 1, 0, 1, 0),
        ("a.csv", "120000"): (1, 0, 1, 0, 0),
        ("a.csv", None): (2, 1, 1, 0, 0),
        ("b.csv", "110000"): (1, 0, 0, 1, 0),
        ("b.csv", "120000"): (1, 1, 0, 0, 0),
    }


def test_repairs_are_counted_by_rule_and_division(divided: Register) -> None:
    divided.export("11_jia/a.csv", HEADER + "张　三,A1,\n")
    (balance,) = divided.ingest().balances
    assert (balance.division_code, sum(balance.repairs.values())) == ("110000", 1)


def repairs(register: Register) -> dict[str | None, dict[str, int]]:
    """Cells rewritten, by division, field and rule."""
    return {b.division_code: dict(b.repairs) for b in register.ingest().balances if b.repairs}


def test_cells_rewritten_in_a_national_file_count_under_the_division_that_each_row_names(
    divided: Register,
) -> None:
    divided.source("roster", BY_ROW)
    rows = "张　三,A1,甲省,2026/5/1\n李四,a2,乙省,\n王　五,A3,,\n赵六,A4,丙省,\n孙　七,A5,丙省,\n"
    divided.export("a.csv", "姓名,注册号,地区,有效期至\n" + rows)
    spelt = {"division_code code_spelling": 1}
    assert repairs(divided) == {
        "110000": {**spelt, "person_name inner_space": 1, "valid_to date_shape": 1},
        "120000": {**spelt, "registration_no identifier_form": 1},
        None: {"person_name inner_space": 2},
    }


def test_cells_corrected_by_a_provider_count_under_the_division_that_the_row_names(
    divided: Register, tmp_path: Path
) -> None:
    divided.source("roster", BY_ROW)
    divided.export("a.csv", "姓名,注册号,地区,有效期至\n张?,A1,甲省,\n李四,A2,乙省,\n")
    divided.ingest()
    ((book, _),) = export(held_rows(divided.store, Which()), tmp_path, divided.store, divided.metadata)
    take_back([edit(book, fill("姓名", "张三"))], divided.store, divided.metadata, "甲")
    assert repairs(divided)["110000"]["person_name repaired_by_provider"] == 1
