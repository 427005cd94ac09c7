"""Two real registers through ingest: every row of the files is accounted for, counted by another program."""

import csv
from collections import Counter
from pathlib import Path

import duckdb
import pytest

from etl.metadata import load
from etl.settings import Store
from etl.sources import IngestReport, ingest
from tests.fixtures.needed import REGISTERS

HERE = Path(__file__).parent
HONG_KONG_COLUMNS = 6


def rows_of(path: Path) -> list[list[str]]:
    with path.open(encoding="utf-8-sig", newline="") as file:
        return list(csv.reader(file))[1:]


def run(name: str, folder: str, store: Store) -> IngestReport:
    return ingest(REGISTERS / folder, store, load(HERE / name / "metadata"))


@pytest.fixture(scope="module")
def california(tmp_path_factory: pytest.TempPathFactory) -> tuple[Store, IngestReport]:
    store = Store(tmp_path_factory.mktemp("california"))
    return store, run("california", "california_structural_engineers", store)


@pytest.fixture(scope="module")
def hong_kong(tmp_path_factory: pytest.TempPathFactory) -> tuple[Store, IngestReport]:
    store = Store(tmp_path_factory.mktemp("hong_kong"))
    return store, run("hong_kong", "hong_kong_tcsp_licensees", store)


def staged(store: Store, columns: str) -> Counter[tuple[str | None, ...]]:
    files = f"{store.staging}/stg_registration/*.parquet"
    return Counter(duckdb.sql(f"SELECT {columns} FROM read_parquet('{files}')").fetchall())


def test_every_californian_licence_is_accepted(california: tuple[Store, IngestReport]) -> None:
    rows = rows_of(REGISTERS / "california_structural_engineers/licences.csv")
    assert california[1].total("received") == california[1].total("accepted") == len(rows)


def test_californian_numbers_dates_and_states_are_the_files_own(
    california: tuple[Store, IngestReport],
) -> None:
    rows = rows_of(REGISTERS / "california_structural_engineers/licences.csv")
    told = Counter((row[1], row[2] or None, row[4], row[5]) for row in rows)
    columns = "registration_no, division_code, first_registered_on::VARCHAR, valid_to::VARCHAR"
    assert staged(california[0], columns) == told


def test_californian_statuses_keep_their_counts(california: tuple[Store, IngestReport]) -> None:
    told = Counter(row[6] for row in rows_of(REGISTERS / "california_structural_engineers/licences.csv"))
    counts = {code: count for (code,), count in staged(california[0], "status_code").items()}
    assert counts["valid"] == told["Active"] + told["Clear"]
    assert counts["historic"] == told["Delinquent"]
    assert counts["deceased"] == told["Deceased"]
    assert sum(counts.values()) == sum(told.values())


def hong_kong_rows() -> list[tuple[str, list[str]]]:
    """Day of the snapshot and cells of every row of the six files."""
    paths = (REGISTERS / "hong_kong_tcsp_licensees").glob("*.csv")
    return [(path.stem.removeprefix("licensees_"), row) for path in paths for row in rows_of(path)]


def test_every_whole_row_of_all_hong_kong_snapshots_is_staged_once(
    hong_kong: tuple[Store, IngestReport],
) -> None:
    told = Counter((row[0], day) for day, row in hong_kong_rows() if len(row) == HONG_KONG_COLUMNS)
    assert staged(hong_kong[0], "registration_no, received_on::VARCHAR") == told


def test_only_hong_kong_rows_cut_in_two_are_quarantined(hong_kong: tuple[Store, IngestReport]) -> None:
    cut = [row for _, row in hong_kong_rows() if len(row) != HONG_KONG_COLUMNS]
    assert hong_kong[1].tally("reasons") == {"broken_row": len(cut)}
    assert hong_kong[1].total("accepted") == len(hong_kong_rows()) - len(cut)


def test_a_licence_on_a_row_cut_in_two_is_still_seen(hong_kong: tuple[Store, IngestReport]) -> None:
    told = {(row[0], day) for day, row in hong_kong_rows() if row[0] and len(row) != HONG_KONG_COLUMNS}
    seen = duckdb.sql(
        f"""SELECT registration_no, received_on::VARCHAR
        FROM read_parquet('{hong_kong[0].staging}/stg_sighting/*.parquet')
        JOIN read_parquet('{hong_kong[0].staging}/stg_snapshot/*.parquet') USING (source_name, source_file)"""
    ).fetchall()
    assert set(seen) == told


def test_hong_kong_names_come_in_both_languages(hong_kong: tuple[Store, IngestReport]) -> None:
    rows = [row for _, row in hong_kong_rows() if len(row) == HONG_KONG_COLUMNS]
    # Few rows say in words that there is no Chinese name.
    told = sum(1 for row in rows if row[2].strip() not in {"", "N/A"})
    names = staged(hong_kong[0], "person_name IS NOT NULL, person_name_en IS NOT NULL")
    assert names == Counter({(True, True): told, (False, True): len(rows) - told})
