"""Snapshots that come late, again or cut short: what counts follows from what is there, not from its order."""

import gzip
from datetime import date

import duckdb
import pytest

from etl.errors import Refused
from etl.metadata import Source
from etl.sources import ingest
from etl.sources.snapshots import snapshot_date, superseded
from tests.fixtures.ingest import SOURCE, Register
from tests.fixtures.readers import zipped

MONTHLY = r"""
snapshots: all
date_pattern: "_(?P<year>\\d{4})-(?P<month>\\d{2})(?:-(?P<day>\\d{2}))?(?:_r(?P<revision>\\d+))?"
series: "^([^/]+)/"
"""
HEADER = "姓名,注册号,有效期至\n"
ONE, TWO = "甲一,R1,2027-05-01\n", "乙二,R2,2027-05-01\n"


@pytest.fixture
def monthly(register: Register) -> Register:
    register.source("roster", SOURCE + MONTHLY)
    return register


def newest_only(register: Register) -> Source:
    register.source("roster", (SOURCE + MONTHLY).replace("snapshots: all", "snapshots: newest"))
    return register.metadata.sources["roster"]


def staged(register: Register) -> list[tuple[str, str]]:
    files = f"{register.store.staging}/stg_registration/*.parquet"
    query = f"SELECT registration_no, CAST(received_on AS VARCHAR) FROM read_parquet('{files}') ORDER BY ALL"
    return duckdb.sql(query).fetchall()


def test_equal_rows_of_different_snapshots_are_no_duplicates(monthly: Register) -> None:
    monthly.export("east/list_2026-03.csv", HEADER + ONE)
    monthly.export("east/list_2026-04.csv", HEADER + ONE)
    report = monthly.ingest()
    assert (report.total("accepted"), report.total("duplicate")) == (2, 0)
    assert staged(monthly) == [("R1", "2026-03-31"), ("R1", "2026-04-30")]


def test_equal_rows_in_two_files_of_one_snapshot_are_duplicates(monthly: Register) -> None:
    monthly.export("east/list_2026-03.csv", HEADER + ONE + TWO)
    monthly.export("east/list_2026-03 copy.csv", HEADER + ONE)
    report = monthly.ingest()
    assert (report.total("accepted"), report.total("duplicate")) == (2, 1)


def test_a_correction_of_a_snapshot_replaces_it_and_the_balance_says_by_what(monthly: Register) -> None:
    monthly.export("east/list_2026-03.csv", HEADER + ONE + TWO)
    monthly.export("east/list_2026-03_r1.csv", HEADER + ONE)
    report = monthly.ingest()
    told = {balance.source_file: (balance.out_of_scope, balance.superseded_by) for balance in report.balances}
    assert told == {
        "east/list_2026-03.csv": (2, "east/list_2026-03_r1.csv"),
        "east/list_2026-03_r1.csv": (0, None),
    }


def test_a_late_snapshot_gives_what_it_would_have_given_in_time(monthly: Register) -> None:
    monthly.export("east/list_2026-03.csv", HEADER + ONE)
    late = monthly.export("east/list_2026-04.csv", HEADER + TWO)
    monthly.export("east/list_2026-05.csv", HEADER + ONE)
    monthly.ingest()
    in_time, content = staged(monthly), late.read_bytes()
    late.unlink()
    monthly.ingest()
    late.write_bytes(content)
    monthly.ingest()
    assert staged(monthly) == in_time


def test_a_replaced_snapshot_leaves_nothing_of_the_old_one(monthly: Register) -> None:
    monthly.export("east/list_2026-03.csv", HEADER + ONE)
    monthly.ingest()
    monthly.export("east/list_2026-03.csv", HEADER + TWO)
    monthly.ingest()
    assert staged(monthly) == [("R2", "2026-03-31")]


def test_the_newest_file_of_a_place_supersedes_only_those_of_that_place(register: Register) -> None:
    source = newest_only(register)
    names = ["east/list_2026-03.csv", "east/list_2026-04.csv", "west/list_2026-03.csv"]
    older = {name: dict(by) for name, by in superseded([source], names).items() if by}
    assert older == {"east/list_2026-03.csv": {"roster": "east/list_2026-04.csv"}}


def supersession(monthly: Register) -> dict[str, str | None]:
    return {balance.source_file: balance.superseded_by for balance in monthly.ingest().balances}


def test_a_corrected_file_in_an_archive_replaces_the_one_in_another(monthly: Register) -> None:
    monthly.export("east/first.zip", zipped({"list_2026-03.csv": (HEADER + ONE + TWO).encode()}))
    monthly.export("east/again.zip", zipped({"list_2026-03_r1.csv": (HEADER + ONE).encode()}))
    assert supersession(monthly) == {
        "east/first.zip!list_2026-03.csv": "east/again.zip!list_2026-03_r1.csv",
        "east/again.zip!list_2026-03_r1.csv": None,
    }
    assert staged(monthly) == [("R1", "2026-03-31")]


@pytest.mark.parametrize("inside", ["list.csv", "list_2026-03.csv", "folder/list.csv"])
def test_a_corrected_archive_replaces_all_in_the_first(monthly: Register, inside: str) -> None:
    monthly.export("east/full_2026-03.zip", zipped({inside: (HEADER + ONE + TWO).encode()}))
    monthly.export("east/full_2026-03_r1.zip", zipped({inside: (HEADER + ONE).encode()}))
    assert supersession(monthly) == {
        f"east/full_2026-03.zip!{inside}": f"east/full_2026-03_r1.zip!{inside}",
        f"east/full_2026-03_r1.zip!{inside}": None,
    }
    assert staged(monthly) == [("R1", "2026-03-31")]


def test_one_file_of_an_archive_may_be_too_old_and_another_not(monthly: Register) -> None:
    both = {
        "east/list_2026-03.csv": (HEADER + ONE).encode(),
        "west/list_2026-03.csv": (HEADER + TWO).encode(),
    }
    monthly.export("full.zip", zipped(both))
    monthly.export("east/list_2026-03_r1.csv.gz", gzip.compress((HEADER + ONE.replace("R1", "R3")).encode()))
    assert supersession(monthly) == {
        "full.zip!east/list_2026-03.csv": "east/list_2026-03_r1.csv.gz!list_2026-03_r1.csv",
        "full.zip!west/list_2026-03.csv": None,
        "east/list_2026-03_r1.csv.gz!list_2026-03_r1.csv": None,
    }
    assert staged(monthly) == [("R2", "2026-03-31"), ("R3", "2026-03-31")]


def test_a_replaced_archive_leaves_nothing_of_the_old_one(monthly: Register) -> None:
    monthly.export("full.zip", zipped({"list_2026-03.csv": (HEADER + ONE).encode()}))
    monthly.ingest()
    monthly.export("full.zip", zipped({"list_2026-03_r1.csv": (HEADER + TWO).encode()}))
    assert supersession(monthly) == {"full.zip!list_2026-03_r1.csv": None}
    assert staged(monthly) == [("R2", "2026-03-31")]


def test_an_archive_that_comes_late_is_superseded_by_the_newest(register: Register) -> None:
    newest_only(register)
    register.export("a.zip", zipped({"list_2026-04.csv": (HEADER + ONE).encode()}))
    register.ingest()
    register.export("b.zip", zipped({"list_2026-03.csv": (HEADER + TWO).encode()}))
    assert supersession(register) == {
        "a.zip!list_2026-04.csv": None,
        "b.zip!list_2026-03.csv": "a.zip!list_2026-04.csv",
    }
    assert staged(register) == [("R1", "2026-04-30")]


def test_what_is_superseded_does_not_depend_on_the_order_of_the_files(register: Register) -> None:
    source = newest_only(register)
    names = [
        "east/list_2026-04.csv",
        "east/list_2026-03_r2.csv",
        "west/list_2026-01.csv",
        "east/list_2026-03.csv",
    ]
    assert superseded([source], names) == superseded([source], sorted(names))


def test_a_correction_is_of_the_day_in_its_name(monthly: Register) -> None:
    source = monthly.metadata.sources["roster"]
    assert snapshot_date(source, "east/list_2026-02_r3.csv") == date(2026, 2, 28)


def test_a_snapshot_cut_short_stops_the_build(monthly: Register) -> None:
    bounds = 'bounds: {reason: "截短 | cut short", floor: {share: 0.8}}\n'
    monthly.source("roster", SOURCE + MONTHLY + bounds)
    monthly.export("east/list_2026-03.csv", HEADER + ONE + TWO)
    monthly.export("east/list_2026-04.csv", HEADER + ONE)
    with pytest.raises(Refused, match="2 → 1"):
        monthly.ingest()


def test_the_floor_holds_for_each_series_by_itself(monthly: Register) -> None:
    bounds = 'bounds: {reason: "截短 | cut short", floor: {share: 0.8}}\n'
    monthly.source("roster", SOURCE + MONTHLY + bounds)
    monthly.export("east/list_2026-03.csv", HEADER + ONE + TWO)
    monthly.export("west/list_2026-04.csv", HEADER + ONE)
    assert monthly.ingest().total("accepted") == 3


def test_a_snapshot_that_grew_beyond_the_ceiling_is_told(monthly: Register) -> None:
    bounds = 'bounds: {reason: "增长 | growth", ceiling: {growth: 0.5}}\n'
    monthly.source("roster", SOURCE + MONTHLY + bounds)
    monthly.export("east/list_2026-03.csv", HEADER + ONE)
    monthly.export("east/list_2026-04.csv", HEADER + ONE + TWO)
    lines: list[str] = []
    monthly.ingest(lines.append)
    assert any("1 → 2" in line for line in lines)


def test_a_file_whose_name_tells_no_day_shows_the_day_of_the_build(register: Register) -> None:
    register.export("list.csv", HEADER + ONE)
    ingest(register.exports, register.store, register.metadata, date(2026, 10, 31))
    files = f"{register.store.staging}/stg_snapshot/*.parquet"
    assert duckdb.sql(f"SELECT received_on FROM read_parquet('{files}')").fetchall() == [
        (date(2026, 10, 31),)
    ]


def test_a_row_set_aside_is_seen_by_the_number_in_it(monthly: Register) -> None:
    monthly.export("east/list_2026-03.csv", HEADER + ONE)
    monthly.export("east/list_2026-04.csv", HEADER + "甲一,R1,从前\n" + TWO)
    monthly.ingest()
    files = f"{monthly.store.staging}/stg_sighting/*.parquet"
    seen = duckdb.sql(f"SELECT source_file, registration_no FROM read_parquet('{files}')").fetchall()
    assert seen == [("east/list_2026-04.csv", "R1")]
