"""Persons and their certificates as they begin: who, when first registered, under which number.

Registration numbers carry the province of first registration and two years; their serials must be unique
over the whole register although chunks are made independently. So a chunk first counts its certificates
in each cell (province, grade, years), and is then told how many of each cell come before it.

Serials count down from 99999: a real block counts up from 00001, so a synthetic number is recognisable.
"""

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from etl.errors import Refused
from etl.synth.arrays import (
    NEVER,
    Days,
    Floats,
    Ints,
    add_months,
    digits,
    draw,
    first_of_year,
    repeated,
    texts,
    within,
    year_of,
)
from etl.synth.calibration import Calibration, days, normalised
from etl.synth.scene import Scene

GRADES = ("first", "second")
_SERIALS = 100_000


@dataclass(frozen=True)
class Cohort:
    """Persons (`birth`, `male`, `origin` province ordinal, `limit` = 65th birthday) and their certificates.

    Certificates: `holder` (index of a person), `grade` (index into GRADES), `first_on`, `qualified` (year),
    `prefix` (province ordinal), `cancelled_on` and `again_on` (registered anew), or NEVER.
    """

    birth: Days
    male: Ints
    origin: Ints
    limit: Days
    kind: Ints
    holder: Ints
    grade: Ints
    first_on: Days
    qualified: Ints
    prefix: Ints
    cancelled_on: Days
    again_on: Days

    @property
    def cells(self) -> Ints:
        """The number cell of each certificate: province, grade and years as one integer."""
        years = (self.qualified - 2000) * 100 + year_of(self.first_on) - 2000
        return (self.prefix * 2 + self.grade) * 10_000 + years


def cohort(scene: Scene) -> Cohort:
    """Draw a chunk's persons and certificates."""
    calibration, chunk, calendar, as_of = scene.calibration, scene.chunk, scene.calendar, scene.as_of
    rng = scene.rng(2)
    kind = draw(rng, np.array(chunk.kinds), chunk.persons)
    birth, male = _persons(calibration, rng, kind, as_of)
    limit = add_months(birth, 12 * int(calibration["validity"]["age_limit_years"]))
    first_on = _first_registration(calibration, rng, birth, limit, as_of)
    first_on = np.minimum(calendar.batch(first_on), as_of).astype(np.int32)
    low, high = calibration["registration"]["second_certificate_after_days"]
    next_on = calendar.batch(first_on + rng.integers(low, high, chunk.persons).astype(np.int32))
    both = (kind == 2) & (next_on < np.minimum(as_of, limit - 200))
    kind = np.where((kind == 2) & ~both, 1, kind)
    holder = np.r_[np.arange(chunk.persons), np.flatnonzero(both)]
    grade = np.r_[np.where(kind == 0, 0, 1), np.zeros(int(both.sum()), np.int64)]
    started = np.r_[first_on, next_on[both]].astype(np.int32)
    cancelled_on, again_on = _endings(scene, rng, started, limit[holder])
    last_day = np.minimum(np.minimum(cancelled_on[: len(kind)], limit), as_of)
    origin = _origins(scene, rng, kind, last_day - started[: len(kind)])
    lag = draw(rng, normalised(calibration["registration"]["qualification_lag_years"]), len(holder))
    earliest = calibration["registration"]["first_qualification_year"]
    return Cohort(
        birth=birth,
        male=male,
        origin=origin,
        limit=limit,
        kind=kind,
        holder=holder,
        grade=grade,
        first_on=started,
        qualified=np.maximum(year_of(started) - lag, earliest),
        prefix=origin[holder],
        cancelled_on=cancelled_on,
        again_on=again_on,
    )


def _persons(calibration: Calibration, rng: np.random.Generator, kind: Ints, as_of: int) -> tuple[Days, Ints]:
    """Birth dates and sex (1 = male)."""
    numbers, count = calibration["persons"], len(kind)
    bands = np.array(numbers["age_bands"], dtype=np.float64)
    band = draw(rng, normalised(bands[:, 2]), count)
    age = bands[band, 0] + rng.random(count) * (bands[band, 1] - bands[band, 0])
    younger = np.where(kind == 1, float(numbers["second_grade_younger_years"]), 0.0)
    age = np.maximum(age - younger, bands[0, 0] + rng.random(count))
    shares = np.array([numbers["male"][name] for name in ("first", "second", "both")])
    birth = as_of - np.floor(age * 365.2425).astype(np.int32)
    return birth.astype(np.int32), (rng.random(count) < shares[kind]).astype(np.int64)


def _first_registration(
    calibration: Calibration, rng: np.random.Generator, birth: Days, limit: Days, as_of: int
) -> Days:
    """First registration of each person: by year and month, at a possible age."""
    numbers, count = calibration["registration"], len(birth)
    start, last = numbers["first_year"], int(year_of(np.array([as_of]))[0])
    youngest = np.maximum(year_of(birth) + numbers["minimum_age"] + 1, start)
    year = start + draw(rng, normalised(numbers["years"][: last - start + 1]), count)
    spread = np.floor(youngest + rng.random(count) ** 2 * (last + 1 - youngest)).astype(np.int64)
    year = np.where(year < youngest, np.minimum(spread, last), year)
    year = np.minimum(year, np.maximum(year_of(limit) - 3, start))
    month = draw(rng, normalised(numbers["months"]), count)
    day = add_months_each(first_of_year(year), month) + rng.integers(0, 28, count)
    return np.where(day >= as_of, day - 365, day).astype(np.int32)


def add_months_each(first: Days, months: Ints) -> Days:
    """First days of months, `months` later."""
    return (first.astype("M8[D]").astype("M8[M]") + months).astype("M8[D]").astype(np.int64).astype(np.int32)


def _endings(scene: Scene, rng: np.random.Generator, started: Days, limit: Days) -> tuple[Days, Days]:
    """Cancellation and re-registration days: a constant hazard, a multiple of it during the shock."""
    calibration, calendar, count = scene.calibration, scene.calendar, len(started)
    numbers, shock = calibration["cancellation"], calibration["shock"]
    begin, end = days(shock["from"]), days(shock["to"])
    extra = (end - begin) * (float(shock["cancellation_factor"]) - 1)
    first_clock = started + extra * np.clip((started - begin) / (end - begin), 0, 1)
    clock = first_clock + rng.exponential(365 / numbers["yearly"], count)
    inside = begin + (clock - begin) / float(shock["cancellation_factor"])
    day = np.where(clock <= begin, clock, np.where(inside <= end, inside, clock - extra))
    cancelled_on = calendar.batch(np.clip(day, started + 40, NEVER - 400).astype(np.int32))
    least, mean = calibration["validity"]["reregistered_after_days"]
    again = calendar.batch(
        (cancelled_on + least + rng.exponential(mean, count)).clip(0, NEVER - 1).astype(np.int32)
    )
    returns = rng.random(count) < calibration["validity"]["reregistered"]
    returns &= again < limit - calibration["validity"]["no_approval_before_limit_days"]
    return cancelled_on, np.where(returns, again, NEVER).astype(np.int32)


def _origins(scene: Scene, rng: np.random.Generator, kind: Ints, days_in_force: Days) -> Ints:
    """Province of first registration. Holders of both grades stay in their province."""
    calibration, home, persons = scene.calibration, scene.chunk.province.ordinal, len(kind)
    weights: Floats = calibration.first_grade_weights.copy()
    if len(weights) == 1:
        return np.full(persons, home)
    weights[home] = 0
    moved = (kind != 2) & (days_in_force > 400) & (rng.random(persons) < calibration["mobility"]["moved_in"])
    return np.where(moved, draw(rng, normalised(weights), persons), home).astype(np.int64)


def cells_before(counts: Iterable[tuple[Ints, Ints]]) -> list[dict[int, int]]:
    """For each chunk, in order, how many certificates of each of its cells earlier chunks have.

    `counts` are (cells, number of certificates). Raises Refused when a cell overflows its serials.
    """
    total: dict[int, int] = {}
    before = []
    for cells, sizes in counts:
        before.append({int(cell): total.get(int(cell), 0) for cell in cells})
        for cell, size in zip(cells.tolist(), sizes.tolist(), strict=True):
            total[cell] = total.get(cell, 0) + size
    if max(total.values(), default=0) >= _SERIALS:
        raise Refused(
            "注册号顺序号用尽 | registration numbers exhausted",
            where="synth",
            rule="5 位顺序号 | serials have five digits",
            remedy="减少人数 | fewer persons",
        )
    return before


def registration_numbers(calibration: Calibration, people: Cohort, before: dict[int, int]) -> pa.Array:
    """17-character registration numbers, unique over the register."""
    cells = people.cells
    known, inverse = np.unique(cells, return_inverse=True)
    offset = np.array([before[int(cell)] for cell in known], np.int64)
    serial = _SERIALS - 1 - (offset[inverse] + within(cells)) if len(cells) else cells
    provinces = calibration.provinces
    grade_digits = np.array([calibration["registration"]["grade_digit"][name] for name in GRADES])
    codes = np.array([int(province.code) for province in provinces])
    body = texts(
        digits(grade_digits[people.grade], 1),
        digits(codes[people.prefix], 2),
        digits(people.qualified, 4),
        digits(year_of(people.first_on), 4),
        digits(serial, 5),
    )
    prefix = pa.array([province.prefix for province in provinces]).take(pa.array(people.prefix))
    return pc.binary_join_element_wise(prefix, body, "")


def certificate_numbers(start: int, count: int) -> pa.Array:
    """8-digit certificate numbers that begin with 9 (real ones are far below)."""
    return texts(repeated("9", count), digits(start + np.arange(count), 7))
