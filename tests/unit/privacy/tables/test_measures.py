"""Rates, sums, quantiles and survival curves: their values from small tables, and their errors by simulation."""

from collections.abc import Sequence
from itertools import product
from math import sqrt

import duckdb
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pytest

from etl.errors import BadInput
from etl.privacy.tables.families import Family, Level
from etl.privacy.tables.layout import PERTURBED
from etl.privacy.tables.measures import Bands, Magnitude, quantiles, rates, sums, survival
from tests.fixtures.tables import KEY, LEVELS, YEAR

REGION = (Level("region", ("region",), 8),)
AGES = Bands("age", ("20", "30", "40"), (20, 30, 40), (30, 40, 60))
FAMILY = Family("age_sex", REGION, ("sex", "age"), (("1", "2"), AGES.codes))
YEARS = Bands("years", ("0", "1", "2"), (0, 1, 2), (1, 2, 3))
LIVES = Family("lives", REGION, ("years", "outcome"), (YEARS.codes, ("left", "stays")))


def counted(family: Family, *nodes: Sequence[float], deviation: float = 3.0) -> pa.Table:
    """A table of protected counts, a node for each list."""
    cells = list(product(*family.codes))
    codes = zip(*(cells * len(nodes)), strict=True)
    persons = [count for node in nodes for count in node]
    return pa.table(
        {
            "year": [YEAR] * len(persons),
            "level": ["region"] * len(persons),
            "region": [str(node) for node in range(len(nodes)) for _ in cells],
            **{name: list(column) for name, column in zip(family.sensitive, codes, strict=True)},
            "persons": persons,
            "persons_sd": [deviation] * len(persons),
            "cell_state": [PERTURBED] * len(persons),
        }
    )


def simulated(family: Family, node: list[float], deviation: float = 3.0) -> pa.Table:
    """The node many times, each with errors of this deviation that add up to zero."""
    errors = np.random.default_rng(1).normal(0, deviation, (4_000, len(node)))
    errors -= errors.mean(axis=1, keepdims=True)
    nodes = np.array(node) + errors * np.sqrt(len(node) / (len(node) - 1))
    return counted(family, *nodes.tolist(), deviation=deviation)


def test_a_rate_is_a_protected_share_of_an_exact_total() -> None:
    found = rates(counted(FAMILY, [10, 20, 30, 5, 15, 20], [1, 1, 1, 1, 1, 5]), FAMILY, {"sex": ["1"]})
    assert found.select(["region", "persons", "rate"]).to_pylist() == [
        {"region": "0", "persons": 100, "rate": 0.6},
        {"region": "1", "persons": 10, "rate": 0.3},
    ]


def test_a_rate_of_everything_has_no_error() -> None:
    found = rates(counted(FAMILY, [10, 20, 30, 5, 15, 20]), FAMILY, {})
    assert found.select(["rate", "rate_sd"]).to_pylist() == [{"rate": 1.0, "rate_sd": 0.0}]


def test_the_error_of_a_rate_is_what_simulation_finds() -> None:
    found = rates(simulated(FAMILY, [1000, 2000, 3000, 500, 1500, 2000]), FAMILY, {"age": ["20", "30"]})
    assert found["rate"].to_numpy().std() == pytest.approx(found["rate_sd"][0].as_py(), rel=0.05)


def test_a_quantile_is_linear_within_its_band() -> None:
    found = quantiles(counted(FAMILY, [10, 20, 10, 10, 20, 30]), FAMILY, AGES, [0.2, 0.4, 0.8])
    assert found.select(["share", "value"]).to_pylist() == [
        {"share": 0.2, "value": 30.0},
        {"share": 0.4, "value": 35.0},
        {"share": 0.8, "value": pytest.approx(50.0)},
    ]


def test_a_quantile_leaves_out_who_is_in_no_band() -> None:
    known = Bands("age", ("20", "30"), (20, 30), (30, 40))
    found = quantiles(counted(FAMILY, [10, 20, 90, 10, 20, 90]), FAMILY, known, [0.5])
    assert found.select(["persons", "value"]).to_pylist() == [{"persons": 60, "value": 32.5}]


def test_where_nobody_is_in_a_band_there_is_no_quantile() -> None:
    found = quantiles(counted(FAMILY, [0, 0, 9, 0, 0, 9]), FAMILY, Bands("age", ("20",), (20,), (30,)), [0.5])
    assert found.select(["share_sd", "value", "low"]).to_pylist() == [
        {"share_sd": None, "value": None, "low": None}
    ]


def test_the_error_of_the_share_reached_is_what_simulation_finds() -> None:
    known = Bands("age", ("20", "30"), (20, 30), (30, 40))
    found = quantiles(simulated(FAMILY, [300.0, 400, 200, 100, 200, 300], 9.0), FAMILY, known, [0.5])
    slope = (400 + 200) / (300 + 400 + 100 + 200) / 10
    values = found["value"].to_numpy()
    assert (values.std() * slope) == pytest.approx(np.mean(found["share_sd"].to_numpy()), rel=0.05)


def test_the_bounds_of_a_quantile_hold_it_in_nearly_all_simulations() -> None:
    node = [300.0, 400, 200, 100, 200, 300]
    truth = quantiles(counted(FAMILY, node), FAMILY, AGES, [0.5])["value"][0].as_py()
    found = quantiles(simulated(FAMILY, node, 9.0), FAMILY, AGES, [0.5]).to_pylist()
    assert np.mean([row["low"] <= truth <= row["high"] for row in found]) == pytest.approx(0.954, abs=0.015)


def test_a_survival_curve_multiplies_the_shares_that_stay() -> None:
    found = survival(counted(LIVES, [10, 10, 20, 20, 10, 30]), LIVES, YEARS, "outcome", "left")
    assert found.select(["years", "at_risk", "survival"]).to_pylist() == [
        {"years": "0", "at_risk": 100, "survival": pytest.approx(0.9)},
        {"years": "1", "at_risk": 80, "survival": pytest.approx(0.9 * 0.75)},
        {"years": "2", "at_risk": 40, "survival": pytest.approx(0.9 * 0.75 * 0.75)},
    ]


@pytest.mark.parametrize("band", [0, 1, 2])
def test_the_error_of_a_survival_curve_is_what_simulation_finds(band: int) -> None:
    table = simulated(LIVES, [1000, 1000, 2000, 2000, 1000, 3000])
    curves = survival(table, LIVES, YEARS, "outcome", "left")
    found = curves.filter(pc.equal(curves["years"], YEARS.codes[band]))
    assert found["survival"].to_numpy().std() == pytest.approx(found["survival_sd"][0].as_py(), rel=0.05)


def test_a_curve_that_has_reached_zero_tells_no_error() -> None:
    found = survival(counted(LIVES, [10, 0, 10, 0, 10, 0]), LIVES, YEARS, "outcome", "left").to_pylist()
    assert (found[2]["survival"], found[2]["survival_sd"]) == (0.0, None)


def test_a_curve_over_a_third_sensitive_column_is_bad_input() -> None:
    with pytest.raises(BadInput, match="and no others"):
        survival(counted(FAMILY, [1] * 6), FAMILY, AGES, "outcome", "left")


@pytest.mark.parametrize("wanted", [{"sex": ["3"]}, {"height": ["1"]}])
def test_an_unknown_column_or_code_is_bad_input(wanted: dict[str, list[str]]) -> None:
    with pytest.raises(BadInput, match="no sensitive column or code of the family"):
        rates(counted(FAMILY, [1] * 6), FAMILY, wanted)


def test_a_table_with_cells_taken_out_is_bad_input() -> None:
    with pytest.raises(BadInput, match="the whole table"):
        rates(counted(FAMILY, [1] * 6).slice(1), FAMILY, {})


def hours(values: Sequence[tuple[str, int | None]]) -> duckdb.DuckDBPyConnection:
    regions, numbers = zip(*values, strict=True)
    names = [f"unit {number}" for number in range(len(values))]
    connection = duckdb.connect()
    connection.register("given", pa.table({"ref": names, "region": list(regions), "hours": list(numbers)}))
    connection.execute("CREATE TABLE units AS SELECT * FROM given")
    return connection


VALUES: list[tuple[str, int | None]] = [(region, 5 * number) for region in "ab" for number in range(30)]
HOURS = Magnitude("hours", 10, 90, LEVELS[:2])


def test_sums_hold_winsorised_values_with_noise_of_the_declared_size() -> None:
    """Of very many equal regions: the mean and the deviation of their sums are those published."""
    values = [(f"region {region}", 5 * number) for region in range(500) for number in range(30)]
    drawn = sums(hours(values), "units", "ref", HOURS, YEAR, KEY).slice(1)
    exact, deviation = sum(min(max(5 * number, 10), 90) for number in range(30)), sqrt(10 * 80**2 / 2)
    found = drawn["total"].to_numpy()
    assert set(drawn["total_sd"].to_pylist()) == {deviation}
    assert found.mean() == pytest.approx(exact, abs=3 * deviation / sqrt(500))
    assert found.std() == pytest.approx(deviation, rel=0.1)


def test_a_mean_is_a_noisy_sum_over_an_exact_total() -> None:
    rows = sums(hours(VALUES), "units", "ref", HOURS, YEAR, KEY).to_pylist()
    assert [row["mean"] * row["persons"] for row in rows] == pytest.approx([row["total"] for row in rows])
    assert [row["mean_sd"] * row["persons"] for row in rows] == pytest.approx(
        [row["total_sd"] for row in rows]
    )


def test_sums_do_not_depend_on_the_order_of_rows() -> None:
    connection = hours(VALUES)
    connection.execute("CREATE TABLE turned AS SELECT * FROM units ORDER BY hours DESC, ref")
    one = sums(connection, "units", "ref", HOURS, YEAR, KEY)
    assert one.equals(sums(connection, "turned", "ref", HOURS, YEAR, KEY))


def test_a_unit_without_value_is_bad_input() -> None:
    with pytest.raises(BadInput, match="1 rows have no value"):
        sums(hours([*VALUES, ("a", None)]), "units", "ref", HOURS, YEAR, KEY)


@pytest.mark.parametrize(("low", "high"), [(5, 5), (9, 5), (0, 100_000)])
def test_bounds_out_of_order_or_too_far_apart_are_bad_input(low: int, high: int) -> None:
    with pytest.raises(BadInput, match="the bounds must be"):
        sums(hours(VALUES), "units", "ref", Magnitude("hours", low, high, LEVELS[:2]), YEAR, KEY)
