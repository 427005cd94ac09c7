"""Counting the persons that an answer tells before it is told, and telling what is due when it is not free."""

import json
from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from http import HTTPStatus
from zoneinfo import ZoneInfo

from dashboards.lookup.guard.admission import Asking, Due
from dashboards.lookup.guard.door import PROOF, SCRIPTED
from dashboards.lookup.guard.proof import hashes_of_part
from dashboards.lookup.visit import Problem, Visit

# The fields of a proof, which are no part of the question.
_PROOF = ("challenge", "solution")


async def obtain(
    visit: Visit,
    fields: Mapping[str, str],
    persons: Iterable[str],
    unanswered: int = 0,
    is_list: bool = False,
) -> None:
    """Counts the persons that an answer would tell, and `unanswered` parts of the question that found nobody.

    `fields` are the question: sent to the same path they ask it again. See `Asking` for `is_list`.

    Raises:
        Problem: 429 with what is due first, or with when to come again; 303 to the address without the proof, where a
            browser brought one in it and the persons are known from now on.
    """
    fields = {name: value for name, value in fields.items() if name not in _PROOF}
    asking = await _asking(visit, fields)
    told = frozenset(persons)
    due = await visit.admit(replace(asking, persons=told, unanswered=unanswered, is_list=is_list))
    if due is not None:
        raise _withheld(visit, fields, due)
    has_proof = visit.request.method == "GET" and visit.query(*_PROOF) and not visit.json
    if has_proof and told and not unanswered:
        question = {name: value for name, value in fields.items() if name != "lang"}
        raise Problem(HTTPStatus.SEE_OTHER, {"location": visit.url(visit.request.path, **question)})


async def has_challenge(visit: Visit, fields: Mapping[str, str]) -> bool:
    """Whether a genuine challenge for this question came with it: it was asked a short while ago."""
    return visit.holds(await _asking(visit, fields))


async def _asking(visit: Visit, fields: Mapping[str, str]) -> Asking:
    """The question, with the proof that came in a header or in fields."""
    question = json.dumps([visit.request.path, sorted(fields.items())])
    if header := visit.request.headers.get(PROOF):
        challenge, _, solution = header.partition(" ")
        return Asking(question, challenge=challenge, solution=solution)
    posted = visit.request.method == "POST"
    sent = await visit.form() if posted else visit.query(*_PROOF)
    return Asking(question, **{name: sent.get(name, "") for name in _PROOF})


def _withheld(visit: Visit, fields: Mapping[str, str], due: Due) -> Problem:
    """The answer that asks for a proof, the only page with a script; or one that tells when to come again."""
    work = visit.settings.persons.work
    wanted = due.challenge and {
        "challenge": due.challenge.text,
        "parts": work.parts,
        "hashes": hashes_of_part(due.challenge.work, work.parts),
        "wait_seconds": due.wait,
        "lifetime_seconds": work.lifetime,
    }
    headers = {"retry-after": str(due.free_in)} | (SCRIPTED if wanted and not visit.json else {})
    context = {
        "wanted": wanted,
        "minutes": work.lifetime // 60,
        "free": [each.persons for each in visit.settings.persons.free],
        "fields": fields,
        "posted": visit.request.method == "POST",
        "moment": _moment(visit, due.free_in if wanted is None else due.wait or 0),
    }
    return Problem(HTTPStatus.TOO_MANY_REQUESTS, headers, "withheld.html", context, {"proof": wanted})


def _moment(visit: Visit, seconds: int) -> str:
    """The time in so many seconds, with the day where that is not today."""
    now = datetime.now(ZoneInfo(visit.settings.time_zone))
    moment = now + timedelta(seconds=seconds)
    day = visit.telling.day(moment.date().isoformat()) if moment.date() != now.date() else ""
    return f"{day} {moment:%H:%M:%S}".strip()
