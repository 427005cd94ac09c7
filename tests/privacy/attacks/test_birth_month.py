"""An attack on a built store: read months of birth out of what a release gives, score them with the restricted zone.

The attacker knows the rules: a registration lasts 36 months, and ends on the 65th birthday if that comes first.
"""

import sqlite3
import subprocess
import sys
from pathlib import Path

import duckdb
import pytest

from etl.settings import Store

JZS = (sys.executable, "-c", "import sys; from etl.cli import main; sys.exit(main())")
ORDINARY, LIMIT = 36, 65


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Store:
    folder = tmp_path_factory.mktemp("attacked")
    store = Store(folder / "store")
    for command in (
        ("synth", "--out", folder / "x", "--persons", 800, "--seed", 5, "--divisions", "110000,640000"),
        ("build", "--source", folder / "x", "--store", store.root, "--as-of", "2026-10-31"),
    ):
        done = subprocess.run([*JZS, *map(str, command)], capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stderr
    return store


@pytest.fixture(scope="module")
def births(store: Store) -> dict[str, tuple[int, int]]:
    """Registration number to year and month of birth: the truth, which no release holds."""
    core = store.models("core")
    rows = duckdb.sql(
        "SELECT c.registration_no, year(p.birth_date), month(p.birth_date) "
        f"FROM '{core}/core_certificate__entity.parquet' AS c JOIN '{core}/core_person__entity.parquet' AS p "
        "USING (person_id) WHERE p.birth_date IS NOT NULL AND c.registration_no IS NOT NULL"
    ).fetchall()
    return {number: (year, month) for number, year, month in rows}


def served(store: Store) -> list[tuple[str, str | None, str | None]]:
    """Registration number, first and last month of every registration that the lookup shows."""
    path: Path = store.current / "served" / "lookup.sqlite"
    with sqlite3.connect(f"file:{path}?immutable=1", uri=True) as lookup:
        return lookup.execute(
            "SELECT c.registration_no, r.valid_from_month, r.valid_to_month FROM registration AS r "
            "JOIN certificate AS c USING (public_id) WHERE c.registration_no IS NOT NULL"
        ).fetchall()


def months(text: str) -> int:
    return int(text[:4]) * 12 + int(text[5:7]) - 1


def test_the_register_holds_registrations_cut_by_the_limit(store: Store) -> None:
    core = store.models("core")
    ((cut,),) = duckdb.sql(
        f"SELECT count(*) FROM '{core}/core_registration__history.parquet' AS r "
        f"JOIN '{core}/core_certificate__entity.parquet' AS c USING (certificate_id) "
        f"JOIN '{core}/core_person__entity.parquet' AS p USING (person_id) "
        f"WHERE r.superseded_on IS NULL AND r.valid_to = p.birth_date + INTERVAL {LIMIT} YEAR"
    ).fetchall()
    assert cut > 5


def test_an_end_before_its_time_is_nobodys_month_of_birth(
    store: Store, births: dict[str, tuple[int, int]]
) -> None:
    guessed = [
        (number, divmod(months(last) - 12 * LIMIT, 12))
        for number, first, last in served(store)
        if first and last and months(last) - months(first) < ORDINARY - 1
    ]
    right = [number for number, (year, month) in guessed if births.get(number) == (year, month + 1)]
    assert right == []


def test_no_last_month_is_the_month_of_the_limit(store: Store, births: dict[str, tuple[int, int]]) -> None:
    hits = [
        number
        for number, _, last in served(store)
        if last and number in births and (int(last[:4]) - LIMIT, int(last[5:7])) == births[number]
    ]
    assert hits == []


def test_who_is_near_the_limit_is_in_no_month_of_expiry(store: Store) -> None:
    """Else the months of all others, taken from the counts, would leave the one that is not told."""
    shown = [last for _, _, last in served(store) if last]
    with duckdb.connect(str(store.current / "served" / "workforce.duckdb"), read_only=True) as release:
        counted = release.execute("SELECT month_ahead, registrations FROM mart_expiry__monthly").fetchall()
    for month, registrations in counted:
        assert registrations <= shown.count(f"{month:%Y-%m}")
