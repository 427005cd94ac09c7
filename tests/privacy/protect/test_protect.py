"""The plain threshold of the sensitive plane: which cells are seen, and that the others cannot be had."""

from pathlib import Path

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from etl.errors import BadInput
from etl.metadata import load
from etl.privacy.protect import Family, families, protect, protect_cells
from etl.settings import METADATA

FAMILY = Family("t", "persons", ("year", "division_code"), ("sex_code",), (("1", "2", "3"),), 20)


def protected(*rows: tuple[int, str, str | None, int], family: Family = FAMILY) -> pd.DataFrame:
    cells = pd.DataFrame(rows, columns=["year", "division_code", "sex_code", "persons"])
    return protect_cells(cells, family)


def states(cells: pd.DataFrame) -> list[str]:
    return list(cells["cell_state"])


def test_cells_at_the_threshold_are_shown_exactly() -> None:
    cells = protected((2025, "a", "1", 20), (2025, "a", "2", 30), (2025, "a", "3", 40))
    assert states(cells) == ["shown"] * 3
    assert list(cells["persons"]) == [20, 30, 40]


def test_a_cell_under_the_threshold_is_withheld_with_the_next_larger_one() -> None:
    cells = protected((2025, "a", "1", 19), (2025, "a", "2", 30), (2025, "a", "3", 40))
    assert states(cells) == ["withheld", "withheld", "shown"]


def test_small_cells_that_are_large_together_need_no_company() -> None:
    cells = protected((2025, "a", "1", 12), (2025, "a", "2", 10), (2025, "a", "3", 40))
    assert states(cells) == ["withheld", "withheld", "shown"]


def test_an_empty_cell_is_withheld_like_a_small_one() -> None:
    cells = protected((2025, "a", "1", 100), (2025, "a", "2", 200))
    assert states(cells) == ["withheld", "shown", "withheld"]


def test_a_group_that_is_all_in_one_cell_says_nothing() -> None:
    assert states(protected((2025, "a", "1", 100))) == ["withheld"] * 3


def test_a_group_without_persons_is_all_structural_zeros() -> None:
    cells = protected((2024, "a", "1", 30), (2024, "a", "2", 30), (2024, "a", "3", 30), (2025, "b", "1", 30))
    empty = cells[(cells["year"] == 2025) & (cells["division_code"] == "a")]
    assert states(empty) == ["structural_zero"] * 3


def test_a_withheld_cell_carries_no_number() -> None:
    cells = protected((2025, "a", "1", 3), (2025, "a", "2", 300), (2025, "a", "3", 300))
    assert cells.loc[cells["cell_state"] != "shown", "persons"].isna().all()


def test_an_unknown_sex_is_a_cell_of_its_own() -> None:
    cells = protected((2025, "a", None, 30), (2025, "a", "1", 30), (2025, "a", "2", 30), (2025, "a", "3", 30))
    assert states(cells) == ["shown"] * 4


def test_a_register_without_persons_gives_no_cells() -> None:
    assert protected().empty


@settings(max_examples=200, deadline=None)
@given(st.lists(st.integers(0, 60), min_size=1, max_size=8))
def test_the_withheld_cells_of_a_group_hold_the_threshold_or_the_whole_group(counts: list[int]) -> None:
    family = Family(
        "t", "persons", ("year", "division_code"), ("sex_code",), (tuple(map(str, range(len(counts)))),), 20
    )
    cells = protected(*((2025, "a", str(code), count) for code, count in enumerate(counts)), family=family)
    withheld = sum(count for count, state in zip(counts, states(cells), strict=True) if state == "withheld")
    assert set(states(cells)) in ({"shown"}, {"structural_zero"}) or withheld >= min(20, sum(counts))
    assert all(count >= 20 for count, state in zip(counts, states(cells), strict=True) if state == "shown")


def test_the_declared_family_covers_every_band_and_sex_of_the_code_lists() -> None:
    (family,) = families(load(METADATA))
    assert family.public == ("year", "division_code", "category_code")
    assert [len(codes) for codes in family.codes] == [10, 4]


def test_the_protected_file_has_the_same_bytes_every_time(tmp_path: Path) -> None:
    metadata = load(METADATA)
    (family,) = families(metadata)
    row = (2025, "110000", "1", "30-34", "1", 40)
    columns = [*family.public, *family.sensitive, family.measure]
    pd.DataFrame([row], columns=columns).to_parquet(tmp_path / f"{family.table}.parquet")
    first, second = (protect(tmp_path, tmp_path / name, metadata)[0].read_bytes() for name in ("a", "b"))
    assert first == second


def test_a_sensitive_table_that_was_not_built_is_named(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="mart_person__yearly_age_sex"):
        protect(tmp_path, tmp_path / "out", load(METADATA))
