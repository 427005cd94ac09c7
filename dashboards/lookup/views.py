"""The pages, one small function each."""

from http import HTTPStatus

from datasette.utils.asgi import Response

from dashboards.lookup.question import Question
from dashboards.lookup.search import certificate, enterprise, search
from dashboards.lookup.static_files import static_files
from dashboards.lookup.visit import Problem, Visit, padded, reply


async def home(visit: Visit) -> Response:
    return visit.page("search.html", outcome=None, question=Question())


async def search_page(visit: Visit) -> Response:
    """The answer, padded so that its length tells nothing about finding one or none."""
    outcome = await search(visit)
    response = visit.page("search.html", outcome.status, outcome=outcome, question=outcome.question)
    return padded(response, visit.settings.size_class)


async def certificate_page(visit: Visit) -> Response:
    return visit.page("certificate.html", certificate=await certificate(visit))


async def enterprise_page(visit: Visit) -> Response:
    return visit.page("enterprise.html", enterprise=await enterprise(visit))


async def about(visit: Visit) -> Response:
    return visit.page("about.html")


async def robots(visit: Visit) -> Response:
    return reply(b"User-agent: *\nDisallow: /\n", "text/plain; charset=utf-8")


async def static(visit: Visit) -> Response:
    """A file beside the templates."""
    body, kind = static_files()[visit.request.url_vars["name"]]
    return reply(body, kind, headers={"cache-control": "public, max-age=86400"})


async def nowhere(visit: Visit) -> Response:
    raise Problem(HTTPStatus.NOT_FOUND)
