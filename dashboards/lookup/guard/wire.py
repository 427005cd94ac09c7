"""HTTP as uvicorn speaks it, with what it lacks: a time by which a request must have arrived and an answer must have
been fetched, limits of connections that let those go on that are there, and refusals of its own that carry our headers
and are told.
"""

import asyncio
from http import HTTPStatus
from typing import Any

import h11
from uvicorn.protocols.http.h11_impl import H11Protocol

from dashboards.lookup.guard.crowd import Crowd
from dashboards.lookup.guard.door import Message, Receive, Send, dressed, protective_headers
from dashboards.lookup.settings import Connections
from dashboards.lookup.telemetry.observing import UNREAD, Passage, Tell, observed

_ARRIVING = (h11.IDLE, h11.SEND_BODY)
_LENGTHS = {b"transfer-encoding", b"content-length"}
_BUSY = [(b"retry-after", b"5"), (b"content-length", b"0"), (b"connection", b"close")]


class Protocol(H11Protocol):
    """One connection. `tell` is told of every request, `count` of a connection that was refused before any."""

    def __init__(
        self,
        *,
        limits: Connections,
        head_bytes: int,
        crowd: Crowd,
        tell: Tell,
        count: Tell,
        **others: Any,
    ) -> None:
        super().__init__(**others)
        self.conn = _Unambiguous(h11.SERVER, head_bytes)
        self._limits = limits
        self._crowd = crowd
        self._has_entered = False
        self._tell = tell
        self._count = count
        self._deadline: asyncio.TimerHandle | None = None
        self._fetching: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        # Writing is paused as long as anything is left to be fetched.
        transport.set_write_buffer_limits(high=0)
        self._has_entered = self._crowd.enter(self._address)
        if not self._has_entered:
            transport.abort()
            self._count(self._refused(HTTPStatus.SERVICE_UNAVAILABLE))
            return
        if len(self.connections) > self._limits.most:
            self.app = observed(dressed(_busy), self._tell)
        self._expect()

    def data_received(self, data: bytes) -> None:
        super().data_received(data)
        if self.conn.their_state in _ARRIVING and not self.transport.is_closing():
            self._expect()
        else:
            self._expect_nothing()

    def connection_lost(self, exc: Exception | None) -> None:
        self._expect_nothing()
        self._is_fetched()
        if self._has_entered:
            self._crowd.leave(self._address)
        super().connection_lost(exc)

    def pause_writing(self) -> None:
        """Some of an answer has not been fetched yet."""
        super().pause_writing()
        self._fetching = self.loop.call_later(self._limits.answer_seconds, self.transport.abort)

    def resume_writing(self) -> None:
        """All of it has been fetched."""
        self._is_fetched()
        super().resume_writing()

    def timeout_keep_alive_handler(self) -> None:
        """Ends a connection on which nothing is asked, even if the last answer was never fetched."""
        self.transport.abort()

    def send_400_response(self, msg: str) -> None:
        """The answer to what is no HTTP, if nothing else is being answered."""
        if self.conn.our_state in (h11.IDLE, h11.SEND_RESPONSE):
            headers = [*protective_headers(self.scheme), (b"content-length", b"0"), (b"connection", b"close")]
            status = HTTPStatus.BAD_REQUEST
            response = h11.Response(status_code=status, headers=headers, reason=status.phrase.encode())
            self.transport.write(
                (self.conn.send(response) or b"") + (self.conn.send(h11.EndOfMessage()) or b"")
            )
        self.transport.close()
        self._tell(self._refused(HTTPStatus.BAD_REQUEST))

    @property
    def _address(self) -> str:
        """Who holds the connection: a visitor or a proxy."""
        return (self.client or ("",))[0]

    def _is_fetched(self) -> None:
        if self._fetching is not None:
            self._fetching.cancel()
            self._fetching = None

    def _expect(self) -> None:
        """From now, or from the beginning of what is arriving, a whole request has so many seconds."""
        if self._deadline is None:
            self._deadline = self.loop.call_later(self._limits.request_seconds, self._too_late)

    def _expect_nothing(self) -> None:
        if self._deadline is not None:
            self._deadline.cancel()
            self._deadline = None

    def _too_late(self) -> None:
        began = bool(self.conn.trailing_data[0])
        self.transport.abort()
        if began:
            self._tell(self._refused(HTTPStatus.REQUEST_TIMEOUT))

    def _refused(self, status: int) -> Passage:
        return Passage("", UNREAD, status, 0, 0.0, self._address)


class _Unambiguous(h11.Connection):
    """HTTP without a body whose length is told in two ways.

    A proxy in front may end it elsewhere, and what follows would be taken for another visitor's request.
    """

    def next_event(self) -> Any:
        event = super().next_event()
        if isinstance(event, h11.Request) and {name for name, _ in event.headers} >= _LENGTHS:
            raise h11.RemoteProtocolError("both Transfer-Encoding and Content-Length")
        return event


async def _busy(scope: Message, receive: Receive, send: Send) -> None:
    """The answer to whoever comes when all connections are taken."""
    await send({"type": "http.response.start", "status": HTTPStatus.SERVICE_UNAVAILABLE, "headers": _BUSY})
    await send({"type": "http.response.body", "body": b""})
