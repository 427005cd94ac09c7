"""A9: reconstruction: do the published figures of a class leave only one table, and does it name people rightly?"""

import numpy as np
from ortools.sat.python import cp_model

from etl.privacy.attacks.chance import share
from etl.privacy.attacks.model import Measured, Rules
from etl.privacy.attacks.series import Floats, Ints, Series

_CLASSES = 200
_LARGEST = 60
_SUPPORT = 3.0


def reconstruction(found: Series, rules: Rules) -> tuple[Measured, ...]:
    """`unique`: share of the small classes for which exactly one table of counts agrees with what was published.

    Agrees: cells within three declared standard errors, the exact total, no negative count. (CP-SAT looks for a second
    solution, as in the reconstruction of the 2010 US census, Abowd et al. arXiv 2312.11283.)
    `records_gain`: the chance that a member of the class is given the right code, when the published table is dealt
    out to the members at random, less the same with the shares of the node above (Francis, arXiv 2202.04872: most of
    such accuracy is majority guessing).
    """
    year = len(found.years) - 1
    nodes = _small_leaves(found, year, rules)
    unique = np.array(
        [is_unique(found.figures[year, n], found.spread[year, n], found.possible[year, n]) for n in nodes],
        bool,
    )
    told = f"{len(nodes)} classes"
    measured = [Measured("unique", share(unique, rules), None, told)]
    if found.truth is not None:
        gain, baseline = _right_records(found, year, nodes)
        measured.append(Measured("records_gain", share(gain, rules), baseline, told))
    return tuple(measured)


def _small_leaves(found: Series, year: int, rules: Rules) -> Ints:
    inner = np.isin(np.arange(len(found.level)), found.parent[found.present[year]])
    whole = ~(np.isnan(found.figures[year]) & found.possible[year]).any(axis=1)
    leaves = (
        found.present[year] & ~inner & whole & (found.totals[year] <= _LARGEST) & (found.totals[year] > 0)
    )
    return np.random.default_rng(rules.seed).permutation(np.flatnonzero(leaves))[:_CLASSES]


def is_unique(figures: Floats, spread: Floats, possible: np.ndarray[tuple[int], np.dtype[np.bool_]]) -> bool:
    """Whether only one vector of counts fits a class's published figures and declared errors."""
    total = int(np.nansum(figures))
    model = cp_model.CpModel()
    cells, differs = [], []
    for figure, sd, free in zip(figures, np.nan_to_num(spread), possible, strict=True):
        if not free or np.isnan(figure):
            continue
        low, high = int(max(0, np.floor(figure - _SUPPORT * sd))), int(np.ceil(figure + _SUPPORT * sd))
        cell, other = model.new_int_var(low, max(low, high), ""), model.new_bool_var("")
        model.add(cell != int(figure)).only_enforce_if(other)
        cells.append(cell)
        differs.append(other)
    if not cells:
        return False
    model.add(sum(cells) == total)
    model.add_bool_or(differs)
    solver = cp_model.CpSolver()
    solver.parameters.num_workers = 1
    return solver.solve(model) == cp_model.INFEASIBLE


def _right_records(found: Series, year: int, nodes: Ints) -> tuple[Floats, float]:
    """(classes): gain in the expected share of members given their own code; and the mean share without the class."""
    totals = found.totals[year, nodes][:, None]
    true = found.counts[year, nodes] / totals
    above = np.maximum(found.parent[nodes], 0)
    usual = found.figures[year, above] / found.totals[year, above][:, None]
    own = np.nan_to_num(found.figures[year, nodes]) / totals
    without = (true * np.nan_to_num(usual)).sum(axis=1)
    return np.asarray((true * own).sum(axis=1) - without), float(without.mean()) if len(without) else 0.0
