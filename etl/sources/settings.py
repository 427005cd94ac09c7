"""What `metadata/rules/ingest.yaml` says: shapes of numbers, words of spreadsheets, checks of single rows."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from etl.clean import CLEANERS, Cleaner, Context, spellings
from etl.errors import BadInput
from etl.metadata import CodeList, Metadata, Source, SourceField
from etl.sources.readers import Limits

_PREFIXES = "{prefixes}"


@dataclass(frozen=True)
class RowCheck:
    """A contradiction inside one row: where the SQL condition `fails` holds the row is quarantined."""

    name: str
    records: tuple[str, ...]
    fields: tuple[str, ...]
    fails: str


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


def context(field: str, item: SourceField | None, metadata: Metadata, rules: IngestRules) -> Context:
    """What the cleaner of one field must know."""
    kind = item.clean if item else field
    code_list = item.codes if item else metadata.fields[field].codes
    entries = metadata.codes[code_list].entries if code_list and code_list in metadata.codes else ()
    return Context(
        spellings=_compounds(code_list, metadata.codes)
        | spellings({entry.code: entry.spellings for entry in entries}),
        pattern=rules.patterns.get(kind),
        rewrites=rules.rewrites.get(kind, {}),
        prefixes=_prefix_spellings(metadata.codes),
        date_format=item.date_format if item else None,
        timezone=(item.timezone if item else None) or metadata.register["time_zone"],
    )


def cleaner_of(field: str, source: Source, metadata: Metadata, rules: IngestRules) -> Cleaner:
    """The cleaner of a field in a source. Raises BadInput when the source asks for one that does not exist."""
    item = next((item for item in source.fields if item.field == field), None)
    kind = item.clean if item else metadata.fields[field].type
    if kind not in CLEANERS:
        message, remedy = f"没有这种清洗 | no such cleaner: {kind}", ", ".join(sorted(CLEANERS))
        raise BadInput(message, str(source.path), "fields/clean", remedy)
    return CLEANERS[kind](context(field, item, metadata, rules))


def lookup(codes: Mapping[str, CodeList], code_list: str, column: str) -> dict[str, str]:
    """Value of an own column of a code list (parts between `|`) -> code."""
    return {
        part: entry.code
        for entry in reversed(codes[code_list].entries)
        for part in (entry.extra.get(column) or "").split("|")
        if part
    }


def _compounds(code_list: str | None, codes: Mapping[str, CodeList]) -> dict[str, str]:
    """Prefectures written in one word with their division: the code of either, as the list asks for it."""
    found: dict[str, tuple[str, ...]] = {}
    if code_list not in ("division", "prefecture"):
        return {}
    for item in codes["prefecture"].entries:
        division = codes["division"].by_code.get(item.parent or "")
        if division is not None:
            code = item.code if code_list == "prefecture" else division.code
            heads, names = (division.zh, *division.variants), (item.zh, *item.variants)
            found[code] = (*found.get(code, ()), *(head + name for head in heads for name in names))
    return spellings(found)


def _prefix_spellings(codes: Mapping[str, CodeList]) -> dict[str, str]:
    """Variant of a division's prefix character -> the character in use."""
    prefixes = {code: prefix for prefix, code in lookup(codes, "division", "prefix").items()}
    variants = lookup(codes, "division", "prefix_variants")
    return {variant: prefixes[code] for variant, code in variants.items() if code in prefixes}
