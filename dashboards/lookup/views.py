"""The pages, one small function each; who asks for JSON gets the same answer as JSON."""

import asyncio
import hmac
import json
from dataclasses import astuple
from http import HTTPStatus

from datasette.utils.asgi import Response
from datasette.utils.sqlite import sqlite3

from dashboards.lookup.api import search_data, told, verify_data
from dashboards.lookup.checking.answer_files import as_pdf, as_xlsx
from dashboards.lookup.checking.answer_table import AnswerTable, answer_table
from dashboards.lookup.checking.pairs import pairs_of
from dashboards.lookup.checking.upload import Unreadable, pairs_of_file
from dashboards.lookup.checking.verify import match, receipt_of, verify
from dashboards.lookup.finding.queries import is_there
from dashboards.lookup.finding.question import Question
from dashboards.lookup.finding.search import enterprise, person, project, search
from dashboards.lookup.guard.metering import has_challenge, obtain
from dashboards.lookup.static_files import static_files
from dashboards.lookup.visit import Problem, Visit, padded, reply


async def home(visit: Visit) -> Response:
    return visit.page("search.html", outcome=None, question=Question())


async def search_page(visit: Visit) -> Response:
    """The answer, padded so that its length tells nothing about finding one or none."""
    outcome = await search(visit)
    if visit.json:
        response = visit.data(search_data(visit, outcome), outcome.status)
    else:
        response = visit.page("search.html", outcome.status, outcome=outcome, question=outcome.question)
    return padded(response, visit.settings.size_class)


async def person_page(visit: Visit) -> Response:
    found = await person(visit)
    if visit.json:
        return visit.data({"person": told(visit, found)})
    return visit.page("person.html", person=found, asked=visit.asked and visit.asked.isoformat())


async def enterprise_page(visit: Visit) -> Response:
    found = await enterprise(visit)
    if visit.json:
        return visit.data({"enterprise": told(visit, found)})
    return visit.page("enterprise.html", enterprise=found)


async def project_page(visit: Visit) -> Response:
    """A project; `managers` tells whether the stages name more than one."""
    found = await project(visit)
    if visit.json:
        return visit.data({"project": told(visit, found)})
    managers = {post["holder_public_id"] for post in found["post"]}
    return visit.page("project.html", project=found, managers=managers)


async def verify_page(visit: Visit) -> Response:
    """A form; or the verdicts on the pairs that were posted, as a page, as JSON or as a file.

    Every pair costs a token. A list that was answered today, as its mark proves, costs one: it tells nobody new; and
    so does one that comes again with the proof it was asked for.
    """
    if visit.request.method != "POST":
        return visit.page("verify.html", verdicts=None, typed="", asked=None)
    form, sent = await visit.form_with_file()
    typed, asked = form.get("pairs", ""), visit.past(form.get("on", ""))
    day = asked and asked.isoformat()
    try:
        pairs = (
            await asyncio.to_thread(pairs_of_file, sent, visit.settings.headings) if sent else pairs_of(typed)
        )
        reason = "" if 0 < len(pairs) <= visit.settings.most_pairs else "many" if pairs else "empty"
    except Unreadable:
        reason = "file"
    if reason and visit.json:
        raise Problem(HTTPStatus.UNPROCESSABLE_ENTITY)
    if reason:
        return visit.page("verify.html", 422, verdicts=None, reason=reason, typed=typed, asked=day)
    typed = "\n".join(pair.line for pair in pairs)
    fields = {"pairs": typed, "on": day or "", "format": form.get("format", ""), "paid": form.get("paid", "")}
    question = {name: value for name, value in fields.items() if value}
    paid = visit.mark(json.dumps([astuple(pair) for pair in pairs]))
    was_answered = hmac.compare_digest(form.get("paid", "").encode(), paid.encode())
    if not was_answered and not await has_challenge(visit, question):
        visit.pay(len(pairs) - 1)
    matches = await match(visit, pairs)
    found = [each.holder for each in matches if each.certificate]
    await obtain(visit, question, found, 0 if was_answered else len(matches) - len(found), is_list=True)
    verdicts = await verify(visit, matches, asked)
    receipt = receipt_of(visit, verdicts, asked)
    if form.get("format") in _FILES:
        return await _file(visit, form["format"], answer_table(visit, verdicts, receipt, asked))
    if visit.json:
        return visit.data(verify_data(visit, verdicts, receipt, asked))
    return visit.page(
        "verify.html", verdicts=verdicts, receipt=receipt.code, typed=typed, asked=day, paid=paid
    )


# Files that answers can be kept as: how one is written, and its media type.
_FILES = {
    "xlsx": (as_xlsx, "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"),
    "pdf": (as_pdf, "application/pdf"),
}


async def _file(visit: Visit, kind: str, table: AnswerTable) -> Response:
    write, media = _FILES[kind]
    body = await asyncio.to_thread(write, table)
    name = f"verify-{table.receipt.code[:8]}.{kind}"
    return reply(body, media, headers={"content-disposition": f'attachment; filename="{name}"'})


async def about(visit: Visit) -> Response:
    return visit.page("about.html")


async def health(visit: Visit) -> Response:
    """200 when the release answers a query; a `Problem` 503 when it does not."""
    try:
        await visit.ask(is_there)
    except sqlite3.Error as error:
        raise Problem(HTTPStatus.SERVICE_UNAVAILABLE, {"retry-after": "5"}) from error
    return visit.data({"status": "ok"})


async def robots(visit: Visit) -> Response:
    return reply(b"User-agent: *\nDisallow: /\n", "text/plain; charset=utf-8")


async def static(visit: Visit) -> Response:
    """A file beside the templates."""
    body, kind = static_files()[visit.request.url_vars["name"]]
    return reply(body, kind, headers={"cache-control": "public, max-age=86400"})


async def nowhere(visit: Visit) -> Response:
    raise Problem(HTTPStatus.NOT_FOUND)
