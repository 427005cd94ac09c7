"""Measures other than counts: rates, sums and means, quantiles, survival curves; each with its error.

All but `sums` are functions of protected counts, so they cost nothing more (zCDP is closed under post-processing).
Their errors follow from those of the counts by the delta method: within a node the errors of S possible cells have
equal variance s**2 and add up to zero, so their covariance is -s**2 / (S - 1), and a combination with weights g has
variance s**2 * S / (S - 1) * sum((g - mean(g))**2). They are errors of protection only: a register is no sample.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import product
from math import sqrt

import duckdb
import numpy as np
import numpy.typing as npt
import pyarrow as pa

from etl.errors import BadInput
from etl.privacy.tables import layout, tree
from etl.privacy.tables.drawn import seeds
from etl.privacy.tables.families import Family, Level, check_families
from etl.privacy.tables.gaussian import noise
from etl.privacy.tables.noise import added, check_key, streams
from etl.privacy.tables.units import quoted, read

Numbers = npt.NDArray[np.float64]

_WIDEST = 2_000


@dataclass(frozen=True)
class Bands:
    """What the codes of an ordered sensitive column stand for: code by code, from `low` to `high`."""

    column: str
    codes: tuple[str, ...]
    low: tuple[float, ...]
    high: tuple[float, ...]


@dataclass(frozen=True)
class Magnitude:
    """A sensitive integer column, winsorised at declared bounds, to be summed over the levels of a tree.

    `low` and `high` must not come from the units themselves; a protected quantile of an earlier year may serve.
    Each level spends rho = 1/variance, as counts do.
    """

    column: str
    low: int
    high: int
    levels: tuple[Level, ...]
    merge_below: int = 20

    @property
    def rho(self) -> Fraction:
        """What one unit spends in one year."""
        return sum((Fraction(1, level.variance) for level in self.levels), Fraction())

    def spread(self, level: Level) -> int:
        """Variance of a sum's noise: one unit moves it by high - low at most, and rho = (high - low)**2 / 2V."""
        return -(-level.variance * (self.high - self.low) ** 2 // 2)


@dataclass(frozen=True)
class _Grid:
    """A table of counts as arrays: `nodes` has one row per node; `counts` and `possible` (nodes, cells)."""

    nodes: pa.Table
    cells: list[tuple[str, ...]]
    counts: Numbers
    possible: npt.NDArray[np.bool_]
    deviation: Numbers

    def error(self, weights: Numbers) -> Numbers:
        """Standard deviation of sum(weights * counts) of every node; `weights` (nodes, cells)."""
        size = self.possible.sum(axis=1)
        inside = np.where(self.possible, weights, 0.0)
        centre = inside.sum(axis=1, keepdims=True) / np.maximum(size, 1)[:, None]
        square = np.where(self.possible, (inside - centre) ** 2, 0.0).sum(axis=1)
        return np.asarray(self.deviation * np.sqrt(size / np.maximum(size - 1, 1) * square))


def rates(table: pa.Table, family: Family, numerator: Mapping[str, Sequence[str]]) -> pa.Table:
    """The share of every node's units whose sensitive codes are among those of `numerator` (column to codes).

    One row per node: year, level, public columns, persons (exact), rate, rate_sd. Raises BadInput for a table that
    is not a whole one of `protect`, and for unknown columns and codes.
    """
    grid = _grid(table, family)
    chosen = _chosen(family, grid, numerator).astype(np.float64)
    persons = grid.counts.sum(axis=1)
    weights = np.broadcast_to(chosen, grid.counts.shape)
    return _with(
        grid.nodes,
        persons=persons,
        rate=grid.counts @ chosen / persons,
        rate_sd=grid.error(weights) / persons,
    )


def quantiles(table: pa.Table, family: Family, bands: Bands, shares: Sequence[float]) -> pa.Table:
    """Quantiles of a banded column in every node, linear within a band; other sensitive columns are summed over, and
    codes without a band (unknown) are left out.

    One row per node and share: year, level, public columns, persons (in the bands), share, share_sd, value, low, high.
    The bounds are the values at the share less and plus two `share_sd`, the standard deviation of the share reached
    at the value (Woodruff 1952); nobody in the bands leaves them NULL. Errors as `rates`.
    """
    grid = _grid(table, family)
    _chosen(family, grid, {bands.column: bands.codes})
    place = family.sensitive.index(bands.column)
    member = np.array([[cell[place] == code for cell in grid.cells] for code in bands.codes], np.float64)
    known = member.sum(axis=0)
    persons = np.where(grid.counts @ known > 0, grid.counts @ known, np.nan)
    reached = np.cumsum(grid.counts @ member.T, axis=1) / persons[:, None]
    below = np.vstack([np.zeros(len(grid.cells)), np.cumsum(member, axis=0)])
    found = []
    for share in shares:
        band, inside = _passed(reached, np.full(len(persons), share))
        weights = below[band] + inside[:, None] * member[band] - share * known
        deviation = grid.error(weights) / persons
        columns = {
            name: np.where(np.isnan(persons), np.nan, _value(bands, *_passed(reached, share + shift)))
            for name, shift in (("value", 0 * persons), ("low", -2 * deviation), ("high", 2 * deviation))
        }
        told = {"persons": persons, "share": np.full(len(persons), share), "share_sd": deviation}
        found.append(_with(grid.nodes, **told, **columns))
    return pa.concat_tables(found)


def survival(table: pa.Table, family: Family, bands: Bands, outcome: str, event: str) -> pa.Table:
    """Kaplan-Meier curves from protected counts of duration band times outcome (an event, or observation ended).

    One row per node and band: year, level, public columns, the band's column, at_risk, survival (to the end of the
    band; who is no longer observed counts as at risk to its end), survival_sd (NULL once nobody survives). The two
    columns must be all the sensitive ones. Errors as `rates`. Kaplan & Meier 1958.
    """
    if set(family.sensitive) != {bands.column, outcome}:
        raise BadInput(
            "生存曲线只用时长与结局两列 | a survival curve needs the columns of duration and outcome, and no others",
            family.name,
        )
    grid = _grid(table, family)
    _chosen(family, grid, {bands.column: bands.codes, outcome: [event]})
    duration, kind = family.sensitive.index(bands.column), family.sensitive.index(outcome)
    when = np.array([bands.codes.index(cell[duration]) for cell in grid.cells])
    ends = np.array([cell[kind] == event for cell in grid.cells])
    band = np.arange(len(bands.codes))
    at_risk = grid.counts @ (when[:, None] >= band).astype(np.float64)
    events = grid.counts @ ((when[:, None] == band) & ends[:, None]).astype(np.float64)
    with np.errstate(divide="ignore", invalid="ignore"):
        steps = np.where(at_risk > 0, 1 - events / at_risk, 1.0)
        leaving = np.where(at_risk > events, 1 / (at_risk - events), np.nan)
        passed = np.cumsum(leaving - 1 / at_risk, axis=1)
    curve = np.cumprod(steps, axis=1)
    found = []
    for step, code in enumerate(bands.codes):
        gradient = passed[:, np.minimum(when, step)]
        left = ends & (when <= step)
        gradient[:, left] -= leaving[:, when[left]]
        columns = {bands.column: [code] * len(curve), "at_risk": at_risk[:, step], "survival": curve[:, step]}
        found.append(_with(grid.nodes, **columns, survival_sd=curve[:, step] * grid.error(gradient)))
    return pa.concat_tables(found)


def sums(  # noqa: PLR0917
    connection: duckdb.DuckDBPyConnection, units: str, unit: str, magnitude: Magnitude, year: int, key: bytes
) -> pa.Table:
    """Noisy sums of a winsorised column, and means over the exact number of units, for every node of a tree.

    One row per node: year, level, public columns, persons (exact), total, total_sd, mean, mean_sd. Unbiased for the
    winsorised values, not additive, possibly negative. `units` as for `protect`. Raises BadInput for bounds out of
    order or too far apart, and for values that are absent.
    """
    _check_magnitude(magnitude)
    check_key(key)
    family = Family(magnitude.column, magnitude.levels, (), (), merge_below=magnitude.merge_below)
    register = read(connection, units, unit, family, key)
    totals = _totals(connection, units, magnitude)
    tables = []
    for nodes in tree.grow(register, family):
        level = nodes.level
        question = ("sum", magnitude.column, magnitude.low, magnitude.high, level.by, level.variance, year)
        sown = seeds(question, tree.codes(register, nodes), added(tree.summed(nodes, register.members)))
        variance = magnitude.spread(level)
        total = tree.summed(nodes, totals) + noise(streams(sown, key, 1), variance)[:, 0]
        columns = {
            "year": pa.array(np.full(len(total), year, np.int64)),
            "level": layout.repeated(level.name, len(total)),
            **layout.public_columns(register, nodes, family.public, np.arange(len(total))),
            "persons": nodes.persons,
            "total": total,
            "total_sd": np.full(len(total), sqrt(variance)),
            "mean": total / nodes.persons,
            "mean_sd": sqrt(variance) / nodes.persons,
        }
        tables.append(pa.table(columns))
    return pa.concat_tables(tables)


def _check_magnitude(magnitude: Magnitude) -> None:
    check_families([Family(magnitude.column, magnitude.levels, (magnitude.column,), (("",),))])
    if not 0 < magnitude.high - magnitude.low <= _WIDEST:
        raise BadInput(
            f"上下界须相差 1 至 {_WIDEST} | the bounds must be 1 to {_WIDEST} apart",
            magnitude.column,
            rule="winsorise",
            remedy="改用较大的计量单位或较窄的界 | take a larger unit or narrower bounds",
        )


def _totals(connection: duckdb.DuckDBPyConnection, units: str, magnitude: Magnitude) -> npt.NDArray[np.int64]:
    """Winsorised sums of the finest classes, in the order of their codes, as the register has them."""
    codes = ", ".join(["0", *(f"CAST({quoted(name)} AS VARCHAR)" for name in magnitude.levels[-1].by)])
    value = quoted(magnitude.column)
    rows = connection.execute(
        f"SELECT {codes}, sum(greatest($low, least($high, CAST({value} AS BIGINT)))), count(*) - count({value})"
        f" FROM {quoted(units)} GROUP BY ALL ORDER BY ALL",
        {"low": magnitude.low, "high": magnitude.high},
    ).fetchall()
    if absent := sum(row[-1] for row in rows):
        raise BadInput(
            f"有 {absent} 行没有数值 | {absent} rows have no value",
            f"{units}.{magnitude.column}",
            remedy="给缺失者一个声明的值 | give the absent ones a declared value",
        )
    return np.array([int(row[-2]) for row in rows], np.int64)


def _grid(table: pa.Table, family: Family) -> _Grid:
    cells = list(product(*family.codes))
    told = list(zip(*(table[name].to_pylist() for name in family.sensitive), strict=True))
    whole = len(told) % len(cells) == 0 and told == cells * (len(told) // len(cells))
    if not whole or table["persons"].null_count:
        raise BadInput(
            "须给出 protect 的整张表 | give the whole table of `protect`, before class D is taken out",
            family.name,
        )
    counts = table["persons"].to_numpy().astype(np.float64).reshape(-1, len(cells))
    first = pa.array(np.arange(0, len(told), len(cells)))
    deviations = table["persons_sd"].to_numpy().reshape(-1, len(cells))
    states = table["cell_state"].to_numpy().reshape(-1, len(cells))
    nodes = table.select(["year", "level", *family.public]).take(first)
    return _Grid(nodes, cells, counts, states != layout.STRUCTURAL_ZERO, deviations.max(axis=1, initial=0.0))


def _chosen(family: Family, grid: _Grid, wanted: Mapping[str, Sequence[str]]) -> npt.NDArray[np.bool_]:
    """Which cells have one of the wanted codes in each named column."""
    known = dict(zip(family.sensitive, family.codes, strict=True))
    for name, codes in wanted.items():
        if strange := set(codes) - set(known.get(name, ())) or ({name} - set(known)):
            raise BadInput(
                f"不是本族的敏感列或代码 | no sensitive column or code of the family: {name} {sorted(strange)}",
                family.name,
            )
    return np.array(
        [
            all(code in wanted.get(name, (code,)) for name, code in zip(family.sensitive, cell, strict=True))
            for cell in grid.cells
        ]
    )


def _passed(reached: Numbers, share: Numbers) -> tuple[npt.NDArray[np.int64], Numbers]:
    """The band in which every node's cumulated shares pass `share`, and how far into it."""
    node = np.arange(len(reached))
    band = (reached < share[:, None]).sum(axis=1).clip(max=reached.shape[1] - 1)
    before = np.where(band > 0, reached[node, band - 1], 0.0)
    width = np.maximum(reached[node, band] - before, np.finfo(np.float64).tiny)
    return band, ((share - before) / width).clip(0, 1)


def _value(bands: Bands, band: npt.NDArray[np.int64], inside: Numbers) -> Numbers:
    low, high = np.array(bands.low)[band], np.array(bands.high)[band]
    return np.asarray(low + inside * (high - low))


def _with(nodes: pa.Table, **columns: object) -> pa.Table:
    """The nodes with more columns; what is not a number is NULL."""
    table = nodes
    for name, values in columns.items():
        table = table.append_column(name, pa.array(values, from_pandas=True))
    return table
