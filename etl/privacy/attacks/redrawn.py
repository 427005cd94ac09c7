"""What the declared method would leave of errors, drawn anew on the truth: a reference written apart from the method.

Noise is normal and figures are not rounded; otherwise as declared: from the top down, the non-negative table closest to
the noisy one that has the public totals in its rows and the parents' figures in its columns.
"""

from collections.abc import Iterator

import numpy as np

from etl.privacy.attacks.series import Flags, Floats, Ints, Series

_ROUNDS = 5
"""Rounds of the dual ascent: more change no mean squared error by a twentieth."""


def squared_errors(found: Series, draws: int, seed: int) -> Iterator[Floats]:
    """Year by year, (draws, nodes, cells): squared errors of `draws` tables drawn with other noise."""
    rng = np.random.default_rng(seed)
    for year in range(len(found.years)):
        figures = np.zeros((draws, *found.counts[year].shape))
        for level, variance in enumerate(found.variance[year]):
            nodes = np.flatnonzero(found.present[year] & (found.level == level))
            nodes = nodes[np.argsort(found.parent[nodes], kind="stable")]
            if len(nodes):
                noise = rng.normal(0, variance**0.5, (draws, len(nodes), found.cells))
                target = found.counts[year, nodes] + noise
                figures[:, nodes] = _closest(target, found, year, nodes, figures)
        yield (figures - found.counts[year]) ** 2


def _closest(target: Floats, found: Series, year: int, nodes: Ints, figures: Floats) -> Floats:
    """Coordinate ascent of the dual of least squares: what rows, then columns, lack is shared by their positive cells.

    `figures`: those of the levels above; a level without parents has no sums in its columns.
    """
    possible, totals, parent = found.possible[year, nodes], found.totals[year, nodes], found.parent[nodes]
    starts = np.flatnonzero(np.diff(parent, prepend=-2))
    sizes = np.diff(starts, append=len(parent))
    for _ in range(_ROUNDS):
        shown = _positive(target, possible)
        target = target + _share(totals - shown.sum(axis=2), (shown > 0).sum(axis=2))[:, :, None]
        if parent[0] >= 0:
            shown = _positive(target, possible)
            lacks = figures[:, parent[starts]] - np.add.reduceat(shown, starts, axis=1)
            by = np.add.reduceat(shown > 0, starts, axis=1, dtype=np.int64)
            target = target + np.repeat(_share(lacks, by), sizes, axis=1)
    return _positive(target, possible)


def _positive(target: Floats, possible: Flags) -> Floats:
    return np.maximum(target, 0) * possible


def _share(lacks: Floats, by: Ints) -> Floats:
    return np.asarray(lacks / np.maximum(by, 1))
