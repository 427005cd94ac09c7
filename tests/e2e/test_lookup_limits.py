"""Limits of the wire: requests that are slow, half sent, too long or no HTTP; too many connections."""

import socket
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import httpx
import pytest

from dashboards.lookup.settings import Settings
from etl.settings import Store
from tests.fixtures.lookup import VALID, publish, register
from tests.fixtures.lookup_server import generous, raw, serving

HEAD = b"GET / HTTP/1.1\r\nHost: x\r\n"


def impatient(**limits: float) -> Settings:
    """Settings whose limits of a connection are these."""
    settings = generous()
    return replace(settings, connections=replace(settings.connections, **limits))


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Store:
    return publish(tmp_path_factory.mktemp("lookup"), "1", register())


def open_to(address: str) -> socket.socket:
    host, port = address.removeprefix("http://").split(":")
    return socket.create_connection((host, int(port)), timeout=20)


def all_of(connection: socket.socket) -> bytes:
    """Everything until the server hangs up."""
    try:
        return b"".join(iter(lambda: connection.recv(65536), b""))
    except ConnectionResetError:
        return b""


@pytest.mark.parametrize(
    "begun",
    [b"", b"GET", HEAD, HEAD + b"Content-Length: 10\r\n\r\nx", HEAD + b"\r\n" + HEAD],
    ids=["nothing", "a word", "a head without an end", "a body without an end", "a second request half sent"],
)
def test_a_request_that_does_not_arrive_is_hung_up_on(store: Store, begun: bytes) -> None:
    with serving(store, impatient(request_seconds=0.2)) as address, open_to(address) as connection:
        connection.sendall(begun)
        answer = all_of(connection)
    assert answer.count(b"HTTP/1.1 200") == begun.count(b"\r\n\r\n")


def test_trickling_does_not_prolong_it(store: Store) -> None:
    with serving(store, impatient(request_seconds=0.5)) as address, open_to(address) as connection:
        connection.settimeout(0.05)
        for sent in range(1000):
            try:
                connection.sendall(b"GET /" if sent == 0 else b"a")
                if connection.recv(1) == b"":
                    break
            except TimeoutError:
                continue
            except (ConnectionResetError, BrokenPipeError):
                break
        assert sent < 500


def test_an_idle_connection_is_ended(store: Store) -> None:
    with serving(store, impatient(idle_seconds=0.2)) as address, open_to(address) as connection:
        connection.sendall(HEAD + b"\r\n")
        assert all_of(connection).startswith(b"HTTP/1.1 200")


def test_whoever_comes_when_all_connections_are_taken_is_told_to_wait(store: Store) -> None:
    with serving(store, impatient(most=2)) as address, httpx.Client(base_url=address) as first:
        assert first.get("/").status_code == 200
        with open_to(address), open_to(address):
            late = httpx.get(address)
            assert (late.status_code, late.headers["retry-after"]) == (503, "5")
            assert "default-src 'none'" in late.headers["content-security-policy"]
            assert first.get("/").status_code == 200


@pytest.fixture(scope="module")
def address(store: Store) -> Iterator[str]:
    with serving(store) as served:
        yield served


@pytest.mark.parametrize(
    "request_bytes",
    [
        b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03",
        b"GET  / HTTP/1.1\r\nHost: x\r\n\r\n",
        b"GET /\xe6\x9b\xbe HTTP/1.1\r\nHost: x\r\n\r\n",
        b"GET / HTTP/1.1\r\nHost: x\r\nHost: y\r\n\r\n",
        b"GET / HTTP/1.1\r\nHost: x\r\nA: b\r\n c\r\n d: \x00\r\n\r\n",
        b"GET / HTTP/1.1\r\n\r\n",
        b"POST /search HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nab",
        b"POST /search HTTP/1.1\r\nHost: x\r\nContent-Length: -1\r\n\r\n",
        b"POST /search HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
        b"POST /search HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: gzip\r\n\r\n",
        b"GET / HTTP/1.1\r\nHost: x\r\nA: " + b"a" * 100_000,
    ],
)
def test_what_is_no_http_gets_a_bare_400(
    address: str, request_bytes: bytes, caplog: pytest.LogCaptureFixture
) -> None:
    status, answer = raw(address, request_bytes)
    head, _, body = answer.partition("\r\n\r\n")
    assert (status, body) == (400, "")
    assert "default-src 'none'" in head
    assert "server:" not in head.lower()
    assert caplog.records == []


@pytest.mark.parametrize(
    ("target", "headers", "status"),
    [
        ("/?" + "a" * 3000, {}, 414),
        ("/" + "a" * 3000, {}, 414),
        ("/", {"X": "a" * 17_000}, 431),
        ("http://example.com/", {}, 400),
        ("example.com:443", {}, 400),
        (f"/p/{VALID};x", {}, 404),
        (f"/p/{VALID}%3Fx", {}, 404),
    ],
)
def test_an_odd_or_long_address_is_refused_as_a_page(
    address: str, target: str, headers: dict[str, str], status: int
) -> None:
    lines = "".join(f"{name}: {value}\r\n" for name, value in headers.items())
    request = f"GET {target} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n{lines}\r\n".encode()
    answered, answer = raw(address, request)
    assert answered == status
    assert 'lang="zh-CN"' in answer


def test_the_first_of_two_equal_headers_counts(address: str) -> None:
    both = b"Content-Type: application/json\r\nContent-Type: application/x-www-form-urlencoded\r\n"
    body = b'{"number": "1"}'
    request = b"POST /search HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Length: %d\r\n%s\r\n%s"
    assert raw(address, request % (len(body), both, body))[0] == 200


def test_a_header_is_never_split(address: str) -> None:
    split = "%0d%0aSet-Cookie:%20a=b"
    for path in (f"/?lang={split}", f"/p/x{split}", f"/verify?on={split}", f"/about?lang=en{split}"):
        assert "set-cookie" not in httpx.get(address + path).headers


def test_an_offer_to_speak_websocket_is_not_taken(address: str) -> None:
    offer = {"Connection": "Upgrade", "Upgrade": "websocket", "Sec-WebSocket-Version": "13"}
    assert httpx.get(address, headers=offer).status_code == 200


def test_only_behind_tls_a_browser_is_told_to_come_by_tls(address: str) -> None:
    assert "strict-transport-security" not in httpx.get(address).headers
    proxied = httpx.get(address, headers={"X-Forwarded-Proto": "https"})
    assert proxied.headers["strict-transport-security"] == "max-age=31536000"


def test_health_is_a_question_to_the_release(tmp_path: Path) -> None:
    store = publish(tmp_path, "1", register())
    with serving(store) as address:
        assert httpx.get(f"{address}/healthz").json()["status"] == "ok"


def test_a_release_that_answers_no_longer_is_not_healthy(tmp_path: Path) -> None:
    store = publish(tmp_path, "1", register())
    with serving(store) as address:
        (store.current / "served" / "lookup.sqlite").write_bytes(b"no database " * 1000)
        answer = httpx.get(f"{address}/healthz")
    assert (answer.status_code, answer.json()["error"]["status"]) == (503, 503)
