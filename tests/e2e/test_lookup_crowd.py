"""Who fetches no answer is hung up on, an address holds only so many connections, and no request is smuggled in."""

import socket
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import httpx
import pytest

from dashboards.lookup.settings import Settings, Share
from etl.settings import Store
from tests.fixtures.lookup_server import generous, raw, serving

STYLE = b"GET /static/lookup.css HTTP/1.1\r\nHost: x\r\n\r\n"
LAST = STYLE.replace(b"Host: x\r\n", b"Host: x\r\nConnection: close\r\n")
ONLY_ONE = (Share(1, 32, 64),)


def limited(**limits: Any) -> Settings:
    settings = generous()
    return replace(settings, connections=replace(settings.connections, **limits))


@pytest.fixture
def small_sockets(monkeypatch: pytest.MonkeyPatch) -> None:
    """Sockets of the server that keep less than an answer."""
    create = socket.create_server

    def small(address: tuple[str, int]) -> socket.socket:
        listener = create(address)
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 2048)
        return listener

    monkeypatch.setattr(socket, "create_server", small)


def connected(address: str) -> socket.socket:
    """A connection with little room for answers."""
    host, port = address.removeprefix("http://").split(":")
    connection = socket.socket()
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    connection.settimeout(20)
    connection.connect((host, int(port)))
    return connection


def is_answered(address: str) -> bool:
    try:
        return httpx.get(f"{address}/healthz").status_code == 200
    except httpx.TransportError:
        return False


def in_the_end(is_so: Callable[[], bool]) -> bool:
    """Whether it is so one of many times that it is looked at."""
    return any(is_so() for _ in range(1000))


@pytest.mark.parametrize("asked", [STYLE * 10, LAST], ids=["goes on", "is the last"])
def test_who_fetches_no_answer_is_hung_up_on(store: Store, small_sockets: None, asked: bytes) -> None:
    """More than the system keeps on its own for a slow reader; only one may hold a connection, whom that ends."""
    settings = limited(shares=ONLY_ONE, answer_seconds=0.2, request_seconds=600, idle_seconds=600)
    with serving(store, settings, proxies="") as address, connected(address) as slow:
        slow.sendall(asked)
        assert in_the_end(lambda: is_answered(address))


def test_an_address_holds_only_so_many_connections(store: Store) -> None:
    with serving(store, limited(shares=ONLY_ONE), proxies="") as address:
        with connected(address) as first:
            first.sendall(STYLE)
            assert first.recv(12) == b"HTTP/1.1 200"
            assert not is_answered(address)
        assert in_the_end(lambda: is_answered(address))


def test_a_proxy_holds_as_many_as_it_has_visitors(store: Store) -> None:
    with (
        serving(store, limited(shares=ONLY_ONE), proxies="127.0.0.0/8") as address,
        connected(address),
        connected(address),
    ):
        assert is_answered(address)


@pytest.mark.parametrize(
    "lengths",
    [
        b"Content-Length: 5\r\nTransfer-Encoding: chunked",
        b"transfer-encoding: chunked\r\ncontent-length: 5",
        b"Transfer-Encoding: chunked\r\nContent-Length: 5\r\nContent-Length: 5",
    ],
)
def test_a_body_with_two_lengths_is_refused_with_all_that_follows(store: Store, lengths: bytes) -> None:
    two = (
        b"POST /search HTTP/1.1\r\nHost: x\r\n"
        + lengths
        + b"\r\n\r\n0\r\n\r\nGET / HTTP/1.1\r\nHost: x\r\n\r\n"
    )
    with serving(store) as address:
        status, answer = raw(address, two)
    assert status == 400
    assert answer.count("HTTP/1.1") == 1
    assert "default-src 'none'" in answer
