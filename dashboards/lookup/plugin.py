"""The Datasette plugin: our routes first and last, every permission refused, the door around it all."""

import asyncio
import logging
import traceback
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass, field, replace
from datetime import date
from functools import partial
from http import HTTPStatus
from pathlib import Path
from typing import Any
from weakref import WeakKeyDictionary

from datasette import hookimpl
from datasette.app import Datasette
from datasette.utils.asgi import Request, Response
from datasette.utils.sqlite import sqlite3

from dashboards.lookup.correcting.desk import Desk
from dashboards.lookup.guard.admission import Admission, Asking, Due
from dashboards.lookup.guard.door import App, door
from dashboards.lookup.guard.keeping import kept
from dashboards.lookup.guard.quota import Buckets
from dashboards.lookup.guard.quota_file import NotCounted, patiently
from dashboards.lookup.opening import Releases
from dashboards.lookup.routes import ROUTES, Route
from dashboards.lookup.settings import Settings
from dashboards.lookup.telemetry.access_log import AccessLog
from dashboards.lookup.telemetry.figures import Figures
from dashboards.lookup.telemetry.observing import TRACE, Passage, observed
from dashboards.lookup.visit import Problem, Visit

log = logging.getLogger("jzs.lookup")
# Seconds.
_RENEWED = 60


@dataclass(eq=False)
class Lookup:
    """What one instance holds: its settings, releases, quotas and calendar."""

    settings: Settings
    releases: Releases
    buckets: Buckets
    admission: Admission
    access_log: AccessLog
    figures: Figures
    today: Callable[[], date]
    qr_key: Callable[[], bytes]
    desk: Desk
    tasks: set[asyncio.Task[None]] = field(default_factory=set)

    def tell(self, passage: Passage) -> None:
        """Remembers how a request went."""
        self.access_log.write(passage)
        self.figures.count(passage)

    async def renew(self) -> None:
        """Lets the keys of days that are over go, also when nobody asks."""
        while True:
            for counting in (self.buckets, self.admission):
                with suppress(NotCounted):  # the next time, then
                    counting.renew()
            await asyncio.sleep(_RENEWED)


# Hooks are functions of a module; Datasette hands them the instance.
LOOKUPS: WeakKeyDictionary[Datasette, Lookup] = WeakKeyDictionary()


@hookimpl
def register_routes() -> list[tuple[str, Any]]:
    return [(route.pattern, _endpoint(route)) for route in ROUTES]


@hookimpl(optionalhook=True, tryfirst=True)
def permission_allowed() -> bool:
    """Denies everything on Datasette 0.65."""
    return False


@hookimpl(optionalhook=True)
def permission_resources_sql() -> Any:
    """Denies everything on Datasette 1.0, where a denial outweighs what its defaults allow."""
    from datasette.permissions import PermissionSQL  # noqa: PLC0415  # not there on 0.65

    return PermissionSQL.deny("closed")


@hookimpl
def skip_csrf() -> bool:
    """No cookie, no session: there is nothing that a forged request could use."""
    return True


@hookimpl
def handle_exception(exception: Exception) -> Response:
    """The last resort, instead of Datasette's own, which prints local variables: names and numbers."""
    log.error("%s", type(exception).__name__)
    return Response("", status=HTTPStatus.INTERNAL_SERVER_ERROR)


@hookimpl
def asgi_wrapper(datasette: Datasette) -> Callable[[App], App]:
    def wrap(app: App) -> App:
        async def wrapped(scope: Any, receive: Any, send: Any) -> None:
            lookup = LOOKUPS[datasette]
            await observed(door(app, lookup.settings), lookup.tell)(scope, receive, send)

        return wrapped

    return wrap


@hookimpl
def startup(datasette: Datasette) -> Callable[[], Awaitable[None]]:
    async def start() -> None:
        lookup = LOOKUPS[datasette]
        lookup.tasks.add(asyncio.create_task(lookup.releases.watch(lookup.settings.poll_seconds)))
        lookup.tasks.add(asyncio.create_task(lookup.renew()))

    return start


def _endpoint(route: Route) -> Callable[..., Awaitable[Response]]:
    async def endpoint(datasette: Datasette, request: Request) -> Response:
        lookup, client = LOOKUPS[datasette], _client(request)
        request.scope[TRACE].route = route.name
        visit = Visit(
            request,
            await lookup.releases.latest(),
            lookup.settings,
            lookup.today(),
            _wants_json(route, request),
            partial(_pay, lookup, client, before=1),
            lookup.buckets.mark,
            partial(_count, lookup, client),
            partial(lookup.admission.holds, client),
            lookup.qr_key,
            lookup.desk,
        )
        try:
            await _admit(lookup, route, visit)
            return await route.view(visit)
        except Problem as problem:
            if isinstance(problem.__cause__, sqlite3.Error):
                lookup.figures.database_errors.inc()
            return visit.tell(await _with_form(problem, route, visit))
        except NotCounted:
            lookup.figures.database_errors.inc()
            return visit.tell(Problem(HTTPStatus.SERVICE_UNAVAILABLE, {"retry-after": "5"}))
        except Exception as error:
            if isinstance(error, sqlite3.Error):
                lookup.figures.database_errors.inc()
            log.error("%s: %s in %s", route.name, type(error).__name__, _places(error))
            return visit.tell(Problem(HTTPStatus.INTERNAL_SERVER_ERROR))

    return endpoint


def _places(error: Exception) -> str:
    """The lines that led to an error, outermost first; nothing of what was asked."""
    frames = traceback.extract_tb(error.__traceback__)
    return " > ".join(f"{Path(frame.filename).stem}.{frame.name}:{frame.lineno}" for frame in frames)


def _wants_json(route: Route, request: Request) -> bool:
    """Every page is JSON to whom asks for that, at the same address."""
    return route.json or "application/json" in request.headers.get("accept", "")


async def _admit(lookup: Lookup, route: Route, visit: Visit) -> None:
    """Lets a well-formed request within its quota pass; raises the `Problem` of any other."""
    if not route.free:
        await _pay(lookup, _client(visit.request), 1)
    if visit.problem:
        raise Problem(visit.problem)
    if route.methods and visit.request.method not in route.methods:
        raise Problem(HTTPStatus.METHOD_NOT_ALLOWED, {"allow": ", ".join(route.methods)})


async def _with_form(problem: Problem, route: Route, visit: Visit) -> Problem:
    """The problem; where a form came too soon, with what was filled in."""
    too_soon = problem.status == HTTPStatus.TOO_MANY_REQUESTS and not problem.context
    if not too_soon or visit.request.method != "POST" or "POST" not in route.methods:
        return problem
    return replace(problem, context={"fields": await kept(visit)})


async def _pay(lookup: Lookup, client: str, tokens: int, before: int = 0) -> None:
    """Takes so many tokens of an address; a `Problem` 429 when it has not as many. See `Buckets.spend`."""
    spend = partial(lookup.buckets.spend, client, tokens, before)
    if wait := await patiently(spend, lookup.settings.count_seconds):
        raise Problem(HTTPStatus.TOO_MANY_REQUESTS, {"retry-after": str(wait)})


async def _count(lookup: Lookup, client: str, asking: Asking) -> Due | None:
    """Counts the persons that an answer tells to an address. See `Admission.admit`."""
    return await patiently(partial(lookup.admission.admit, client, asking), lookup.settings.count_seconds)


def _client(request: Request) -> str:
    """The address that asks."""
    return str((request.scope.get("client") or ("",))[0])
