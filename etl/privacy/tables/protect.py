"""Top-down class-keyed perturbation with exact public totals (TD-CKP): the counts of one family and one year.

Steps: count every node's sensitive cells; add discrete Gaussian noise drawn from a stream that public membership
alone determines; from the root down, take the non-negative integer table that is closest to the noisy one in the
sense of least squares, has the exact public total of every class in its rows and the parent's published cells in
its columns. All that is published is a function of the noisy counts and of public facts, so a family costs rho =
sum of 1/V, whatever is computed from it later (Bun & Steinke 2016, arXiv 1605.02065).

The top-down idea is that of the US census (Abowd et al. 2022, arXiv 2204.08986); noise that comes from
a key and the membership of a cell that of the cell-key method (Fraser & Wooton 2005).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from math import sqrt

import duckdb
import numpy as np
import numpy.typing as npt
import pyarrow as pa

from etl.privacy.tables import layout
from etl.privacy.tables.drawn import Drawn, Task, draw
from etl.privacy.tables.families import Family
from etl.privacy.tables.flow import UNIT, Shares, closest_flow
from etl.privacy.tables.transport import closest_tables
from etl.privacy.tables.tree import Integers


@dataclass(frozen=True)
class Protected:
    """Protected counts of one family and year.

    `table`: one row per node and joint sensitive code: year, level, the public columns (NULL above their level), the
    sensitive columns, persons (int64), persons_sd (standard deviation of the error), and
    cell_state. Rows stand level by level, in the order of the codes.
    `noise_log`, restricted: one row per node: level, the public columns, `membership` (32 hexadecimal digits) and
    `noise`, the list of the noise of every cell in the order of the table.
    """

    table: pa.Table
    noise_log: pa.Table


def protect(  # noqa: PLR0917
    connection: duckdb.DuckDBPyConnection, units: str, unit: str, family: Family, year: int, key: bytes
) -> Protected:
    """Protect the counts of table or view `units`: one row per unit of that year, `unit` its name.

    A register under `merge_below` units gives no rows. Raises BadInput for a family, key, column or code
    that is not as declared, Refused for a tree that does not nest and for units in impossible cells.
    """
    register, drawn = draw(connection, Task(units, unit, family, year, key))
    published: list[Integers] = []
    for level in drawn:
        published.append(_closest(level, published[-1] if published else None))
    figures = list(zip(published, _deviations(drawn), strict=True))
    table = layout.table(register, drawn, figures, family, year)
    return Protected(table, layout.log(register, drawn, family))


def measure(  # noqa: PLR0917
    connection: duckdb.DuckDBPyConnection, units: str, unit: str, family: Family, year: int, key: bytes
) -> pa.Table:
    """The noisy counts themselves, in the form of `Protected.table`: unbiased, of variance exactly V and independent,
    but possibly negative and not additive. A question that `protect` answers too is answered with the same noise,
    so it costs nothing more; any other costs rho = 1/V. Arguments and errors as for `protect`.
    """
    register, drawn = draw(connection, Task(units, unit, family, year, key))
    figures = [
        (
            np.where(level.allowed, level.counts + level.noise, 0),
            np.where(level.allowed, sqrt(level.nodes.level.variance), 0.0),
        )
        for level in drawn
    ]
    return layout.table(register, drawn, figures, family, year)


def _closest(drawn: Drawn, above: Integers | None) -> Integers:
    """The published counts of a level, given those of the level above.

    Children whose finest classes all allow the same cells are solved together; where they differ, and the parent's
    cells must be shared out so that every class below can still be filled, one parent at a time by min-cost flow.
    """
    nodes, shares = drawn.nodes, drawn.shares
    target = (drawn.counts + drawn.noise) * UNIT + drawn.dither
    if above is None:
        return closest_flow(target, shares, None)
    published = np.empty_like(target)
    starts = nodes.starts
    sizes = np.diff(starts, append=len(target))
    mixed = np.maximum.reduceat(np.bincount(shares.row, minlength=len(target)), starts) > 1
    same = np.flatnonzero(np.repeat(~mixed, sizes))
    published[same] = closest_tables(
        target[same],
        nodes.persons[same],
        np.cumsum(sizes[~mixed]) - sizes[~mixed],
        above[nodes.parent[starts[~mixed]]],
        drawn.allowed[same],
    )
    for start, size in zip(starts[mixed], sizes[mixed], strict=True):
        mine = slice(*np.searchsorted(shares.row, (start, start + size)))
        part = Shares(shares.row[mine] - start, shares.persons[mine], shares.allowed[mine])
        children = slice(start, start + size)
        published[children] = closest_flow(target[children], part, above[nodes.parent[start]])
    return published


def _deviations(drawn: Sequence[Drawn]) -> list[npt.NDArray[np.float64]]:
    """Standard deviation of the error of every cell, by least squares without the bound at zero.

    A root of S possible cells keeps 1 - 1/S of V, for its total is exact. Of m children, each keeps 1 - 1/m of that,
    and gets 1/m**2 of its parent's variance: the parent's error is shared out.
    """
    deviations: list[npt.NDArray[np.float64]] = []
    above: npt.NDArray[np.float64] | None = None
    for level in drawn:
        possible = np.maximum(level.allowed.sum(axis=1, keepdims=True), 1)
        variance = level.nodes.level.variance * (1 - 1 / possible)
        if above is not None:
            parent = level.nodes.parent
            siblings = np.bincount(parent)[parent][:, None]
            variance = variance * (1 - 1 / siblings) + above[parent] / siblings**2
        above = np.where(level.allowed, variance, 0.0)
        deviations.append(np.sqrt(above))
    return deviations
