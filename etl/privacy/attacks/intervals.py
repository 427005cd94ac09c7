"""A8: feasibility intervals of withheld cells by linear programming (where suppression protects)."""

from dataclasses import dataclass

import numpy as np
from ortools.linear_solver import pywraplp

from etl.privacy.attacks.model import Estimate, Measured, Rules
from etl.privacy.attacks.series import Ints, Series


@dataclass(frozen=True)
class Interval:
    """What a withheld cell can be, given everything shown."""

    low: float
    high: float


def suppression(found: Series, rules: Rules) -> tuple[Measured, ...]:
    """Withheld cells that the shown ones determine too closely (protection range as in the τ-Argus audit).

    Withheld is a cell that suppression alone protects: without a figure, other than for the quality of its figure. One
    hidden for its quality (class D) is protected by its noise, whoever works it out from the others; and where
    nothing is withheld there is nothing to solve. A sample of the withheld cells of all vintages is solved, each up
    and down.
    """
    cells = np.argwhere(found.withheld)
    drawn = cells[np.random.default_rng(rules.seed).permutation(len(cells))[: rules.interval.cells]]
    years = [(int(year), drawn[drawn[:, 0] == year, 1:]) for year in np.unique(drawn[:, 0])]
    intervals = [interval for year, chosen in years for interval in feasible(found, year, chosen)]
    close = sum(interval.high - interval.low < _least(interval, rules) for interval in intervals)
    exact = sum(interval.high - interval.low < 0.5 for interval in intervals)
    told = f"{exact} exactly, of {len(intervals)}" if intervals else "nothing withheld"
    return (Measured("determined", Estimate.exact(close), None, told),)


def _least(interval: Interval, rules: Rules) -> float:
    """Persons by which the ends of an interval must be apart."""
    return max(rules.interval.width, rules.interval.share * (interval.high + interval.low) / 2)


def feasible(found: Series, year: int, cells: Ints) -> list[Interval]:
    """The interval of every given (node, cell): node totals and parents' cells are sums, no cell is negative."""
    solver = pywraplp.Solver.CreateSolver("GLOP")
    nodes = np.flatnonzero(found.present[year])
    figures = found.figures[year]
    unknown = {
        (int(node), int(cell)): solver.NumVar(0, float(found.totals[year, node]), "")
        for node in nodes
        for cell in np.flatnonzero(np.isnan(figures[node]) & found.possible[year, node])
    }

    def add(parts: list[tuple[int, int]], signs: list[int], right: float) -> None:
        known = sum(
            s * np.nan_to_num(figures[p]) for p, s in zip(parts, signs, strict=True) if p not in unknown
        )
        row = solver.Constraint(right - known, right - known)
        for part, sign in zip(parts, signs, strict=True):
            if part in unknown:
                row.SetCoefficient(unknown[part], row.GetCoefficient(unknown[part]) + sign)

    for node in nodes:
        add([(int(node), c) for c in range(found.cells)], [1] * found.cells, float(found.totals[year, node]))
        children = nodes[found.parent[nodes] == node]
        for cell in range(found.cells) if len(children) else ():
            parts = [(int(child), cell) for child in children] + [(int(node), cell)]
            add(parts, [1] * len(children) + [-1], 0.0)
    return [_interval(solver, unknown[int(node), int(cell)]) for node, cell in cells]


def _interval(solver: pywraplp.Solver, variable: pywraplp.Variable) -> Interval:
    ends = []
    for sense in (1, -1):
        objective = solver.Objective()
        objective.Clear()
        objective.SetCoefficient(variable, sense)
        objective.SetMinimization()
        ends.append(variable.solution_value() if solver.Solve() == pywraplp.Solver.OPTIMAL else sense * -1e9)
    return Interval(ends[0], ends[1])
