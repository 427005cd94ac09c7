"""Shares and quantiles as declared: a row for each node and measure, with band, class and state."""

import pyarrow as pa
import pytest

from etl.privacy.tables.errors import Quality
from etl.privacy.tables.families import Family, Level
from etl.privacy.tables.layout import MERGED, PERTURBED
from etl.privacy.tables.summaries import Summaries, summarise

FAMILY = Family("age_sex", (Level("region", ("region",), 8),), ("sex", "age"), (("m", "w"), ("20", "40")))
QUALITY = Quality.of({"shown": {"A": 0.05, "B": 0.15, "C": 0.33}, "hidden": "D"})
WANTED = Summaries.of(
    {
        "shares": {"women": {"sex": ["w"]}},
        "quantiles": {"column": "age", "bands": {"20": [20, 40], "40": [40, 60]}, "shares": {"median": 0.5}},
    }
)


def counted(*nodes: tuple[str, list[int]]) -> pa.Table:
    """A table of protected counts, every cell with a standard deviation of 3; each node has a state."""
    rows = [
        {"year": 2025, "level": "region", "region": str(place), "sex": sex, "age": age}
        | {"persons": persons, "persons_sd": 3.0, "cell_state": state}
        for place, (state, cells) in enumerate(nodes)
        for (sex, age), persons in zip(
            [("m", "20"), ("m", "40"), ("w", "20"), ("w", "40")], cells, strict=True
        )
    ]
    return pa.Table.from_pylist(rows)


def told(table: pa.Table, measure: str) -> list[dict[str, object]]:
    kept = ["region", "value", "value_low", "value_high", "quality_class", "cell_state"]
    found = summarise(table, FAMILY, WANTED, QUALITY)
    return [{k: row[k] for k in kept} for row in found.to_pylist() if row["measure_code"] == measure]


def test_a_share_has_a_band_of_two_standard_errors_and_the_class_of_its_count() -> None:
    # The sum of two of four cells that add up to nothing: variance 9 * 4/3 * 4 * (1/2)**2 = 12 of 1,000 units.
    assert told(counted((PERTURBED, [600, 300, 60, 40])), "women") == [
        {
            "region": "0",
            "value": 0.1,
            "value_low": pytest.approx(0.1 - 2 * 12**0.5 / 1000, abs=1e-4),
            "value_high": pytest.approx(0.1 + 2 * 12**0.5 / 1000, abs=1e-4),
            "quality_class": "A",
            "cell_state": PERTURBED,
        }
    ]


def test_a_quantile_has_the_class_of_the_count_below_it() -> None:
    (row,) = told(counted((PERTURBED, [30, 30, 20, 20])), "median")
    assert (row["value"], row["quality_class"]) == (40.0, "B")


def test_figures_of_the_hidden_class_are_not_shown() -> None:
    nothing = {"value": None, "value_low": None, "value_high": None}
    assert told(counted((PERTURBED, [10, 10, 1, 0])), "women") == [
        {"region": "0", **nothing, "quality_class": "D", "cell_state": "not_released"}
    ]


def test_a_merged_node_says_so() -> None:
    found = told(counted((PERTURBED, [600, 300, 60, 40]), (MERGED, [600, 300, 60, 40])), "women")
    assert [row["cell_state"] for row in found] == [PERTURBED, MERGED]


def test_a_share_stays_between_none_and_all() -> None:
    (row,) = told(counted((PERTURBED, [0, 1, 10, 15])), "women")
    assert row["value_high"] == 1.0
