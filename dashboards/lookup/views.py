"""The pages, one small function each; who asks for JSON gets the same answer as JSON."""

from http import HTTPStatus

from datasette.utils.asgi import Response
from datasette.utils.sqlite import sqlite3

from dashboards.lookup.api import search_data, told
from dashboards.lookup.finding.queries import is_there
from dashboards.lookup.finding.question import Question
from dashboards.lookup.finding.search import enterprise, person, project, search
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
