"""Answers as JSON; their shape is published as `static/lookup-v1.json`, the addresses as `static/openapi.json`."""

from collections.abc import Sequence
from datetime import date
from typing import Any

from dashboards.lookup.checking.verify import Receipt, Verdict
from dashboards.lookup.finding.queries import Row
from dashboards.lookup.finding.search import Outcome
from dashboards.lookup.visit import LANGUAGES, Visit

_PARTS = {
    "certificate": "certificates",
    "registration": "registrations",
    "earlier": "earlier",
    "move": "moves",
    "change": "changes",
    "post": "posts",
    "integrity": "integrity_records",
    "qualification": "qualifications",
    "headcount": "headcounts",
}
_RENAMED = {"source_name": "source", "received_on": "source_as_of"}
# Keys under which things are found, and what the answer tells elsewhere.
_UNTOLD = {
    "registration_no",
    "certificate_no",
    "person_name_pinyin",
    "person_name_key",
    "person_name_en_key",
    "enterprise_name_key",
    "project_name_key",
}
# What the parts of a person or enterprise repeat.
_REPEATED = {"holder_public_id", "integrity_no", "meaning", "on"}


def search_data(visit: Visit, outcome: Outcome) -> dict[str, Any]:
    """An outcome; of certificates no more than is needed to choose."""
    return {
        "outcome": outcome.kind,
        "reason": outcome.reason or None,
        "message": {lang: visit.release.text(outcome.key, lang) for lang in LANGUAGES},
        "persons": [told(visit, row) for row in outcome.persons],
        "enterprises": [told(visit, row) for row in outcome.enterprises],
        "projects": [told(visit, row) for row in outcome.projects],
    }


def verify_data(
    visit: Visit, verdicts: Sequence[Verdict], receipt: Receipt, asked: date | None
) -> dict[str, Any]:
    """The verdicts on pairs of name and number."""
    return {
        "asked_on": asked.isoformat() if asked else None,
        "receipt": receipt.code,
        "receipt_lines": list(receipt.lines),
        "verdicts": [
            {
                "name": verdict.pair.name,
                "number": verdict.pair.number,
                "specialty": verdict.pair.specialty or None,
                "employer": verdict.pair.employer or None,
                "outcome": verdict.outcome,
                "public_id": verdict.public_id or None,
                "certificate": told(visit, verdict.certificate) if verdict.certificate else None,
                "right_specialty": verdict.right_specialty or None,
                "right_employer": verdict.right_employer or None,
                "registered_employer": verdict.employer,
                "unfinished": [told(visit, post) for post in verdict.unfinished],
            }
            for verdict in verdicts
        ],
    }


def told(visit: Visit, row: Row) -> dict[str, Any]:
    """A row as JSON: a coded column loses its `_code` and becomes code, zh and en; details become lists."""
    content: dict[str, Any] = {}
    for column, value in row.items():
        if column in _UNTOLD or column in _REPEATED:
            continue
        name = _RENAMED.get(column, column)
        if column in _PARTS:
            content[_PARTS[column]] = [told(visit, part) for part in value]
        elif (words := visit.release.words(column, value)) is not None:
            content[name.replace("_code", "")] = {"code": value, **words} if value else None
        else:
            content[name] = value
    for name, column in (("today", "meaning"), ("on", "on")):
        if column in row:
            content[name] = visit.telling.both(row[column])
    return content
