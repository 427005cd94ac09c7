"""Input that cannot be read: named file, rule and remedy, no personal value, nothing left behind."""

from pathlib import Path

import pytest
import xlsxwriter
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from etl.errors import BadInput, UserError
from etl.sources import ingest
from tests.fixtures.ingest import SOURCE, Register

HEADER = "姓名,注册号,有效期至\n"


def refusal(register: Register) -> BadInput:
    with pytest.raises(BadInput) as caught:
        register.ingest()
    assert caught.value.where
    assert caught.value.rule
    assert caught.value.remedy
    assert not register.store.staging.exists()
    assert not list(register.store.restricted.glob(".*"))
    return caught.value


def test_missing_directory(register: Register, tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="no such source directory"):
        ingest(tmp_path / "nowhere", register.store, register.metadata)


def test_empty_directory(register: Register) -> None:
    register.export("README.md", "nothing here")
    assert "no data file" in refusal(register).message


def test_empty_file(register: Register) -> None:
    register.export("a.csv", b"")
    assert refusal(register).where == "a.csv"


def test_header_without_rows(register: Register) -> None:
    register.export("a.csv", HEADER)
    assert "no rows" in refusal(register).message


def test_format_without_reader(register: Register) -> None:
    register.export("a.dbf", b"x")
    assert "no reader" in refusal(register).message


def test_truncated_workbook(register: Register) -> None:
    path = register.exports / "a.xlsx"
    book = xlsxwriter.Workbook(str(path))
    book.add_worksheet().write_row("A1", ["姓名", "注册号"])
    book.close()
    path.write_bytes(path.read_bytes()[:-200])
    assert "truncated" in refusal(register).message


def test_workbook_without_header(register: Register) -> None:
    book = xlsxwriter.Workbook(str(register.exports / "a.xlsx"))
    book.add_worksheet().write_row("A1", ["甲", "乙"])
    book.close()
    refused = refusal(register)
    assert "no header found" in refused.message
    assert refused.remedy.endswith("or remove the file, if it is not an export")


def test_a_file_that_is_no_export_may_be_removed(register: Register) -> None:
    register.export("a.csv", "甲,乙\n一,二\n")
    assert refusal(register).remedy.endswith("or remove the file, if it is not an export")


def test_an_export_with_a_new_column_is_not_to_be_removed(register: Register) -> None:
    register.export("a.csv", HEADER.replace("\n", ",丙\n") + "张三,A1,,一\n")
    assert "remove" not in refusal(register).remedy


@pytest.mark.parametrize("name", ["a.parquet", "a.jsonl"])
def test_damaged_files(register: Register, name: str) -> None:
    register.export(name, b"\x00\x01 neither")
    assert refusal(register).where == name


@pytest.mark.parametrize("content", [b"\xff\xfe\x00\xd8,\x00", HEADER.encode() + b"\xff\xff\xff,A1,\n"])
def test_unknown_encoding(register: Register, content: bytes) -> None:
    register.export("a.csv", content)
    assert "unknown encoding" in refusal(register).message


def test_a_file_without_a_header_row_shows_nobody(register: Register) -> None:
    register.export("a.csv", "合成甲,京11100000000099999,2027-01-10\n合成乙,京11100000000099998,\n")
    refused = str(refusal(register))
    assert "合成甲" not in refused
    assert "99999" not in refused
    assert "column 1" in refused


def test_unknown_column_is_named(register: Register) -> None:
    register.export("a.csv", "姓名,注册号,血型\n张三,A1,A\n")
    error = refusal(register)
    assert "血型" in error.message
    assert "张三" not in str(error)


def test_missing_required_column_is_named(register: Register) -> None:
    register.export("a.csv", "姓名,有效期至\n张三,\n")
    assert "注册号" in refusal(register).message


def test_two_columns_for_one_field(register: Register) -> None:
    register.export("a.csv", "姓名,注册号,注册编号\n张三,A1,A1\n")
    assert "two columns" in refusal(register).message


def test_two_layouts_that_fit_equally_well_are_both_named(register: Register) -> None:
    register.source("twin", SOURCE)
    register.export("a.csv", HEADER + "张三,A1,\n")
    message = refusal(register).message
    assert "roster" in message
    assert "twin" in message


@settings(
    max_examples=settings().max_examples // 10,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(
    content=st.one_of(
        st.binary(max_size=300),
        st.builds(lambda tail: HEADER.encode() + tail, st.binary(max_size=200)),
        st.builds(lambda tail: (HEADER + tail).encode(), st.text(alphabet='张A1,"\n\r\t;2026-', max_size=80)),
    ),
    suffix=st.sampled_from([".csv", ".xlsx", ".jsonl", ".parquet"]),
)
def test_no_bytes_crash_a_reader(register: Register, content: bytes, suffix: str) -> None:
    for old in register.exports.iterdir():
        old.unlink()
    register.export(f"a{suffix}", content)
    try:
        report = register.ingest()
    except UserError:
        return
    assert all(balance.closes for balance in report.balances)
