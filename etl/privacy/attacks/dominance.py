"""A15: classes of which one or two employers hold most: they know their own staff and can subtract it."""

import numpy as np

from etl.privacy.attacks.model import Estimate, Measured, Rules
from etl.privacy.attacks.series import Ints, Series

_FEWEST = 3
_ONE, _TWO = 0.5, 0.8


def dominance(found: Series, rules: Rules) -> tuple[Measured, ...]:
    """Published nodes of the newest vintage, below the first level, whose remainder an employer knows too well.

    `remainder_small`: nodes in which the largest employer holds (1, 50 %) or the two largest (2, 80 %), or of which
    there are fewer than three, and the other members would be a class that is too small to be shown on its own. The
    noise still stands between the employer and the remainder, so this is a second wall.
    Returns nothing when the vintages tell no employer.
    """
    if rules.unit_holder is None or rules.unit_holder not in found.known.column_names:
        return ()
    year = len(found.years) - 1
    employer = found.known[rules.unit_holder].combine_chunks().dictionary_encode().indices
    of_person = employer.fill_null(-1).to_numpy(zero_copy_only=False).astype(np.int64)
    dominated = small = 0
    for level in range(1, found.places.shape[2]):
        largest, second, employers, total = _holders(
            found.places[year, :, level], of_person, len(found.level)
        )
        held = (largest > _ONE * total) | (largest + second > _TWO * total) | (employers < _FEWEST)
        shown = (total > 0) & held
        dominated += int(shown.sum())
        small += int((shown & (total - largest < found.family.merge_below) & (total > largest)).sum())
    return (Measured("remainder_small", Estimate.exact(small), None, f"{dominated} dominated nodes"),)


def _holders(node: Ints, employer: Ints, size: int) -> tuple[Ints, Ints, Ints, Ints]:
    """(nodes): persons of the largest and second employer, number of employers known, persons."""
    held = node >= 0
    known = held & (employer >= 0)
    width = int(employer.max(initial=0)) + 1
    pairs, counts = np.unique(node[known] * width + employer[known], return_counts=True)
    owner = pairs // width
    order = np.lexsort((-counts, owner))
    owner, counts = owner[order], counts[order]
    first = np.flatnonzero(np.diff(owner, prepend=-1))
    largest, second = np.zeros(size, np.int64), np.zeros(size, np.int64)
    largest[owner[first]] = counts[first]
    follows = first + 1
    follows = follows[(follows < len(owner))]
    follows = follows[owner[follows] == owner[follows - 1]]
    second[owner[follows]] = counts[follows]
    return largest, second, np.bincount(owner, minlength=size), np.bincount(node[held], minlength=size)
