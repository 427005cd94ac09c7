"""The table of routes: everything that this instance answers."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from datasette.utils.asgi import Response

from dashboards.lookup import views
from dashboards.lookup.checking.page import verify_page
from dashboards.lookup.correcting import corrections
from dashboards.lookup.static_files import static_files
from dashboards.lookup.visit import Visit


@dataclass(frozen=True)
class Route:
    """`pattern` is matched against the path as sent; no `methods`: any; `free`: costs no token."""

    pattern: str
    view: Callable[[Visit], Awaitable[Response]]
    methods: tuple[str, ...] = ("GET", "HEAD")
    json: bool = False
    free: bool = False

    @property
    def name(self) -> str:
        """What the access log calls it."""
        return self.view.__name__.removesuffix("_page")


_FILES = "|".join(name.replace(".", "[.]") for name in sorted(static_files()))
_KEY = r"(?P<key>[0-9A-Za-z_-]{1,64})"
ROUTES = (
    Route(r"/$", views.home),
    Route(r"/search$", views.search_page, ("POST",)),
    Route(rf"/p/{_KEY}$", views.person_page),
    Route(rf"/e/{_KEY}$", views.enterprise_page),
    Route(rf"/j/{_KEY}$", views.project_page),
    Route(r"/verify$", verify_page, ("GET", "HEAD", "POST")),
    Route(rf"/correct/(?P<kind>[pej])/{_KEY}$", corrections.correction_page, ("GET", "HEAD", "POST")),
    Route(r"/corrections$", corrections.corrections_page, ("GET", "HEAD", "POST")),
    Route(r"/corrections/(?P<receipt>[0-9A-Za-z-]{1,32})$", corrections.receipt_page),
    Route(r"/about$", views.about),
    Route(rf"/static/(?P<name>{_FILES})$", views.static, free=True),
    Route(r"/robots[.]txt$", views.robots, free=True),
    Route(r"/healthz$", views.health, json=True, free=True),
    # Every other path ends here, before any page of Datasette's own.
    Route(r"(?s).*", views.nowhere, methods=()),
)
