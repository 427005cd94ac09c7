"""A8: feasibility intervals of withheld cells by linear programming (tables with suppression only)."""

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

    Where nothing is withheld there is nothing to solve: a perturbed cell has no exact neighbour to be subtracted
    from. A sample of the withheld cells is solved, each up and down, in the year with most of them.
    """
    withheld = np.isnan(found.figures) & found.present[:, :, None] & found.possible
    if not found.withheld or not withheld.any():
        return (Measured("determined", Estimate.exact(0), None, "nothing withheld"),)
    year = int(withheld.sum(axis=(1, 2)).argmax())
    cells = np.argwhere(withheld[year])
    drawn = np.random.default_rng(rules.seed).permutation(len(cells))[: rules.interval.cells]
    intervals = feasible(found, year, cells[drawn])
    least = rules.interval
    close = [i.high - i.low < max(least.width, least.share * (i.high + i.low) / 2) for i in intervals]
    exact = sum(i.high - i.low < 0.5 for i in intervals)
    return (
        Measured(
            "determined", Estimate.exact(sum(close)), None, f"{exact} exactly, of {len(close)} withheld"
        ),
    )


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
