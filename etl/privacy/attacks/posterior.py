"""The strongest differencing attacker that we know how to build: the posterior of one mover's sensitive cell.

He holds every published table of every year, the method, its variances, and who stood where in every year. For one
victim he takes, for each pair of consecutive years and each node on any of the victim's paths (all levels), how the
figures changed. Given the victim's cell, that change is

    victim's own step  +  steps of the other changers  +  stayers whose code changed  +  difference of the errors.

All but the first are modelled as jointly normal over nodes, years and cells, with exact covariances:

* errors: top-down, a node's error is its parent's divided among the children plus its own contrast to its
  siblings, so errors of any two nodes are correlated by a recursion up the tree (`_error_covariance`); they add up
  to zero over the cells; and a vintage stands in two consecutive differences with opposite signs. Non-negativity
  makes errors of small cells smaller: by size of the figure, measured as an attacker would by running the method.
* the other changers are known by name: a sum of independent draws from the profile of their class, and one person
  who enters two nodes enters both tables.
* stayers: the yearly transitions between codes (ageing), common to nested nodes.

The likelihood of each candidate cell is then exact in this model: one linear solve for each victim. Levels (the
level of a figure, not its change) tell of the class, not of the victim: they make the prior.
"""

from dataclasses import dataclass
from functools import cached_property

import numpy as np
import numpy.typing as npt

from etl.privacy.attacks.movers import deepest, movers, tally
from etl.privacy.attacks.series import Floats, Ints, Series

_PROFILE_WEIGHT = 20.0
_SIZES = np.array([0.5, 1.5, 3.5, 7.5, 15.5])
_ROUNDING = 0.5
"""Variance added to every change: whole numbers, and errors that are not divided quite evenly among children.

Found best on simulated registers; scaled by the measured error, so that it vanishes where no noise is added.
"""


class Attacker:
    """What the attacker prepares once for a family, before he turns to one victim after the other."""

    def __init__(self, found: Series, learned_from: Ints) -> None:
        """`learned_from`: persons whose true codes calibrate the attacker (half of all)."""
        self.found = found
        self._learned_from = learned_from
        self.variance = np.array([level.variance for level in found.family.levels], np.float64)
        self._covariances: dict[tuple[int, int, int], float] = {}
        self._changed = [
            np.flatnonzero((found.places[step] != found.places[step + 1]).any(axis=1))
            for step in range(len(found.years) - 1)
        ]

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
        factor = np.ones((len(self.variance), len(_SIZES) + 1))
        if found.truth is None:
            return factor
        error = found.figures - found.counts
        size = np.searchsorted(_SIZES, np.nan_to_num(found.figures))
        own = np.array(
            [
                [self.error_covariance(y, n, n) for n in range(len(found.level))]
                for y in range(len(found.years))
            ]
        )
        for level in range(len(self.variance)):
            at = (found.level == level)[None, :] & found.present
            for bucket in range(factor.shape[1]):
                cells = at[:, :, None] & (size == bucket) & ~np.isnan(error) & found.possible
                if cells.sum() > 30:
                    modelled = np.broadcast_to(own[:, :, None], error.shape)[cells].mean()
                    factor[level, bucket] = np.clip((error[cells] ** 2).mean() / modelled, 0.02, 1.5)
        return factor

    @cached_property
    def _children(self) -> Ints:
        """(years, nodes): how many children a node is split into."""
        found = self.found
        counts = np.zeros(found.present.shape, np.int64)
        for year in range(len(found.years)):
            child = np.flatnonzero(found.present[year] & (found.parent >= 0))
            np.add.at(counts[year], found.parent[child], 1)
        return counts

    def error_covariance(self, year: int, one: int, two: int) -> float:
        """Covariance of the errors of the same cell in two nodes of one year."""
        asked = (year, one, two)
        if asked not in self._covariances:
            self._covariances[asked] = self._error_covariance(year, one, two)
        return self._covariances[asked]

    def _error_covariance(self, year: int, one: int, two: int) -> float:
        found = self.found
        if found.level[one] < found.level[two]:
            one, two = two, one
        up = int(found.parent[one])
        variance = float(self.variance[found.level[one]])
        if up < 0:
            return variance if one == two else 0.0
        siblings = max(int(self._children[year, up]), 1)
        if found.level[one] > found.level[two]:
            return self.error_covariance(year, up, two) / siblings
        other = int(found.parent[two])
        if other < 0:
            return 0.0
        common = self.error_covariance(year, up, other) / siblings / max(int(self._children[year, other]), 1)
        if one == two:
            return common + variance * (1 - 1 / siblings)
        return common - (variance / siblings if up == other else 0.0)

    def likelihood(self, person: int, year: int) -> Floats:
        """(cells): log likelihood of each cell that the victim may have held in vintage `year`, up to a constant."""
        observed = _Observed.of(self, person)
        cells = np.flatnonzero(~np.isnan(observed.change).all(axis=0))
        shown = ~np.isnan(observed.change[:, cells]).ravel()
        if not shown.any():
            return np.zeros(self.found.cells)
        residual = (observed.change - observed.expected(self, person))[:, cells].ravel()[shown]
        steps = observed.steps_of_victim(self, person, year)[:, :, cells].reshape(self.found.cells, -1)[
            :, shown
        ]
        covariance = observed.covariance(self, person, cells)[np.ix_(shown, shown)]
        solved = np.linalg.solve(covariance, np.column_stack([residual, steps.T]))
        return np.asarray(steps @ solved[:, 0] - 0.5 * np.einsum("cm,mc->c", steps, solved[:, 1:]))

    def prior(self, person: Ints, step: Ints) -> Floats:
        """(persons, cells): code shares by public facts: profiles of the classes left and entered, and how one changed.

        Joiners are younger and leavers older than their class: the ratio is learned on half of them.
        """
        found = self.found
        before, after = (found.places[step + later, person] for later in (0, 1))
        both = np.zeros((len(person), found.cells))
        for path in (before, after):
            present = path[:, 0] >= 0
            both[present] += self.profile[deepest(path[present])]
        kind = np.where(before[:, 0] < 0, 0, np.where(after[:, 0] < 0, 1, 2))
        both[both.sum(axis=1) == 0] = 1.0  # in neither vintage: never looked at
        tilted = both * self._tilt[kind]
        return np.asarray(tilted / tilted.sum(axis=1, keepdims=True))

    @cached_property
    def _tilt(self) -> Floats:
        """(joined, left or moved; cells): code shares over those of the classes."""
        tilt = np.ones((3, self.found.cells))
        if self.found.truth is None:
            return tilt
        known = movers(self.found)
        known = known.take(np.flatnonzero(np.isin(known.person, self._learned_from) & (known.cell >= 0)))
        before, after = (self.found.places[known.step + later, known.person] for later in (0, 1))
        kind = np.where(before[:, 0] < 0, 0, np.where(after[:, 0] < 0, 1, 2))
        for one in range(3):
            paths = np.where(before[:, :1] >= 0, before, after)[kind == one]
            if len(paths):
                usual = self.profile[deepest(paths)].sum(axis=0)
                held = np.bincount(known.cell[kind == one], minlength=self.found.cells)
                tilt[one] = (held + _PROFILE_WEIGHT * usual / usual.sum()) / (
                    usual + _PROFILE_WEIGHT * usual / usual.sum()
                )
        return tilt

    @cached_property
    def net(self) -> Floats:
        """(steps, nodes, cells): what changers are expected to add to a node: profiles entered less those left."""
        found = self.found
        net = np.zeros((len(found.years) - 1, len(found.level), found.cells))
        for step, person in enumerate(self._changed):
            shares = self.prior(person, np.full(len(person), step))
            before, after = found.places[step][person], found.places[step + 1][person]
            for level in range(before.shape[1]):
                for nodes, sign in ((before[:, level], -1), (after[:, level], 1)):
                    at = (before[:, level] != after[:, level]) & (nodes >= 0)
                    np.add.at(net[step], nodes[at], sign * shares[at])
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
    def _paths_of_changed(self) -> list[tuple[npt.NDArray[np.int32], npt.NDArray[np.int32]]]:
        """For each step, the paths (levels, changers) of its changers before and after."""
        places = self.found.places
        return [
            (
                np.ascontiguousarray(places[step][changed].T.astype(np.int32)),
                np.ascontiguousarray(places[step + 1][changed].T.astype(np.int32)),
            )
            for step, changed in enumerate(self._changed)
        ]

    def steps_of_others(self, step: int, but: int, nodes: Ints) -> npt.NDArray[np.float32]:
        """(nodes, persons): 1 where another changer entered the node, -1 where he left it."""
        before, after = self._paths_of_changed[step]
        levels, wanted = self.found.level[nodes], nodes[:, None].astype(np.int32)
        moved = (after[levels] == wanted).astype(np.float32)
        moved -= before[levels] == wanted
        moved[:, self._changed[step] == but] = 0
        return np.asarray(moved)


@dataclass(frozen=True)
class _Observed:
    """The changes that the attacker looks at: step and node of each, and the change of the figures (changes, cells)."""

    step: Ints
    nodes: Ints
    change: Floats

    @classmethod
    def of(cls, attacker: Attacker, person: int) -> "_Observed":
        found = attacker.found
        path = np.unique(found.places[:, person])
        path = path[path >= 0]
        step, node = (
            grid.ravel() for grid in np.meshgrid(np.arange(len(found.years) - 1), path, indexing="ij")
        )
        change = found.figures[step + 1, node] - found.figures[step, node]
        kept = ~np.isnan(change).all(axis=1)
        return cls(step[kept], node[kept], change[kept])

    def steps_of_victim(self, attacker: Attacker, person: int, year: int) -> Floats:
        """(candidate cells, changes, cells): what the victim himself does to the changes."""
        found = attacker.found
        expected = [self._code(attacker, year, at) for at in range(len(found.years))]
        steps = np.zeros((found.cells, len(self.nodes), found.cells))
        for change, (step, node) in enumerate(zip(self.step, self.nodes, strict=True)):
            level = found.level[node]
            if found.places[step + 1, person, level] == node:
                steps[:, change] += expected[step + 1]
            if found.places[step, person, level] == node:
                steps[:, change] -= expected[step]
        return steps

    @staticmethod
    def _code(attacker: Attacker, year: int, at: int) -> Floats:
        """(candidates, cells): distribution of the code in vintage `at` given that in vintage `year`."""
        matrix = attacker.forward if at >= year else attacker.backward
        return np.asarray(np.linalg.matrix_power(matrix, abs(at - year)))

    def expected(self, attacker: Attacker, person: int) -> Floats:
        """(changes, cells): what the others do on average."""
        found = attacker.found
        profile = attacker.profile[self.nodes]
        drift = profile @ attacker.forward - profile
        own = np.array(
            [attacker.prior(np.array([person]), np.array([step]))[0] for step in range(len(found.years) - 1)]
        )
        before, after = (
            found.places[self.step + later, person, found.level[self.nodes]] == self.nodes for later in (0, 1)
        )
        entered = after.astype(np.float64) - before
        others = attacker.net[self.step, self.nodes] - entered[:, None] * own[self.step]
        return np.asarray(others + self._stayed(attacker, person)[:, None] * drift)

    def _stayed(self, attacker: Attacker, person: int) -> Floats:
        """(changes): persons other than the victim who stood in the node before and after."""
        found = attacker.found
        own = np.all(
            [
                found.places[self.step + later, person, found.level[self.nodes]] == self.nodes
                for later in (0, 1)
            ],
            axis=0,
        )
        return np.asarray((attacker.stayed[self.step, self.nodes] - own).astype(np.float64))

    def covariance(self, attacker: Attacker, person: int, cells: Ints) -> Floats:
        """(changes × cells, changes × cells), of some cells: errors, other changers, stayers whose code changed."""
        size = len(self.nodes) * len(cells)
        profile = attacker.profile[self.nodes].mean(axis=0)
        after = profile @ attacker.forward
        joint = profile[:, None] * attacker.forward
        draw = np.diag(profile) - np.outer(profile, profile)
        flow = np.diag(profile + after) - joint - joint.T - np.outer(after - profile, after - profile)
        centred = np.eye(attacker.found.cells) - 1 / attacker.found.cells
        draw, flow, centred = (table[np.ix_(cells, cells)] for table in (draw, flow, centred))
        scale = np.sqrt(self._shrinkage(attacker))[:, cells]
        whole = self._errors(attacker)[:, None, :, None] * centred[:, None, :]
        whole *= scale[:, :, None, None] * scale
        whole += self._changing(attacker, person)[:, None, :, None] * draw[:, None, :]
        whole += self._staying(attacker, person)[:, None, :, None] * flow[:, None, :]
        rounding = _ROUNDING * attacker.shrinkage.mean()
        return np.asarray(whole.reshape(size, size) + rounding * np.eye(size))

    def _changing(self, attacker: Attacker, person: int) -> Floats:
        """(changes, changes): other changers of the same step in both nodes, those in opposite directions negative."""
        common = np.zeros((len(self.nodes), len(self.nodes)))
        for step in np.unique(self.step):
            rows = np.flatnonzero(self.step == step)
            moved = attacker.steps_of_others(int(step), person, self.nodes[rows])
            common[np.ix_(rows, rows)] = moved @ moved.T
        return common

    def _staying(self, attacker: Attacker, person: int) -> Floats:
        """(changes, changes): stayers common to two nodes of one step: those of the lower one if they are nested."""
        path = np.unique(self.nodes)
        lines = [_ancestors(attacker.found, int(node)) for node in path]
        above = np.array([[int(two) in line for two in path] for line in lines])
        place = np.searchsorted(path, self.nodes)
        same_step = self.step[:, None] == self.step
        within = above[place[:, None], place] & same_step
        stayed = self._stayed(attacker, person)
        return np.where(within, stayed[:, None], np.where(within.T, stayed, 0.0))

    def _errors(self, attacker: Attacker) -> Floats:
        """(changes, changes): covariance of the differences of errors; consecutive ones share a vintage."""
        path, years = np.unique(self.nodes), range(len(attacker.found.years))
        tables = [
            [attacker.error_covariance(year, int(a), int(b)) for a in path for b in path] for year in years
        ]
        errors = np.array(tables).reshape(len(years), len(path), len(path))
        place = np.searchsorted(path, self.nodes)
        one, two = place[:, None], place[None, :]
        first, second = self.step[:, None], self.step[None, :]
        same = errors[first, one, two] + errors[first + 1, one, two]
        shared = -errors[np.maximum(first, second), one, two]
        return np.where(first == second, same, np.where(np.abs(first - second) == 1, shared, 0.0))

    def _shrinkage(self, attacker: Attacker) -> Floats:
        """(changes, cells): factor of the error's variance by level and typical size of the figure."""
        found = attacker.found
        typical = attacker.profile[self.nodes] * found.totals[self.step, self.nodes][:, None]
        return np.asarray(
            attacker.shrinkage[found.level[self.nodes][:, None], np.searchsorted(_SIZES, typical)]
        )


def _ancestors(found: Series, node: int) -> set[int]:
    line = {node}
    while found.parent[node] >= 0:
        node = int(found.parent[node])
        line.add(node)
    return line
