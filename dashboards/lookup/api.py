"""The JSON answers; their shape is published as `static/api-v1.json`."""

from typing import Any

from datasette.utils.asgi import Response

from dashboards.lookup.queries import Row
from dashboards.lookup.search import certificate, enterprise, search
from dashboards.lookup.visit import LANGUAGES, Visit, padded

# What a list of answers tells of a certificate: enough to choose, no number.
_BRIEF = {
    "public_id",
    "person_name",
    "person_name_en",
    "category_code",
    "status_code",
    "division_code",
    "enterprise_name",
    "registration",
}
_PARTS = {
    "registration": "registrations",
    "move": "moves",
    "change": "changes",
    "integrity": "integrity_records",
    "qualification": "qualifications",
}
_KEYS = {"public_id", "enterprise_key"}
_UNTOLD = {"person_name_pinyin"}


async def search_data(visit: Visit) -> Response:
    outcome = await search(visit)
    brief = [{name: row[name] for name in row if name in _BRIEF} for row in outcome.certificates]
    content = {
        "outcome": outcome.kind,
        "reason": outcome.reason or None,
        "message": {lang: visit.release.text(outcome.key, lang) for lang in LANGUAGES},
        "certificates": [_told(visit, row) for row in brief],
        "enterprises": [_told(visit, row) for row in outcome.enterprises],
    }
    return padded(visit.data(content, outcome.status), visit.settings.size_class)


async def certificate_data(visit: Visit) -> Response:
    return visit.data({"certificate": _told(visit, await certificate(visit))})


async def enterprise_data(visit: Visit) -> Response:
    return visit.data({"enterprise": _told(visit, await enterprise(visit))})


async def health(visit: Visit) -> Response:
    return visit.data({"status": "ok"})


def _told(visit: Visit, row: Row, untold: set[str] = _UNTOLD) -> dict[str, Any]:
    """A row as JSON: a coded column loses its `_code` and becomes code, zh and en; details become lists."""
    told: dict[str, Any] = {}
    for column, value in row.items():
        if column in untold:
            continue
        if column in _PARTS:
            told[_PARTS[column]] = [_told(visit, part, _KEYS) for part in value]
        elif (words := visit.release.words(column, value)) is not None:
            told[column.replace("_code", "")] = {"code": value, **words} if value else None
        else:
            told[column] = value
    return told
