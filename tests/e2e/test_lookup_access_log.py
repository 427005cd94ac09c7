"""Nothing that anybody asked, is, or came from stands in the access log of a running server."""

import json
import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest

from etl.settings import Store
from tests.fixtures.lookup import EMPLOYER, ENTERPRISE, NUMBER, PROJECT, VALID, publish, register
from tests.fixtures.lookup_server import raw, serving

KEYS = {"time", "method", "route", "status", "bytes", "milliseconds", "address", "network"}
TELLING = (
    "曾国合", "zengguohe", NUMBER, NUMBER[1:], EMPLOYER, ENTERPRISE, PROJECT, VALID, "127.0.0", "203.0.113",
    "198.51", "/p/", "?", "2026-05-20", "secret-agent", "referrer.example", "cookie-value", "110000",
)  # fmt: skip


@pytest.fixture
def store(tmp_path: Path) -> Store:
    return publish(tmp_path, "1", register())


@contextmanager
def visiting(store: Store) -> Iterator[httpx.Client]:
    """A visitor who tells much; when the block ends the server has stopped, and everything is written."""
    headers = {
        "User-Agent": "secret-agent",
        "Referer": f"https://referrer.example/p/{VALID}",
        "Cookie": "a=cookie-value",
        "X-Forwarded-For": "203.0.113.9",
    }
    with serving(store) as address, httpx.Client(base_url=address, headers=headers) as client:
        yield client


def logged(store: Store) -> list[dict[str, Any]]:
    (path,) = store.access_log.iterdir()
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]


def passages(store: Store) -> list[tuple[str, str, int]]:
    return [(line["method"], line["route"], line["status"]) for line in logged(store)]


def assert_untold(store: Store) -> None:
    """No line holds more than it may, in whatever spelling."""
    for line in logged(store):
        assert set(line) == KEYS
        told = json.dumps(line, ensure_ascii=False)
        assert [word for word in TELLING if word in told] == []


def test_answers_are_logged_by_the_name_of_their_route(store: Store) -> None:
    with visiting(store) as client:
        client.get("/", params={"lang": "en"})
        client.get(f"/p/{VALID}", params={"on": "2026-05-20"})
        client.get(f"/e/{ENTERPRISE}")
        client.get(f"/j/{PROJECT}")
        client.post("/search", data={"name": "曾国合", "division": "110000"})
        client.post("/search", json={"number": NUMBER})
        client.post("/verify", data={"pairs": f"曾国合 {NUMBER}"})
    assert passages(store) == [
        ("GET", "home", 200),
        ("GET", "person", 200),
        ("GET", "enterprise", 200),
        ("GET", "project", 200),
        ("POST", "search", 200),
        ("POST", "search", 200),
        ("POST", "verify", 200),
    ]
    assert_untold(store)


def test_refused_requests_are_logged_without_what_they_said(store: Store) -> None:
    with visiting(store) as client:
        client.get(f"/p/{NUMBER}")
        client.get(f"/{NUMBER}?name=曾国合")
        client.get(f"/p//{VALID}")
        client.get("/", params={"name": "曾国合" * 1000})
        client.post("/search", content=b"number=" + NUMBER.encode() * 2000)
        client.post("/search", content=b"\xff" + "曾国合".encode())
        client.request("DELETE", f"/p/{VALID}")
        client.request("ZENGGUOHE", "/")
    assert [status for _, _, status in passages(store)] == [404, 404, 400, 414, 413, 400, 405, 405]
    assert {method for method, _, _ in passages(store)} == {"GET", "POST", "DELETE", ""}
    assert_untold(store)


@pytest.mark.parametrize(
    "request_bytes",
    [
        b"GET /p/vaaaa1 HTTP/1.1\r\n\r\n",
        b"\x16\x03\x01zengguohe",
        "GET /曾国合 HTTP/1.1\r\nHost: x\r\n\r\n".encode(),
        b"POST /search HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\nzengguohe\r\n",
    ],
)
def test_what_is_no_http_is_logged_as_unread(store: Store, request_bytes: bytes) -> None:
    with visiting(store) as client:
        raw(str(client.base_url), request_bytes)
    assert ("", "unread", 400) in passages(store)
    assert_untold(store)


def test_a_fault_inside_is_logged_like_any_answer(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    broken = [{"identifier": VALID, "specialty_code": "01"}]
    store = publish(tmp_path, "1", register() | {"registration": broken})
    with serving(store) as address:
        httpx.post(f"{address}/search", data={"number": NUMBER})
    assert passages(store) == [("POST", "search", 500)]
    assert_untold(store)
    assert [word for word in TELLING if word in caplog.text] == []


def test_visitors_have_pseudonyms_and_neighbours_share_that_of_their_network(store: Store) -> None:
    with visiting(store) as client:
        for address in ("203.0.113.9", "203.0.113.10", "203.0.113.9", "198.51.100.1"):
            client.get("/", headers={"X-Forwarded-For": address})
    lines = logged(store)
    assert len({line["address"] for line in lines}) == 3
    assert len({line["network"] for line in lines}) == 2
    assert all(re.fullmatch("[0-9a-f]{16}", line[kind]) for line in lines for kind in ("address", "network"))
