"""The pages, one small function each; who asks for JSON gets the same answer as JSON."""

import hmac
import json
from dataclasses import astuple
from http import HTTPStatus

from datasette.utils.asgi import Response

from dashboards.lookup.api import search_data, told, verify_data
from dashboards.lookup.question import Question
from dashboards.lookup.search import enterprise, person, project, search
from dashboards.lookup.static_files import static_files
from dashboards.lookup.verify import pairs_of, receipt, verify
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
    """A form; or the verdicts on the pairs that were posted, as a page or as JSON.

    Every pair costs a token; a list that was paid for today, as its mark proves, costs one: it tells nobody new.
    """
    if visit.request.method != "POST":
        return visit.page("verify.html", verdicts=None, typed="", asked=None)
    form = await visit.form()
    typed, asked = form.get("pairs", ""), visit.past(form.get("on", ""))
    pairs = pairs_of(typed)
    if not pairs or len(pairs) > visit.settings.most_pairs:
        if visit.json:
            raise Problem(HTTPStatus.UNPROCESSABLE_ENTITY)
        reason = "many" if pairs else "empty"
        return visit.page("verify.html", 422, verdicts=None, reason=reason, typed=typed, asked=asked)
    paid = visit.mark(json.dumps([astuple(pair) for pair in pairs]))
    if not hmac.compare_digest(form.get("paid", "").encode(), paid.encode()):
        visit.pay(len(pairs) - 1)
    verdicts = await verify(visit, pairs, asked)
    code = receipt(visit, verdicts, asked)
    if visit.json:
        return visit.data(verify_data(visit, verdicts, code, asked))
    day = asked and asked.isoformat()
    return visit.page("verify.html", verdicts=verdicts, receipt=code, typed=typed, asked=day, paid=paid)


async def about(visit: Visit) -> Response:
    return visit.page("about.html")


async def health(visit: Visit) -> Response:
    return visit.data({"status": "ok"})


async def robots(visit: Visit) -> Response:
    return reply(b"User-agent: *\nDisallow: /\n", "text/plain; charset=utf-8")


async def static(visit: Visit) -> Response:
    """A file beside the templates."""
    body, kind = static_files()[visit.request.url_vars["name"]]
    return reply(body, kind, headers={"cache-control": "public, max-age=86400"})


async def nowhere(visit: Visit) -> Response:
    raise Problem(HTTPStatus.NOT_FOUND)
