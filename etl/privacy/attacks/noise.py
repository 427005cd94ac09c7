"""A5 and the noise part of A16: does the noise follow from public membership, the year and the key, and nothing else?

These read the restricted noise log (`Protected.noise_log`) or run the protection again; an attacker could not, but
the publisher can, and what holds for the log need not be inferred from figures.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise
from math import atanh, comb, pi, sqrt, tanh
from statistics import NormalDist

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc
from scipy.special import gammaincinv

from etl.privacy.attacks.model import Estimate, Measured
from etl.privacy.tables.families import Family

Log = Mapping[tuple[str, ...], tuple[str, npt.NDArray[np.int64]]]
Noise = Callable[[pa.Table, bytes], pa.Table]
"""Noise log of a register (unit, public and sensitive columns) under a key."""

_BY_CHANCE = 1e-6
_TAILS = np.array([_BY_CHANCE / 2, 1 - _BY_CHANCE / 2])
_FEWEST = 20
"""Cells from which on Fisher's interval holds."""
_WRONG: tuple[Callable[[bytes], bytes], ...] = (
    lambda key: bytes([key[0] ^ 0x80]) + key[1:],
    lambda key: key[:-1] + bytes([key[-1] ^ 1]),
)


def read_log(log: pa.Table, family: Family) -> Log:
    """Membership hash and noise of every node, by level and codes."""
    columns = [
        pc.fill_null(log[name].cast(pa.string()), "").to_pylist() for name in ("level", *family.public)
    ]
    noise = [np.array(values, np.int64) for values in log["noise"].to_pylist()]
    return dict(
        zip(zip(*columns, strict=True), zip(log["membership"].to_pylist(), noise, strict=True), strict=True)
    )


def change_oracle(logs: Mapping[int, pa.Table], family: Family) -> tuple[Measured, ...]:
    """A5 on the logs of all years: noise is redrawn for all cells of a node or for none.

    `partly_redrawn`: pairs of consecutive years in which more cells of a node kept their noise than chance explains,
    though not all: what stayed tells which cell's members did not change. `reused`: nodes whose noise is the same in
    two years, so that their difference is exact.
    """
    variances = {level.name: level.variance for level in family.levels}
    read = [read_log(logs[year], family) for year in sorted(logs)]
    partly = reused = compared = 0
    for before, after in pairwise(read):
        for node in before.keys() & after.keys():
            old, new = before[node][1], after[node][1]
            kept = int((old == new).sum())
            compared += 1
            rare = _tail(len(old), kept, 1 / (2 * sqrt(pi * variances[node[0]]))) < _BY_CHANCE
            partly += rare and kept < len(old)
            reused += rare and kept == len(old)
    told = f"{compared} nodes"
    return (
        Measured("partly_redrawn", Estimate.exact(partly), None, told),
        Measured("noise_reused", Estimate.exact(reused), None, told),
    )


def noise_variance(logs: Mapping[int, pa.Table], family: Family) -> tuple[Measured, ...]:
    """A5 on the logs of all years: mean squared noise of a level over its declared variance, the least over levels.

    A sum of squared normals is chi-squared, which gives the interval: as wide as one in a million, for sound noise lies
    on the bound, which is 1.
    """
    squares: dict[str, list[npt.NDArray[np.int64]]] = {}
    for log in logs.values():
        for node, (_, drawn) in read_log(log, family).items():
            squares.setdefault(node[0], []).append(drawn**2)
    ratios = []
    for level in family.levels:
        if level.name in squares:
            cells = np.concatenate(squares[level.name])
            ratio = float(cells.mean()) / level.variance
            low, high = 2 * gammaincinv(len(cells) / 2, _TAILS) / len(cells)
            ratios.append((Estimate(ratio, ratio / float(high), ratio / float(low)), level.name))
    if not ratios:
        return ()
    least, name = min(ratios, key=lambda pair: pair[0].high)
    return (Measured("noise_variance", least, 1.0, name),)


def _tail(cells: int, kept: int, chance: float) -> float:
    """Probability that at least `kept` of `cells` independent draws repeat."""
    return sum(comb(cells, k) * chance**k * (1 - chance) ** (cells - k) for k in range(kept, cells + 1))


@dataclass(frozen=True)
class Drawing:
    """Means to draw the noise of a family and year again.

    `register`: unit, public and sensitive columns. `draw`: the noise log of a register under a key.
    """

    family: Family
    register: pa.Table
    key: bytes
    draw: Noise

    @cached_property
    def original(self) -> Log:
        """The noise as it was drawn."""
        return self.again(self.register, self.key)

    def again(self, register: pa.Table, key: bytes) -> Log:
        return read_log(self.draw(register, key), self.family)

    def standardised(self, log: Log) -> dict[tuple[str, ...], npt.NDArray[np.float64]]:
        """Noise over its declared standard deviation, by node."""
        deviation = {level.name: sqrt(level.variance) for level in self.family.levels}
        return {node: noise / deviation[node[0]] for node, (_, noise) in log.items()}


def neighbours(drawing: Drawing, trials: int = 3) -> tuple[Measured, ...]:
    """A5, by experiment: registers that differ in sensitive codes only must draw the same noise.

    Each trial gives a third of the units the sensitive codes of another; `seed_sensitive` counts nodes whose noise
    or membership differs. This is the step on which the proof of differential privacy rests.
    """
    rng = np.random.default_rng(0)
    register, changed = drawing.register, 0
    for _ in range(trials):
        rows = np.arange(register.num_rows)
        some = np.flatnonzero(rng.random(len(rows)) < 1 / 3)
        rows[some] = rng.permutation(some)
        other = register
        for column in drawing.family.sensitive:
            position = other.column_names.index(column)
            other = other.set_column(position, column, register[column].take(pa.array(rows)))
        found = drawing.again(other, drawing.key)
        changed += sum(
            node not in found or found[node][0] != own[0] or (found[node][1] != own[1]).any()
            for node, own in drawing.original.items()
        )
    return (Measured("seed_sensitive", Estimate.exact(changed), None, f"{trials} registers"),)


def wrong_key(drawings: Sequence[Drawing]) -> tuple[Measured, ...]:
    """A16: noise drawn with another key must not resemble the real one.

    All families together, for one alone may have three cells; noise over its standard deviation. The wrong keys differ
    in the first bit, and in the last one, so that an end of the key that is not used shows; told is the larger
    correlation. The interval is Fisher's, so wide that chance alone does not leave it.
    """
    found = [_correlation(drawings, other) for other in _WRONG]
    return (max(found, key=lambda measured: measured.estimate.low),)


def _correlation(drawings: Sequence[Drawing], wrong: Callable[[bytes], bytes]) -> Measured:
    pairs = []
    for drawing in drawings:
        true = drawing.standardised(drawing.original)
        guessed = drawing.standardised(drawing.again(drawing.register, wrong(drawing.key)))
        pairs += [(true[node], guessed[node]) for node in true.keys() & guessed.keys()]
    one, two = (np.concatenate(column) for column in zip(*pairs, strict=True))
    if len(one) < _FEWEST:
        return Measured("wrong_key", Estimate.unknown(), 0.0, f"not judged: {len(one)} cells")
    found = float(np.corrcoef(one, two)[0, 1]) if one.std() and two.std() else 1.0
    middle = atanh(float(np.clip(found, _BY_CHANCE - 1, 1 - _BY_CHANCE)))
    width = NormalDist().inv_cdf(1 - _BY_CHANCE / 2) / sqrt(len(one) - 3)
    estimate = Estimate(found, tanh(middle - width), tanh(middle + width))
    return Measured("wrong_key", estimate, 0.0, f"{len(one)} cells")


def frozen(now: Mapping[str, pa.Table], earlier: Sequence[Mapping[str, pa.Table]]) -> tuple[Measured, ...]:
    """A5 between releases: rows of a year published before that are published otherwise now.

    A year protected twice is two draws of noise for one truth. Tables hold a column `year`; years after the newest
    of this release, which may be of an earlier day, are not compared, nor those that only this one holds.
    """
    changed = 0
    newest = max(pc.max(table["year"]).as_py() for table in now.values())
    for before in earlier:
        for name, table in before.items():
            held = now.get(name, table.slice(0, 0)).select(table.column_names)
            due = table.filter(pc.less_equal(table["year"], newest))
            kept = held.filter(pc.is_in(held["year"], pc.unique(table["year"])))
            changed += _different_rows(due, kept)
    return (Measured("refrozen", Estimate.exact(changed), None, f"{len(earlier)} earlier releases"),)


def _different_rows(one: pa.Table, two: pa.Table) -> int:
    first, second = (_rows(table) for table in (one, two))
    return len(first ^ second)


def _rows(table: pa.Table) -> set[tuple[object, ...]]:
    return set(zip(*(column.to_pylist() for column in table.columns), strict=True))
