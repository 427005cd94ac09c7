"""The page that checks a list: a form, and its answers as a page, as JSON or as a file."""

import asyncio
import hmac
import json
from collections.abc import Mapping, Sequence
from dataclasses import astuple
from datetime import date
from http import HTTPStatus

from datasette.utils.asgi import Response

from dashboards.lookup.api import verify_data
from dashboards.lookup.checking.answer_files import as_pdf, as_xlsx
from dashboards.lookup.checking.answer_table import AnswerTable, answer_table, specialty_told
from dashboards.lookup.checking.headings import Listed, Unreadable, listed_lines
from dashboards.lookup.checking.pairs import Pair
from dashboards.lookup.checking.upload import pairs_of_file
from dashboards.lookup.checking.verify import Match, Verdict, counted, match, notes, receipt_of, verify
from dashboards.lookup.guard.metering import has_challenge, obtain
from dashboards.lookup.visit import Problem, Visit, reply
from etl.signing import is_payload

# Files that answers can be kept as: how one is written, and its media type.
_FILES = {
    "xlsx": (as_xlsx, "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"),
    "pdf": (as_pdf, "application/pdf"),
}


async def verify_page(visit: Visit) -> Response:
    """A form; or the verdicts on the pairs that were posted, or on the QR code that was scanned.

    A code may stand in an address, for it holds no name and no number; pairs may not.
    """
    if visit.request.method == "POST":
        form, file = await visit.form_with_file()
    else:
        form, file = visit.query("code", "on"), b""
        if not is_payload(form.get("code", "")):
            return visit.page("verify.html", verdicts=None, typed="", asked=None)
    typed = form.get("pairs", form.get("code", ""))
    told, wrong = await _read(visit, typed, file)
    try:
        asked = visit.past(form.get("on", ""))
    except Problem:
        if visit.json:
            raise
        kept = "\n".join(pair.line for pair in told.pairs) or typed
        return _refused(visit, HTTPStatus.BAD_REQUEST, "day", kept, form["on"])
    if wrong and visit.json:
        raise Problem(HTTPStatus.UNPROCESSABLE_ENTITY)
    if wrong:
        return _refused(visit, HTTPStatus.UNPROCESSABLE_ENTITY, wrong, typed, asked and asked.isoformat())
    return await _answer(visit, form, told, asked)


def _refused(visit: Visit, status: int, reason: str, typed: str, day: str | None) -> Response:
    """The form as it was filled in, and why it is not answered (`verify.reason.*`)."""
    headings = visit.settings.listing.headings
    known = {name: visit.telling.own("、".join(words)) for name, words in headings.items()}
    return visit.page(
        "verify.html", status, verdicts=None, reason=reason, known=known, typed=typed, asked=day
    )


async def _read(visit: Visit, typed: str, file: bytes) -> tuple[Listed, str]:
    """What was typed or sent, and what is wrong with it: `file`, `headings`, `empty`, `many`, or nothing."""
    listing = visit.settings.listing
    try:
        told = await asyncio.to_thread(pairs_of_file, file, listing) if file else listed_lines(typed, listing)
    except Unreadable as error:
        return Listed(()), str(error)
    within = 0 < len(told.pairs) <= visit.settings.most_pairs
    return told, "" if within else "many" if told.pairs else "empty"


async def _answer(visit: Visit, form: Mapping[str, str], told: Listed, asked: date | None) -> Response:
    """The verdicts, once they are paid for, in the form that is wanted."""
    pairs = told.pairs
    typed, day = "\n".join(pair.line for pair in pairs), asked.isoformat() if asked else ""
    paid = visit.mark(json.dumps([astuple(pair) for pair in pairs]))
    question = {"pairs": typed, "on": day, "format": form.get("format", ""), "paid": form.get("paid", "")}
    if "code" in form:
        question = {"code": form["code"], "on": day}
    matches = await _paid(visit, {name: value for name, value in question.items() if value}, pairs, paid)
    verdicts: Sequence[Verdict] = await verify(visit, matches, asked)
    receipt = receipt_of(visit, verdicts, asked)
    if form.get("format") in _FILES:
        return await _file(visit, form["format"], answer_table(visit, verdicts, receipt, asked))
    if visit.json:
        return visit.data(verify_data(visit, verdicts, receipt, asked))
    return visit.page(
        "verify.html",
        verdicts=verdicts,
        columns=told.columns,
        specialty=lambda pair: visit.telling.own(specialty_told(visit, pair)),
        counted=counted(visit, verdicts),
        notes=notes(verdicts),
        tones=visit.settings.answers,
        receipt=receipt.code,
        typed=typed,
        asked=day,
        paid=paid,
    )


async def _paid(
    visit: Visit, question: Mapping[str, str], pairs: Sequence[Pair], paid: str
) -> Sequence[Match]:
    """What the pairs match; raises `Problem` while something is due for it.

    Every pair costs a token. A list that was answered today, as its mark `paid` proves, costs one: it tells nobody
    new; and so does one that comes again with the proof it was asked for.
    """
    was_answered = hmac.compare_digest(question.get("paid", "").encode(), paid.encode())
    if not was_answered and not await has_challenge(visit, question):
        await visit.pay(len(pairs) - 1)
    matches = await match(visit, pairs)
    found = [holder for each in matches for holder in each.holders]
    unanswered = 0 if was_answered else sum(not each.holders for each in matches)
    await obtain(visit, question, found, unanswered, is_list=True)
    return matches


async def _file(visit: Visit, kind: str, table: AnswerTable) -> Response:
    write, media = _FILES[kind]
    body = await asyncio.to_thread(write, table)
    name = f"verify-{table.receipt.code[:8]}.{kind}"
    return reply(body, media, headers={"content-disposition": f'attachment; filename="{name}"'})
