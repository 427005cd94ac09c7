"""A1 and A2: public totals, sums of the tree, whole numbers, structural zeros."""

import numpy as np

from etl.privacy.attacks.model import Estimate, Measured
from etl.privacy.attacks.series import Series


def public_totals(found: Series) -> tuple[Measured, ...]:
    """A1: nodes whose figures do not add up to the number of units that the lookup shows there.

    Also units that no published node holds. Where a figure is not shown, the others must not exceed the total.
    """
    whole = found.present & ~(np.isnan(found.figures) & found.possible).any(axis=2)
    shown = np.nansum(found.figures, axis=2)
    wrong = found.present & np.where(whole, shown != found.totals, shown > found.totals)
    unplaced = 0
    if found.truth is not None:
        unplaced = int(((found.truth >= 0) & (found.places[:, :, 0] < 0)).sum())
    return (
        Measured(
            "public_totals",
            Estimate.exact(int(wrong.sum()) + unplaced),
            None,
            f"{int(whole.sum())} whole of {int(found.present.sum())} nodes",
        ),
    )


def additivity(found: Series) -> tuple[Measured, ...]:
    """A2: children that do not add up to their parent, figures that no count can be, cells told twice.

    A figure other than 0 in a structural zero contradicts the rules and counts, too.
    """
    figures = found.figures
    shown = ~np.isnan(figures)
    impossible = (shown & (figures != 0) & ~found.possible).sum()
    no_count = (shown & ((figures < 0) | (figures != np.round(figures)))).sum()
    return (
        Measured("tree_sums", Estimate.exact(_wrong_sums(found))),
        Measured("no_counts", Estimate.exact(int(no_count + impossible) + found.repeated)),
        Measured("orphans", Estimate.exact(_orphans(found))),
    )


def _wrong_sums(found: Series) -> int:
    """Cells of split parents that differ from the sum of the same cell over the children."""
    wrong = 0
    for year in range(len(found.years)):
        children = np.flatnonzero(found.present[year] & (found.parent >= 0))
        if not len(children):
            continue
        sums = np.zeros_like(found.figures[year])
        np.add.at(
            sums,
            found.parent[children],
            np.where(found.possible[year][children], found.figures[year][children], 0.0),
        )
        split = np.unique(found.parent[children])
        parent = np.where(found.possible[year], found.figures[year], 0.0)[split]
        known = ~np.isnan(parent) & ~np.isnan(sums[split])
        wrong += int((known & (parent != sums[split])).sum())
    return wrong


def _orphans(found: Series) -> int:
    """Nodes below the first level whose parent is not published: the tree does not nest."""
    below = found.present & (found.level > 0)
    above = np.where(found.parent >= 0, found.parent, 0)
    held = np.take_along_axis(found.present, np.broadcast_to(above, found.present.shape), axis=1)
    return int((below & ((found.parent < 0) | ~held)).sum())
