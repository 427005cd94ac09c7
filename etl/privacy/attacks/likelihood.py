"""Log likelihood of every cell that a victim may hold: one linear system for each victim, many victims at once.

The covariance of the changes is block tridiagonal, for only consecutive steps share a vintage. So the systems are
solved step by step (block elimination), on blocks as large as the figures shown on one victim's path.
"""

from collections.abc import Iterator
from functools import cached_property

import numpy as np
import numpy.typing as npt
from scipy.linalg import cholesky, solve_triangular

from etl.privacy.attacks.errors import SIZES
from etl.privacy.attacks.posterior import Attacker
from etl.privacy.attacks.series import ABSENT, Flags, Floats, Ints, Series

_ROUNDING = 0.5
"""Variance added to every change: whole numbers, and errors that are not divided quite evenly among children.

Found best on simulated registers; scaled by the measured error, so that it vanishes where no noise is added.
"""
_PRECISION = 1e-4
"""Share of every variance added to it: single precision, three times as fast as double, resolves no less."""
_NUMBERS = 1 << 16
"""How many numbers of covariance are held at once."""

Singles = npt.NDArray[np.float32]


def likelihoods(attacker: Attacker, person: Ints, year: Ints) -> Floats:
    """(victims, cells): log likelihood of each cell held in vintage `year`, up to a constant."""
    nodes = _paths(attacker.found, person)
    shown = (~np.isnan(np.diff(attacker.found.figures, axis=0))).sum(axis=2)
    sizes = np.where(nodes >= 0, shown[:, nodes], 0).sum(axis=2).max(axis=0, initial=0)
    result = np.zeros((len(person), attacker.found.cells))
    for rows in _batches(sizes):
        size = sizes[rows[0]]
        if size:
            width = int((nodes[rows] >= 0).sum(axis=1).max())
            result[rows] = _Batch(attacker, person[rows], year[rows], nodes[rows, :width]).solved(int(size))
    return result


def _paths(found: Series, person: Ints) -> Ints:
    """(victims, nodes): every node in which a victim ever stood, in ascending order, then -1."""
    places = np.sort(found.places[:, person].transpose(1, 0, 2).reshape(len(person), -1))[:, ::-1]
    repeated = np.zeros(places.shape, bool)
    repeated[:, 1:] = places[:, 1:] == places[:, :-1]
    return np.sort(np.where(repeated, ABSENT, places))[:, ::-1]


def _batches(sizes: Ints) -> Iterator[Ints]:
    """Victims with systems of about the same size, the largest first."""
    order = np.argsort(-sizes, kind="stable")
    while len(order):
        count = max(1, int(_NUMBERS // max(sizes[order[0]], 1) ** 2))
        yield order[:count]
        order = order[count:]


class _Batch:
    """Some victims. Shapes: V victims, S steps (one less than vintages), P nodes of a path, C cells ever shown."""

    def __init__(self, attacker: Attacker, person: Ints, year: Ints, nodes: Ints) -> None:
        """`nodes` (V, P): every node in which a victim ever stood, -1 where there are fewer."""
        found = attacker.found
        self._attacker, self._person, self._year = attacker, person, year
        self._nodes = np.maximum(nodes, 0)
        change = np.diff(found.figures, axis=0)[:, self._nodes].transpose(1, 0, 2, 3)
        shown = ~np.isnan(change) & (nodes >= 0)[:, None, :, None]
        self._cells = np.flatnonzero(shown.any(axis=(0, 1, 2)))
        self._shown = shown[..., self._cells]
        self._change = change[..., self._cells]
        places = found.places[:, person].transpose(1, 0, 2)
        self._stands = ((places[..., None] == nodes[:, None, None, :]) & (nodes >= 0)[:, None, None, :]).any(
            axis=2
        )
        own = self._stands[:, 1:] & self._stands[:, :-1]
        self._stayed = attacker.stayed[:, self._nodes].transpose(1, 0, 2) - own.astype(np.float64)
        self._entered = self._stands[:, 1:].astype(np.float64) - self._stands[:, :-1]

    def solved(self, size: int) -> Floats:
        """(V, cells), with blocks of `size`, the most figures that a step shows of a victim's path."""
        flat = self._shown.reshape(*self._shown.shape[:2], -1)
        picked = np.argsort(~flat, axis=2, kind="stable")[:, :, :size]
        shown = np.take_along_axis(flat, picked, axis=2)
        right = np.take_along_axis(self._right, picked[:, :, :, None], axis=2) * shown[..., None]
        steps = right.shape[1]
        blocks = [self._picked(self._within(step), picked, shown, (step, step)) for step in range(steps)]
        links = [
            self._picked(self._between(step), picked, shown, (step, step + 1)) for step in range(steps - 1)
        ]
        empty = np.eye(size, dtype=np.float32)
        blocks = [np.where(shown[:, step, :, None], block, empty) for step, block in enumerate(blocks)]
        return _eliminated(blocks, links, right)

    @cached_property
    def _right(self) -> Singles:
        """(V, S, P x C, 1 + cells): what the changes are beyond expectation, and what the victim does by his cell."""
        residual = self._change - self._expected()
        codes = self._attacker.codes[self._year][..., self._cells]
        stands = self._stands[:, :, None, :, None]
        own = stands[:, 1:] * codes[:, 1:, :, None, :] - stands[:, :-1] * codes[:, :-1, :, None, :]
        columns = np.concatenate([np.nan_to_num(residual)[:, :, None], own], axis=2)
        return np.asarray(columns.reshape(*columns.shape[:3], -1).swapaxes(2, 3), np.float32)

    def _expected(self) -> Floats:
        """(V, S, P, C): what the others do on average."""
        attacker, steps = self._attacker, self._shown.shape[1]
        step = np.arange(steps)
        person = np.repeat(self._person, steps)
        own = attacker.prior(person, np.tile(step, len(self._person))).reshape(
            len(self._person), steps, 1, -1
        )
        drift = attacker.profile @ attacker.forward - attacker.profile
        others = attacker.net[step[:, None], self._nodes[:, None]] - self._entered[..., None] * own
        return np.asarray(others + self._stayed[..., None] * drift[self._nodes][:, None])[..., self._cells]

    def _picked(self, block: Singles, picked: Ints, shown: Flags, pair: tuple[int, int]) -> Singles:
        """(V, size, size) of a block (V, P x C, P x C), nothing where no figure is shown."""
        one, two = pair
        sides = zip(block, picked[:, one], picked[:, two], strict=True)
        taken = np.stack([own.take(first, axis=0).take(second, axis=1) for own, first, second in sides])
        taken *= shown[:, one, :, None] & shown[:, two, None, :]
        return taken

    def _within(self, step: int) -> Singles:
        """(V, P x C, P x C): covariance of the changes of one step: errors, other changers, stayers."""
        draw, flow = self._draws
        scale = self._scale[:, step]
        errors = self._errors[step] + self._errors[step + 1]
        block = _products(errors, self._centred) * scale[:, :, None] * scale[:, None, :]
        block += _products(self._changing(step), draw)
        block += _products(self._staying(step), flow)
        variance = np.einsum("vnn->vn", block)
        variance += np.maximum(_ROUNDING * self._attacker.shrinkage.mean(), _PRECISION * variance)
        return block

    def _between(self, step: int) -> Singles:
        """(V, P x C, P x C): covariance of the changes of one step and the next: the vintage that they share."""
        scale = self._scale
        block = _products(-self._errors[step + 1], self._centred)
        return np.asarray(block * scale[:, step, :, None] * scale[:, step + 1, None, :])

    @cached_property
    def _errors(self) -> Floats:
        """(vintages, V, P, P)."""
        return self._attacker.errors.covariance(self._nodes[:, :, None], self._nodes[:, None, :])

    @property
    def _centred(self) -> Floats:
        cells = self._attacker.found.cells
        return np.broadcast_to(
            (np.eye(cells) - 1 / cells)[np.ix_(self._cells, self._cells)], (1, *2 * (len(self._cells),))
        )

    @cached_property
    def _draws(self) -> tuple[Floats, Floats]:
        """(V, C, C) twice: covariance of one person's cell, and of the step of one who stays."""
        attacker = self._attacker
        weight = self._shown.any(axis=3).sum(axis=1)[:, :, None]
        profile = (weight * attacker.profile[self._nodes]).sum(axis=1) / np.maximum(weight.sum(axis=1), 1)
        after = profile @ attacker.forward
        joint = profile[:, :, None] * attacker.forward
        step = after - profile
        alone = np.eye(profile.shape[1])
        draw = alone * profile[:, None, :] - profile[:, :, None] * profile[:, None, :]
        flow = (
            alone * (profile + after)[:, None, :]
            - joint
            - joint.swapaxes(1, 2)
            - step[:, :, None] * step[:, None, :]
        )
        kept = np.ix_(np.arange(len(draw)), self._cells, self._cells)
        return draw[kept], flow[kept]

    @cached_property
    def _scale(self) -> Singles:
        """(V, S, P x C): factor of the error by level and typical size of the figure."""
        attacker, found, nodes = self._attacker, self._attacker.found, self._nodes
        steps = self._shown.shape[1]
        typical = attacker.profile[nodes][:, None] * found.totals[:steps, nodes].transpose(1, 0, 2)[..., None]
        factor = attacker.shrinkage[found.level[nodes][:, None, :, None], np.searchsorted(SIZES, typical)]
        return np.asarray(np.sqrt(factor[..., self._cells]).reshape(*self._shown.shape[:2], -1), np.float32)

    def _changing(self, step: int) -> Floats:
        """(V, P, P): other changers in both nodes, those in opposite directions negative."""
        one, two = self._nodes[:, :, None], self._nodes[:, None, :]
        own = self._entered[:, step]
        both = self._attacker.changers[step].together(one, two)
        return np.asarray(both - own[:, :, None] * own[:, None, :])

    def _staying(self, step: int) -> Floats:
        """(V, P, P): other persons who stayed in both nodes: those of the lower one if they are nested."""
        lines = self._attacker.errors.lines[self._nodes]
        within = (lines[:, :, None, :] == self._nodes[:, None, :, None]).any(axis=3)
        stayed = self._stayed[:, step]
        lower = np.where(within.swapaxes(1, 2), stayed[:, None, :], 0.0)
        return np.where(within, stayed[:, :, None], lower)


def _products(nodes: Floats, cells: Floats) -> Singles:
    """(V, P x C, P x C): Kronecker products of (V, P, P) and (V, C, C)."""
    victims, size = len(nodes), nodes.shape[1] * cells.shape[1]
    one, two = nodes.astype(np.float32), cells.astype(np.float32)
    return np.asarray((one[:, :, None, :, None] * two[:, None, :, None, :]).reshape(victims, size, size))


def _eliminated(blocks: list[Singles], links: list[Singles], right: Singles) -> Floats:
    """(V, cells): log likelihood from the block tridiagonal covariance; `right` (V, S, size, 1 + cells)."""
    width = right.shape[3]
    found = np.zeros((len(right), width - 1))
    block, column = blocks[0], right[:, 0]
    for step in range(len(blocks)):
        root = cholesky(block, lower=True, check_finite=False)
        sides = np.concatenate([column, *links[step : step + 1]], axis=2)
        halves = solve_triangular(root, sides, lower=True, check_finite=False)
        residual, own = halves[:, :, 0], halves[:, :, 1:width]
        found += np.einsum("vnc,vn->vc", own, residual) - 0.5 * np.einsum("vnc,vnc->vc", own, own)
        if step < len(links):
            handed = halves[:, :, width:].swapaxes(1, 2) @ halves
            column, block = right[:, step + 1] - handed[:, :, :width], blocks[step + 1] - handed[:, :, width:]
    return found
