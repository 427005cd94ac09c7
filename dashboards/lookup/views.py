"""The pages, one small function each."""

import hashlib
from functools import cache
from http import HTTPStatus

from datasette.utils.asgi import Response

from dashboards.lookup.question import Question
from dashboards.lookup.search import certificate, enterprise, search
from dashboards.lookup.settings import HERE
from dashboards.lookup.visit import Problem, Visit, padded, reply

_KINDS = {".css": "text/css; charset=utf-8", ".svg": "image/svg+xml", ".json": "application/schema+json"}


async def home(visit: Visit) -> Response:
    return await visit.page("search.html", outcome=None, question=Question())


async def search_page(visit: Visit) -> Response:
    """The answer, padded so that its length tells nothing about finding one or none."""
    outcome = await search(visit)
    response = await visit.page("search.html", outcome.status, outcome=outcome, question=outcome.question)
    return padded(response, visit.settings.size_class)


async def certificate_page(visit: Visit) -> Response:
    return await visit.page("certificate.html", certificate=await certificate(visit))


async def enterprise_page(visit: Visit) -> Response:
    return await visit.page("enterprise.html", enterprise=await enterprise(visit))


async def about(visit: Visit) -> Response:
    return await visit.page("about.html")


async def robots(visit: Visit) -> Response:
    return reply(b"User-agent: *\nDisallow: /\n", "text/plain; charset=utf-8")


async def static(visit: Visit) -> Response:
    """A file beside the templates."""
    body, kind = static_files()[visit.request.url_vars["name"]]
    return reply(body, kind, headers={"cache-control": "public, max-age=86400"})


async def nowhere(visit: Visit) -> Response:
    raise Problem(HTTPStatus.NOT_FOUND)


@cache
def static_files() -> dict[str, tuple[bytes, str]]:
    """Content and media type of each file that may be fetched, by name."""
    return {path.name: (path.read_bytes(), _KINDS[path.suffix]) for path in (HERE / "static").iterdir()}


@cache
def style_version() -> str:
    """Changes with the style sheet, and with it the address under which browsers keep it."""
    return hashlib.sha256(static_files()["lookup.css"][0]).hexdigest()[:10]
