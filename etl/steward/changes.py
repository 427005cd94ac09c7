"""What a provider may change in a row that went back: anything, but not what says whose row it is.

A row is known by the key of its record type and by the numbers of persons and certificates in it. Such a cell may
change where the row was set aside for it (of a contradiction about some places of a number, in those), or where it
was empty or could not be read; in a broken row it must stand in the line received. Any other cell may change, too.
What was changed unasked is told, and of what a row is known by every change.
"""

import re
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from enum import Enum
from functools import partial

from etl.clean import SPLITS, Unclean
from etl.clean.base import compact, narrow, tidy
from etl.metadata import Metadata, Source
from etl.metadata.model import Split
from etl.sources.readers import header_key
from etl.sources.settings import IngestRules, cleaner_of
from etl.steward.held import HeldRow


@dataclass(frozen=True)
class Unasked:
    """Headers of changed cells: those of `identity` make it another row, those that are `told` need a look."""

    identity: tuple[str, ...]
    told: tuple[str, ...]


def unasked(row: HeldRow, becomes: Sequence[str | None], metadata: Metadata, rules: IngestRules) -> Unasked:
    """What was changed in a row besides the cells that the reason is about, and of those what it is known by.

    Of a broken row: cells with a text that its line does not hold.
    """
    source = metadata.sources[row.source_name]
    columns = [_Column(header, source, metadata, rules) for header in row.headers]
    judge = partial(_of_cell, row) if row.line is None else partial(_of_broken, row.line)
    cells = zip(columns, row.cells, becomes, strict=True)
    found = [(judge(column, old, new), column.header) for column, old, new in cells if column.feeds]
    identity, told = ([header for kind, header in found if kind is wanted] for wanted in _Kind)
    return Unasked(tuple(identity), tuple(told))


class _Kind(Enum):
    """What a changed cell is: one that makes the row another, or one to tell."""

    IDENTITY = 1
    TOLD = 2


def _of_cell(row: HeldRow, column: "_Column", old: str | None, new: str | None) -> _Kind | None:
    if old == new:
        return None
    checks = [check for check in column.rules.checks if check.name == row.reason]
    asked = {row.field} | {name for check in checks for name in check.fields}
    free = {name: places for check in checks for name, places in check.positions.items()}
    fixed = [name for name in column.known_by if name in free or name not in asked]
    if any(column.says_else(name, old, new, free.get(name, ())) for name in fixed):
        return _Kind.IDENTITY
    return _Kind.TOLD if not column.feeds & asked or (column.known_by and old) else None


def _of_broken(line: str, column: "_Column", old: None, new: str | None) -> _Kind | None:
    if not new or _holds(line, new):
        return None
    return _Kind.IDENTITY if column.known_by else _Kind.TOLD


def _holds(line: str, text: str) -> bool:
    """Whether a text stands in a line, not as part of a longer number or word."""
    spaced = r"\s*".join(map(re.escape, compact(text)))
    return bool(re.search(f"(?<![0-9A-Z]){spaced}(?![0-9A-Z])", narrow(tidy(line)).upper()))


@dataclass(frozen=True)
class _Column:
    """A column of a received file, by its header."""

    header: str
    source: Source
    metadata: Metadata
    rules: IngestRules

    @property
    def splits(self) -> list[Split]:
        return [item for item in self.source.split if self._is_among(item.headers)]

    @property
    def feeds(self) -> set[str]:
        """The fields that it feeds."""
        single = {item.field for item in self.source.fields if self._is_among(item.headers)}
        return single | {name for item in self.splits for name in item.fields}

    def _is_among(self, headers: Iterable[str]) -> bool:
        return header_key(self.header) in map(header_key, headers)

    @property
    def known_by(self) -> set[str]:
        """Those of the fields by which a row is known."""
        return {name for name in self.feeds if self._identifies(name)}

    def _identifies(self, name: str) -> bool:
        field = self.metadata.fields[name]
        is_number_of_person = field.role == "identifier" and field.sensitivity != "public"
        return is_number_of_person or name in self.metadata.records[self.source.record].key

    def says_else(self, name: str, old: str | None, new: str | None, free: Collection[int]) -> bool:
        """Whether a field that could be read has another value now, but for characters in `free` places (from 1)."""
        was = self._values(name, old, free)
        return was is not None and was != self._values(name, new, free)

    def _values(self, name: str, text: str | None, free: Collection[int]) -> set[str] | None:
        """The values of a field in a cell without `free` places; None where it is empty or cannot be read."""
        parts: list[str | None] = [text]
        for item in self.splits:
            found = SPLITS[item.kind](text or "")
            if isinstance(found, Unclean):
                return None
            parts = [part[item.fields.index(name)] for part in found]
        cleaner = cleaner_of(name, self.source, self.metadata, self.rules)
        outcomes = [cleaner.clean(part) for part in parts if part is not None]
        values = [None if isinstance(outcome, Unclean) else outcome.value for outcome in outcomes]
        if None in values or not values:
            return None
        return {_without(value, free) for value in values if value is not None}


def _without(value: str, places: Collection[int]) -> str:
    return "".join(char for place, char in enumerate(value, start=1) if place not in places)
