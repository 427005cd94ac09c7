"""Names and identity numbers of synthetic persons."""

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from etl.synth.arrays import Ints, draw, identity_numbers, pick, within
from etl.synth.calibration import Calibration, Names, Words
from etl.synth.cohort import Cohort
from etl.synth.plan import Chunk

_IMPOSSIBLE_PROVINCE = 99  # no ID number begins so


def names(calibration: Calibration, male: Ints, rng: np.random.Generator) -> pa.Array:
    """Full names: mostly surname and one or two characters; some rare characters, some minority names."""
    parts, numbers, count = calibration.names, calibration["persons"], len(male)
    surname = _words(parts.surnames, rng, count)
    second = _given(parts, male, rng)
    third = pc.if_else(
        pa.array(rng.random(count) < numbers["one_character_given_name"]),
        pa.scalar(""),
        _given(parts, male, rng),
    )
    rare = pick(parts.rare, rng.integers(0, len(parts.rare), count))
    second = pc.if_else(pa.array(rng.random(count) < numbers["rare_character_name"]), rare, second)
    usual = pc.binary_join_element_wise(surname, second, third, "")
    first = pick(parts.minority_first, rng.integers(0, len(parts.minority_first), count))
    last = pick(parts.minority_last, rng.integers(0, len(parts.minority_last), count))
    minority = pc.binary_join_element_wise(first, last, "·")
    return pc.if_else(pa.array(rng.random(count) < numbers["minority_name"]), minority, usual)


def _words(words: Words, rng: np.random.Generator, count: int) -> pa.Array:
    return pick(words.texts, draw(rng, words.weights, count))


def _given(parts: Names, male: Ints, rng: np.random.Generator) -> pa.Array:
    count = len(male)
    return pc.if_else(
        pa.array(male == 1), _words(parts.given_male, rng, count), _words(parts.given_female, rng, count)
    )


def identities(chunk: Chunk, people: Cohort) -> pa.Array:
    """ID numbers of region 99 (none exists) with the person's birth date and sex; unique."""
    rank = within(people.birth.astype(np.int64) * 2 + people.male)
    region = _IMPOSSIBLE_PROVINCE * 10_000 + int(chunk.province.code) * 100 + chunk.number
    return identity_numbers(np.full(len(rank), region), people.birth, 2 * rank + 2 - people.male)
