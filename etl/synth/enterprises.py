"""Enterprises: codes, names and their change, sizes. Every chunk has its own; all are known to everybody."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from etl.synth.arrays import NEVER, Days, Floats, Ints, credit_codes, draw, generator, pick
from etl.synth.calibration import Calibration, Province, days, normalised
from etl.synth.plan import Chunk

IMPOSSIBLE_REGION = 91990000  # registering department 9, kind 1, region 990000: no such region exists


@dataclass(frozen=True)
class Enterprises:
    """Enterprises in columns. The name changes from `former_name` to `name` on `renamed_on` (or NEVER)."""

    chunk: Ints
    province: Ints
    prefecture: Ints
    code: pa.Array
    former_name: pa.Array
    name: pa.Array
    renamed_on: Days
    established_on: Days
    ended_on: Days
    nature: Ints
    size: Ints

    def __len__(self) -> int:
        return len(self.size)

    def name_on(self, enterprise: Ints, day: Days) -> pa.Array:
        """Names of enterprises as they were on the given days; index -1 gives NULL."""
        index = pa.array(enterprise, mask=enterprise < 0)
        former = day < self.renamed_on[enterprise]
        return pc.if_else(pa.array(former), self.former_name.take(index), self.name.take(index))


@dataclass(frozen=True)
class Universe:
    """All enterprises of the register, with what is needed to draw past employers by province."""

    all: Enterprises
    starts: Ints
    edges: Floats

    def draw(self, rng: np.random.Generator, province: Ints) -> Ints:
        """One enterprise of each given province, the larger the likelier."""
        low = self.edges[self.starts[province]]
        high = self.edges[self.starts[province + 1]]
        position = low + rng.random(len(province)) * (high - low)
        found = np.searchsorted(self.edges, position, "right") - 1
        return np.clip(found, self.starts[province], self.starts[province + 1] - 1)

    def neighbour(self, enterprise: Ints) -> Ints:
        """Another enterprise of the same province."""
        province = self.all.province[enterprise]
        start, end = self.starts[province], self.starts[province + 1]
        return start + (enterprise - start + 1) % (end - start)


def universe(calibration: Calibration, chunks: Sequence[Chunk], seed: int, as_of: int) -> Universe:
    """All enterprises, chunk after chunk."""
    parts = [_of_chunk(calibration, chunk, generator(seed, *chunk.stream, 1), as_of) for chunk in chunks]
    merged = Enterprises(
        *(
            pa.concat_arrays(column) if isinstance(column[0], pa.Array) else np.concatenate(column)
            for column in ([getattr(part, name) for part in parts] for name in Enterprises.__annotations__)
        )
    )
    counts = np.bincount(merged.province, minlength=len(calibration.provinces))
    return Universe(merged, np.r_[0, np.cumsum(counts)], np.r_[0.0, np.cumsum(merged.size)])


def _of_chunk(calibration: Calibration, chunk: Chunk, rng: np.random.Generator, as_of: int) -> Enterprises:
    numbers = calibration["enterprises"]
    count = max(4, round(chunk.persons / numbers["persons_each"]))
    size = _sizes(numbers, rng, count)
    empty = size == 0
    ranks = np.arange(len(chunk.province.prefectures), dtype=np.float64)
    prefecture = draw(rng, normalised(numbers["prefecture_decay"] ** ranks + 0.05), count)
    renamed = rng.random(count) < 1 - (1 - numbers["renamed_yearly"]) ** ((as_of - days("2009-01-01")) / 365)
    renamed_on = rng.integers(days("2009-01-01"), as_of, count)
    first, last = (days(value) for value in numbers["established"])
    ended = empty & (rng.random(count) < numbers["ended"])
    identity = (
        rng.choice(_name_space(numbers) // chunk.of, 2 * count, replace=False) * chunk.of + chunk.number - 1
    )
    former, later = identity[:count], np.where(renamed, identity[count:], identity[:count])
    return Enterprises(
        chunk=np.full(count, chunk.index),
        province=np.full(count, chunk.province.ordinal),
        prefecture=prefecture,
        code=_codes(chunk, count),
        former_name=_names(numbers, chunk.province, former),
        name=_names(numbers, chunk.province, later),
        renamed_on=np.where(renamed, renamed_on, NEVER).astype(np.int32),
        established_on=rng.integers(first, last, count).astype(np.int32),
        ended_on=np.where(ended, rng.integers(last, as_of, count), NEVER).astype(np.int32),
        nature=draw(rng, normalised(list(numbers["nature"].values())), count),
        size=size,
    )


def _sizes(numbers: Mapping[str, Any], rng: np.random.Generator, count: int) -> Ints:
    """Constructors wanted per enterprise: log-normal, pushed up to the quotas that qualifications demand."""
    median, sigma = numbers["size_median"], numbers["size_sigma"]
    size = np.maximum(1, np.rint(rng.lognormal(np.log(median), sigma, count))).astype(np.int64)
    size = np.minimum(size, 3000)
    raised = rng.random(count) < numbers["spike_share"]
    for quota, below in numbers["quota_spikes"].items():
        size[np.isin(size, below) & raised] = quota
    size[rng.random(count) < numbers["without_constructors"]] = 0
    size[0] = max(1, size[0])
    return size


def _codes(chunk: Chunk, count: int) -> pa.Array:
    serial = int(chunk.province.code) * 1_000_000 + chunk.number * 40_000 + np.arange(count)
    return credit_codes(np.full(count, IMPOSSIBLE_REGION), serial)


def _name_space(numbers: Mapping[str, Any]) -> int:
    """How many different names a province can have."""
    pairs = len(numbers["brand_first"]) * len(numbers["brand_second"])
    return pairs * pairs * len(numbers["trades"])


def _names(numbers: Mapping[str, Any], province: Province, identity: Ints) -> pa.Array:
    """Names written from their number: province, four cyclical characters, trade, legal form."""
    pairs = [first + second for first in numbers["brand_first"] for second in numbers["brand_second"]]
    trades, forms = numbers["trades"], numbers["forms"]
    trade, rest = identity % len(trades), identity // len(trades)
    form = np.where(identity % 101 < 101 * numbers["usual_form"], 0, 1 + identity % (len(forms) - 1))
    return pc.binary_join_element_wise(
        pa.scalar(province.short),
        pick(pairs, rest % len(pairs)),
        pick(pairs, rest // len(pairs)),
        pick(trades, trade),
        pick(forms, form),
        "",
    )
