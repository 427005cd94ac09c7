"""Who moved between two vintages: what the lookup tells anybody who kept the one of last year."""

from dataclasses import dataclass

import numpy as np

from etl.privacy.attacks.series import ABSENT, Ints, Series


@dataclass(frozen=True)
class Victims:
    """Persons who changed class between vintage `step` and the next: `person`, `step`, `cell` (true, at `year`)."""

    person: Ints
    step: Ints
    year: Ints
    cell: Ints
    changers: Ints

    def take(self, rows: Ints) -> "Victims":
        return Victims(*(column[rows] for column in vars(self).values()))

    def joined(self, other: "Victims") -> "Victims":
        pairs = zip(vars(self).values(), vars(other).values(), strict=True)
        return Victims(*(np.concatenate(pair) for pair in pairs))


def movers(found: Series) -> Victims:
    """Everybody whose node changed at any level, joined or left, between two vintages.

    `changers`: persons who entered or left the quieter of the nodes left and entered, the victim among them; 1 for
    a lone mover.
    """
    parts = []
    for step in range(len(found.years) - 1):
        before, after = found.leaf[step], found.leaf[step + 1]
        person = np.flatnonzero(before != after)
        old, new = before[person], after[person]
        old_changers, new_changers = (tally(nodes, len(found.level)) for nodes in (old, new))
        both = old_changers + new_changers
        many = np.where(old < 0, both[new], np.where(new < 0, both[old], np.minimum(both[old], both[new])))
        year = np.where(old >= 0, step, step + 1)
        cell = found.truth[year, person] if found.truth is not None else np.full(len(person), ABSENT)
        parts.append((person, np.full(len(person), step), year, cell, many))
    return Victims(*(np.concatenate(column) for column in zip(*parts, strict=True)))


def tally(nodes: Ints, size: int) -> Ints:
    return np.bincount(nodes[nodes >= 0], minlength=size)
