"""The ledger: what each person is charged, and that no year passes the ceiling."""

import json
from fractions import Fraction
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from etl.errors import BadInput, Refused
from etl.privacy import ledger
from etl.privacy.ledger import Entry, Ledger

CEILING = Fraction(1)
KEPT = (("ages.json", "def"), ("ages.whole.parquet", "123"))


def entry(year: int, family: str = "ages", rho: Fraction = Fraction(2, 5)) -> Entry:
    return Entry(year, family, rho, "2026.1.0", 10, "abc", kept=KEPT)


def test_a_year_is_charged_the_sum_of_its_families_and_years_add_up() -> None:
    held = Ledger((entry(2023), entry(2024), entry(2024, "education", Fraction(3, 10))))
    assert held.rho(2024) == Fraction(7, 10)
    assert held.cumulated(2023) == Fraction(2, 5)
    assert held.cumulated(2024) == Fraction(11, 10)


def test_a_table_over_the_ceiling_is_refused() -> None:
    held = Ledger((entry(2024), entry(2024, "b")))
    with pytest.raises(Refused, match="charge of a unit for 2024 would pass the ceiling"):
        held.with_tables([entry(2024, "c")], CEILING)


def test_a_charge_of_exactly_the_ceiling_is_allowed() -> None:
    held = Ledger((entry(2024, rho=Fraction(3, 5)),))
    assert held.with_tables([entry(2024, "b")], CEILING).rho(2024) == CEILING


def test_a_table_is_frozen_once() -> None:
    with pytest.raises(Refused, match="is frozen already"):
        Ledger((entry(2024),)).with_tables([entry(2024, rho=Fraction(1, 100))], CEILING)


@given(
    st.lists(
        st.tuples(st.integers(2021, 2024), st.integers(0, 9), st.integers(1, 40)), unique_by=lambda t: t[:2]
    )
)
def test_no_order_of_tables_passes_the_ceiling(tables: list[tuple[int, int, int]]) -> None:
    held = Ledger()
    for year, family, variance in tables:
        charge = entry(year, f"f{family}", Fraction(1, variance))
        would_be = held.rho(year) + charge.rho
        try:
            held = held.with_tables([charge], CEILING)
        except Refused:
            assert would_be > CEILING
        assert held.rho(year) <= CEILING


def test_what_is_written_is_what_is_read(tmp_path: Path) -> None:
    held = Ledger((entry(2023, rho=Fraction(17, 40)), entry(2024)))
    ledger.write(tmp_path, held)
    assert ledger.read(tmp_path) == held


def test_a_store_without_frozen_tables_has_an_empty_ledger(tmp_path: Path) -> None:
    assert ledger.read(tmp_path / "frozen") == Ledger()


@pytest.mark.parametrize("text", ["", "{}", '{"entries": [{"year": 2024}]}', None])
def test_a_damaged_or_missing_ledger_is_refused_where_tables_are(tmp_path: Path, text: str | None) -> None:
    table = tmp_path / "2024" / "ages.parquet"
    table.parent.mkdir()
    table.write_bytes(b"")
    if text is not None:
        (tmp_path / ledger.NAME).write_text(text)
    with pytest.raises(BadInput, match="restore the whole folder"):
        ledger.read(tmp_path)


def test_a_ledger_without_the_hashes_of_what_is_kept_is_told_to_be_of_an_earlier_version(
    tmp_path: Path,
) -> None:
    ledger.write(tmp_path, Ledger((entry(2024),)))
    content = json.loads((tmp_path / ledger.NAME).read_text())
    del content["entries"][0]["kept"]
    (tmp_path / ledger.NAME).write_text(json.dumps(content))
    with pytest.raises(BadInput, match="written by an earlier version"):
        ledger.read(tmp_path)


def test_the_statement_tells_no_hash_of_what_is_restricted() -> None:
    assert "123" not in json.dumps(ledger.statement(Ledger((entry(2024),)), CEILING))


def test_the_statement_tells_every_table_and_the_charge_of_each_year() -> None:
    told = ledger.statement(Ledger((entry(2023), entry(2024))), CEILING)
    assert told["rho_ceiling"] == 1
    assert [(year["year"], year["rho"], year["rho_cumulated"]) for year in told["years"]] == [
        (2023, 0.4, 0.4),
        (2024, 0.4, 0.8),
    ]
    assert told["years"][1]["tables"] == [
        {"family": "ages", "rho": 0.4, "release": "2026.1.0", "rows": 10, "sha256": "abc", "declared": "def"}
    ]
