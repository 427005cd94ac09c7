"""A7: whether the errors of the figures, small ones among them, are those that the tables declare."""

from collections.abc import Sequence
from math import log

import numpy as np

from etl.privacy.attacks.chance import student
from etl.privacy.attacks.errors import SIZES
from etl.privacy.attacks.model import Estimate, Measured, Rules
from etl.privacy.attacks.redrawn import squared_errors
from etl.privacy.attacks.series import Flags, Floats, Ints, Series

_NAMES = ("0", "1", "2-3", "4-7", "8-15", "16+", "all")
"""True counts between the `SIZES`, and all of a level together."""

_KNOWN = log(2)
_ROUNDED = 1 / 12
"""Variance of rounding (Sheppard 1898): draws are not rounded, and figures are, so that an error of 0 is chance."""


def declared_errors(found: Series, rules: Rules) -> tuple[Measured, ...]:
    """Squared errors of the figures over those of tables drawn anew on the truth (`redrawn.py`).

    `error_ratio`: the least over levels and sizes of the true count: noise that is absent, halved or drawn once shows
    here, and small cells that are told exactly. `declared_sd`: measured over published standard error, the largest over
    levels, of cells that are large enough to have it: smaller ones cannot fall below zero, and err less. Intervals
    follow from how much tables drawn anew differ from each other. A level and size of so few cells that its ratio is
    not known to a factor of two is not judged, and the note names it, unless its whole interval lies beyond the bound.
    """
    shown = found.possible & ~np.isnan(found.figures)
    level = np.broadcast_to(found.level[None, :, None], shown.shape)
    sized = np.where(shown, level * (len(SIZES) + 1) + np.searchsorted(SIZES, found.counts), -1)
    large = np.where(shown & _large(found), level, -1)
    levels = len(found.family.levels)
    by_size, of_large = _sums(found, ((sized, levels * (len(SIZES) + 1)), (large, levels)), rules)
    by_size = by_size.reshape(len(by_size), levels, -1)
    by_size = np.concatenate([by_size, by_size.sum(axis=2, keepdims=True)], axis=2)
    cells = np.bincount(sized[sized >= 0], minlength=levels * (len(SIZES) + 1)).reshape(levels, -1)
    cells = np.concatenate([cells, cells.sum(axis=1, keepdims=True)], axis=1)
    held = large >= 0
    stated = np.bincount(large[held], weights=found.spread[held] ** 2, minlength=levels).astype(np.float64)
    return _ratio(found, by_size, cells, rules), _stated(found, of_large, stated, rules)


def _large(found: Series) -> Flags:
    """Cells of more than two standard deviations of the noise, in nodes with a person for every cell."""
    deviation = np.sqrt(found.variance[:, found.level])[:, :, None]
    return np.asarray((found.totals[:, :, None] >= found.cells) & (found.counts > 2 * deviation))


def _sums(found: Series, groupings: Sequence[tuple[Ints, int]], rules: Rules) -> list[Floats]:
    """(1 + simulations, groups) of every grouping: sums of squared errors, those of the published tables first.

    A grouping: the number of each cell's group, (years, nodes, cells), -1 for none; and how many there are.
    """
    sums = [np.zeros((1 + rules.simulations, groups)) for _, groups in groupings]
    for year, drawn in enumerate(squared_errors(found, rules.simulations, rules.seed)):
        published = (found.figures[year] - found.counts[year]) ** 2
        for (group, groups), total in zip(groupings, sums, strict=True):
            held = group[year] >= 0
            added = [
                np.bincount(group[year][held], weights=squares[held], minlength=groups)
                for squares in (published, *drawn)
            ]
            np.add(total, added, out=total)
    return sums


def _ratio(found: Series, squares: Floats, cells: Ints, rules: Rules) -> Measured:
    """`squares`: (1 + simulations, levels, sizes), `cells`: (levels, sizes)."""
    usual = squares[1:].mean(axis=0)
    names = np.array([[f"{level.name} {size}" for size in _NAMES] for level in found.family.levels])
    ratio, width = squares[0] / np.where(usual > 0, usual, 1), _width(squares[1:], rules)
    known = width <= _KNOWN
    rounded = (squares[0] + _ROUNDED * cells) / np.where(usual > 0, usual, 1)
    lowest = _lowest(width, rules)
    few = np.divide(rounded, lowest, out=np.full(ratio.shape, np.inf), where=lowest > 0)
    highest = np.where(known, ratio * np.exp(np.minimum(width, _KNOWN)), few)
    judged = known | (highest < rules.bounds["error_ratio"].limit)
    untold = _untold(names[(usual > 0) & ~judged].tolist())
    if not judged.any():
        return Measured("error_ratio", Estimate.unknown(), 1.0, untold.lstrip("; "))
    worst = np.unravel_index(np.where(judged, highest, np.inf).argmin(), ratio.shape)
    estimate = Estimate(
        float(ratio[worst]), float(ratio[worst] * np.exp(-width[worst])), float(highest[worst])
    )
    return Measured("error_ratio", estimate, 1.0, names[worst] + untold)


def _stated(found: Series, squares: Floats, stated: Floats, rules: Rules) -> Measured:
    """`squares`: (1 + simulations, levels), `stated`: (levels), sums of squares of published standard errors."""
    names = np.array([level.name for level in found.family.levels])
    ratio, width = squares[0] / np.where(stated > 0, stated, 1), _width(squares[1:], rules)
    limit = rules.bounds["declared_sd"].limit
    judged = (stated > 0) & ((width <= _KNOWN) | (ratio * np.exp(-width) > limit**2))
    untold = _untold(names[~judged].tolist())
    if not judged.any():
        return Measured("declared_sd", Estimate.unknown(), 1.0, untold.lstrip("; "))
    worst = int(np.where(judged, ratio * np.exp(-width), -np.inf).argmax())
    estimate = Estimate(*(float(ratio[worst] * np.exp(end * width[worst])) ** 0.5 for end in (0, -1, 1)))
    return Measured("declared_sd", estimate, 1.0, names[worst] + untold)


def _width(drawn: Floats, rules: Rules) -> Floats:
    """Half the interval of the logarithm of one more draw over their mean (Student); infinite without any error."""
    draws, mean = len(drawn), drawn.mean(axis=0)
    spread = np.divide(drawn.std(axis=0, ddof=1), mean, out=np.full(mean.shape, np.inf), where=mean > 0)
    return np.asarray(student(rules.quantile, draws - 1) * (1 + 1 / draws) ** 0.5 * spread)


def _lowest(width: Floats, rules: Rules) -> Floats:
    """The least that sound errors have of their mean, where few cells err.

    A sum of squares is near a gamma variable of the same mean and variance (Satterthwaite 1946); its quantile is that
    of Wilson & Hilferty (1931). Where that is none, nothing is known: 0.
    """
    spread = np.square(width / rules.quantile) / 9
    return np.asarray(np.maximum(1 - spread - rules.quantile * np.sqrt(spread), 0) ** 3)


def _untold(names: Sequence[str]) -> str:
    return f"; not judged: {', '.join(names)}" if names else ""
