"""What stands between the network and Datasette: odd paths, large bodies, foreign headers, response headers.

The door itself writes no page: it leaves what is wrong in `scope["lookup.problem"]`, for the visitor to be
told in their language.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any

from dashboards.lookup.settings import Settings

Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
App = Callable[[Message, Receive, Send], Awaitable[None]]

PROBLEM = "lookup.problem"
log = logging.getLogger("jzs.lookup")

_POLICY = (
    "default-src 'none'; style-src 'self'; img-src 'self'; form-action 'self'; base-uri 'none'; "
    "frame-ancestors 'none'"
)
# For the one page that may load a script of ours.
SCRIPTED = {"content-security-policy": f"{_POLICY}; script-src 'self'; worker-src 'self'"}
# Nothing is loaded from elsewhere, framed, scripted or kept.
_HEADERS = {
    "content-security-policy": _POLICY,
    "x-content-type-options": "nosniff",
    "x-frame-options": "DENY",
    "x-robots-tag": "noindex, noarchive",
    "referrer-policy": "same-origin",
    "permissions-policy": "camera=(), geolocation=(), microphone=(), browsing-topics=()",
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
    "cache-control": "private, no-store",
}
# A browser heeds it only where the page came by TLS; other hosts of the domain are not ours to speak for.
_BY_TLS = {"strict-transport-security": "max-age=31536000"}
# The header in which machines bring a proof.
PROOF = "x-proof"
# The type of a form; the type of answer wanted; the host, for the link to the front page; whose page a form was on.
_KEPT = {b"content-type", b"accept", b"host", b"sec-fetch-site", PROOF.encode()}
# The one form that may bring a file, and its type.
_UPLOADS = b"/verify"
MULTIPART = "multipart/form-data"
_REFUSED_IN_PATH = (b"\\", b"//", b"%5c", b"%2f", b"%00", b"..", b"%2e")


def door(app: App, settings: Settings) -> App:
    """An ASGI middleware; see the module."""

    async def inspecting(scope: Message, receive: Receive, send: Send) -> None:
        if scope["type"] == "http":
            scope, receive = await _inspected(scope, receive, settings)
        await app(scope, receive, send)

    return dressed(inspecting)


def dressed(app: App) -> App:
    """An ASGI middleware: every answer has the protective headers, and a fault is an empty answer 500."""

    async def guarded(scope: Message, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await app(scope, receive, send)
            return
        started = False
        ours = protective_headers(scope.get("scheme"))

        async def send_with_headers(message: Message) -> None:
            nonlocal started
            if message["type"] == "http.response.start":
                started = True
                message = {**message, "headers": _with_headers(message.get("headers", []), ours)}
            await send(message)

        try:
            await app(scope, receive, send_with_headers)
        except Exception as error:
            log.error("%s", type(error).__name__)
            if not started:
                await send_with_headers({"type": "http.response.start", "status": 500, "headers": []})
                await send_with_headers({"type": "http.response.body", "body": b""})

    return guarded


def protective_headers(scheme: str | None) -> list[tuple[bytes, bytes]]:
    """What every answer says beside its own headers; by `https` it also asks never to be fetched otherwise."""
    told = _HEADERS | (_BY_TLS if scheme == "https" else {})
    return [(name.encode(), value.encode()) for name, value in told.items()]


async def _inspected(scope: Message, receive: Receive, settings: Settings) -> tuple[Message, Receive]:
    """The request as Datasette gets it: a plain path, a body already read, no header but `_KEPT`."""
    path: bytes = scope.get("raw_path") or scope["path"].encode()
    path, body = path.partition(b"?")[0], b""
    problem = _wrong_with(path, scope, settings)
    if problem:
        path = b"/refused"
    elif scope["method"] == "POST":
        is_upload = path == _UPLOADS and _kind(scope).startswith(MULTIPART.encode())
        most = settings.upload_bytes if is_upload else settings.body_bytes
        body, problem = await _body(receive, most, settings.body_seconds)
    plain = {**scope, "raw_path": path, "path": path.decode(), "headers": _kept(scope), PROBLEM: problem}

    async def replay() -> Message:
        return {"type": "http.request", "body": body, "more_body": False}

    return plain, replay


def _wrong_with(path: bytes, scope: Message, settings: Settings) -> int:
    """What is wrong with the head of a request, as an HTTP status; 0 = nothing."""
    if len(path) + len(scope.get("query_string", b"")) > settings.address_bytes:
        return 414
    if sum(len(name) + len(value) for name, value in scope["headers"]) > settings.head_bytes:
        return 431
    odd = any(part in path.lower() for part in _REFUSED_IN_PATH)
    return 400 if odd or not path.startswith(b"/") or not path.isascii() else 0


def _kept(scope: Message) -> list[tuple[bytes, bytes]]:
    """The headers that matter; of one that came twice, the first."""
    first = {name: value for name, value in reversed(scope["headers"]) if name in _KEPT}
    return list(first.items())


def _kind(scope: Message) -> bytes:
    """The type of the body."""
    return next((bytes(value) for name, value in scope["headers"] if name == b"content-type"), b"")


async def _body(receive: Receive, most: int, seconds: float) -> tuple[bytes, int]:
    """The request body and 0, or what is wrong with it: 413 too large, 408 too slow, 400 broken off."""
    body, more = b"", True
    try:
        async with asyncio.timeout(seconds):
            while more:
                message = await receive()
                if message["type"] != "http.request":
                    return b"", 400
                body += message.get("body", b"")
                more = message.get("more_body", False)
                if len(body) > most:
                    return b"", 413
    except TimeoutError:
        return b"", 408
    return body, 0


def _with_headers(
    headers: list[tuple[bytes, bytes]], ours: list[tuple[bytes, bytes]]
) -> list[tuple[bytes, bytes]]:
    """The response's own headers, and ours where it has none of that name."""
    present = {name.lower() for name, _ in headers}
    return list(headers) + [(name, value) for name, value in ours if name not in present]
