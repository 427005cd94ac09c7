"""SQLite and Parquet files."""

import sqlite3
from pathlib import Path

import duckdb
import pytest

from tests.fixtures.readers import Reading

TABLE = (
    "CREATE TABLE roster (\"姓名\" TEXT, \"注册号\"); INSERT INTO roster VALUES ('张三', 'A1'), ('李四', 2);"
)


def database(folder: Path, *statements: str) -> bytes:
    path = folder / "made.sqlite"
    path.unlink(missing_ok=True)
    with sqlite3.connect(path) as connection:
        for statement in statements:
            connection.executescript(statement)
    connection.close()
    return path.read_bytes()


def test_every_table_is_a_sheet_and_others_are_told(read: Reading, tmp_path: Path) -> None:
    aux = "CREATE TABLE aux (k TEXT); INSERT INTO aux VALUES ('x');"
    tables = read("a.db", database(tmp_path, TABLE, TABLE.replace("roster", '"名册"'), aux))
    assert [table.sheet.locator for table in tables] == ["#roster", "#名册"]
    assert tables[0].rows == {1: ("张三", "A1"), 2: ("李四", "2")}
    assert "aux" in tables[0].sheet.notices[0]


def test_views_and_triggers_are_left_alone(read: Reading, tmp_path: Path) -> None:
    hostile = (
        'CREATE VIEW trap AS SELECT hex(zeroblob(1000000)) AS "姓名";'
        "CREATE TRIGGER bang AFTER INSERT ON roster BEGIN DELETE FROM roster; END;"
    )
    (table,) = read("a.db", database(tmp_path, TABLE, hostile))
    assert len(table.rows) == 2


def test_a_column_computed_when_read_is_left_alone(read: Reading, tmp_path: Path) -> None:
    trap = 'CREATE TABLE trap ("姓名" TEXT, "注册号" AS (hex(zeroblob(9999)))); INSERT INTO trap ("姓名") VALUES (1);'
    (table,) = read("a.db", database(tmp_path, trap))
    assert table.sheet.headers == ("姓名",)


def test_a_cell_over_the_limit_is_refused(read: Reading, tmp_path: Path) -> None:
    large = "INSERT INTO roster VALUES (hex(zeroblob(99999)), 1);"
    assert read.refusal("a.db", database(tmp_path, TABLE, large)).rule == "SQLite"


def test_bytes_that_are_no_text_are_named_as_damage(read: Reading, tmp_path: Path) -> None:
    (table,) = read(
        "a.db", database(tmp_path, TABLE, "INSERT INTO roster VALUES (CAST(x'D5C5' AS TEXT), 1);")
    )
    assert table.damaged == [(3, "c0", "lost_character")]


def test_a_file_without_known_table_or_damaged_is_refused(read: Reading, tmp_path: Path) -> None:
    assert read.refusal("a.db", database(tmp_path, "CREATE TABLE t (a);")).rule == "header"
    assert read.refusal("a.db", database(tmp_path, TABLE)[:700]).rule == "SQLite"


def test_parquet_under_another_suffix_is_read(read: Reading, tmp_path: Path) -> None:
    path = tmp_path / "made.parquet"
    duckdb.sql(f"COPY (SELECT '张三' AS \"姓名\", 5 AS \"注册号\") TO '{path}' (FORMAT parquet)")
    (table,) = read("a.csv", path.read_bytes())
    assert table.rows == {1: ("张三", "5")}


@pytest.mark.parametrize("cut", [4, 40, -4])
def test_truncated_parquet_is_refused(read: Reading, tmp_path: Path, cut: int) -> None:
    path = tmp_path / "made.parquet"
    duckdb.sql(f"COPY (SELECT '张三' AS \"姓名\") TO '{path}' (FORMAT parquet)")
    assert read.refusal("a.parquet", path.read_bytes()[:cut]).rule == "Parquet"
