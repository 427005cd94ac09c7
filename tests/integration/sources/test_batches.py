"""Files staged together give what each gives alone: the same bytes, counts and errors."""

import duckdb
import pytest

from etl.errors import BadInput
from tests.fixtures.ingest import SOURCE, Register

HEADER = "姓名,注册号,有效期至\n"
MESSY = "张　三,a1,2026/5/1\n李四,A2,2026-02-30\n王五,A3,,x\n合计,,\n赵六,A4,\n,A5,\n张三,A1,2026-05-01\n"
OTHER = "".join(
    f"钱{'一二三四五'[number % 5]},B{number},2026年{number % 12 + 1}月1日\n" for number in range(3000)
)
# More rows than a row group of Parquet usually has.
LONG = "".join(f"孙一,C{number},2026-05-01\n" for number in range(130_000))


def results(register: Register, name: str) -> dict[str, bytes]:
    """File name -> bytes, of all that one file of the source became."""
    for folder in sorted((register.store.staging / ".files").iterdir()):
        if f'"{name}"' in (folder / "units.json").read_text(encoding="utf-8"):
            return {path.name: path.read_bytes() for path in folder.iterdir()}
    raise AssertionError(name)


@pytest.mark.parametrize("rows", [MESSY, OTHER, LONG])
def test_a_file_gives_the_same_bytes_alone_and_in_a_batch(
    register: Register, tmp_path_factory: pytest.TempPathFactory, rows: str
) -> None:
    alone = Register(tmp_path_factory.mktemp("alone"))
    alone.export("m.csv", HEADER + rows)
    alone.ingest()
    for name, content in (
        ("a.csv", OTHER + "周一,B3000,\n"),
        ("m.csv", rows),
        ("z.csv", MESSY.replace("A", "Z")),
    ):
        register.export(name, HEADER + content)
    register.ingest()
    assert results(register, "m.csv") == results(alone, "m.csv")


def test_cells_with_several_values_keep_their_order_in_a_batch(
    register: Register, tmp_path_factory: pytest.TempPathFactory
) -> None:
    several = SOURCE.replace("  valid_to: {headers: [有效期至]}\n", "") + (
        "split: [{headers: [专业], fields: [enterprise_name, valid_to], kind: specialty_validity}]\n"
    )
    rows = "姓名,注册号,专业\n" + "张三,A1,丙（2026-05-01）甲（2027-01-10）\n李四,A2,甲、丙\n" * 40
    alone = Register(tmp_path_factory.mktemp("alone"))
    for each, names in ((alone, ["m.csv"]), (register, ["a.csv", "m.csv"])):
        each.source("roster", several)
        for name in names:
            each.export(name, rows if name == "m.csv" else rows.replace("丙", "乙"))
        each.ingest()
    assert results(register, "m.csv") == results(alone, "m.csv")


def test_rows_of_two_files_never_mix(register: Register) -> None:
    register.export("a.csv", HEADER + "张三,A1,\n李?,A2,\n王五,A3,,x\n")
    register.export("b.csv", HEADER + "张?,B1,\n李四,B2,\n注：无,,\n王　五,B4,\n")
    balances = {item.source_file: item for item in register.ingest().balances}
    assert balances["a.csv"].reasons == {"broken_row": 1, "lost_character person_name": 1}
    assert (balances["a.csv"].accepted, balances["a.csv"].out_of_scope, balances["a.csv"].repairs) == (
        1,
        0,
        {},
    )
    assert balances["b.csv"].reasons == {"lost_character person_name": 1}
    assert (balances["b.csv"].accepted, balances["b.csv"].outside) == (2, {"note": 1})
    assert balances["b.csv"].repairs == {"person_name inner_space": 1}
    held = duckdb.sql(
        "SELECT source_file, source_row, coalesce(line LIKE '%3,,x%', FALSE), payload LIKE '%B1%'"
        f" FROM '{register.store.quarantine}/*.parquet' ORDER BY 1, 2"
    ).fetchall()
    assert held == [("a.csv", 3, False, False), ("a.csv", 4, True, False), ("b.csv", 2, False, True)]


def test_files_whose_columns_differ_are_not_taken_for_each_other(register: Register) -> None:
    register.export("a.csv", HEADER + "张三,A1,2026-05-01\n")
    register.export("b.csv", "注册编号,序号,姓名\nB1,1,李四\n")
    register.ingest()
    found = duckdb.sql(
        "SELECT source_file, person_name, registration_no, valid_to::VARCHAR"
        f" FROM read_parquet('{register.store.staging}/stg_registration/*.parquet') ORDER BY 1"
    ).fetchall()
    assert found == [("a.csv", "张三", "A1", "2026-05-01"), ("b.csv", "李四", "B1", None)]


@pytest.mark.parametrize("bad", [HEADER, "姓名,注册号,血型\n张三,A1,A\n", HEADER.encode() + b"\xff\xff\n"])
def test_one_bad_file_of_a_batch_is_named(register: Register, bad: str | bytes) -> None:
    register.export("a.csv", HEADER + "张三,A1,\n")
    register.export("b.csv", bad)
    register.export("c.csv", HEADER + "李四,C1,\n")
    with pytest.raises(BadInput) as caught:
        register.ingest()
    assert caught.value.where == "b.csv"
    assert not register.store.staging.exists()
