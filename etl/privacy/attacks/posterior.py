"""The strongest differencing attacker that we know how to build: the posterior of one mover's sensitive cell.

He holds every published table of every year, the method, its variances, and who stood where in every year. For one
victim he takes, for each pair of consecutive years and each node on any of the victim's paths (all levels), how the
figures changed. Given the victim's cell, that change is

    victim's own step  +  steps of the other changers  +  stayers whose code changed  +  difference of the errors.

All but the first are modelled as jointly normal over nodes, years and cells, with exact covariances:

* errors: top-down, a node's error is its parent's divided among the children plus its own contrast to its
  siblings, so errors of any two nodes are correlated by a recursion up the tree (`errors.py`); they add up to zero
  over the cells; and a vintage stands in two consecutive differences with opposite signs. Non-negativity
  makes errors of small cells smaller: by size of the figure, measured as an attacker would by running the method.
* the other changers are known by name: a sum of independent draws from the profile of their class, and one person
  who enters two nodes enters both tables.
* stayers: the yearly transitions between codes (ageing), common to nested nodes.

The likelihood of each candidate cell is then exact in this model: one linear system for each victim (`likelihood.py`).
Levels (the level of a figure, not its change) tell of the class, not of the victim: they make the prior, which is here.
"""

from functools import cached_property
from itertools import pairwise

import numpy as np

from etl.privacy.attacks.changers import Changers
from etl.privacy.attacks.errors import SIZES, Errors
from etl.privacy.attacks.movers import movers, tally
from etl.privacy.attacks.series import Floats, Ints, Series

_PROFILE_WEIGHT = 20.0
_NOBODY = 1e-9
"""Persons added to every cell, so that one in which nobody ever stood has a share."""


class Attacker:
    """What the attacker prepares once for a family, before he turns to his victims."""

    def __init__(self, found: Series, learned_from: Ints) -> None:
        """`learned_from`: persons whose true codes calibrate the attacker (half of all)."""
        self.found = found
        self.errors = Errors(found)
        self._learned_from = learned_from

    @cached_property
    def profile(self) -> Floats:
        """(nodes, cells): code shares of a node over all years, pulled to those of the node above."""
        found = self.found
        sums = np.maximum(found.filled, 0).sum(axis=0)
        shares = np.zeros_like(sums)
        for node in np.argsort(found.level, kind="stable"):
            above = shares[found.parent[node]] if found.parent[node] >= 0 else sums.sum(axis=0) / sums.sum()
            shares[node] = (sums[node] + _PROFILE_WEIGHT * above) / (sums[node].sum() + _PROFILE_WEIGHT)
        return np.asarray(shares)

    @cached_property
    def forward(self) -> Floats:
        """(cells, cells): yearly transitions of a code among stayers, learned on half of them."""
        return self._transitions(0)

    @cached_property
    def backward(self) -> Floats:
        return self._transitions(1)

    def _transitions(self, reverse: int) -> Floats:
        cells, truth = self.found.cells, self.found.truth
        counted = np.zeros((cells, cells))
        if truth is not None:
            for step in range(len(self.found.years) - 1):
                pair = truth[[step, step + 1]][:, self._learned_from]
                held = (pair >= 0).all(axis=0)
                source, target = pair[reverse, held], pair[1 - reverse, held]
                counted += np.bincount(source * cells + target, minlength=cells**2).reshape(cells, cells)
        counted += 1e-9 * np.eye(cells)
        return np.asarray(counted / counted.sum(axis=1, keepdims=True))

    @cached_property
    def shrinkage(self) -> Floats:
        """(levels, sizes): measured error variance over the modelled one by size of the figure; 1 without truth."""
        found = self.found
        factor = np.ones((len(found.family.levels), len(SIZES) + 1))
        if found.truth is None:
            return factor
        error = found.figures - found.counts
        size = np.searchsorted(SIZES, np.nan_to_num(found.figures))
        everyone = np.arange(len(found.level))
        own = self.errors.covariance(everyone, everyone)
        for level in range(len(factor)):
            at = (found.level == level)[None, :] & found.present
            for bucket in range(factor.shape[1]):
                cells = at[:, :, None] & (size == bucket) & ~np.isnan(error) & found.possible
                if cells.sum() > 30:
                    modelled = np.broadcast_to(own[:, :, None], error.shape)[cells].mean()
                    factor[level, bucket] = np.clip((error[cells] ** 2).mean() / modelled, 0.002, 1.5)
        return factor

    def prior(self, person: Ints, step: Ints) -> Floats:
        """(persons, cells): code shares by public facts: profiles of the classes left and entered, and how one changed.

        Joiners are younger and leavers older than their class: the ratio is learned on half of them.
        """
        return self._prior(self.found.leaf[step, person], self.found.leaf[step + 1, person])

    def _prior(self, before: Ints, after: Ints) -> Floats:
        both = np.zeros((len(before), self.found.cells))
        for leaf in (before, after):
            both += np.where(leaf[:, None] >= 0, self.profile[leaf], 0.0)
        both[both.sum(axis=1) == 0] = 1.0  # in neither vintage: never looked at
        tilted = both * self._tilt[_kind(before, after)]
        return np.asarray(tilted / tilted.sum(axis=1, keepdims=True))

    @cached_property
    def _tilt(self) -> Floats:
        """(joined, left or moved; cells): code shares over those of the classes."""
        tilt = np.ones((3, self.found.cells))
        if self.found.truth is None:
            return tilt
        known = movers(self.found)
        known = known.take(np.flatnonzero(np.isin(known.person, self._learned_from) & (known.cell >= 0)))
        before, after = (self.found.leaf[known.step + later, known.person] for later in (0, 1))
        kind = _kind(before, after)
        for one in range(3):
            stood = np.where(before >= 0, before, after)[kind == one]
            if len(stood):
                usual = self.profile[stood].sum(axis=0)
                held = np.bincount(known.cell[kind == one], minlength=self.found.cells)
                weight = _PROFILE_WEIGHT * usual / usual.sum() + _NOBODY
                tilt[one] = (held + weight) / (usual + weight)
        return tilt

    @cached_property
    def changers(self) -> list[Changers]:
        """(steps): who changed class."""
        lines = self.errors.lines
        return [Changers.of(before, after, lines) for before, after in pairwise(self.found.leaf)]

    @cached_property
    def net(self) -> Floats:
        """(steps, nodes, cells): what changers are expected to add to a node: profiles entered less those left."""
        net = np.zeros((len(self.changers), len(self.found.level), self.found.cells))
        for step, changers in enumerate(self.changers):
            shares = self._prior(changers.before, changers.after) * changers.persons[:, None]
            for nodes, sign in zip(*(table.T for table in changers.moved), strict=True):
                np.add.at(net[step], nodes[sign != 0], (sign[:, None] * shares)[sign != 0])
        return net

    @cached_property
    def stayed(self) -> Ints:
        """(steps, nodes): persons who stood in the node before and after."""
        found = self.found
        stayed = np.zeros((len(found.years) - 1, len(found.level)), np.int64)
        for step in range(len(stayed)):
            for level in range(found.places.shape[2]):
                before, after = found.places[step, :, level], found.places[step + 1, :, level]
                stayed[step] += tally(before[before == after], len(found.level))
        return stayed

    @cached_property
    def codes(self) -> Floats:
        """(years, years, cells, cells): distribution of the code in the second year given that in the first."""
        years = range(len(self.found.years))
        return np.array(
            [
                [
                    np.linalg.matrix_power(self.forward if at >= year else self.backward, abs(at - year))
                    for at in years
                ]
                for year in years
            ]
        )


def _kind(before: Ints, after: Ints) -> Ints:
    """0 who joined, 1 who left, 2 who moved."""
    return np.where(before < 0, 0, np.where(after < 0, 1, 2))
