"""The lookup's database."""

from pathlib import Path

import pyarrow.parquet as pq
import pytest
from pysqlite3 import dbapi2 as sqlite3

from etl.publish.assemble import Plan
from etl.publish.lookup import write_lookup
from etl.publish.tables import published_tables


@pytest.fixture
def lookup(plan: Plan, tmp_path: Path) -> Path:
    return built(plan, tmp_path / "lookup.sqlite")


def built(plan: Plan, path: Path) -> Path:
    write_lookup(path, published_tables(plan.served, plan.metadata), plan.metadata, plan.edition)
    return path


def rows(path: Path, query: str) -> list[tuple[object, ...]]:
    with sqlite3.connect(path) as connection:
        return list(connection.execute(query).fetchall())


def test_certificates_are_stored_in_the_order_of_pinyin(lookup: Path) -> None:
    stored = rows(lookup, "SELECT person_name_pinyin, person_name FROM certificate ORDER BY rowid")
    assert stored == [("zengguo", "曾国"), ("zhangwei", "张伟")]


def test_months_are_stored_without_a_day(lookup: Path) -> None:
    assert rows(lookup, "SELECT DISTINCT first_registered_month FROM certificate") == [("2025-01",)]


def test_release_row_names_the_version(lookup: Path) -> None:
    assert rows(lookup, "SELECT version, as_of, synthetic FROM release") == [("2026.10.0", "2026-10-31", 1)]


@pytest.mark.parametrize("column", ["public_id", "person_name_key", "person_name_pinyin", "registration_no"])
def test_certificates_have_an_index_on_what_is_asked(lookup: Path, column: str) -> None:
    query = "SELECT i.name FROM pragma_index_list('certificate') AS l, pragma_index_info(l.name) AS i"
    assert (column,) in rows(lookup, f"{query} WHERE i.seqno = 0")


def test_same_marts_give_the_same_bytes(plan: Plan, tmp_path: Path) -> None:
    first, second = (built(plan, tmp_path / name).read_bytes() for name in ("a.sqlite", "b.sqlite"))
    assert first == second


def test_a_column_that_the_register_lacks_is_absent(lookup: Path) -> None:
    assert "person_name_en" not in [row[1] for row in rows(lookup, "PRAGMA table_info(certificate)")]


def test_a_table_without_rows_is_absent(plan: Plan, tmp_path: Path) -> None:
    path = plan.served / "served_enterprise.parquet"
    pq.write_table(pq.read_table(path).slice(0, 0), path)
    names = rows(built(plan, tmp_path / "x.sqlite"), "SELECT name FROM sqlite_schema WHERE type = 'table'")
    assert ("enterprise",) not in names


def test_names_have_their_key_beside_them(lookup: Path) -> None:
    assert rows(lookup, "SELECT person_name_key FROM certificate ORDER BY 1") == [("张伟",), ("曾国",)]


def test_a_fragment_of_an_enterprise_s_name_leads_to_it(lookup: Path) -> None:
    query = "SELECT enterprise_name FROM enterprise WHERE rowid IN (SELECT rowid FROM enterprise_fts(?))"
    with sqlite3.connect(lookup) as connection:
        assert connection.execute(query, ("建设有限",)).fetchall() == [("合成建设有限公司",)]


def test_how_rows_spread_is_known_without_samples_of_keys(lookup: Path) -> None:
    """The counts of samples stand end to end: of five million persons some read as phone numbers."""
    assert rows(lookup, "SELECT count(*) FROM sqlite_stat4") == [(0,)]
    assert rows(lookup, "SELECT count(*) FROM sqlite_stat1") != [(0,)]
