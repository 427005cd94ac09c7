"""Covariance of the errors that the top-down method leaves in the published figures."""

from functools import cached_property

import numpy as np

from etl.privacy.attacks.series import ABSENT, Floats, Ints, Series

SIZES = np.array([0.5, 1.5, 3.5, 7.5, 15.5])
"""Bounds between the sizes of figures by which the error is measured: small ones cannot fall below zero."""


class Errors:
    """Errors of the same cell in two nodes of one year, were figures neither rounded nor kept from falling below zero.

    A node's error is its parent's, divided evenly among the children, plus its own noise less the mean of that of its
    siblings. So a covariance follows level by level from those of the nodes above.
    """

    def __init__(self, found: Series) -> None:
        self._found = found

    def covariance(self, one: Ints, two: Ints) -> Floats:
        """(years, ...) for two arrays of nodes that broadcast against each other."""
        first, second = self.lines[one], self.lines[two]
        shape = (len(self._shares), *np.broadcast_shapes(np.shape(one), np.shape(two)))
        found = np.zeros(shape)
        for level, variances in enumerate(self._found.variance.T):
            variance = variances.reshape(-1, *[1] * (len(shape) - 1))
            a, b = first[..., level], second[..., level]
            above_a, above_b = (
                line[..., level - 1] if level else np.full_like(a, ABSENT) for line in (first, second)
            )
            share_a, share_b = self._shares[:, a], self._shares[:, b]
            handed = found * np.where(a >= 0, share_a, 1.0) * np.where(b >= 0, share_b, 1.0)
            same = (a == b).astype(np.float64)
            own = np.where(above_a == above_b, variance * (same - share_a), 0.0)
            begun = ((a >= 0) & (above_a < 0)) | ((b >= 0) & (above_b < 0))
            both = (a >= 0) & (b >= 0)
            found = np.where(begun, both * same * variance, handed + both * own)
        return found

    @cached_property
    def lines(self) -> Ints:
        """(nodes, levels): a node and the nodes above it; -1 below it, and above a node without a published parent."""
        parent, level = self._found.parent, self._found.level
        lines = np.full((len(level), self._found.variance.shape[1]), ABSENT)
        node = np.arange(len(level))
        rows = np.arange(len(level))
        while len(rows):
            lines[rows, level[node]] = node
            up = parent[node]
            rows, node = rows[up >= 0], up[up >= 0]
        return lines

    @cached_property
    def _shares(self) -> Floats:
        """(years, nodes): the part of its parent's error that falls to a node: one over the number of siblings."""
        found = self._found
        shares = np.ones(found.present.shape)
        for year, present in enumerate(found.present):
            above = found.parent[present]
            children = np.bincount(above[above >= 0], minlength=len(found.level))
            shares[year] = np.where(found.parent >= 0, 1 / np.maximum(children[found.parent], 1), 1.0)
        return shares
