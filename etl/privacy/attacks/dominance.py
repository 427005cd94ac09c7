"""A15: classes of which one or two employers hold most: they know their own staff and can subtract it."""

from collections.abc import Sequence

import numpy as np
import pyarrow.compute as pc

from etl.privacy.attacks.model import UNIT, Employer, Estimate, Measured, Rules, Vintage
from etl.privacy.attacks.series import ABSENT, Flags, Ints, Series


def dominance(found: Series, vintages: Sequence[Vintage], rules: Rules) -> tuple[Measured, ...]:
    """Published nodes of all vintages, below the first level, whose remainder one or two employers know too well.

    `remainder_small`: dominated nodes (`rules.employer`) in which the members beside the largest employer, or beside
    the two largest where these two hold most, would be a class that is too small to be shown on its own. The noise
    still stands between the employers and the remainder, so this is a second wall.
    Returns nothing when the vintages tell no employer.
    """
    rule = rules.employer
    told = [vintage for vintage in vintages if rule and rule.column in vintage.units.column_names]
    if rule is None or not told:
        return ()
    dominated = small = 0
    for vintage in told:
        employer = _employers(found, vintage, rule.column)
        places = found.places[found.years.index(vintage.year)]
        for nodes in places.T[1:]:
            held, left = _remainders(nodes, employer, len(found.level), rule)
            dominated += int(held.sum())
            small += int((held & (left > 0) & (left < found.family.merge_below)).sum())
    note = f"{dominated} dominated nodes, {len(told)} vintages"
    return (Measured("remainder_small", Estimate.exact(small), None, note),)


def _employers(found: Series, vintage: Vintage, column: str) -> Ints:
    """(persons): number of the employer in that year, -1 when it is not known."""
    employers = np.full(len(found.people), ABSENT)
    at = pc.index_in(vintage.units[UNIT].combine_chunks(), found.people).to_numpy()
    numbers = vintage.units[column].combine_chunks().dictionary_encode().indices.fill_null(ABSENT)
    employers[at] = numbers.to_numpy()
    return employers


def _remainders(nodes: Ints, employer: Ints, size: int, rule: Employer) -> tuple[Flags, Ints]:
    """(nodes): whether it is dominated, and how many members are left beside those who dominate it."""
    largest, second, employers, total = _holders(nodes, employer, size)
    pair = largest + second > rule.two * total
    held = (total > 0) & (pair | (largest > rule.one * total) | (employers < rule.fewest))
    beside_one, beside_two = total - largest, total - largest - second
    return held, np.where(pair & (beside_two > 0), beside_two, beside_one)


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
