"""The catalogue's page on data quality: the same tables as the dashboard's, as plain HTML."""

from collections.abc import Mapping
from typing import Any

from etl.metadata import Metadata
from etl.publish.quality import MOVES, WITHHELD, Rows, words
from etl.sources.report import COUNTS

MEASURES = ("received", "accepted", "quarantined", "duplicate", "out_of_scope")


def quality_page(quality: Mapping[str, Rows], metadata: Metadata, language: str) -> dict[str, Any]:
    """What the template `quality.html` shows: rows of text, names for codes, in one language."""
    lists = {
        name: {row["code"]: row[language] for row in rows} for name, rows in words(quality, metadata).items()
    }
    divisions = metadata.codes["division"].by_code
    lists["division"] = {code: getattr(divisions[code], language) for code in divisions}
    held = [row for row in quality["reason"] if row["fate"] == "quarantined"]
    told = [row for row in held if row["reason_code"] != WITHHELD]
    return {
        "measures": MEASURES,
        "moves": MOVES,
        "total": _shown(_sums(quality["balance"], "register_id", COUNTS).get(None, dict.fromkeys(COUNTS, 0))),
        "sources": _balance(quality["balance"], "source_code", lists["source"]),
        "divisions": _balance(quality["balance"], "division_code", lists["division"]),
        "told": f"{_rows(told):,}",
        "reasons": _counts(
            [*told, *_rest(quality["balance"], held)], ("reason_code", "field_code"), "rows", lists
        ),
        "repairs": _counts(quality["repair"], ("rule_code", "field_code"), "cells", lists),
        "changes": [
            {"name": lists["record"][code], **{move: f"{sums[move]:,}" for move in MOVES}}
            for code, sums in _sums(quality["change"], "record_code", MOVES).items()
        ],
        "warnings": [
            {
                "source": lists["source"][row["source_code"]],
                "division": lists["division"].get(row["division_code"], ""),
                "bound": lists["bound"].get(row["bound_code"], row["bound_code"]),
                "found": f"{row['found']:.1%}",
                "limit": f"{row['allowed']:.0%}",
            }
            for row in quality["warning"]
        ],
    }


def _rest(balance: Rows, held: Rows) -> list[dict[str, Any]]:
    """The rows whose reasons are withheld, in all: of a source with few of them the number is not told."""
    withheld = [row for row in held if row["reason_code"] == WITHHELD]
    rest = sum(row["quarantined"] for row in balance) - _rows([row for row in held if row not in withheld])
    return [withheld[0] | {"rows": rest}] if withheld else []


def _rows(held: Rows) -> int:
    return sum(row["rows"] or 0 for row in held)


def _sums(rows: Rows, column: str, measures: tuple[str, ...]) -> dict[Any, dict[str, int]]:
    """Sums by one column; by a column that no row has, the sum of all."""
    found: dict[Any, dict[str, int]] = {}
    for row in rows:
        sums = found.setdefault(row.get(column), dict.fromkeys(measures, 0))
        for measure in measures:
            sums[measure] += row[measure]
    return found


def _balance(rows: Rows, column: str, names: Mapping[str, str]) -> list[dict[str, str]]:
    sums = _sums([row for row in rows if row[column]], column, COUNTS)
    return [{"name": names.get(code, code), **_shown(counts)} for code, counts in sorted(sums.items())]


def _shown(sums: Mapping[str, int]) -> dict[str, str]:
    share = sums["accepted"] / sums["received"] if sums["received"] else 0
    return {measure: f"{value:,}" for measure, value in sums.items()} | {"share": f"{share:.2%}"}


def _counts(
    rows: Rows, columns: tuple[str, str], measure: str, lists: Mapping[str, Mapping[str, str]]
) -> list[dict[str, Any]]:
    """Counts by code and field, the largest first; None where the number is too small to tell."""
    total: dict[tuple[str, str | None], int | None] = {}
    for row in rows:
        key = (row[columns[0]], row[columns[1]])
        if row[measure] is not None:
            total[key] = (total.get(key) or 0) + row[measure]
        else:
            total.setdefault(key, None)
    names = lists[columns[0].removesuffix("_code")]
    ordered = sorted(total.items(), key=lambda item: (-(item[1] or 0), str(item[0])))
    return [
        {
            "name": names.get(code, code),
            "field": lists["field"].get(field or "", ""),
            "count": None if count is None else f"{count:,}",
        }
        for (code, field), count in ordered
    ]
