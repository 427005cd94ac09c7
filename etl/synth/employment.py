"""Employers through time: who works where from when, and the transfers in between."""

from dataclasses import dataclass
from typing import Any

import numpy as np

from etl.synth.arrays import NEVER, Days, Flags, Floats, Ints, draw
from etl.synth.calibration import Calibration, days, normalised
from etl.synth.cohort import Cohort
from etl.synth.enterprises import Enterprises, Universe
from etl.synth.scene import Scene
from etl.synth.validity import AGAIN, Registrations

_SHIFT = 17


@dataclass(frozen=True)
class Spells:
    """Employment spells in (person, start) order; `until` is exclusive (NEVER = open)."""

    person: Ints
    start: Days
    until: Days
    enterprise: Ints
    first: Flags

    def at(self, person: Ints, day: Days) -> Ints:
        """Index of the spell of each person on the day (the first spell for earlier days)."""
        keys = self.person << _SHIFT | self.start
        found = np.searchsorted(keys, person << _SHIFT | day, "right") - 1
        first = np.searchsorted(self.person, person)
        return np.maximum(found, first)

    def employer(self, person: Ints, day: Days) -> Ints:
        """Enterprise of each person on the day."""
        return self.enterprise[self.at(person, day)]


def certificates_of(people: Cohort) -> Ints:
    """Certificates of each person: one column for the first, one for the second (-1 = none)."""
    persons = len(people.birth)
    second = np.full(persons, -1)
    second[people.holder[persons:]] = np.arange(persons, len(people.holder))
    return np.stack([np.arange(persons), second], axis=1)


def spells(scene: Scene, people: Cohort, held: Registrations, world: Universe) -> Spells:
    """Spells of all persons of a chunk; the last one is with an enterprise of the chunk."""
    calibration, chunk, rng = scene.calibration, scene.chunk, scene.rng(4)
    person, start, crossing = _boundaries(scene, people, held, rng)
    first = np.r_[True, person[1:] != person[:-1]] if len(person) else np.zeros(0, bool)
    last = np.r_[first[1:], True] if len(person) else first
    until = np.where(last, NEVER, np.r_[start[1:], NEVER]).astype(np.int32) if len(person) else start
    province = np.where(start < crossing[person], people.origin[person], chunk.province.ordinal)
    third = ~first & ~last & (people.kind[person] != 2) & (start != crossing[person])
    third &= rng.random(len(person)) < calibration["mobility"]["third_province"]
    province = np.where(third, draw(rng, calibration.first_grade_weights, len(person)), province)
    enterprise = world.draw(rng, province)
    enterprise[last] = _current(scene, people, held, world.all, rng)
    return Spells(person, start, until, _distinct(world, enterprise, last), first)


def _distinct(world: Universe, enterprise: Ints, last: Flags) -> Ints:
    """Employers such that no person moves to the employer left; the last employer stands."""
    following = np.r_[enterprise[1:], -1]
    same = np.flatnonzero(~last & (enterprise == following))
    while len(same):
        enterprise[same] = world.neighbour(enterprise[same])
        following = np.r_[enterprise[1:], -1]
        same = np.flatnonzero(~last & (enterprise == following))
    return enterprise


def _boundaries(
    scene: Scene, people: Cohort, held: Registrations, rng: np.random.Generator
) -> tuple[Ints, Days, Days]:
    """Start days of all spells as (person, day), and each person's day of moving into the province."""
    calibration, calendar, as_of = scene.calibration, scene.calendar, scene.as_of
    numbers, persons = calibration["mobility"], len(people.birth)
    begin = people.first_on[:persons]
    moves = calendar.batch(_transfer_days(calibration, rng, begin))
    own = certificates_of(people)
    again, crossing = _again(numbers, people, held, rng), _crossing(scene, people, rng)
    person = np.repeat(np.arange(persons), moves.shape[1])
    day = moves.ravel()
    active = held.active(own[person, 0], day) | held.active(own[person, 1], day)
    near = np.abs(day - crossing[person]) < 60
    kept = active & ~near & (day <= as_of) & (day > begin[person] + numbers["least_days_between"])
    kept &= day < people.limit[person] - calibration["validity"]["no_approval_before_limit_days"]
    crossed = np.flatnonzero(crossing < NEVER)
    all_person = np.r_[person[kept], again[0], crossed]
    all_day = np.r_[day[kept], again[1], crossing[crossed]]
    fixed = np.r_[np.zeros(int(kept.sum()), bool), np.ones(len(again[0]) + len(crossed), bool)]
    order = np.lexsort((~fixed, all_day, all_person))
    all_person, all_day, fixed = all_person[order], all_day[order], fixed[order]
    close = np.r_[
        False, (all_person[1:] == all_person[:-1]) & (np.diff(all_day) < numbers["least_days_between"])
    ]
    good = ~close | fixed
    good &= np.r_[True, (all_person[1:] != all_person[:-1]) | (np.diff(all_day) > 0)]
    all_person = np.r_[np.arange(persons), all_person[good]]
    all_day = np.r_[begin, all_day[good]].astype(np.int32)
    order = np.lexsort((all_day, all_person))
    return all_person[order], all_day[order], crossing


def _transfer_days(calibration: Calibration, rng: np.random.Generator, begin: Days) -> Days:
    """Candidate transfer days, one row a person: a chain of tenures, and one in the shock for some."""
    numbers, shock = calibration["mobility"], calibration["shock"]
    tenure: list[dict[str, Any]] = numbers["tenure"]
    shape = (len(begin), int(numbers["most_transfers"]))
    part = draw(rng, normalised([item["share"] for item in tenure]), shape[0] * shape[1]).reshape(shape)
    length: Floats = np.zeros(shape)
    for index, item in enumerate(tenure):
        if "median" in item:
            drawn = rng.lognormal(np.log(item["median"]), item["sigma"], shape)
        else:
            drawn = item["after"] + rng.random(shape) * item["spread"]
        length = np.where(part == index, drawn, length)
    chain = begin[:, None] + np.cumsum(length, axis=1)
    low, high = days(shock["from"]), days(shock["to"])
    hit = rng.random(shape[0]) < shock["transfer_share"]
    shaken = np.where(hit, rng.integers(low, high, shape[0]), NEVER)
    candidates: Days = np.minimum(np.c_[chain, shaken], NEVER).astype(np.int32)
    return candidates


def _again(
    numbers: dict[str, Any], people: Cohort, held: Registrations, rng: np.random.Generator
) -> tuple[Ints, Days]:
    """(person, day) of re-registrations at another unit; only holders of one certificate."""
    windows = held.windows
    certificate = held.certificate[windows.registration]
    chosen = (windows.how == AGAIN) & (people.kind[people.holder[certificate]] != 2)
    chosen &= held.rank[windows.registration] == 0
    chosen &= rng.random(len(chosen)) < numbers["reregistered_elsewhere"]
    return people.holder[certificate[chosen]], windows.event_on[chosen]


def _crossing(scene: Scene, people: Cohort, rng: np.random.Generator) -> Days:
    """Day of the move into the province, within the first period of validity; NEVER for its own people."""
    persons = len(people.birth)
    begin = people.first_on[:persons].astype(np.int64)
    end = np.minimum(np.minimum(begin + 1000, people.cancelled_on[:persons]), people.limit - 90)
    end = np.minimum(end, scene.as_of)
    within = rng.random(persons) * np.maximum(end - begin - 250, 0)
    day = scene.calendar.batch((begin + 150 + within).astype(np.int32))
    return np.where(people.origin == scene.chunk.province.ordinal, NEVER, day).astype(np.int32)


def _current(
    scene: Scene, people: Cohort, held: Registrations, firms: Enterprises, rng: np.random.Generator
) -> Ints:
    """Present (or last) employer of each person: active persons fill the wanted sizes, the rest follow."""
    own = np.flatnonzero(firms.chunk == scene.chunk.index)
    certificates = certificates_of(people)
    today = np.full(len(people.birth), scene.as_of, np.int32)
    active = held.active(certificates[:, 0], today) | held.active(certificates[:, 1], today)
    result = own[draw(rng, firms.size[own].astype(np.float64), len(active))]
    seats = np.repeat(own, firms.size[own])
    working = rng.permutation(np.flatnonzero(active))[: len(seats)]
    result[working] = seats[: len(working)]
    return result
