"""Quality classes: what share of a figure its standard deviation may be."""

from typing import Any

import numpy as np
import pyarrow as pa
import pytest

from etl.privacy.tables.errors import Quality, with_errors
from etl.privacy.tables.families import Family, Level

QUALITY = Quality.of({"shown": {"C": 0.33, "A": 0.05, "B": 0.15}, "hidden": "D"})
FAMILY = Family("t", (Level("register", ("region",), 9),), ("sex",), (("1", "2"),))


@pytest.mark.parametrize(
    ("figure", "quality"),
    [(60, "A"), (59, "B"), (20, "B"), (19, "C"), (10, "C"), (9, "D"), (0, "D"), (-60, "D")],
)
def test_a_class_follows_from_the_share_of_the_deviation_in_the_figure(figure: int, quality: str) -> None:
    assert QUALITY.classes(np.array([float(figure)]), np.array([3.0])) == [quality]


def test_an_exact_zero_is_of_the_best_class() -> None:
    assert QUALITY.classes(np.zeros(1), np.zeros(1)) == ["A"]


def row(sex: str, persons: int | None, deviation: float, state: str, **more: str) -> dict[str, Any]:
    known = {"year": 2025, "level": "register", "region": "a", "sex": sex}
    return known | {"persons": persons, "persons_sd": deviation} | more | {"cell_state": state}


def test_figures_of_class_d_are_not_shown() -> None:
    given = [row("1", 8, 3.0, "perturbed"), row("2", 60, 3.0, "merged"), row("2", 0, 0.0, "structural_zero")]
    assert with_errors(pa.Table.from_pylist(given), FAMILY, QUALITY).to_pylist() == [
        row("1", None, 3.0, "not_released", quality_class="D"),
        row("2", 60, 3.0, "merged", quality_class="A"),
        row("2", 0, 0.0, "structural_zero", quality_class="A"),
    ]
