"""Closest integer tables with given row and column sums, exactly, for very many small parents at once.

Each parent's problem: integers x >= 0 with given row sums (exact public totals of its children) and column sums (its
own published cells) that minimise the sum of (UNIT * x - target)**2: a transportation problem with separable convex
costs. It is solved in two exact steps, over all parents together.

1. Rows. For any prices b of the columns, the x that minimises each row's cost less sum(b * x), given its row sum,
   also minimises the cost itself among all tables that share its row and column sums, since sum(b * x) is the same
   for all of these. `fill_rows` finds it row by row; good prices bring its column sums close to those wanted.
2. Columns. While some columns hold too much and others too little, one unit is moved along a cheapest path from one
   of the former to one of the latter, through the rows. Successive shortest paths keep a table optimal for its
   column sums (Ahuja, Magnanti & Orlin 1993, Network Flows, chapters 9 and 14), so the last one is optimal.

Prices only save time. The tests hold the cost against min-cost flow (flow.py) and against brute force.
"""

from concurrent.futures import ThreadPoolExecutor
from itertools import pairwise

import numpy as np
import numpy.typing as npt

from etl.privacy.tables.flow import UNIT, marginal
from etl.privacy.tables.tree import Integers

Numbers = npt.NDArray[np.float64]

_NEVER = 1 << 50
"""Shift of an impossible cell's target: no row sum lifts it above zero."""

_BARRED = 1 << 60
"""The cost of a move that cannot be made; twice this still fits in 64 bits."""

_PRICINGS = 10
_ROWS_AT_ONCE = 1 << 13


def closest_tables(
    target: Integers, rows: Integers, starts: Integers, columns: Integers, allowed: npt.NDArray[np.bool_]
) -> Integers:
    """The closest table of every parent; all arrays run over the children, parent by parent.

    `target` and `allowed` (children, cells); `rows` (children,): row sums; `starts` (parents,): where the children of
    each parent begin; `columns` (parents, cells): column sums. Raises ValueError when some parent has no such table.
    """
    barred = np.where(allowed, target, -_NEVER)
    ends = np.append(starts[1:], len(target))
    found = np.empty_like(target)

    def solve(block: tuple[int, int]) -> None:
        first, last = block
        part = slice(starts[first], ends[last - 1])
        found[part] = _block(
            barred[part], rows[part], starts[first:last] - starts[first], columns[first:last]
        )

    with ThreadPoolExecutor() as threads:
        list(threads.map(solve, _blocks(starts, ends)))
    if found[~allowed].any():
        raise ValueError("no table has these margins")
    return found


def _blocks(starts: Integers, ends: Integers) -> list[tuple[int, int]]:
    """Parents of a few thousand rows together: first and past the last."""
    blocks = [0]
    while blocks[-1] < len(starts):
        upto = int(np.searchsorted(ends, starts[blocks[-1]] + _ROWS_AT_ONCE, side="right"))
        blocks.append(max(upto, blocks[-1] + 1))
    return list(pairwise(blocks))


def fill_rows(target: Integers, rows: Integers) -> Integers:
    """For each row, the non-negative integers of sum `rows` that are closest to the target, by integers only.

    Without integrality the answer is max(0, target + shift) for the shift that makes the sum right. The integer
    answer is that rounded down, with the missing units given to the largest remainders: by equal curvature, units
    are taken in the order of their marginal costs, and no cell passes another by more than one.
    """
    cells = target.shape[1]
    descending = -np.sort(-target, axis=1)
    spread = np.cumsum(descending, axis=1) - UNIT * rows[:, None]
    held = np.arange(1, cells + 1) * descending >= spread
    last = cells - 1 - np.argmax(held[:, ::-1], axis=1)[:, None]
    shifted = target + -np.take_along_axis(spread, last, axis=1) // (last + 1)
    down = np.maximum(shifted, 0) // UNIT
    missing = rows - down.sum(axis=1)
    remainder = np.where(shifted >= 0, shifted % UNIT, -1)
    rank = np.argsort(np.argsort(-remainder, axis=1, kind="stable"), axis=1)
    return np.asarray(down + (rank < missing[:, None]))


def _block(target: Integers, rows: Integers, starts: Integers, columns: Integers) -> Integers:
    parent = np.repeat(np.arange(len(starts)), np.diff(starts, append=len(target)))
    found = fill_rows(target + _prices(target, rows, starts, columns, parent)[parent], rows)
    while True:
        surplus = np.add.reduceat(found, starts, axis=0) - columns
        open_parents = np.flatnonzero(surplus.any(axis=1))
        if not len(open_parents):
            return found
        mine = np.flatnonzero(np.isin(parent, open_parents))
        sizes = np.diff(starts, append=len(target))[open_parents]
        found[mine] = _moved(target[mine], found[mine], np.cumsum(sizes) - sizes, surplus[open_parents])


def _prices(
    target: Integers, rows: Integers, starts: Integers, columns: Integers, parent: Integers
) -> Integers:
    """Prices of every parent's columns that nearly give the wanted sums, without integrality: rows and columns are
    corrected in turn, each by its error divided among its positive cells."""
    level = target.astype(np.float64)
    prices = np.zeros(columns.shape)
    for _ in range(_PRICINGS):
        positive = level > 0
        missing = UNIT * rows - np.maximum(level, 0).sum(axis=1)
        level += (missing / np.maximum(positive.sum(axis=1), 1))[:, None]
        holders = np.add.reduceat(level > 0, starts, axis=0, dtype=np.int64)
        missing = UNIT * columns - np.add.reduceat(np.maximum(level, 0), starts, axis=0)
        step = missing / np.maximum(holders, 1)
        prices += step
        level += step[parent]
        if np.abs(missing).max() < UNIT / 4:
            break
    return np.rint(prices).astype(np.int64)


def _moved(target: Integers, found: Integers, starts: Integers, surplus: Integers) -> Integers:
    """One unit moved along a cheapest path in every parent; `surplus` (parents, cells) of its columns."""
    give = np.where(found > 0, -marginal(target, found), _BARRED)
    take = marginal(target, found + 1)
    source, cost = _paths(give, take, starts, surplus)
    cost = np.where(surplus < 0, cost, _BARRED)
    column = np.argmin(cost, axis=1)
    parents = np.arange(len(starts))
    if (cost[parents, column] >= _NEVER).any():
        raise ValueError("no table has these margins")
    moved = found.copy()
    while len(parents := parents[source[parents, column[parents]] >= 0]):
        taker = column[parents]
        giver = source[parents, taker]
        row = _cheapest_rows(give, take, starts, np.stack([parents, giver, taker]))
        moved[row, giver] -= 1
        moved[row, taker] += 1
        column[parents] = giver
    return moved


def _paths(give: Integers, take: Integers, starts: Integers, surplus: Integers) -> tuple[Integers, Integers]:
    """The column before each one on a cheapest path from columns of surplus (-1: none), and the path's cost.

    A step from one column to another goes through the row in which the move is cheapest (Bellman-Ford; there is no
    negative cycle, because the table is optimal for its column sums).
    """
    cells = surplus.shape[1]
    steps = np.stack(
        [np.minimum.reduceat(give[:, [cell]] + take, starts, axis=0) for cell in range(cells)], axis=1
    )
    cost = np.where(surplus > 0, 0, _BARRED)
    source = np.full(cost.shape, -1, np.int64)
    while True:
        through = cost[:, :, None] + steps
        best = through.argmin(axis=1)
        reached = np.take_along_axis(through, best[:, None, :], axis=1)[:, 0, :]
        cheaper = reached < cost
        if not cheaper.any():
            return source, cost
        cost, source = np.where(cheaper, reached, cost), np.where(cheaper, best, source)


def _cheapest_rows(give: Integers, take: Integers, starts: Integers, moves: Integers) -> Integers:
    """For moves (parent, giving column, taking column), the first row of the parent in which each is cheapest."""
    parents, giver, taker = moves
    sizes = np.diff(starts, append=len(give))[parents]
    first = np.cumsum(sizes) - sizes
    move = np.repeat(np.arange(len(parents)), sizes)
    row = np.arange(len(move)) + (starts[parents] - first)[move]
    cost = give[row, giver[move]] + take[row, taker[move]]
    least = np.minimum.reduceat(cost, first)
    return np.minimum.reduceat(np.where(cost == least[move], row, len(give)), first)
