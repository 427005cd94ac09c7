"""What `metadata/rules/ingest.yaml` says: shapes of numbers, words of spreadsheets, checks of single rows."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from etl.clean import CLEANERS, Cleaner, Context, spellings
from etl.errors import BadInput
from etl.metadata import CodeList, Metadata, Source, SourceField
from etl.sources.divisions import LEVELS, readings
from etl.sources.readers import Limits

_PREFIXES = "{prefixes}"


@dataclass(frozen=True)
class RowCheck:
    """A contradiction inside one row: where the SQL condition `fails` holds the row is quarantined.

    `positions`: a number of which only some characters are concerned -> their places, from 1.
    """

    name: str
    records: tuple[str, ...]
    fields: tuple[str, ...]
    fails: str
    positions: Mapping[str, tuple[int, ...]]


@dataclass(frozen=True)
class IngestRules:
    """`patterns`: number -> shape, `rewrites`: number -> other ways to write it, `notes`: reason -> pattern of a
    first cell, `ignored_files`: glob -> reason.

    `responsible`: reason of a quarantined row -> who must act, `provider` or `steward`.
    `damage`: reason -> sequences that only damaged text has; `limits`: how large input may be.
    """

    patterns: Mapping[str, str]
    rewrites: Mapping[str, Mapping[str, str]]
    notes: Mapping[str, str]
    ignored_files: Mapping[str, str]
    checks: tuple[RowCheck, ...]
    responsible: Mapping[str, str]
    damage: Mapping[str, tuple[str, ...]]
    limits: Limits


def ingest_rules(metadata: Metadata) -> IngestRules:
    """The register's ingest rules; all empty when it has none."""
    content: Mapping[str, Any] = metadata.rules.get("ingest") or {}
    prefixes = "".join(lookup(metadata.codes, "division", "prefix"))
    patterns = {name: text.replace(_PREFIXES, prefixes) for name, text in content.get("patterns", {}).items()}
    checks = tuple(
        RowCheck(
            item["name"],
            tuple(item["records"]),
            tuple(item["fields"]),
            item["fails"],
            {name: tuple(places) for name, places in item.get("positions", {}).items()},
        )
        for item in content.get("checks", ())
    )
    responsible = {name: item["responsible"] for name, item in metadata.rules["reasons"].items()}
    responsible |= {item["name"]: item.get("responsible", "provider") for item in content.get("checks", ())}
    return IngestRules(
        patterns,
        content.get("rewrites", {}),
        content.get("notes", {}),
        content.get("ignored_files", {}),
        checks,
        responsible,
        {reason: tuple(sequences) for reason, sequences in content.get("damage", {}).items()},
        Limits(**content.get("limits", {})),
    )


def context(
    field: str, item: SourceField | None, metadata: Metadata, rules: IngestRules, day: date | None = None
) -> Context:
    """What the cleaner of one field must know; divisions are read as of `day`, by default as of today."""
    kind = item.clean if item else field
    code_list = item.codes if item else metadata.fields[field].codes
    entries = metadata.codes[code_list].entries if code_list and code_list in metadata.codes else ()
    known = readings(metadata, code_list, day or date.max) if code_list in LEVELS else {}
    return Context(
        spellings={text: reading.code for text, reading in known.items()}
        or spellings({entry.code: entry.spellings for entry in entries}),
        spelling_rules={text: reading.rule for text, reading in known.items() if reading.rule},
        pattern=rules.patterns.get(kind),
        rewrites=rules.rewrites.get(kind, {}),
        prefixes=_prefix_spellings(metadata.codes),
        date_format=item.date_format if item else None,
        timezone=(item.timezone if item else None) or metadata.register["time_zone"],
    )


def cleaner_of(
    field: str, source: Source, metadata: Metadata, rules: IngestRules, day: date | None = None
) -> Cleaner:
    """The cleaner of a field in a source, of whose state on `day` its file tells.

    Raises BadInput when the source asks for one that does not exist.
    """
    item = next((item for item in source.fields if item.field == field), None)
    kind = item.clean if item else metadata.fields[field].type
    if kind not in CLEANERS:
        message, remedy = f"没有这种清洗 | no such cleaner: {kind}", ", ".join(sorted(CLEANERS))
        raise BadInput(message, str(source.path), "fields/clean", remedy)
    return CLEANERS[kind](context(field, item, metadata, rules, day))


def lookup(codes: Mapping[str, CodeList], code_list: str, column: str) -> dict[str, str]:
    """Value of an own column of a code list (parts between `|`) -> code."""
    return {
        part: entry.code
        for entry in reversed(codes[code_list].entries)
        for part in (entry.extra.get(column) or "").split("|")
        if part
    }


def _prefix_spellings(codes: Mapping[str, CodeList]) -> dict[str, str]:
    """Variant of a division's prefix character -> the character in use."""
    prefixes = {code: prefix for prefix, code in lookup(codes, "division", "prefix").items()}
    variants = lookup(codes, "division", "prefix_variants")
    return {variant: prefixes[code] for variant, code in variants.items() if code in prefixes}
