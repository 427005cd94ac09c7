"""What the metadata directory says, as frozen values."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from functools import cached_property
from pathlib import Path
from typing import Any

SENSITIVITIES = ("public", "protected", "restricted", "secret")


@dataclass(frozen=True)
class Field:
    """One column of the field dictionary; the same name means the same thing in every table.

    `public_in`: subjects (`qualification` of `core_qualification__history`) in whose tables it is public.
    """

    name: str
    type: str
    zh: str
    en: str
    description_zh: str
    description_en: str
    unit: str | None
    codes: str | None
    sensitivity: str
    role: str | None
    public_in: tuple[str, ...] = ()

    @property
    def plane(self) -> str:
        """`public`: the lookup may show it by name, so counts by it are exact. `sensitive`: everything else."""
        return "public" if self.sensitivity in ("public", "protected") else "sensitive"


@dataclass(frozen=True)
class Record:
    """A staging record type: the columns of one kind of flat export and the columns that name a row.

    `is_state`: a row tells the state on the day of its snapshot, not something that happened once.
    """

    name: str
    zh: str
    en: str
    fields: tuple[str, ...]
    key: tuple[str, ...]
    is_state: bool = False


@dataclass(frozen=True)
class Implication:
    """Fields that follow once all fields of `when` are known (end of validity gives a status)."""

    when: tuple[str, ...]
    gives: tuple[str, ...]


@dataclass(frozen=True)
class Code:
    """One entry of a code list; `variants` are other spellings in exports, `extra` the list's own columns."""

    code: str
    zh: str
    en: str
    parent: str | None
    sort: int
    variants: tuple[str, ...]
    valid_from: date | None
    valid_to: date | None
    extra: Mapping[str, str | None]

    @property
    def spellings(self) -> tuple[str, ...]:
        """Every text that stands for this code in an export, each once."""
        return tuple(dict.fromkeys((self.code, self.zh, self.en, *self.variants)))


@dataclass(frozen=True)
class CodeList:
    """A code list; empty when the register has no such list. Entries are in display order."""

    name: str
    entries: tuple[Code, ...]
    extra_columns: tuple[str, ...]

    @cached_property
    def by_code(self) -> dict[str, Code]:
        return {entry.code: entry for entry in self.entries}

    @cached_property
    def by_text(self) -> dict[str, str]:
        """Spelling (case-folded) -> code."""
        return {text.casefold(): entry.code for entry in self.entries for text in entry.spellings}

    def columns(self) -> dict[str, list[Any]]:
        """The list as table columns: code, zh, en, parent, sort, valid_from, valid_to, then its own columns.

        `sort` is an integer, the validity dates are dates, everything else is text; absent is None.
        """
        table: dict[str, list[Any]] = {
            name: [getattr(entry, name) for entry in self.entries]
            for name in ("code", "zh", "en", "parent", "sort", "valid_from", "valid_to")
        }
        return table | {
            name: [entry.extra.get(name) for entry in self.entries] for name in self.extra_columns
        }


@dataclass(frozen=True)
class DivisionChange:
    """A division that was renamed, recoded, merged, split or moved: from `code_from` to `code_to`.

    `level` is division, prefecture or county; a split has several rows. `precision` tells whether
    `effective_on` is exact to the day, the month or the year (then the period's first day). `spellings`: other
    ways to write the former one; `inside`: the listed prefecture that a county lies in since, `inside_from`: the
    code then of the one that it lay in before, where another. `namesake`: code of another county of the former name,
    of which no change is told: the name alone means neither.
    """

    level: str
    code_from: str
    name_from: str
    code_to: str
    name_to: str
    kind: str
    effective_on: date
    precision: str
    spellings: tuple[str, ...]
    inside_from: str | None
    inside: str | None
    namesake: str | None
    note: str


@dataclass(frozen=True)
class Rule:
    """One registration rule in force from `valid_from` to `valid_to` (inclusive; None = open).

    `subject` narrows it to one code (of the list named in `subject_codes`); None = everybody.
    `scope` says whether it binds nationally or only locally; local rules are never applied by default.
    """

    rule: str
    value: float
    unit: str
    valid_from: date | None
    valid_to: date | None
    subject: str | None
    subject_codes: str | None
    scope: str
    zh: str
    en: str
    source: str
    confidence: str


@dataclass(frozen=True)
class SourceField:
    """How one canonical field is found in a source and cleaned."""

    field: str
    headers: tuple[str, ...]
    clean: str
    required: bool
    codes: str | None
    date_format: str | None
    timezone: str | None


@dataclass(frozen=True)
class Split:
    """A cell with several values that fill `fields`; each becomes a row, except the two ends of a range."""

    fields: tuple[str, ...]
    headers: tuple[str, ...]
    kind: str


@dataclass(frozen=True)
class Derivation:
    """A field computed from another field of the same row by a named kind."""

    field: str
    kind: str
    source: str


@dataclass(frozen=True)
class Origin:
    """Who published the files, where, and when they were fetched."""

    publisher_zh: str
    publisher_en: str
    url: str | None
    retrieved: date | None


@dataclass(frozen=True)
class Sender:
    """Which division rows count under: a group of the file's path, one code, or a field of each row."""

    path: str | None = None
    code: str | None = None
    field: str | None = None


@dataclass(frozen=True)
class Bounds:
    """How far a source may move from the release being served, each share with its limit (None: any).

    `floor_rows`, `floor_share`: fewer rows stop the build. The others warn. Shares of a division are judged
    where it had or has `least` rows. `exempt`: division -> why the floor does not hold for it now.
    """

    floor_rows: int = 0
    floor_share: float = 0.0
    growth: float | None = None
    quarantined: float | None = None
    duplicates: float | None = None
    changed: float | None = None
    vanished: float | None = None
    least: int = 1
    exempt: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Source:
    """One source layout; a lower `precedence` wins when sources disagree, `drop_budget` is a share."""

    name: str
    path: Path
    zh: str
    en: str
    record: str
    files: tuple[str, ...]
    sheets: tuple[str, ...]
    snapshots: str
    date_pattern: str | None
    origin: Origin
    licence: str
    fields: tuple[SourceField, ...]
    constants: Mapping[str, str]
    ignored: Mapping[str, str]
    drop_budget: float
    split: tuple[Split, ...]
    derive: tuple[Derivation, ...]
    precedence: int
    sender: Sender = Sender()
    bounds: Bounds = Bounds()
    series: str | None = None

    @property
    def provides(self) -> frozenset[str]:
        """Canonical fields that a row of this source can carry."""
        mapped = {item.field for item in self.fields}
        split = {name for item in self.split for name in item.fields}
        return frozenset(mapped | split | {item.field for item in self.derive} | set(self.constants))

    @property
    def has_history(self) -> bool:
        """Whether snapshots of several days are kept: the newest as stock, their differences as history."""
        return self.snapshots == "all" and self.date_pattern is not None


@dataclass(frozen=True)
class Metadata:
    """A whole metadata directory. See `etl.metadata` for what falls back to the project's own."""

    root: Path
    register: Mapping[str, Any]
    fields: Mapping[str, Field]
    records: Mapping[str, Record]
    implications: tuple[Implication, ...]
    sources: Mapping[str, Source]
    codes: Mapping[str, CodeList]
    registration_rules: tuple[Rule, ...]
    rules: Mapping[str, Any]
    texts: Mapping[str, Mapping[str, str]]
    geography: Mapping[str, Any]
    division_changes: tuple[DivisionChange, ...]

    @cached_property
    def available(self) -> frozenset[str]:
        """Canonical fields this register has: given by a source, or following from what is given."""
        known: set[str] = set()
        for source in self.sources.values():
            known |= source.provides
            if source.has_history and self.records[source.record].is_state:
                known.add("series")
        size = -1
        while size != len(known):
            size = len(known)
            for implication in self.implications:
                if known.issuperset(implication.when):
                    known.update(implication.gives)
        return frozenset(known)
