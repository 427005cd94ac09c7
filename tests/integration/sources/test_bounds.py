"""A source that sends too little stops the build; one that moves too far is told of."""

import json

import duckdb
import pytest

from etl.errors import Refused
from etl.sources.bounds import Excess, excesses
from tests.fixtures.ingest import SOURCE, Register

HEADER = "姓名,注册号,有效期至\n"
DIVISIONS = "code,zh,en,sort,variants\n110000,甲省,First,1,11\n120000,乙省,Second,2,12\n"
BOUNDS = (
    SOURCE
    + """
sender: {path: "^(?P<division>[0-9]{2})_"}
bounds:
  reason: 测试 | test
  least: 4
  floor: {rows: 2, share: 0.5}
  ceiling: {growth: 0.5, quarantined: 0.3, duplicates: 0.3, changed: 0.3, vanished: 0.3}
"""
)


def people(count: int, prefix: str = "A") -> str:
    return HEADER + "".join(f"张三,{prefix}{number},\n" for number in range(count))


@pytest.fixture
def bounded(register: Register) -> Register:
    """The register with bounds, and a release made of four rows of one division and two of another."""
    (register.metadata_root / "codes").mkdir()
    (register.metadata_root / "codes/division.csv").write_text(DIVISIONS, encoding="utf-8")
    register.source("roster", BOUNDS)
    register.export("11_jia/a.csv", people(4))
    register.export("12_yi/a.csv", people(2, "B"))
    report = register.ingest()
    folder = register.store.accepted("2026.9.0")
    folder.mkdir(parents=True)
    (folder / "report.json").write_text(json.dumps(report.to_json()), encoding="utf-8")
    register.store.current.parent.mkdir(parents=True)
    register.store.current.symlink_to("releases/2026.9.0")
    return register


def test_half_the_rows_of_a_division_missing_stops_the_build(bounded: Register) -> None:
    bounded.export("11_jia/a.csv", people(1))
    with pytest.raises(
        Refused, match=r"roster 110000: .* 1 rows received, fewer than 50% of the 4"
    ) as refusal:
        bounded.ingest()
    assert "11_jia/a.csv" in refusal.value.where
    assert "bounds.exempt" in refusal.value.remedy


def test_a_division_that_sends_nothing_stops_the_build(bounded: Register) -> None:
    (bounded.exports / "11_jia/a.csv").unlink()
    with pytest.raises(Refused, match=r"roster 110000: .* 0 rows received"):
        bounded.ingest()


def test_an_exempt_division_may_fall_below_the_floor(bounded: Register) -> None:
    bounded.source("roster", BOUNDS + '  exempt: {"110000": 已合并 | merged}\n')
    bounded.export("11_jia/a.csv", people(1))
    assert bounded.ingest().total("received") == 3


def test_a_small_division_is_not_judged_by_share(bounded: Register) -> None:
    (bounded.exports / "12_yi/a.csv").unlink()
    assert bounded.ingest().total("received") == 4


def test_a_source_below_its_absolute_floor_stops_the_build(register: Register) -> None:
    register.source("roster", SOURCE + "bounds: {reason: 测试 | test, floor: {rows: 2}}\n")
    register.export("a.csv", people(1))
    with pytest.raises(Refused, match="1 rows received, fewer than 2"):
        register.ingest()


def test_a_refused_run_leaves_its_quarantine_to_look_at_and_the_rest_as_it_was(bounded: Register) -> None:
    before = {path: path.stat().st_ino for path in bounded.store.staging.rglob("*.parquet")}
    bounded.export("11_jia/a.csv", HEADER + "李?,A9,\n")
    with pytest.raises(Refused, match="fewer than 50%") as refusal:
        bounded.ingest()
    assert str(bounded.store.refused) in refusal.value.remedy
    held = duckdb.sql(f"SELECT source_row, reason FROM '{bounded.store.refused}/*.parquet'").fetchall()
    assert held == [(2, "lost_character")]
    assert {path: path.stat().st_ino for path in bounded.store.staging.rglob("*.parquet")} == before


def test_an_accepted_run_clears_what_a_refused_one_left(bounded: Register) -> None:
    bounded.export("11_jia/a.csv", people(1))
    with pytest.raises(Refused):
        bounded.ingest()
    bounded.export("11_jia/a.csv", people(5))
    bounded.ingest()
    assert not bounded.store.refused.exists()


def test_ceilings_tell_source_division_share_and_limit(bounded: Register) -> None:
    before = bounded.ingest().balances
    bounded.export("11_jia/a.csv", people(5) + "张三,A0,\n" * 5 + "李?,A9,\n" * 5)
    now = bounded.ingest().balances
    found = excesses(now, before, {("roster", "110000"): (1, 2, 4)}, bounded.metadata)
    assert found == [
        Excess("roster", "110000", "growth", 2.75, 0.5),
        Excess("roster", "110000", "quarantined", 0.3333, 0.3),
        Excess("roster", "110000", "duplicates", 0.3333, 0.3),
        Excess("roster", "110000", "vanished", 0.5, 0.3),
    ]
