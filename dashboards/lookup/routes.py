"""The table of routes: everything that this instance answers."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from datasette.utils.asgi import Response

from dashboards.lookup.api import certificate_data, enterprise_data, health, search_data
from dashboards.lookup.static_files import static_files
from dashboards.lookup.views import (
    about,
    certificate_page,
    enterprise_page,
    home,
    nowhere,
    robots,
    search_page,
    static,
)
from dashboards.lookup.visit import Visit


@dataclass(frozen=True)
class Route:
    """`pattern` is matched against the path as sent; no `methods`: any; `free`: costs no token."""

    pattern: str
    view: Callable[[Visit], Awaitable[Response]]
    methods: tuple[str, ...] = ("GET", "HEAD")
    json: bool = False
    free: bool = False


_FILES = "|".join(name.replace(".", "[.]") for name in sorted(static_files()))
_KEY = r"(?P<key>[0-9A-Za-z_-]{1,64})"
ROUTES = (
    Route(r"/$", home),
    Route(r"/search$", search_page, ("POST",)),
    Route(rf"/p/{_KEY}$", certificate_page),
    Route(rf"/e/{_KEY}$", enterprise_page),
    Route(r"/about$", about),
    Route(r"/api/v1/search$", search_data, ("POST",), json=True),
    Route(rf"/api/v1/certificate/{_KEY}$", certificate_data, json=True),
    Route(rf"/api/v1/enterprise/{_KEY}$", enterprise_data, json=True),
    Route(rf"/static/(?P<name>{_FILES})$", static, free=True),
    Route(r"/robots[.]txt$", robots, free=True),
    Route(r"/healthz$", health, json=True, free=True),
    # Every other path ends here, before any page of Datasette's own.
    Route(r"(?s).*", nowhere, methods=()),
)
