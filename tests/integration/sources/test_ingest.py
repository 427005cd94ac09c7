"""Every row received has one fate, and the same bytes in give the same bytes out."""

import json
from collections.abc import Callable
from datetime import date

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import xlsxwriter

from etl.errors import Refused
from etl.sources import ingest
from tests.fixtures.ingest import SOURCE, Register

HEADER = "姓名,注册号,有效期至\n"
Query = Callable[..., list[tuple[object, ...]]]


def fates(register: Register) -> tuple[int, ...]:
    report = register.ingest()
    return tuple(
        report.total(name) for name in ("received", "accepted", "quarantined", "duplicate", "out_of_scope")
    )


def test_clean_rows_are_typed_and_keep_their_place(register: Register, staged: Query) -> None:
    register.export("a.csv", HEADER + "张三,A1,2026-05-01\n李四,A2,\n")
    assert fates(register) == (2, 2, 0, 0, 0)
    columns = "person_name, registration_no, valid_to::VARCHAR, source_name, source_file, source_row"
    assert staged(columns) == [
        ("张三", "A1", "2026-05-01", "roster", "a.csv", 2),
        ("李四", "A2", None, "roster", "a.csv", 3),
    ]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030"])
def test_encodings_are_found_out(register: Register, staged: Query, encoding: str) -> None:
    register.export("a.csv", (HEADER + "䶮𬱖,A1,2026年5月1日\n").encode(encoding))
    register.ingest()
    assert staged("person_name, valid_to::VARCHAR") == [("䶮𬱖", "2026-05-01")]


@pytest.mark.parametrize("delimiter", [",", "\t", ";", "|"])
def test_delimiters_are_found_out(register: Register, staged: Query, delimiter: str) -> None:
    register.export("a.txt", (HEADER + "张三,A1,2026-05-01\n").replace(",", delimiter))
    register.ingest()
    assert staged("registration_no") == [("A1",)]


def test_rows_with_too_many_or_few_cells_are_quarantined_with_their_row(
    register: Register, staged: Query
) -> None:
    register.export("a.csv", HEADER + "张三,A1,\n李四,A2\n\n王五,A3,,x\n赵六,A4,\n")
    assert fates(register) == (4, 2, 2, 0, 0)
    assert staged("registration_no, source_row") == [("A1", 2), ("A4", 6)]
    held = duckdb.sql(
        f"SELECT source_row, reason FROM '{register.store.quarantine}/*.parquet' ORDER BY 1"
    ).fetchall()
    assert held == [(3, "broken_row"), (5, "broken_row")]


def test_a_line_break_inside_quotes_is_one_row(register: Register, staged: Query) -> None:
    register.export("a.csv", HEADER + '"张\n三",A1,\n李四,A2,\n')
    register.ingest()
    assert staged("registration_no, source_row") == [("A1", 2), ("A2", 3)]


def test_unclean_values_are_quarantined_with_reason_field_and_payload(register: Register) -> None:
    register.export("a.csv", HEADER + "张三,A1,2026-02-30\n张?,A2,\n,A3,\n李四,A4,\n")
    assert fates(register) == (4, 1, 3, 0, 0)
    held = duckdb.sql(
        "SELECT source_row, reason, field, responsible, payload"
        f" FROM '{register.store.quarantine}/*.parquet' ORDER BY 1"
    ).fetchall()
    assert [row[:4] for row in held] == [
        (2, "unreadable_date", "valid_to", "provider"),
        (3, "lost_character", "person_name", "provider"),
        (4, "missing_value", "person_name", "provider"),
    ]
    assert json.loads(held[0][4]) == [["姓名", "张三"], ["注册号", "A1"], ["有效期至", "2026-02-30"]]


def test_contradictions_inside_a_row_are_quarantined(register: Register) -> None:
    register.export("a.csv", HEADER + "张三,张三,\n李四,A2,\n")
    assert register.ingest().tally("reasons") == {"name_is_number person_name": 1}


def test_repeated_rows_are_kept_once_across_files(register: Register, staged: Query) -> None:
    register.export("a.csv", HEADER + "张三,A1,2026-05-01\n张　三,a1,2026/5/1\n")
    register.export("b.csv", HEADER + "张三,A1,20260501\n李四,A2,\n")
    assert fates(register) == (4, 2, 0, 2, 0)
    assert staged("registration_no, source_file, source_row") == [("A1", "a.csv", 2), ("A2", "b.csv", 3)]


def test_cells_with_several_values_become_rows_but_count_once(register: Register, staged: Query) -> None:
    split = SOURCE.replace("  valid_to: {headers: [有效期至]}\n", "") + (
        "split: [{headers: [专业及有效期], fields: [batch, valid_to], kind: specialty_validity}]\n"
    ).replace("batch", "enterprise_name")
    register.source("roster", split)
    register.export(
        "a.csv", "姓名,注册号,专业及有效期\n张三,A1,甲（2026-05-01）乙（2027-01-10）\n李四,A2,甲（2026\n"
    )
    assert fates(register) == (2, 1, 1, 0, 0)
    assert sorted(staged("enterprise_name, valid_to::VARCHAR")) == [
        ("乙", "2027-01-10"),
        ("甲", "2026-05-01"),
    ]
    assert staged("DISTINCT source_file, source_row") == [("a.csv", 2)]


def test_a_workbook_with_titles_merged_cells_totals_and_notes(register: Register, staged: Query) -> None:
    book = xlsxwriter.Workbook(str(register.exports / "a.xlsx"))
    sheet = book.add_worksheet()
    sheet.merge_range("A1:D1", "附件1 名单")
    sheet.write_row("A3", ["序号", "姓名", "注册\n编号", "有效期至"])
    sheet.merge_range("B4:B5", "张三")
    sheet.write_row("A4", [1])
    sheet.write_row("C4", ["A1", 46143])
    sheet.write_row("A5", [2])
    sheet.write_row("C5", ["A2", "2026.5.2"])
    sheet.write_row("A6", ["合计 2 人"])
    sheet.write_row("A8", ["注：截至年底"])
    book.close()
    assert fates(register) == (4, 2, 0, 0, 2)
    assert staged("person_name, registration_no, valid_to::VARCHAR, source_row") == [
        ("张三", "A1", "2026-05-01", 4),
        ("张三", "A2", "2026-05-02", 5),
    ]


def test_json_lines_with_epochs(register: Register, staged: Query) -> None:
    lines = [{"姓名": "张三", "注册号": "A1", "有效期至": 1777564800000}, {"姓名": "李四", "注册号": "A2"}]
    text = "\n".join([*(json.dumps(line, ensure_ascii=False) for line in lines), "{broken"])
    register.export("a.jsonl", text + "\n")
    assert fates(register) == (3, 2, 1, 0, 0)
    assert staged("registration_no, valid_to::VARCHAR, source_row") == [
        ("A1", "2026-05-01", 1),
        ("A2", None, 2),
    ]


def test_parquet(register: Register, staged: Query) -> None:
    pq.write_table(pa.table({"姓名": ["张三"], "注册号": ["A1"]}), register.exports / "a.parquet")
    assert fates(register) == (1, 1, 0, 0, 0)
    assert staged("registration_no, source_row") == [("A1", 1)]


def test_record_types_without_source_have_an_empty_typed_table(register: Register, staged: Query) -> None:
    register.export("a.csv", HEADER + "张三,A1,\n")
    register.ingest()
    assert staged("insured_month, source_row", "insurance") == []


def test_an_unchanged_file_is_not_read_again(register: Register) -> None:
    register.export("a.csv", HEADER + "张三,A1,\n")
    register.export("b.csv", HEADER + "李四,A2,\n")
    assert register.ingest().read == 2
    register.export("b.csv", HEADER + "李四,A3,\n")
    assert register.ingest().read == 1
    assert register.ingest().read == 0


def test_changed_metadata_reads_its_files_again(register: Register) -> None:
    register.export("a.csv", HEADER + "张三,A1,\n")
    register.ingest()
    register.source("roster", SOURCE.replace("0.9", "0.8"))
    assert register.ingest().read == 1


def test_the_same_input_gives_the_same_bytes(
    register: Register, tmp_path_factory: pytest.TempPathFactory
) -> None:
    other = Register(tmp_path_factory.mktemp("other"))
    for each in (register, other):
        each.export(
            "a.csv",
            HEADER + "".join(f"张三,A{number % 50},2026/5/{number % 9 + 1}\n" for number in range(999)),
        )
        each.ingest()
    first, second = (
        {path.relative_to(each.store.root): path.read_bytes() for path in each.store.root.rglob("*.parquet")}
        for each in (register, other)
    )
    assert first == second


def test_staging_is_private(register: Register) -> None:
    register.export("a.csv", HEADER + "张三,A1,\n")
    register.ingest()
    assert register.store.staging.stat().st_mode & 0o077 == 0
    assert register.store.quarantine.stat().st_mode & 0o077 == 0


def test_over_the_drop_budget_nothing_is_replaced(register: Register, staged: Query) -> None:
    register.export("a.csv", HEADER + "张三,A1,\n")
    register.ingest()
    register.export("b.csv", HEADER + "李?,B1,\n" * 1 + "".join(f"王?,B{number},\n" for number in range(20)))
    with pytest.raises(Refused, match=r"lost_character person_name 21"):
        register.ingest()
    assert staged("registration_no") == [("A1",)]


def test_a_swap_cut_short_is_put_right(register: Register, staged: Query) -> None:
    register.export("a.csv", HEADER + "张三,A1,\n")
    register.ingest()
    register.store.staging.rename(register.store.staging.with_name(".stg.old"))
    assert register.ingest().read == 0
    assert staged("registration_no") == [("A1",)]


def test_the_same_bytes_under_another_name_or_time_are_not_read_again(
    register: Register, staged: Query
) -> None:
    register.export("a.csv", HEADER + "张三,A1,\n")
    register.ingest()
    before = {path: path.stat().st_mtime_ns for path in register.store.staging.rglob("*.parquet")}
    (register.exports / "a.csv").rename(register.exports / "b.csv")
    (register.exports / "b.csv").touch()
    assert register.ingest().read == 0
    assert {path: path.stat().st_mtime_ns for path in register.store.staging.rglob("*.parquet")} == before
    assert staged("source_file") == [("a.csv",)]


def test_bytes_received_twice_count_once_and_are_told(register: Register) -> None:
    register.export("a.csv", HEADER + "张三,A1,\n")
    register.export("b.csv", HEADER + "张三,A1,\n")
    lines: list[str] = []
    report = ingest(register.exports, register.store, register.metadata, report=lines.append)
    assert (report.total("received"), report.again) == (1, 1)
    assert "b.csv: 与 a.csv 内容相同，不再读取 | same bytes as a.csv, not read again" in lines


def test_the_rows_of_a_file_are_told_in_the_columns_of_models(register: Register) -> None:
    register.export("a.csv", HEADER + "张三,A1,\n" * 1_200)
    lines: list[str] = []
    ingest(register.exports, register.store, register.metadata, report=lines.append)
    assert lines[0] == "file         1,200             a.csv"


def test_a_name_taken_by_other_bytes_goes_to_them(register: Register, staged: Query) -> None:
    register.export("a.csv", HEADER + "张三,A1,\n")
    register.ingest()
    (register.exports / "a.csv").rename(register.exports / "old.csv")
    register.export("a.csv", HEADER + "李四,A2,\n")
    register.ingest()
    assert staged("registration_no, source_file") == [("A2", "a.csv"), ("A1", "old.csv")]


def test_a_later_as_of_date_does_not_date_what_was_received_before(register: Register, staged: Query) -> None:
    register.export("a.csv", HEADER + "张三,A1,\n")
    ingest(register.exports, register.store, register.metadata, date(2026, 10, 31))
    register.export("b.csv", HEADER + "李四,A2,\n")
    assert ingest(register.exports, register.store, register.metadata, date(2026, 11, 30)).read == 1
    assert staged("source_file, received_on::VARCHAR") == [("a.csv", "2026-10-31"), ("b.csv", "2026-11-30")]
