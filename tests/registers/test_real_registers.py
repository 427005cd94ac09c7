"""Registers that no one here made: a metadata directory alone takes each from its file to a served release."""

import csv
import json
import sqlite3
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import duckdb
import httpx
import pytest

from etl.settings import PROJECT, Store
from tests.fixtures.lookup_server import serving
from tests.fixtures.needed import REGISTERS

JZS = str(Path(sys.executable).parent / "jzs")


@dataclass(frozen=True)
class Built:
    """A register's own file, row by row, and the release made from it."""

    rows: list[dict[str, str]]
    release: Path

    def lookup(self, sql: str, *values: object) -> list[tuple[object, ...]]:
        with sqlite3.connect(f"file:{self.release}/served/lookup.sqlite?mode=ro", uri=True) as connection:
            return connection.execute(sql, values).fetchall()

    def workforce(self, sql: str) -> list[tuple[object, ...]]:
        with duckdb.connect(str(self.release / "served/workforce.duckdb"), read_only=True) as connection:
            return connection.execute(sql).fetchall()

    def balance(self) -> dict[str, int]:
        files = json.loads((self.release / "open/balance.json").read_text())["balance"]
        counts: Counter[str] = Counter()
        for file in files:
            counts.update({k: v for k, v in file.items() if isinstance(v, int)})
        return counts

    def datasets(self) -> set[str]:
        return {p.name for p in (self.release / "open/datasets").iterdir()}


def build(name: str, source: Path, newest: Path, store: Path, as_of: str) -> Built:
    metadata = PROJECT / "tests/registers" / name / "metadata"
    command = [JZS, "build", "--metadata", str(metadata), "--source", str(source)]
    subprocess.run([*command, "--store", str(store), "--as-of", as_of], check=True)
    subprocess.run([JZS, "verify", str(store / "public/current")], check=True)
    with newest.open(encoding="utf-8-sig", newline="") as lines:
        return Built(list(csv.DictReader(lines)), (store / "public/current").resolve())


@pytest.fixture(scope="module")
def california(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Built]:
    source = REGISTERS / "california_structural_engineers"
    store = tmp_path_factory.mktemp("california")
    yield build("california", source, source / "licences.csv", store, "2026-05-31")


@pytest.fixture(scope="module")
def hong_kong(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Built]:
    source = REGISTERS / "hong_kong_tcsp_licensees"
    newest = max(source.glob("licensees_*.csv"))
    store = tmp_path_factory.mktemp("hong_kong")
    yield build("hong_kong", source, newest, store, newest.stem.removeprefix("licensees_"))


@pytest.mark.parametrize("name", ["california", "hong_kong"])
def test_the_lookup_answers_of_whoever_it_holds(name: str, request: pytest.FixtureRequest) -> None:
    built: Built = request.getfixturevalue(name)
    found = built.lookup("SELECT public_id, registration_no FROM certificate ORDER BY random() LIMIT 20")
    with serving(Store(built.release.parents[2])) as address, httpx.Client(base_url=address) as client:
        for person, number in found:
            page = f"/p/{person}"
            for asked in (page, f"{page}?lang=en", f"{page}?on=2020-02-29"):
                assert client.get(asked).status_code == 200, asked
            told = client.get(page, headers={"accept": "application/json"}).json()
            assert str(number)[-4:] in json.dumps(told)
            assert client.post("/verify", data={"pairs": f"某 {number}"}).status_code == 200


def test_every_californian_row_is_in_the_balance(california: Built) -> None:
    balance = california.balance()
    assert balance["received"] == len(california.rows)
    assert balance["accepted"] == len(california.rows)


def test_the_lookup_holds_every_californian_licence(california: Built) -> None:
    numbers = {row["License Number"] for row in california.rows}
    found = california.lookup("SELECT registration_no FROM certificate")
    assert {number for (number,) in found} == numbers
    assert len(found) == len(california.rows)


def test_licences_by_state_equal_the_file(california: Built) -> None:
    expected = Counter(row["State"] for row in california.rows)
    found = california.workforce(
        "SELECT d.en, sum(r.registrations) FROM mart_registration__quarterly r "
        "LEFT JOIN codes_division d ON d.code = r.division_code "
        "WHERE quarter_end = (SELECT max(quarter_end) FROM mart_registration__quarterly) GROUP BY d.en"
    )
    assert sum(int(count) for _, count in found) == sum(expected.values())
    assert dict(found)["California"] == expected["CA"]


def test_what_california_lacks_is_absent(california: Built) -> None:
    columns = {row[1] for row in california.lookup("PRAGMA table_info(certificate)")}
    assert not columns & {"person_name", "enterprise_name", "person_name_pinyin"}
    tables = {name for (name,) in california.workforce("SELECT table_name FROM duckdb_tables()")}
    assert not tables & {
        "mart_mobility__yearly_flow",
        "mart_enterprise__stock",
        "mart_person__yearly_age_sex",
    }
    assert not california.datasets() & {"mobility-flows", "enterprise-stock", "age-sex"}


def test_only_the_newest_hong_kong_snapshot_is_the_stock(hong_kong: Built) -> None:
    balance = hong_kong.balance()
    assert balance["accepted"] > len(hong_kong.rows)
    assert balance["received"] == balance["accepted"] + balance["quarantined"]
    stock = hong_kong.workforce("SELECT sum(registrations) FROM mart_registration__quarterly")
    assert stock == [(len({next(iter(row.values())) for row in hong_kong.rows}),)]


def test_the_lookup_holds_every_hong_kong_licensee_by_both_names(hong_kong: Built) -> None:
    row = hong_kong.rows[0]
    number, english, chinese = list(row.values())[:3]
    found = hong_kong.lookup(
        "SELECT person_name, person_name_en FROM certificate WHERE registration_no = ?", number
    )
    assert found == [(chinese, english)]
    licences = {next(iter(row.values())) for row in hong_kong.rows}
    assert hong_kong.lookup("SELECT count(DISTINCT registration_no) FROM certificate") == [(len(licences),)]


def test_what_hong_kong_lacks_is_absent(hong_kong: Built) -> None:
    columns = {row[1] for row in hong_kong.lookup("PRAGMA table_info(certificate)")}
    assert not columns & {"enterprise_name", "division_code", "valid_to_month"}
    assert not hong_kong.datasets() & {"mobility-flows", "enterprise-stock", "age-sex", "expiry-pipeline"}


def test_holders_in_hong_kong_are_not_called_persons(hong_kong: Built) -> None:
    told = hong_kong.workforce("SELECT zh, en FROM text WHERE key = 'dashboard.measure.persons'")
    assert told == [("持牌人数（个人或公司）", "Licensees (individuals or firms)")]
    assert hong_kong.workforce("SELECT count(*) FROM duckdb_tables() WHERE table_name = 'annotation'") == [
        (0,)
    ]
