"""What appeared, changed and vanished is counted by source and division, and its keys are kept."""

from pathlib import Path

import duckdb

from etl.sources.compare import Change, compare
from tests.fixtures.ingest import Register

HEADER = "姓名,注册号,有效期至\n"


def changes(register: Register, root: Path, before: str | None, after: str) -> list[Change]:
    report = register.ingest()
    metadata = register.metadata
    folder = root / before if before else None
    found = compare(register.store.staging, report.balances, metadata, folder, root / after)
    return [change for change in found if change.record == "registration"]


def test_records_are_compared_by_key_and_content(register: Register, tmp_path: Path) -> None:
    register.export("a.csv", HEADER + "张三,A1,\n李四,A2,\n王五,A3,\n")
    assert changes(register, tmp_path, None, "first") == []
    register.export("a.csv", HEADER + "张三,A1,\n李四,A2,2027-01-01\n赵六,A4,\n")
    assert changes(register, tmp_path, "first", "second") == [
        Change("registration", "roster", None, appeared=1, changed=1, vanished=1, stayed=1)
    ]
    (vanished,) = duckdb.sql(
        f"SELECT record, source_name, key = hash('A3', NULL::VARCHAR) FROM '{tmp_path}/second/vanished.parquet'"
    ).fetchall()
    assert vanished == ("registration", "roster", True)


def test_unchanged_staging_is_linked_and_nothing_has_moved(register: Register, tmp_path: Path) -> None:
    register.export("a.csv", HEADER + "张三,A1,\n")
    changes(register, tmp_path, None, "first")
    assert changes(register, tmp_path, "first", "second") == [
        Change("registration", "roster", None, 0, 0, 0, 1)
    ]
    (first,) = (tmp_path / "first").glob("registration.*.parquet")
    assert first.samefile(tmp_path / "second" / first.name)


def test_the_same_rows_from_another_file_have_not_changed(register: Register, tmp_path: Path) -> None:
    register.export("a.csv", HEADER + "张三,A1,\n李四,A2,\n")
    changes(register, tmp_path, None, "first")
    (register.exports / "a.csv").unlink()
    register.export("b.csv", HEADER + "李四,A2,\n张三,A1,\n")
    assert changes(register, tmp_path, "first", "second") == [
        Change("registration", "roster", None, 0, 0, 0, 2)
    ]


def test_marks_that_are_half_removed_are_not_compared(register: Register, tmp_path: Path) -> None:
    register.export("a.csv", HEADER + "张三,A1,\n")
    changes(register, tmp_path, None, "first")
    for path in (tmp_path / "first").glob("*.parquet"):
        path.unlink()
    assert changes(register, tmp_path, "first", "second") == []
