"""Specialty registrations through time: windows of validity and the events that open and close them."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from etl.synth.arrays import NEVER, Days, Flags, Floats, Ints, add_months, within
from etl.synth.calibration import Calibration, days
from etl.synth.cohort import GRADES, Cohort
from etl.synth.scene import Scene

INITIAL, AGAIN, RENEWAL, ADDED = 0, 1, 2, 3  # on one day, in this order
_SHIFT = 17  # a day fits into 17 bits
_CYCLES = 14


@dataclass(frozen=True)
class Windows:
    """Validity windows in (specialty registration, start) order.

    `valid_to` is the last day as registered, `until` the last day really in force (earlier after a
    cancellation, later while renewals were suspended). `how` and `event_on` tell the opening event.
    """

    registration: Ints
    how: Ints
    event_on: Days
    valid_from: Days
    valid_to: Days
    until: Days
    cancelled: Flags

    def cover(self, registration: Ints, day: Days) -> Flags:
        """Whether each specialty registration (-1 = none) is in force on the day."""
        keys = self.registration << _SHIFT | self.valid_from
        at = np.searchsorted(keys, registration << _SHIFT | day, "right") - 1
        at = np.maximum(at, 0)
        same: Flags = self.registration[at] == registration
        return same & (self.until[at] >= day) & (self.valid_from[at] <= day)

    def last(self, count: int) -> Ints:
        """Index of the last window of each of `count` specialty registrations."""
        return np.searchsorted(self.registration, np.arange(count), "right") - 1


@dataclass(frozen=True)
class Registrations:
    """Specialty registrations: `certificate`, `specialty` (index into the grade's list), rank from 0."""

    certificate: Ints
    specialty: Ints
    rank: Ints
    slots: Ints
    windows: Windows

    def active(self, certificate: Ints, day: Days) -> Flags:
        """Whether any specialty of each certificate (-1 = none) is in force on the day."""
        result = np.zeros(len(certificate), bool)
        for slot in self.slots.T:
            registration = np.where(certificate >= 0, slot[certificate], -1)
            result |= (registration >= 0) & self.windows.cover(registration, day)
        return result


def registrations(scene: Scene, people: Cohort) -> Registrations:
    """Draw specialties and follow each to the date of the register."""
    calibration, rng, as_of = scene.calibration, scene.rng(3), scene.as_of
    certificate, specialty, rank = _specialties(calibration, people, rng)
    start, how = _starts(scene, people, rng, certificate, rank)
    cycle = _Cycle(scene, people, rng, certificate, rank)
    firsts = np.flatnonzero(rank == 0)
    leading = _windows(cycle.follow(firsts, start[firsts], how[firsts]))
    others = np.flatnonzero((rank > 0) & (start <= as_of))
    carrier = np.searchsorted(certificate, certificate[others])
    added = start[others] > people.first_on[certificate[others]]
    others = others[~added | leading.cover(carrier, start[others])]
    windows = _windows([*cycle.follow(others, start[others], how[others]), leading])
    kept = np.unique(windows.registration)
    renumber = np.full(len(certificate), -1)
    renumber[kept] = np.arange(len(kept))
    certificate, specialty = certificate[kept], specialty[kept]
    rank = within(certificate)
    slots = np.full((len(people.holder), 3), -1)
    slots[certificate, rank] = np.arange(len(kept))
    values = {name: getattr(windows, name) for name in Windows.__annotations__}
    values["registration"] = renumber[windows.registration]
    return Registrations(certificate, specialty, rank, slots, Windows(**values))


def _specialties(
    calibration: Calibration, people: Cohort, rng: np.random.Generator
) -> tuple[Ints, Ints, Ints]:
    """(certificate, specialty, rank) of every specialty registration, in certificate order."""
    numbers = calibration["registration"]
    held = np.array([numbers["specialties_held"][name] for name in GRADES])
    count = 1 + (rng.random(len(people.grade))[:, None] > np.cumsum(held, axis=1)[people.grade][:, :2]).sum(
        axis=1
    )
    choice = np.zeros((len(people.grade), 3), np.int64)
    for grade, name in enumerate(GRADES):
        rows = np.flatnonzero(people.grade == grade)
        weights = np.array(list(numbers["specialties"][name].values()), dtype=np.float64)
        scores: Floats = rng.exponential(1, (len(rows), len(weights))) / weights
        choice[rows] = np.argsort(scores, axis=1)[:, :3]
    certificate = np.repeat(np.arange(len(count)), count)
    rank = within(certificate)
    return certificate, choice[certificate, rank], rank


def _starts(
    scene: Scene, people: Cohort, rng: np.random.Generator, certificate: Ints, rank: Ints
) -> tuple[Days, Ints]:
    """First day of each specialty registration and the event that opens it."""
    calibration, calendar = scene.calibration, scene.calendar
    numbers = calibration["registration"]
    low, high = numbers["added_after_days"]
    first_on = people.first_on[certificate]
    added = (rank > 0) & (rng.random(len(rank)) >= numbers["held_from_the_start"])
    later = calendar.batch((first_on + rng.integers(low, high, len(rank))).astype(np.int32))
    limit = (
        people.limit[people.holder[certificate]] - calibration["validity"]["no_approval_before_limit_days"]
    )
    later = np.where(later < limit, later, NEVER)
    return np.where(added, later, first_on).astype(np.int32), np.where(added, ADDED, INITIAL)


@dataclass(frozen=True)
class _Opening:
    """How periods open: by which event on which day, in force from when, counted from `base`.

    `again` marks registrations that have already been registered anew after a lapse.
    """

    registration: Ints
    how: Ints
    event_on: Days
    valid_from: Days
    base: Days
    again: Flags

    def of(self, rows: Ints) -> "_Opening":
        """Some of the openings."""
        return _Opening(*(getattr(self, name)[rows] for name in _Opening.__annotations__))


@dataclass(frozen=True)
class _Cycle:
    """The rules of renewal, lapse, cancellation and re-registration, applied period after period."""

    scene: Scene
    people: Cohort
    rng: np.random.Generator
    certificate: Ints
    rank: Ints

    def follow(self, registration: Ints, start: Days, how: Ints) -> list[Windows]:
        """Windows of the given specialty registrations, one period at a time."""
        periods = []
        open_ = _Opening(registration, how, start, start, start, np.zeros(len(registration), bool))
        for _ in range(_CYCLES):
            if len(open_.registration) == 0:
                break
            window, open_ = self._step(open_)
            periods.append(window)
        return periods

    def _end(self, registration: Ints, base: Days) -> Days:
        numbers = self.scene.calibration["validity"]
        limit = self.people.limit[self.people.holder[self.certificate[registration]]]
        return np.minimum(add_months(base, int(numbers["months"])) - 1, limit).astype(np.int32)

    def _step(self, opening: "_Opening") -> tuple[Windows, "_Opening"]:
        """One period: its window, and how the next one opens, for those that go on."""
        registration, event_on, again = opening.registration, opening.event_on, opening.again
        valid_from, valid_to = opening.valid_from, self._end(registration, opening.base)
        numbers, people, rng = self.scene.calibration["validity"], self.people, self.rng
        certificate, count = self.certificate[registration], len(registration)
        limit = people.limit[people.holder[certificate]]
        too_late = limit - numbers["no_approval_before_limit_days"]
        renews = self._renews(registration) & (valid_to < too_late)
        renewal_on = self._renewal_on(certificate, valid_to)
        late = renewal_on > valid_to
        renews &= renewal_on < too_late
        reached = renews & (renewal_on <= self.scene.as_of) & ((valid_to < self.scene.as_of) | late)
        until = np.where(reached & late, renewal_on - 1, valid_to).astype(np.int32)
        struck = people.cancelled_on[certificate]
        cancelled = (struck > valid_from - (opening.how == RENEWAL)) & (
            struck <= np.minimum(until, self.scene.as_of)
        )
        until = np.where(cancelled, struck - 1, until).astype(np.int32)
        least, mean = numbers["reregistered_after_days"]
        back = self.scene.calendar.batch((valid_to + least + rng.exponential(mean, count)).astype(np.int32))
        returns = ~again & (rng.random(count) < numbers["reregistered"])
        returns &= (back < too_late) & (back != struck)
        lapsed_on = np.where(returns & ~renews, back, NEVER)
        next_on = np.where(reached, renewal_on, lapsed_on)
        next_on = np.where(cancelled, people.again_on[certificate], next_on)
        renewed = reached & ~cancelled
        next_base = np.where(renewed & ~late, valid_to + 1, next_on).astype(np.int32)
        window = Windows(registration, opening.how, event_on, valid_from, valid_to, until, cancelled)
        following = _Opening(
            registration=registration,
            how=np.where(renewed, RENEWAL, AGAIN),
            event_on=next_on.astype(np.int32),
            valid_from=np.where(renewed, until + 1, next_on).astype(np.int32),
            base=next_base,
            again=again | (~renewed & ~cancelled),
        )
        return window, following.of(np.flatnonzero(next_on <= self.scene.as_of))

    def _renews(self, registration: Ints) -> Flags:
        """Renewals: a certificate's specialties mostly share their fate."""
        numbers, count = self.scene.calibration["validity"], len(registration)
        dropped = (self.rank[registration] > 0) & (self.rng.random(count) < numbers["specialty_dropped"])
        renews: Flags = (self.rng.random(count) < numbers["renewed"]) & ~dropped
        return renews

    def _renewal_on(self, certificate: Ints, valid_to: Days) -> Days:
        """Days of the renewals: before the end of validity, or once a suspension is over."""
        low, high = self.scene.calibration["validity"]["renewal_before_days"]
        before = self.rng.integers(low, high + 1, len(certificate)).astype(np.int32)
        renewal_on = np.minimum(self.scene.calendar.batch(valid_to - before), valid_to)
        suspended, resumed = self._suspended(certificate, renewal_on, valid_to)
        return np.where(suspended, resumed, renewal_on)

    def _suspended(self, certificate: Ints, renewal_on: Days, valid_to: Days) -> tuple[Flags, Days]:
        """Renewals that fall due while they are suspended, and when they are caught up."""
        gap: Mapping[str, Any] = self.scene.calibration["validity"]["suspended"]
        begin, end = days(gap["from"]), days(gap["to"])
        concerned = self.people.grade[certificate] == GRADES.index(gap["grade"])
        resumed = end + self.rng.exponential(gap["caught_up_mean_days"], len(certificate)).astype(np.int32)
        hit = concerned & (valid_to >= begin) & (renewal_on < end)
        return hit, self.scene.calendar.batch(resumed.astype(np.int32))


def _windows(periods: list[Windows]) -> Windows:
    """All periods together, in (specialty registration, start) order."""
    columns = {
        name: np.concatenate([getattr(period, name) for period in periods])
        for name in Windows.__annotations__
    }
    order = np.lexsort((columns["valid_from"], columns["registration"]))
    return Windows(**{name: column[order] for name, column in columns.items()})
