"""The history of a register that sends only its current state, against a plain comparison of its files."""

import csv
import sqlite3
import subprocess
import sys
from collections import Counter
from itertools import pairwise
from pathlib import Path

import duckdb
import pytest

from etl.settings import PROJECT, Store
from tests.fixtures.needed import REGISTERS

SOURCE = REGISTERS / "hong_kong_tcsp_licensees"
METADATA = PROJECT / "tests/registers/hong_kong/metadata"
JZS = str(Path(sys.executable).parent / "jzs")

Interval = tuple[str, str]
Licensees = dict[str, list[str]]
NOTHING = {"", "N/A"}


def cell(text: str) -> str:
    """A cell without spaces at its ends or in a row, empty where it says in words that there is nothing."""
    tidy = " ".join(text.split())
    return "" if tidy in NOTHING else tidy


def read(path: Path) -> Licensees:
    """Licence number -> its cells; rows cut in two by a bare line break keep what stands before the break."""
    with path.open(encoding="utf-8-sig", newline="") as file:
        rows = list(csv.reader(file))[1:]
    return {row[0]: [cell(text) for text in row[1:]] for row in rows if row[0]}


def plain_diff() -> dict[tuple[Interval, str], set[str]]:
    """Interval and kind of change -> licence numbers."""
    found: dict[tuple[Interval, str], set[str]] = {}
    snapshots = {path.stem.removeprefix("licensees_"): read(path) for path in SOURCE.glob("*.csv")}
    known: set[str] = set(snapshots[min(snapshots)])
    for (day, before), (next_day, after) in pairwise(sorted(snapshots.items())):
        interval = (day, next_day)
        both = [n for n in before.keys() & after if len(before[n]) == len(after[n]) == 5]
        found[interval, "exit"] = before.keys() - after
        found[interval, "entry"] = after.keys() - known
        found[interval, "reentry"] = (after.keys() - before) & known
        found[interval, "person_rename"] = {n for n in both if before[n][:2] != after[n][:2]}
        found[interval, "address"] = {n for n in both if before[n][2] != after[n][2]}
        known |= after.keys()
    return {key: numbers for key, numbers in found.items() if numbers}


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Store:
    root = tmp_path_factory.mktemp("hong_kong_history")
    command = [JZS, "build", "--metadata", str(METADATA), "--source", str(SOURCE), "--store", str(root)]
    subprocess.run([*command, "--as-of", "2023-11-30"], check=True)
    return Store(root)


@pytest.fixture(scope="module")
def release(store: Store) -> Path:
    return store.current.resolve()


def published(release: Path) -> list[dict[str, str]]:
    path = release / "open/datasets/snapshot-changes/snapshot-changes.csv"
    with path.open(encoding="utf-8-sig", newline="") as file:
        return list(csv.DictReader(file))


def looked_up(release: Path, sql: str) -> list[tuple[str, ...]]:
    with sqlite3.connect(f"file:{release}/served/lookup.sqlite?mode=ro", uri=True) as connection:
        return connection.execute(sql).fetchall()


def test_the_published_counts_are_those_of_the_files(release: Path) -> None:
    told = {key: len(numbers) for key, numbers in plain_diff().items()}
    found = {
        ((row["observed_after"], row["observed_by"]), row["change_type_code"]): int(row["events"])
        for row in published(release)
    }
    assert found == told


def test_every_licensee_that_came_left_or_changed_is_found_and_nobody_else(store: Store) -> None:
    changes, roster = store.models("core") / "core_change__event.parquet", store.staging / "stg_registration"
    found = duckdb.sql(
        f"""SELECT CAST(observed_after AS VARCHAR), CAST(observed_by AS VARCHAR), change_type_code,
            list(DISTINCT registration_no)
        FROM '{changes}' AS change
        JOIN '{roster}/*.parquet' AS roster
            ON CAST('0x' || left(md5('certificate|' || registration_no), 16) AS UBIGINT) = certificate_id
        GROUP BY ALL"""
    ).fetchall()
    assert {((day, next_day), kind): set(numbers) for day, next_day, kind, numbers in found} == plain_diff()


def test_every_published_change_is_marked_as_derived(release: Path) -> None:
    assert {row["is_derived"] for row in published(release)} == {"true"}


@pytest.mark.parametrize("kind", ["entry", "person_rename", "address"])
def test_the_lookup_tells_the_changes_of_exactly_the_licensees_that_still_stand(
    release: Path, kind: str
) -> None:
    newest = read(max(SOURCE.glob("*.csv")))
    told = Counter(
        (*interval, number)
        for (interval, found), numbers in plain_diff().items()
        for number in numbers & newest.keys()
        if found == kind
    )
    sql = "SELECT observed_after, observed_by, registration_no FROM change JOIN certificate USING (public_id)"
    assert Counter(looked_up(release, f"{sql} WHERE change_type_code = '{kind}'")) == told


def test_no_address_reaches_a_product(release: Path) -> None:
    address = next(cells[2] for cells in read(max(SOURCE.glob("*.csv"))).values() if len(cells[2]) > 40)
    files = [path for path in release.rglob("*") if path.is_file()]
    assert not [path for path in files if address.encode() in path.read_bytes()]
