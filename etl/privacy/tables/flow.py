"""The closest table of several classes by min-cost flow, where their own classes below forbid different cells.

A class's vector must leave room for what its finest classes allow, so each row is split into `shares`: units whose
finest classes allow the same cells. Shares flow into cells of their row, cells into columns; the cost stands on
the cells. All supplies and unit costs are integers, so the flow found is integral and optimal.
"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from ortools.graph.python.min_cost_flow import SimpleMinCostFlow

Integers = npt.NDArray[np.int64]

UNIT = 1 << 16
"""Targets are given in this fraction of a unit."""

_WINDOW = 8


@dataclass(frozen=True)
class Shares:
    """Grain: a row's units that allow the same cells. `row`, `persons` (shares,), `allowed` (shares, cells)."""

    row: Integers
    persons: Integers
    allowed: npt.NDArray[np.bool_]


def closest_flow(target: Integers, shares: Shares, columns: Integers | None) -> Integers:
    """The non-negative integer table x that minimises the sum of (UNIT * x - target)**2.

    `target` (rows, cells); every share is spread over the cells it allows; `columns` (cells,), when given, are the
    column sums. Unit costs are exact in a window about a centre and linear beyond, which bounds the true cost from
    below; a solution inside its window is therefore optimal, another one becomes the centre of a wider window.

    Raises ValueError when no such table exists.
    """
    centre = np.maximum(target // UNIT, 0)
    window = _WINDOW
    while True:
        low, high = np.maximum(centre - window, 0), centre + window
        found = _solve(target, shares, columns, low, high)
        if ((low <= found) & (found <= high)).all():
            return found
        centre, window = found, 4 * window


def marginal(target: Integers, unit: Integers) -> Integers:
    """The cost of the unit-th unit in a cell, less a constant factor: (UNIT*u - t)**2 - (UNIT*(u-1) - t)**2."""
    return UNIT * (2 * unit - 1) - 2 * target


def _solve(
    target: Integers, shares: Shares, columns: Integers | None, low: Integers, high: Integers
) -> Integers:
    rows, cells = target.shape
    supplies = np.concatenate([shares.persons, np.zeros(rows * cells, np.int64)])
    sinks = np.array([shares.persons.sum()]) if columns is None else columns
    first_cell, first_sink = len(shares.row), len(supplies)
    flow = SimpleMinCostFlow()
    flow.set_nodes_supplies(
        np.arange(first_sink + len(sinks), dtype=np.int32), np.concatenate([supplies, -sinks])
    )
    share, cell = np.nonzero(shares.allowed)
    flow.add_arcs_with_capacity_and_unit_cost(
        share.astype(np.int32),
        (first_cell + shares.row[share] * cells + cell).astype(np.int32),
        shares.persons[share],
        np.zeros(len(share), np.int64),
    )
    place, capacity, cost = _arcs(target.ravel(), low.ravel(), high.ravel(), int(shares.persons.sum()))
    sink = first_sink + (place % cells if columns is not None else 0 * place)
    arcs = flow.add_arcs_with_capacity_and_unit_cost(
        (first_cell + place).astype(np.int32), sink.astype(np.int32), capacity, cost
    )
    if flow.solve() != flow.OPTIMAL:
        raise ValueError("no table has these margins")
    found = np.bincount(place, flow.flows(arcs), rows * cells)
    return found.astype(np.int64).reshape(rows, cells)


def _arcs(target: Integers, low: Integers, high: Integers, most: int) -> tuple[Integers, Integers, Integers]:
    """Cell, capacity and unit cost: one arc up to `low`, one for each unit up to `high`, one beyond."""
    every = np.arange(len(target))
    steps = np.repeat(every, high - low)
    unit = (
        np.arange(len(steps)) - np.repeat(np.cumsum(high - low) - (high - low), high - low) + low[steps] + 1
    )
    place = np.concatenate([every, steps, every])
    capacity = np.concatenate([low, np.ones(len(steps), np.int64), np.full(len(target), most)])
    cost = [marginal(target, low), marginal(target[steps], unit), marginal(target, high + 1)]
    return place, capacity, np.concatenate(cost)
