"""The persons who changed class between two vintages, counted by the classes that they left and entered."""

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from etl.privacy.attacks.series import Floats, Ints


@dataclass(frozen=True)
class Changers:
    """Persons of one step by leaf left and leaf entered, -1 where absent: `before`, `after`, `persons` (pairs).

    `lines` (nodes, levels): a node and those above it.
    """

    before: Ints
    after: Ints
    persons: Ints
    lines: Ints

    @classmethod
    def of(cls, before: Ints, after: Ints, lines: Ints) -> "Changers":
        """`before`, `after` (persons): leaf of everybody."""
        changed = np.flatnonzero(before != after)
        width = len(lines) + 1
        pairs, persons = np.unique((before[changed] + 1) * width + after[changed] + 1, return_counts=True)
        return cls(pairs // width - 1, pairs % width - 1, persons, lines)

    @cached_property
    def moved(self) -> tuple[Ints, Floats]:
        """(pairs, 2 x levels) twice: a node entered or left, and 1 or -1; 0 where the node stayed the same."""
        before, after = (
            np.where(leaf[:, None] >= 0, self.lines[leaf], -1) for leaf in (self.before, self.after)
        )
        sign = np.hstack([(after >= 0) & (before != after), (before >= 0) & (before != after)]).astype(
            np.float64
        )
        sign[:, after.shape[1] :] *= -1
        return np.hstack([after, before]), sign

    def together(self, one: Ints, two: Ints) -> Floats:
        """Changers of both nodes, elementwise: who entered or left both counts 1, who left one for the other -1."""
        keys, sums = self._together
        wanted = one * len(self.lines) + two
        place = np.minimum(np.searchsorted(keys, wanted), len(keys) - 1)
        return np.where(keys[place] == wanted, sums[place], 0.0)

    @cached_property
    def _together(self) -> tuple[Ints, Floats]:
        nodes, sign = self.moved
        keys, sums = [], []
        for a in range(nodes.shape[1]):
            for b in range(nodes.shape[1]):
                value = sign[:, a] * sign[:, b]
                rows = np.flatnonzero(value)
                keys.append(nodes[rows, a] * len(self.lines) + nodes[rows, b])
                sums.append(value[rows] * self.persons[rows])
        found, place = np.unique(np.concatenate([[-1], *keys]), return_inverse=True)
        weights = np.concatenate([[0.0], *sums])
        return found.astype(np.int64), np.asarray(np.bincount(place, weights=weights), np.float64)
