"""Divisions by date of validity: which one a text names on a day, and which one that is today.

A division is a code with a name. A `Succession` says what became of one: renamed, recoded, merged, or split into
several. A text is read as of the day of its export: of the divisions that ever had this code or name the one that
was there on the day, else the one that ended last before it, else the one that began first after it. What is read
is carried on to the division of today. Where a split leaves several, the former division itself stands, if it is
listed: what it lies in is then all that is certain. Nothing is guessed: a text that could mean two is not known.
"""

from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from typing import NamedTuple


class Division(NamedTuple):
    """A division of a level, under one code and one name."""

    level: str
    code: str
    name: str


class Listed(NamedTuple):
    """A division of a code list; `spellings` are all that name it, its code and name too."""

    division: Division
    spellings: tuple[str, ...]


class Succession(NamedTuple):
    """`former` became `later`, or one of several, on the day `on`; `kind` says how.

    `spellings`: other ways to write `former`. `inside`: the code of the listed division that `later` lies in, for
    a level that is not listed.
    """

    former: Division
    later: Division
    kind: str
    on: date
    spellings: tuple[str, ...]
    inside: str | None


class Reading(NamedTuple):
    """The code that a text stands for, and the rule that tells why ("" = it is written so today)."""

    code: str
    rule: str


@dataclass(frozen=True)
class Regions:
    """The divisions of one level with what became of those before them, and of those below them that are told."""

    listed: tuple[Listed, ...]
    successions: tuple[Succession, ...]

    def read(self, day: date) -> dict[str, Reading]:
        """Every text that names one division, as it is read on a day."""
        found = {}
        for text, divisions in self._named.items():
            meant = divisions if len(divisions) == 1 else self._meant(divisions, day)
            readings = [reading for each in meant if (reading := self._today[each])]
            if len(readings) == len(meant) and len({reading.code for reading in readings}) == 1:
                found[text] = min(readings)
        return found

    @cached_property
    def turns(self) -> tuple[date, ...]:
        """The days from which a text may mean another division than before, in order."""
        days: set[date] = set()
        for divisions in self._named.values():
            readings = (self._today[each] for each in divisions)
            if len({reading and reading.code for reading in readings}) > 1:
                days.update(day for each in divisions for day in self._bounds(each))
        return tuple(sorted(days - {date.min, date.max}))

    @cached_property
    def _after(self) -> Mapping[Division, Sequence[Succession]]:
        return _grouped(self.successions, lambda item: item.former)

    @cached_property
    def _before(self) -> Mapping[Division, Sequence[Succession]]:
        return _grouped(self.successions, lambda item: item.later)

    @cached_property
    def _codes(self) -> frozenset[str]:
        return frozenset(item.division.code for item in self.listed)

    @cached_property
    def _divisions(self) -> Collection[Division]:
        """All that are listed or told of."""
        return {item.division for item in self.listed} | self._after.keys() | self._before.keys()

    @cached_property
    def _named(self) -> Mapping[str, set[Division]]:
        """Text -> the divisions that it ever named. Those of one name share the other ways to write it."""
        ways: dict[str, set[str]] = defaultdict(set)
        for item in self.listed:
            ways[item.division.name].update(set(item.spellings) - {item.division.code})
        for change in self.successions:
            ways[change.former.name].update(change.spellings)
        named: dict[str, set[Division]] = defaultdict(set)
        for each in self._divisions:
            for text in (each.code, each.name, *ways[each.name]):
                named[text].add(each)
        return named

    def _bounds(self, division: Division) -> tuple[date, date]:
        """[first day, day after the last) of a division."""
        began = max((item.on for item in self._before.get(division, ())), default=date.min)
        ended = min((item.on for item in self._after.get(division, ())), default=date.max)
        return began, ended

    def _meant(self, divisions: Collection[Division], day: date) -> Collection[Division]:
        bounds = {each: self._bounds(each) for each in divisions}
        there = [each for each, (began, ended) in bounds.items() if began <= day < ended]
        if there:
            return there
        past = [ended for _, ended in bounds.values() if ended <= day]
        if past:
            return [each for each, (_, ended) in bounds.items() if ended == max(past)]
        first = min(began for began, _ in bounds.values())
        return [each for each, (began, _) in bounds.items() if began == first]

    @cached_property
    def _today(self) -> Mapping[Division, Reading | None]:
        """Each division -> the listed one of today that it is, or lies in; None where that is not certain."""
        return {each: self._carried(each) for each in self._divisions}

    def _carried(self, division: Division) -> Reading | None:
        ends, after = self._ends(division, date.min), self._after.get(division, ())
        is_listed = division.code in self._codes
        if len(ends) > 1 and is_listed:
            return Reading(division.code, "division_split")
        if len(ends) > 1:  # it became one that was split later
            return self._carried(after[0].later) if len(after) == 1 else None
        rule = f"division_{after[0].kind}" if after else "" if is_listed else "division_part"
        return next((Reading(code, rule) for code in ends), None)

    def _ends(self, division: Division, since: date) -> frozenset[str]:
        """Codes of the listed divisions that a division became part of after `since`, in the end."""
        after = [item for item in self._after.get(division, ()) if item.on > since]
        if after:
            return frozenset().union(*(self._ends(item.later, item.on) for item in after))
        if division.code in self._codes:
            return frozenset({division.code})
        return frozenset(item.inside for item in self._before.get(division, ()) if item.inside)


def _grouped(
    items: Iterable[Succession], key: Callable[[Succession], Division]
) -> Mapping[Division, list[Succession]]:
    groups: dict[Division, list[Succession]] = defaultdict(list)
    for item in items:
        groups[key(item)].append(item)
    return groups
