"""Asking for a correction: a form beside every record, a receipt in place of an address, a log without anybody."""

import asyncio
import hmac
from collections.abc import Mapping
from http import HTTPStatus
from typing import Any

from datasette.utils.asgi import Response

from dashboards.lookup.finding.queries import Row
from dashboards.lookup.finding.search import enterprise, person, project
from dashboards.lookup.settings import Correction
from dashboards.lookup.visit import Problem, Visit, reply
from etl.personal import is_personal
from etl.requests import Request, as_receipt, new_receipt, plain, request_id

# Kinds of record by the letter of their address: what requests call them, how one is found, columns that name it.
_KINDS = {
    "p": ("person", person, ("person_name", "person_name_en")),
    "e": ("enterprise", enterprise, ("enterprise_name", "enterprise_code")),
    "j": ("project", project, ("project_name", "project_no")),
}
# What is longer is no receipt, and is told no further than this.
_LONGEST_TYPED = 24


async def correction_page(visit: Visit) -> Response:
    """The form about a record; what was posted is left for the steward, and its receipt answers."""
    letter, key = (str(visit.request.url_vars[name]) for name in ("kind", "key"))
    kind, find, columns = _KINDS[letter]
    groups = visit.release.listed(f"request_{kind}")
    if not groups:
        raise Problem(HTTPStatus.NOT_FOUND)
    if visit.request.method == "POST" and visit.is_foreign:
        raise Problem(HTTPStatus.FORBIDDEN)
    try:
        record = await find(visit)
    except Problem as problem:
        raise _elsewhere(visit, letter, problem) from problem
    about = {"kind": kind, "letter": letter, "key": key, "name": _name(record, columns)}
    if visit.request.method != "POST":
        return _form(visit, about)
    form = {name: plain(value) for name, value in (await visit.form()).items()}
    if reason := _wrong(visit, form, groups):
        return _form(visit, about, form, reason)
    receipt = await _left(visit, kind, key, form)
    if visit.json:
        return visit.data({"request": await _told(visit, receipt)}, HTTPStatus.CREATED)
    return _at(visit, receipt)


async def corrections_page(visit: Visit) -> Response:
    """How to ask for a correction, and the log of what was decided; a receipt that is typed leads to its page."""
    typed = ""
    if not _days(visit):
        raise Problem(HTTPStatus.NOT_FOUND)
    if visit.request.method == "POST":
        typed = (await visit.form()).get("receipt", "").strip()
        if receipt := as_receipt(typed):
            return _at(visit, receipt)
    reason = "unread" if visit.request.method == "POST" else ""
    return await _corrections(
        visit, typed, HTTPStatus.UNPROCESSABLE_ENTITY if reason else HTTPStatus.OK, reason
    )


async def receipt_page(visit: Visit) -> Response:
    """What became of the request of a receipt."""
    asked = str(visit.request.url_vars["receipt"])
    try:
        told = await _told(visit, asked)
    except Problem:
        if visit.json or not _days(visit):
            raise
        return await _corrections(visit, asked, HTTPStatus.NOT_FOUND, "unknown")
    if visit.json:
        return visit.data({"request": told})
    return visit.page("receipt.html", request=told)


async def _corrections(visit: Visit, typed: str, status: int, reason: str) -> Response:
    """The box for a receipt and the log; `reason` is what is wrong with the receipt that was typed."""
    log, days = await asyncio.to_thread(visit.desk.log), _days(visit)
    if visit.json:
        return visit.data({"corrections": {"days": days, "log": log}})
    told = typed[:_LONGEST_TYPED]
    return visit.page("corrections.html", status, log=log, days=days, typed=told, reason=reason)


def _at(visit: Visit, receipt: str) -> Response:
    """Leads to the page of a receipt."""
    place = visit.url(f"/corrections/{receipt}")
    return reply(b"", "text/plain", HTTPStatus.SEE_OTHER, {"location": place})


def _form(visit: Visit, about: Row, form: Mapping[str, str] | None = None, reason: str = "") -> Response:
    status = HTTPStatus.UNPROCESSABLE_ENTITY if reason else HTTPStatus.OK
    choices = {name: visit.release.listed(f"request_{name}") for name in (about["kind"], "ground")}
    if visit.json:
        if reason:
            raise Problem(status)
        told = {
            name: [{"code": code, **words} for code, words in codes.items()]
            for name, codes in choices.items()
        }
        return visit.data({"form": {"groups": told[about["kind"]], "grounds": told["ground"]}})
    receipt = new_receipt()
    return visit.page(
        "correct.html",
        status,
        record=about,
        groups=choices[about["kind"]],
        grounds=choices["ground"],
        typed=_told_back(form or {}, visit.settings.correction),
        reason=reason,
        days=_days(visit),
        limits=visit.settings.correction,
        receipt=receipt,
        mark=visit.mark(receipt),
    )


def _told_back(form: Mapping[str, str], limits: Correction) -> dict[str, str]:
    """What was typed, no further than it may be long."""
    longest = {"group": limits.says, "ground": limits.says, "says": limits.says, "evidence": limits.evidence}
    return {name: form.get(name, "")[:most] for name, most in longest.items()}


def _wrong(visit: Visit, form: Mapping[str, str], groups: Mapping[str, Any]) -> str:
    """What is wrong with a filled-in form: `choose`, `empty`, `long` or `unwanted`; empty when nothing is.

    `unwanted_evidence` where only the evidence holds what is unwanted.
    """
    limits, says, evidence = visit.settings.correction, form.get("says", ""), form.get("evidence", "")
    if form.get("group") not in groups or form.get("ground") not in visit.release.listed("request_ground"):
        return "choose"
    if not says:
        return "empty"
    if len(says) > limits.says or len(evidence) > limits.evidence:
        return "long"
    if not is_personal(f"{says}\n{evidence}"):
        return ""
    return "unwanted_evidence" if is_personal(evidence) and not is_personal(says) else "unwanted"


async def _left(visit: Visit, kind: str, key: str, form: Mapping[str, str]) -> str:
    """Leaves a request and returns its receipt: that of the form, if it is ours, so that a form sent twice counts once.

    Raises `Problem` 429 when the visitor's quota or 503 when the room for requests is used up.
    """
    await visit.pay(visit.settings.correction.tokens - 1)
    given, mark = form.get("receipt", ""), form.get("mark", "")
    is_ours = request_id(given) and hmac.compare_digest(visit.mark(given).encode(), mark.encode())
    receipt = given if is_ours else new_receipt()
    request = Request(
        id=request_id(receipt) or "",
        on=visit.today.isoformat(),
        release=str(visit.release.about["version"]),
        record=kind,
        key=key,
        **{name: form.get(name, "") for name in ("group", "ground", "says", "evidence")},
    )
    if not await asyncio.to_thread(visit.desk.leave, request):
        raise Problem(HTTPStatus.SERVICE_UNAVAILABLE, {"retry-after": "86400"})
    return receipt


async def _told(visit: Visit, receipt: str) -> dict[str, Any]:
    """What is told to whoever has a receipt. Raises `Problem` 404 for none, or one whose time is over."""
    name = request_id(receipt)
    told = await asyncio.to_thread(visit.desk.told, name, _days(visit)) if name else None
    if told is None:
        raise Problem(HTTPStatus.NOT_FOUND)
    for column, listed in (("decision", "decision"), ("basis", "base")):
        if column in told:
            code = told[column]
            words = visit.release.listed(f"request_{listed}").get(code, {"zh": code, "en": code})
            told[column] = {"code": code, **words}
    return {"receipt": as_receipt(receipt), **told}


def _days(visit: Visit) -> int:
    """Days to decide; 0 where the register takes no requests."""
    return int(next(iter(visit.release.listed("request_days")), "0"))


def _name(record: Row, columns: tuple[str, ...]) -> str:
    found = (record.get(column) for column in columns)
    number = next((c.get("number") for c in record.get("certificate", ())), None)
    return next(filter(None, (*found, number)), "")


def _elsewhere(visit: Visit, letter: str, problem: Problem) -> Problem:
    """A problem of the record's page as one of its form: where that redirects, so does this."""
    if "location" not in problem.headers:
        return problem
    key = problem.headers["location"].partition("?")[0].rpartition("/")[2]
    return Problem(problem.status, {"location": visit.url(f"/correct/{letter}/{key}")})
