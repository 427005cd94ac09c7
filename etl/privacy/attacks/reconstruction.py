"""A9: reconstruction: do the published figures of a class leave only one table, and does it name people rightly?"""

import numpy as np

from etl.privacy.attacks.chance import resampled, share
from etl.privacy.attacks.model import Estimate, Measured, Rules
from etl.privacy.attacks.series import Flags, Floats, Ints, Series


def reconstruction(found: Series, rules: Rules) -> tuple[Measured, ...]:
    """`unique`: share of the small classes for which exactly one table of counts agrees with what was published.

    Agrees: cells within `errors` declared standard errors, any count where no figure is shown, the exact total, no
    negative count. (All margins inside a class are sums of these cells, so nothing else is left to be solved.)
    `records_gain`: the chance that a member of the class is given the right code, when the published table is dealt
    out to the members at random, less the same with the shares of the node above (Francis, arXiv 2202.04872: most of
    such accuracy is majority guessing).
    """
    years, nodes = _small_leaves(found, rules)
    alone = is_unique(
        found.figures[years, nodes],
        found.spread[years, nodes],
        found.possible[years, nodes],
        found.totals[years, nodes],
        errors=rules.reconstruction.errors,
    )
    told = f"{len(nodes)} classes"
    measured = [Measured("unique", share(alone, rules), None, told)]
    if found.truth is not None:
        gain, baseline = _right_records(found, years, nodes)
        measured.append(Measured("records_gain", _mean_gain(gain, nodes, rules), baseline, told))
    return tuple(measured)


def _small_leaves(found: Series, rules: Rules) -> tuple[Ints, Ints]:
    """Year and node of a sample of the classes that are small enough, of all vintages."""
    inner = [np.isin(np.arange(len(found.level)), found.parent[present]) for present in found.present]
    held = found.present & ~np.array(inner) & (found.totals > 0)
    years, nodes = np.nonzero(held & (found.totals <= rules.reconstruction.persons))
    drawn = np.random.default_rng(rules.seed).permutation(len(nodes))[: rules.reconstruction.classes]
    return years[drawn], nodes[drawn]


def _mean_gain(gain: Floats, nodes: Ints, rules: Rules) -> Estimate:
    """A class that is there in several years has much the same members: its years stay together."""
    if not len(gain):
        return Estimate.exact(0)
    groups = np.unique(nodes, return_inverse=True)[1]
    return resampled(
        lambda weights: weights @ gain / np.maximum(weights.sum(axis=1), 1), len(gain), rules, groups
    )


def is_unique(figures: Floats, spread: Floats, possible: Flags, totals: Floats, *, errors: float) -> Flags:
    """(classes): whether no other counts fit what is shown of a class; arguments (classes, cells), totals (classes).

    There are others as soon as one cell can be larger and another one smaller by one: the total then stays.
    """
    hidden = np.isnan(figures)
    left = totals - np.nansum(figures, axis=1)
    free = possible & (hidden | (errors * np.nan_to_num(spread) >= 1))
    falls = free & (np.where(hidden, left[:, None], figures) >= 1)
    return np.asarray(~falls.any(axis=1) | (free.sum(axis=1) == 1))


def _right_records(found: Series, years: Ints, nodes: Ints) -> tuple[Floats, float]:
    """(classes): gain in the expected share of members given their own value; and the mean share without the class.

    Members whose code stands for no value have nothing to be found out, and are left out on both sides.
    """
    telling = np.array(found.family.telling)
    above = np.maximum(found.parent[nodes], 0)
    true, own, usual = (
        _shares(table[:, telling])
        for table in (found.counts[years, nodes], found.filled[years, nodes], found.filled[years, above])
    )
    without = (true * usual).sum(axis=1)
    return np.asarray((true * own).sum(axis=1) - without), float(without.mean()) if len(without) else 0.0


def _shares(table: Floats) -> Floats:
    """Rows as shares; a row without anybody has none."""
    return np.asarray(table / np.maximum(table.sum(axis=1, keepdims=True), 1e-9))
