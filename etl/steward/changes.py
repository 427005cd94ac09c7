"""What a provider may change in a row that went back: anything, but not what says whose row it is.

A row is known by the key of its record type and by the numbers of persons and certificates in it. Such a cell may
change where the row was set aside for it, or where it was empty or could not be read. Any other cell may change,
too, but what was changed unasked is told.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from etl.clean import SPLITS, Unclean
from etl.metadata import Metadata, Source
from etl.metadata.model import Split
from etl.sources.readers import header_key
from etl.sources.settings import IngestRules, cleaner_of
from etl.steward.held import HeldRow


@dataclass(frozen=True)
class Unasked:
    """Headers of changed cells that the row was not set aside for: `identity` says whose row it is."""

    identity: tuple[str, ...]
    other: tuple[str, ...]


def unasked(row: HeldRow, becomes: Sequence[str | None], metadata: Metadata, rules: IngestRules) -> Unasked:
    """What was changed in a row besides the cells that the reason is about; nothing of a broken row."""
    if row.line is not None:
        return Unasked((), ())
    source = metadata.sources[row.source_name]
    asked = {row.field} | {
        name for check in rules.checks if check.name == row.reason for name in check.fields
    }
    identity: list[str] = []
    other: list[str] = []
    for header, old, new in zip(row.headers, row.cells, becomes, strict=True):
        column = _Column(header, source, metadata, rules)
        if old == new or not column.feeds or column.feeds & asked:
            continue
        known_by = filter(column.identifies, column.feeds)
        is_another = any(column.says_else(name, old, new) for name in known_by)
        (identity if is_another else other).append(header)
    return Unasked(tuple(identity), tuple(other))


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

    def identifies(self, name: str) -> bool:
        """Whether a row is known by this field."""
        field = self.metadata.fields[name]
        is_number_of_person = field.role == "identifier" and field.sensitivity != "public"
        return is_number_of_person or name in self.metadata.records[self.source.record].key

    def says_else(self, name: str, old: str | None, new: str | None) -> bool:
        """Whether a field that could be read has another value now."""
        was = self._values(name, old)
        return was is not None and was != self._values(name, new)

    def _values(self, name: str, text: str | None) -> set[str] | None:
        """The values of a field in a cell; None where it is empty or cannot be read."""
        parts: list[str | None] = [text]
        for item in self.splits:
            found = SPLITS[item.kind](text or "")
            if isinstance(found, Unclean):
                return None
            parts = [part[item.fields.index(name)] for part in found]
        cleaner = cleaner_of(name, self.source, self.metadata, self.rules)
        outcomes = [cleaner.clean(part) for part in parts if part is not None]
        values = [None if isinstance(outcome, Unclean) else outcome.value for outcome in outcomes]
        read = {value for value in values if value is not None}
        return read if read and len(read) == len(set(values)) else None
