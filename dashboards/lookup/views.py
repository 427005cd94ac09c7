"""The pages and JSON answers, one small function each, and the table of routes."""

import hashlib
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from functools import cache
from http import HTTPStatus
from typing import Any

from datasette.utils.asgi import Response

from dashboards.lookup.queries import Row, read_certificate, read_enterprise
from dashboards.lookup.question import Question
from dashboards.lookup.search import Outcome, search
from dashboards.lookup.settings import HERE
from dashboards.lookup.visit import LANGUAGES, Problem, Visit, reply

_KINDS = {".css": "text/css; charset=utf-8", ".svg": "image/svg+xml", ".json": "application/schema+json"}


async def home(visit: Visit) -> Response:
    return await visit.page("search.html", outcome=None, question=Question())


async def search_page(visit: Visit) -> Response:
    """The answer, padded so that its length tells nothing about finding one or none."""
    outcome = await search(visit)
    response = await visit.page("search.html", outcome.status, outcome=outcome, question=outcome.question)
    return _padded(response, visit.settings.size_class)


async def search_data(visit: Visit) -> Response:
    outcome = await search(visit)
    words = {lang: visit.release.text(outcome.key, lang) for lang in LANGUAGES}
    found = {
        "certificates": [_named(visit, row) for row in outcome.certificates],
        "enterprises": [_named(visit, row) for row in outcome.enterprises],
    }
    content = {"outcome": outcome.kind, "reason": outcome.reason or None, "message": words, **found}
    return _padded(visit.data(content, outcome.status), visit.settings.size_class)


async def certificate_page(visit: Visit) -> Response:
    return await visit.page("certificate.html", certificate=await _certificate(visit))


async def certificate_data(visit: Visit) -> Response:
    return visit.data({"certificate": _named(visit, await _certificate(visit))})


async def enterprise_page(visit: Visit) -> Response:
    return await visit.page("enterprise.html", enterprise=await _enterprise(visit))


async def enterprise_data(visit: Visit) -> Response:
    return visit.data({"enterprise": _named(visit, await _enterprise(visit))})


async def about(visit: Visit) -> Response:
    return await visit.page("about.html")


async def robots(visit: Visit) -> Response:
    return reply(b"User-agent: *\nDisallow: /\n", "text/plain; charset=utf-8")


async def health(visit: Visit) -> Response:
    return visit.data({"status": "ok"})


async def static(visit: Visit) -> Response:
    """A file beside the templates; its address changes with its content, so it may be kept."""
    body, kind = _files()[visit.request.url_vars["name"]]
    return reply(body, kind, headers={"cache-control": "public, max-age=86400"})


async def nowhere(visit: Visit) -> Response:
    raise Problem(HTTPStatus.NOT_FOUND)


@cache
def _files() -> dict[str, tuple[bytes, str]]:
    return {path.name: (path.read_bytes(), _KINDS[path.suffix]) for path in (HERE / "static").iterdir()}


@cache
def style_version() -> str:
    """Changes with the style sheet."""
    return hashlib.sha256(_files()["lookup.css"][0]).hexdigest()[:10]


async def _certificate(visit: Visit) -> Row:
    public_id = visit.request.url_vars["key"]
    found = await visit.ask(read_certificate(public_id, visit.release.columns, visit.today))
    if found is None:
        raise Problem(HTTPStatus.NOT_FOUND)
    return found


async def _enterprise(visit: Visit) -> Row:
    if "enterprise" not in visit.release.columns:
        raise Problem(HTTPStatus.NOT_FOUND)
    found = await visit.ask(read_enterprise(visit.request.url_vars["key"], visit.release.columns))
    if found is None:
        raise Problem(HTTPStatus.NOT_FOUND)
    return found


def _named(visit: Visit, row: Row) -> dict[str, Any]:
    """A row as JSON: a coded column becomes its name without `_code`, with code, zh and en."""
    named: dict[str, Any] = {}
    for column, value in row.items():
        if isinstance(value, list):
            named[f"{column}s"] = [_named(visit, part) for part in value]
        elif (words := visit.release.words(column, value)) is not None:
            named[column.removesuffix("_code")] = {"code": value, **words} if value else None
        elif column != "person_name_pinyin":
            named[column] = value
    return named


def _padded(response: Response, size: int) -> Response:
    """Spaces at the end, up to the next multiple of `size` bytes."""
    body: bytes = response.body
    response.body = body + b" " * (-len(body) % size)
    response.headers["content-length"] = str(len(response.body))
    return response


@dataclass(frozen=True)
class Route:
    """`pattern` is matched against the path as sent; `free` ones cost no token of the quota."""

    pattern: str
    view: Callable[[Visit], Awaitable[Response]]
    method: str = "GET"
    json: bool = False
    free: bool = False


_KEY = r"(?P<key>[0-9A-Za-z_-]{1,64})"
ROUTES = (
    Route(r"/$", home),
    Route(r"/search$", search_page, "POST"),
    Route(rf"/p/{_KEY}$", certificate_page),
    Route(rf"/e/{_KEY}$", enterprise_page),
    Route(r"/about$", about),
    Route(r"/api/v1/search$", search_data, "POST", json=True),
    Route(rf"/api/v1/certificate/{_KEY}$", certificate_data, json=True),
    Route(rf"/api/v1/enterprise/{_KEY}$", enterprise_data, json=True),
    Route(
        rf"/static/(?P<name>{'|'.join(name.replace('.', '[.]') for name in sorted(_files()))})$",
        static,
        free=True,
    ),
    Route(r"/robots[.]txt$", robots, free=True),
    Route(r"/healthz$", health, json=True, free=True),
    # Every other path ends here, before any page of Datasette's own.
    Route(r"(?s).*", nowhere),
)
