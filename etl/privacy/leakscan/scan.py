"""The scan: every part of every file against numbers, patterns and values; tells where, never what."""

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from etl.privacy.leakscan.needles import Needles
from etl.privacy.leakscan.numbers import find_numbers
from etl.privacy.leakscan.parts import Part, parts_of
from etl.privacy.leakscan.rules import Rules


@dataclass(frozen=True, order=True)
class Finding:
    """Something that may not leave: in which file, at what place of it, of what kind, how often."""

    file: str
    place: str
    kind: str
    count: int

    def __str__(self) -> str:
        return f"{self.file}: {self.place}: {self.kind} × {self.count}"


@dataclass(frozen=True)
class Search:
    """Values to look for in the files whose path below the release begins with one of `within`."""

    needles: Needles
    within: tuple[str, ...] = ("",)


def _delimiters(symbols: Iterable[int]) -> np.ndarray[tuple[int], np.dtype[np.bool_]]:
    marked = np.zeros(256, bool)
    marked[list(symbols)] = True
    return marked


_AS_THEY_STAND = {"raw", "packed", "pages"}
# What may stand beside a word: in a text any ASCII but letters and digits; between cells the end of a line.
_BESIDE = {
    "raw": None,
    "packed": None,
    "pages": None,
    "text": _delimiters(code for code in range(128) if not chr(code).isalnum()),
    "cells": _delimiters([ord("\n")]),
}


def scan(root: Path, rules: Rules, searches: Sequence[Search] = ()) -> list[Finding]:
    """Everything found in the files below `root`, by file and place.

    One file after the other: two threads take as long, for most of the work holds Python's lock, and would take the
    core from the attacks beside them.
    """
    files = sorted(path for path in root.rglob("*") if path.is_file())
    return [finding for path in files for finding in _scan_file(path, root, rules, searches)]


def _scan_file(path: Path, root: Path, rules: Rules, searches: Sequence[Search]) -> list[Finding]:
    name = path.relative_to(root).as_posix()
    own = [search.needles for search in searches if name.startswith(search.within)]
    named = Part("name", name.encode(), "text")
    return findings(name, (part for parts in ((named,), parts_of(path, rules)) for part in parts), rules, own)


def findings(
    name: str, parts: Iterable[Part], rules: Rules, needles: Sequence[Needles] = ()
) -> list[Finding]:
    """What is found in the parts of one file or answer, which is told by this name."""
    counts: Counter[tuple[str, str]] = Counter()
    for part in parts:
        counts.update((part.place, kind) for kind in _kinds(part, rules, needles))
        if part.refused:
            counts[part.place, part.refused] += 1

    def told(text: str) -> str:
        """A name that is itself a value is not told."""
        return "⋯" if any(_kinds(Part("", text.encode(), "text"), rules, needles)) else text

    return sorted(Finding(told(name), told(place), kind, count) for (place, kind), count in counts.items())


def _kinds(part: Part, rules: Rules, needles: Sequence[Needles]) -> Iterator[str]:
    """The kind of each thing found in a part, once for each time it stands there.

    Files of tables lay cells end to end that are apart. Where compression does, only what has a check character is
    looked for in the bytes as they stand; of a database all but old identity numbers, which a number of a certificate
    and the codes beside it would make: these are looked for cell by cell, and their true values in every byte.
    """
    numbers = [number for number in rules.numbers if part.form not in number.by_cell]
    for kind, ends in find_numbers(part.data, numbers, raw=part.form in _AS_THEY_STAND):
        yield from (kind for end in ends if end > part.seen)
    for pattern in rules.patterns:
        if part.form == "text" if pattern.literal is None else pattern.literal in part.data:
            found = pattern.regex.finditer(part.data)
            yield from (pattern.kind for match in found if match.end() > part.seen)
    for own in needles:
        for match in own.find(part.data, _BESIDE[part.form]):
            if match.end > part.seen:
                yield own.groups[match.group].kind
