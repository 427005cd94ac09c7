"""What is remembered of a request once it is answered: how it went, and nothing of what was asked."""

from collections.abc import Callable
from dataclasses import dataclass
from time import perf_counter

from dashboards.lookup.guard.door import App, Message, Receive, Send

TRACE = "lookup.trace"
UNREAD = "unread"
_METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "DELETE", "PATCH", "OPTIONS", "TRACE", "CONNECT"})


@dataclass(frozen=True)
class Passage:
    """A request and its answer.

    `method` is a method of HTTP or empty, for anybody may send any word as one; `route` is the name of a route, never
    a path, `unread` where none was reached; `size` counts the bytes of the answer's body; `address` is the visitor's.
    """

    method: str
    route: str
    status: int
    size: int
    seconds: float
    address: str


Tell = Callable[[Passage], None]


@dataclass
class Trace:
    """What is found out about a request under way; the route names itself in `scope[TRACE]`."""

    route: str = UNREAD
    status: int = 0
    size: int = 0


def observed(app: App, tell: Tell) -> App:
    """An ASGI middleware: tells of every request, also of one that fails or that nobody waits for any longer."""

    async def watched(scope: Message, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await app(scope, receive, send)
            return
        began, trace = perf_counter(), Trace()

        async def counted(message: Message) -> None:
            trace.status = message.get("status", trace.status)
            trace.size += len(message.get("body", b""))
            await send(message)

        try:
            await app({**scope, TRACE: trace}, receive, counted)
        finally:
            method = scope["method"] if scope["method"] in _METHODS else ""
            address = (scope.get("client") or ("",))[0]
            seconds = perf_counter() - began
            tell(Passage(method, trace.route, trace.status, trace.size, seconds, address))

    return watched
