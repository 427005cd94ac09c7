"""Classes of persons who look alike, counted: how they are recoded, and which satisfy the requirements of a tier.

Requirements are tested from the finest to the coarsest, each on the records that the finer ones kept, so that the
records kept at the end satisfy all of them among themselves.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from etl.privacy.microdata.tiers import Criterion, Requirement, Tier

Codes = npt.NDArray[np.integer[Any]]
Counts = npt.NDArray[np.int64]
Flags = npt.NDArray[np.bool_]
Places = npt.NDArray[np.intp]

# Sums of shares are compared in floating point; requirements are meant to the ninth digit.
_ROUNDING = 1e-9


@dataclass(frozen=True)
class Classes:
    """Classes of the finest requirement, those alike in the first identifiers next to each other.

    `codes`: of each quasi-identifier the number of the value, a class each; `persons`: how many; `sensitive`: of each
    sensitive column that is not generalised how many have each value, values x classes.
    """

    codes: tuple[Codes, ...]
    persons: Counts
    sensitive: tuple[Counts, ...]

    def __len__(self) -> int:
        return len(self.persons)

    def recoded(self, steps: Sequence[Codes]) -> "Classes":
        """The classes that these become where `steps` has, by identifier, what stands for each of its codes."""
        codes = tuple(step[code] for step, code in zip(steps, self.codes, strict=True))
        return Classes(codes, self.persons, self.sensitive).merged()

    def merged(self) -> "Classes":
        """The same in order, those alike as one class."""
        order = np.lexsort(self.codes[::-1])
        codes = [code[order] for code in self.codes]
        starts = _starts(codes)
        return Classes(
            tuple(code[starts] for code in codes),
            np.add.reduceat(self.persons[order], starts),
            tuple(_summed((row[order] for row in counts), starts) for counts in self.sensitive),
        )

    def taken(self, keep: Flags) -> "Classes":
        """Those classes only."""
        codes = tuple(code[keep] for code in self.codes)
        return Classes(codes, self.persons[keep], tuple(counts[:, keep] for counts in self.sensitive))


def kept(
    tier: Tier, found: Classes, shares: Mapping[str, Sequence[float]], *, keys: Sequence[Codes] = ()
) -> Flags:
    """Which classes are kept.

    `shares`: for each column with criteria the population's share of each value, in the order of the values; a column
    of which all have one value tells nothing, and its criteria are met. `keys`: for each requirement a number that
    classes are held apart by, beside the identifiers; those alike in both are next to each other, too.
    """
    return _chain(
        tier, found, keys, lambda item, classes, starts: _meets(tier, item, classes, shares, starts)
    )


def large(tier: Tier, found: Classes) -> Flags:
    """As `kept`, by size alone. What it leaves out a finer recoding leaves out as well."""
    sizes = Classes(found.codes, found.persons, ())
    return _chain(
        tier, sizes, (), lambda item, classes, starts: np.add.reduceat(classes.persons, starts) >= item.size
    )


def _chain(
    tier: Tier,
    found: Classes,
    keys: Sequence[Codes],
    meets: Callable[[Requirement, Classes, Places], Flags],
) -> Flags:
    """Keeps what meets each requirement, from the last to the first, given where its classes begin."""
    keep, left = np.ones(len(found), dtype=bool), found
    for place, requirement in reversed(list(enumerate(tier.requirements))):
        apart = [key[keep] for key in keys[place : place + 1]]
        starts = _starts([*apart, *left.codes[: len(requirement.identifiers)]])
        sizes = np.diff(starts, append=len(left))
        met = np.repeat(meets(requirement, left, starts), sizes)
        keep[keep], left = met, left.taken(met)
    return keep


def _meets(
    tier: Tier,
    requirement: Requirement,
    classes: Classes,
    shares: Mapping[str, Sequence[float]],
    starts: Places,
) -> Flags:
    sizes = np.add.reduceat(classes.persons, starts)
    meets = sizes >= requirement.size
    for criterion in requirement.criteria:
        everybody = np.asarray(shares[criterion.column])
        if np.count_nonzero(everybody) > 1:
            counts = _summed(_counts(tier, criterion.column, classes, len(everybody)), starts)
            meets &= _tells_little(criterion, counts, sizes, everybody)
    return meets


def _tells_little(
    criterion: Criterion, counts: Counts, sizes: Counts, everybody: npt.NDArray[np.float64]
) -> Flags:
    """Whether classes meet a criterion; `counts`: values x classes."""
    different = np.count_nonzero(counts, axis=0)
    apart = np.abs(counts / sizes - everybody[:, np.newaxis]).sum(axis=0)
    meets: Flags = different >= criterion.distinct
    meets &= counts.max(axis=0) <= (criterion.frequency + _ROUNDING) * sizes
    meets &= apart <= 2 * criterion.distance + _ROUNDING
    return meets


def _counts(tier: Tier, column: str, classes: Classes, values: int) -> Iterator[Counts]:
    """How many of each class have each value: of a generalised column, or of one published as it is."""
    if column in tier.identifiers:
        codes = classes.codes[tier.identifiers.index(column)]
        return (classes.persons * (codes == value) for value in range(values))
    return iter(classes.sensitive[tier.sensitive.index(column)])


def _starts(columns: Sequence[Codes]) -> Places:
    """Where rows begin that differ from the row before."""
    differs = np.ones(len(columns[0]), dtype=bool)
    differs[1:] = np.logical_or.reduce([column[1:] != column[:-1] for column in columns])
    return np.flatnonzero(differs)


def _summed(rows: Iterator[Counts], starts: Places) -> Counts:
    return np.stack([np.add.reduceat(row, starts) for row in rows])
