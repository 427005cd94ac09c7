"""What a release says of the exports it was made of: counts by source and division, and the words for them.

Counts of rows are told by division, but what could tell something of a person is told for the whole register
only, its reasons not apart, and not by number where it is small (docs/decisions/0007). Names of files and sheets
are free text of the sender: a file is told by its place among those of its source.
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict
from typing import Any

from etl.metadata import Metadata, Source
from etl.sources.bounds import Excess
from etl.sources.compare import Change
from etl.sources.report import COUNTS, Balance
from etl.steward.reasons import reason_words

Rows = list[dict[str, Any]]
HARMLESS = ("key", "day")
WITHHELD = "withheld"
FATES = {"reasons": "quarantined", "outside": "out_of_scope"}
MOVES = ("appeared", "changed", "vanished", "stayed")


def quality_tables(
    balances: Sequence[Balance], changes: Iterable[Change], excesses: Iterable[Excess], metadata: Metadata
) -> dict[str, Rows]:
    """Tables `quality_<name>` of a release; see `docs/ingest.md` for their columns.

    balance   fates of rows by source, division and file
    reason    rows set aside or out of scope by source, division, reason and field
    repair    cells by source, division, field and rule
    change    records that appeared, changed, vanished and stayed since the release before
    warning   ceilings that were passed
    """
    return exports_tables(balances, metadata) | {
        "change": _sorted(_summed((_change(item, metadata) for item in changes), MOVES)),
        "warning": [_warning(item) for item in excesses if not _is_whole(item.source_name, metadata)],
    }


def exports_tables(balances: Sequence[Balance], metadata: Metadata) -> dict[str, Rows]:
    """Those of the tables that follow from the exports alone, whatever was released before."""
    places = _places(balances)
    return {
        "balance": _sorted(_summed((_balance(b, places, metadata) for b in balances if b.received), COUNTS)),
        "reason": _sorted(
            row for fate in ("reasons", "outside") for row in _counted(balances, fate, "rows", metadata)
        ),
        "repair": _sorted(_counted(balances, "repairs", "cells", metadata)),
    }


def words(tables: Mapping[str, Rows], metadata: Metadata) -> dict[str, Rows]:
    """Code lists for the codes in the tables: `source`, `record`, `reason`, `rule`, `bound`, `field`."""
    sources = [_named(name, source) for name, source in metadata.sources.items()]
    reasons = [
        {"code": code, "zh": item.zh, "en": item.en, "remedy_zh": item.remedy_zh, "remedy_en": item.remedy_en}
        for code, item in reason_words(metadata).items()
    ]
    others = [*_texts("outside", metadata), *_texts("reason", metadata)]
    outside = [row | {"remedy_zh": None, "remedy_en": None} for row in others]
    used = {row["field_code"] for name in ("reason", "repair") for row in tables[name] if row["field_code"]}
    return {
        "source": sources,
        "record": [_named(name, record) for name, record in metadata.records.items()],
        "reason": [*reasons, *outside],
        "rule": _texts("rule", metadata),
        "bound": _texts("bound", metadata),
        "field": [_named(name, metadata.fields[name]) for name in sorted(used)],
    }


def _balance(balance: Balance, places: Mapping[tuple[str, str], int], metadata: Metadata) -> dict[str, Any]:
    whole = _is_whole(balance.source_name, metadata)
    return {
        "source_code": balance.source_name,
        "record_code": metadata.sources[balance.source_name].record,
        "division_code": None if whole else balance.division_code,
        "file": None if whole else places[balance.source_name, balance.file],
        "received_on": balance.received_on,
        **{count: getattr(balance, count) for count in COUNTS},
    }


def _places(balances: Iterable[Balance]) -> dict[tuple[str, str], int]:
    """Place of each file among those of its source, by name, from 1."""
    names = sorted({(balance.source_name, balance.file) for balance in balances})
    first = {source: place for place, (source, _) in reversed(list(enumerate(names)))}
    return {name: place - first[name[0]] + 1 for place, name in enumerate(names)}


def _counted(
    balances: Iterable[Balance], kind: str, measure: str, metadata: Metadata
) -> Iterable[dict[str, Any]]:
    """Counts of one kind. Of those that may tell something of a person all reasons are told together, as `withheld`,
    and the small ones of repairs.
    """
    column = "rule_code" if kind == "repairs" else "reason_code"
    total: Counter[tuple[Any, ...]] = Counter()
    for balance in balances:
        for label, count in getattr(balance, kind).items():
            code, field = _split(label, kind)
            whole = _is_whole(balance.source_name, metadata) or _tells(field, metadata)
            division = None if whole else balance.division_code
            total[balance.source_name, division, code, field] += count
    threshold = metadata.rules["disclosure"]["threshold"]
    together = {
        key
        for key, count in total.items()
        if _tells(key[-1], metadata) and (kind != "repairs" or count < threshold)
    }
    told: Counter[tuple[Any, ...]] = Counter()
    for key, count in total.items():
        told[(key[0], None, WITHHELD, None) if key in together else key] += count
    for (source, division, code, field), count in told.items():
        yield {
            "source_code": source,
            "division_code": division,
            **({"fate": FATES[kind]} if kind in FATES else {}),
            column: code,
            "field_code": field,
            measure: None if code == WITHHELD and count < threshold else count,
        }


def _split(label: str, kind: str) -> tuple[str, str | None]:
    """Code and field of a label: "reason field" or "field rule"."""
    first, _, second = label.partition(" ")
    return (second, first) if kind == "repairs" else (first, second or None)


def _tells(field: str | None, metadata: Metadata) -> bool:
    """Whether a count about a field could tell something of a person."""
    known = metadata.fields[field] if field else None
    return known is not None and known.sensitivity in ("restricted", "secret") and known.role not in HARMLESS


def _is_whole(source: str, metadata: Metadata) -> bool:
    """Whether a source holds records that are told for the whole register only."""
    return metadata.sources[source].record in metadata.rules["disclosure"].get("whole_register", ())


def _change(change: Change, metadata: Metadata) -> dict[str, Any]:
    whole = _is_whole(change.source_name, metadata)
    return {
        "record_code": change.record,
        "source_code": change.source_name,
        "division_code": None if whole else change.division_code,
        **{move: getattr(change, move) for move in MOVES},
    }


def _warning(excess: Excess) -> dict[str, Any]:
    told = asdict(excess)
    names = {"source_name": "source_code", "bound": "bound_code", "limit": "allowed"}
    return {names.get(name, name): value for name, value in told.items()}


def _summed(rows: Iterable[dict[str, Any]], measures: Sequence[str]) -> Rows:
    """Rows with the same other columns as one."""
    total: dict[tuple[Any, ...], dict[str, Any]] = {}
    for row in rows:
        key = tuple(value for name, value in row.items() if name not in measures)
        if key in total:
            total[key] |= {name: total[key][name] + row[name] for name in measures}
        else:
            total[key] = row
    return list(total.values())


def _sorted(rows: Iterable[dict[str, Any]]) -> Rows:
    return sorted(rows, key=lambda row: [str(value or "") for value in row.values()])


def _named(code: str, item: Any) -> dict[str, Any]:
    row = {"code": code, "zh": item.zh, "en": item.en}
    if isinstance(item, Source):
        row |= {"publisher_zh": item.origin.publisher_zh, "publisher_en": item.origin.publisher_en}
    return row


def _texts(name: str, metadata: Metadata) -> Rows:
    start = f"quality.{name}."
    zh, en = metadata.texts["zh"], metadata.texts["en"]
    return [
        {"code": key.removeprefix(start), "zh": zh[key], "en": en[key]}
        for key in sorted(zh)
        if key.startswith(start)
    ]
