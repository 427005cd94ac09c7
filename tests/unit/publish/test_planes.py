"""Exact where the lookup shows it, protected where it does not: what a release holds is one or the other."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from etl.metadata import Metadata
from etl.publish import planes
from etl.publish.privacypage import privacy_page
from etl.publish.tables import Table
from tests.fixtures.marts import CELL, protection_of, write

CODES = ("division_code", "category_code", "specialty_code")
SCHEMA = pa.schema([("year", pa.int64()), *((c, pa.string()) for c in CODES), ("persons", pa.int64())])
EXACT = Table("mart_x", Path("x"), ("year", "division_code", "persons"), 1)
PROTECTED = Table("mart_y", Path("y"), ("year", "sex_code", "persons", "cell_state"), 1)


def test_an_exact_table_of_the_public_plane_and_a_protected_one_of_the_sensitive_pass(
    register: Metadata,
) -> None:
    assert planes.planes({"mart_x": EXACT}, {"mart_y": PROTECTED}, register).problems == []


def test_an_exact_table_with_a_sensitive_column_is_refused(register: Metadata) -> None:
    (problem,) = planes.planes({"mart_y": PROTECTED}, {}, register).problems
    assert problem.endswith("touches the sensitive plane: sex_code")


def test_noise_on_the_public_plane_is_refused(register: Metadata) -> None:
    (problem,) = planes.planes({}, {"mart_x": EXACT}, register).problems
    assert problem.startswith("mart_x: ")
    assert "does not touch the sensitive plane" in problem


def totals(root: Path, register: Metadata, *cells: dict[str, Any]) -> list[str]:
    """Problems of a table with these cells, where the division has 20 persons, 15 in category 1, 5 in category 2."""
    key = {"year": 2025, "division_code": "110000", "specialty_code": "01"}
    counted = [{**key, "category_code": "1", "persons": 15}, {**key, "category_code": "2", "persons": 5}]
    write(root / planes.EXACT, counted)
    path = write(root / "age_sex.parquet", [CELL | cell for cell in cells])
    return list(planes.totals(root, protection_of(path), register).problems)


def test_cells_that_add_up_to_the_exact_count_pass(tmp_path: Path, register: Metadata) -> None:
    assert totals(tmp_path, register, {"persons": 12}, {"persons": 8, "sex_code": "2"}) == []


@pytest.mark.parametrize("persons", [19, 21])
def test_cells_that_do_not_add_up_are_refused(tmp_path: Path, register: Metadata, persons: int) -> None:
    (problem,) = totals(tmp_path, register, {"persons": persons})
    assert problem.startswith("age_sex 2025 division: 1 ")


def test_a_class_with_cells_that_are_not_shown_may_have_fewer_but_not_more(
    tmp_path: Path, register: Metadata
) -> None:
    untold = {"persons": None, "sex_code": "2"}
    assert totals(tmp_path, register, {"persons": 12}, untold) == []
    assert len(totals(tmp_path, register, {"persons": 21}, untold)) == 1


def test_every_level_is_compared(tmp_path: Path, register: Metadata) -> None:
    category = {"level": "category", "category_code": "1"}
    assert totals(tmp_path, register, category | {"persons": 15}) == []
    assert len(totals(tmp_path, register, category | {"persons": 14})) == 1
    assert len(totals(tmp_path, register, {"level": "register", "division_code": None, "persons": 14})) == 1


def test_an_absent_code_is_compared_under_its_name(tmp_path: Path, register: Metadata) -> None:
    exact = {"year": 2025, "category_code": "1", "specialty_code": "01", "persons": 3}
    columns = pa.Table.from_pylist([{**exact, "division_code": None}], schema=SCHEMA)
    pq.write_table(columns, tmp_path / planes.EXACT)
    path = write(tmp_path / "age_sex.parquet", [CELL | {"division_code": "unknown", "persons": 4}])
    gate = planes.totals(tmp_path, protection_of(path), register)
    assert gate.figures == {"classes": 1}
    assert len(gate.problems) == 1


def test_a_table_frozen_earlier_keeps_the_totals_of_its_day(tmp_path: Path, register: Metadata) -> None:
    totals(tmp_path, register, {"persons": 1})
    protection = replace(protection_of(tmp_path / "age_sex.parquet"), made={})
    assert planes.totals(tmp_path, protection, register).problems == []


def test_the_page_of_a_register_without_protected_tables_is_empty(register: Metadata) -> None:
    page = privacy_page({"rho_ceiling": 1.0, "years": []}, register, "en")
    assert (page["years"], page["families"]) == ([], [])
