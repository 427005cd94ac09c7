"""Columns that several record types share."""

from collections.abc import Mapping
from typing import TypeAlias

import numpy as np
import pyarrow as pa

from etl.synth.arrays import Ints, draw, pick
from etl.synth.calibration import Calibration, normalised
from etl.synth.career import Career
from etl.synth.cohort import GRADES
from etl.synth.enterprises import Enterprises

Columns: TypeAlias = dict[str, pa.Array]


def coded(
    calibration: Calibration, field: str, shares: Mapping[str, float], rng: np.random.Generator, count: int
) -> pa.Array:
    """Codes of `field` drawn with the shares of their labels."""
    codes = [calibration.code(field, text) for text in shares]
    return pick(codes, draw(rng, normalised(list(shares.values())), count))


def constant(value: str, count: int) -> pa.Array:
    """The same text on every row."""
    return pick([value], np.zeros(count, np.int64))


def divisions(calibration: Calibration, province: Ints) -> pa.Array:
    """Division codes of province ordinals."""
    return pick([item.division for item in calibration.provinces], province)


def prefectures(calibration: Calibration, province: Ints, prefecture: Ints) -> pa.Array:
    """Prefecture codes of (province ordinal, index into the province's prefectures)."""
    codes = [[code for code, _ in item.prefectures] for item in calibration.provinces]
    starts = np.cumsum([0, *(len(item) for item in codes)])
    return pick([code for item in codes for code in item], starts[province] + prefecture)


def prefectures_of(calibration: Calibration, firms: Enterprises, enterprise: Ints) -> pa.Array:
    """Prefecture codes of enterprises."""
    return prefectures(calibration, firms.province[enterprise], firms.prefecture[enterprise])


def specialties(career: Career, registration: Ints) -> pa.Array:
    """Specialty codes of specialty registrations; index -1 gives NULL."""
    calibration, held = career.calibration, career.held
    lists = calibration["registration"]["specialties"]
    codes = [[calibration.code("specialty_code", text) for text in lists[name]] for name in GRADES]
    grade = career.people.grade[held.certificate[registration]]
    index = np.where(grade == 0, 0, len(codes[0])) + held.specialty[registration]
    return pick(codes[0] + codes[1], np.where(registration < 0, -1, index))
