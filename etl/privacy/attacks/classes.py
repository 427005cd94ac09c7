"""A3: what the table of a class says about every member of it (group disclosure).

A class shown all alike, and a published zero, tell something about everybody in the class (Lupp & Langsrud 2021).
The classes are the published nodes and, because a parent less one child is a class too, those differences.
"""

from dataclasses import dataclass

import numpy as np

from etl.privacy.attacks.chance import share
from etl.privacy.attacks.model import Estimate, Measured, Rules
from etl.privacy.attacks.series import Flags, Floats, Series


@dataclass(frozen=True)
class Classes:
    """Published classes with their figures, true counts, totals, and the code shares expected from the node above.

    Shapes (classes, cells) and (classes). A figure that is not shown is NaN.
    """

    figures: Floats
    counts: Floats
    totals: Floats
    expected: Floats
    variance: Floats


def group_disclosure(found: Series, rules: Rules) -> tuple[Measured, ...]:
    """Small classes shown; how often a class shown all alike, and a published zero, is true; posterior of members.

    `alike_true`: of the classes in which all but one coalition member have the same joint code by the table, the
    share where that is so. `zeros_true`: of the zeros where the node above lets one expect somebody (with a chance of
    half or more), the share that is true. `member_posterior`: members whose joint code has a posterior above .9 by
    the table of their class but not by that of the node above. A code that stands for no value tells nothing, and of
    how many members a class has one is granted to the attacker: most often it is missing for a whole source.
    """
    whole = ~(np.isnan(found.figures) & found.possible).any(axis=2)
    known = whole | bool(len(found.people))  # without a lookup, hidden figures leave the total unknown
    small = found.present & known & (found.totals < found.family.merge_below) & (found.level > 0)
    counted = (Measured("small_classes", Estimate.exact(int(small.sum()))),)
    if found.truth is None:
        return counted
    classes = _classes(found)
    telling = np.array(found.family.telling)
    figures, counts, expected = (
        table[:, telling] for table in (classes.figures, classes.counts, classes.expected)
    )
    alike = np.nan_to_num(figures).max(axis=1) >= classes.totals - 1
    truly = counts.max(axis=1) >= classes.totals - 1
    usual = expected / np.maximum(expected.sum(axis=1, keepdims=True), 1e-9)
    chance = np.exp(-counts.sum(axis=1, keepdims=True) * usual)
    zero = (figures == 0) & (chance <= rules.nobody)
    told = f"{int(alike.sum())} classes", f"{int(zero.sum())} zeros"
    return (
        *counted,
        Measured("alike_true", share(truly[alike], rules), _mean(truly.astype(np.float64)), told[0]),
        Measured("zeros_true", share((counts == 0)[zero], rules), _mean(chance[zero]), told[1]),
        _member_posterior(classes, telling, rules),
    )


def _member_posterior(classes: Classes, telling: Flags, rules: Rules) -> Measured:
    """Posterior share of the commonest value in a class: normal prior from the node above, normal error."""
    share_before = classes.expected
    spread = classes.totals[:, None] * share_before * (1 - share_before) + 1e-9
    weight = spread / (spread + classes.variance[:, None])
    expected = classes.totals[:, None] * share_before
    told = np.where(np.isnan(classes.figures), expected, classes.figures)
    posterior = (expected + weight * (told - expected)) / classes.totals[:, None]
    posterior, share_before = posterior[:, telling], share_before[:, telling]
    certain = rules.certain.posterior
    newly = (posterior.max(axis=1) > certain) & (share_before.max(axis=1) <= certain)
    members = np.repeat(newly, np.minimum(classes.totals, 50).astype(np.int64))
    return Measured("member_posterior", share(members, rules), None, f"max {posterior.max(initial=0):.2f}")


def _classes(found: Series) -> Classes:
    parts: list[tuple[Floats, ...]] = []
    for year in range(len(found.years)):
        nodes = np.flatnonzero(found.present[year] & (found.parent >= 0) & (found.totals[year] > 0))
        above, variance = found.parent[nodes], found.variance[year][found.level]
        figures, counts, totals = found.figures[year], found.counts[year], found.totals[year]
        expected = found.filled[year, above] / totals[above][:, None]
        own = (figures[nodes], counts[nodes], totals[nodes], expected, variance[nodes])
        rest = (
            figures[above] - figures[nodes],
            counts[above] - counts[nodes],
            totals[above] - totals[nodes],
            expected,
            variance[nodes] + variance[above],
        )
        split = rest[2] > 0
        parts += [own, tuple(part[split] for part in rest)]
    return Classes(*(np.concatenate(column) for column in zip(*parts, strict=True)))


def _mean(values: Floats) -> float:
    return float(values.mean()) if len(values) else 0.0
