"""The figures for Prometheus: what they count, that they name nobody, and where they may be asked."""

import re
import socket
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from pathlib import Path

import httpx
import pytest
from prometheus_client import generate_latest

from dashboards.lookup.plugin import LOOKUPS
from dashboards.lookup.settings import load_settings
from dashboards.lookup.telemetry.figures import Figures
from etl.errors import BadInput
from etl.settings import PROJECT
from tests.fixtures.lookup import ENTERPRISE, NUMBER, VALID, publish, register
from tests.fixtures.lookup_server import serving

TELLING = ("曾国合", NUMBER, NUMBER[1:], VALID, ENTERPRISE, "127.0.0.1", "203.0.113", "vaaaa", "110000")


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as probe:
        return int(probe.getsockname()[1])


@pytest.fixture
def lookup(tmp_path: Path) -> Iterator[tuple[httpx.Client, int]]:
    """A running lookup, in a process of its own, and the port of its figures."""
    store, port, figures = publish(tmp_path, "2026.10.0", register()), free_port(), free_port()
    command = [sys.executable, "-m", "dashboards.lookup", "--store", str(store.root), "--port", str(port)]
    process = subprocess.Popen([*command, "--metrics-port", str(figures)], cwd=PROJECT)
    transport = httpx.HTTPTransport(retries=8)
    try:
        with httpx.Client(base_url=f"http://127.0.0.1:{port}", transport=transport) as client:
            client.get("/healthz")
            yield client, figures
    finally:
        process.terminate()
        process.wait(10)


def told(port: int) -> str:
    return httpx.get(f"http://127.0.0.1:{port}/metrics").text


def test_requests_are_counted_by_route_and_class_of_status(lookup: tuple[httpx.Client, int]) -> None:
    client, port = lookup
    for path in (f"/p/{VALID}", "/p/unknown1", f"/p/{VALID}?on=tomorrow", "/"):
        client.get(path, headers={"X-Forwarded-For": "203.0.113.9"})
    client.post("/search", data={"number": NUMBER})
    client.get("/healthz")
    figures = told(port)
    for line in (
        'jzs_lookup_requests_total{route="person",status="2xx"} 1.0',
        'jzs_lookup_requests_total{route="person",status="4xx"} 2.0',
        'jzs_lookup_requests_total{route="search",status="2xx"} 1.0',
        'jzs_lookup_request_seconds_count{route="person"} 3.0',
        "jzs_lookup_quota_refusals_total 0.0",
        'jzs_lookup_release_info{as_of="2026-10-31",version="2026.10.0"} 1.0',
    ):
        assert line in figures
    assert [word for word in TELLING if word in figures] == []


def test_no_label_can_name_anybody(lookup: tuple[httpx.Client, int]) -> None:
    client, port = lookup
    client.request("ZENGGUOHE", f"/{NUMBER[1:]}?q=a", headers={"User-Agent": "secret-agent"})
    labels = {name: value for name, value in re.findall(r'(\w+)="([^"]*)"', told(port)) if name != "le"}
    assert set(labels) == {"route", "status", "version", "as_of"}


def test_the_public_port_tells_no_figures(lookup: tuple[httpx.Client, int]) -> None:
    assert lookup[0].get("/metrics").status_code == 404


def test_refusals_and_errors_of_the_database_are_counted(tmp_path: Path) -> None:

    settings = load_settings()
    stingy = replace(settings, quotas=(replace(settings.quotas[0], burst=1, per_minute=0.01),))
    broken = publish(tmp_path, "1", register() | {"registration": [{"identifier": VALID}]})
    before = set(LOOKUPS.values())
    with serving(broken, stingy) as address:
        assert [httpx.post(f"{address}/search", data={"q": NUMBER}).status_code for _ in range(2)] == [
            500,
            429,
        ]
        (lookup,) = set(LOOKUPS.values()) - before
    # A request is counted once it was answered: read when the server is done.
    figures = generate_latest(lookup.figures.registry).decode()
    assert "jzs_lookup_database_errors_total 1.0" in figures
    assert "jzs_lookup_quota_refusals_total 1.0" in figures


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "8.8.8.8", "example.org"])
def test_figures_are_not_told_where_everybody_can_ask(host: str) -> None:
    figures = Figures(None, lambda: date(2026, 11, 1))  # type: ignore[arg-type]  # told nothing yet
    with pytest.raises(BadInput, match="private"):
        figures.serve(host, free_port())


def test_a_port_that_is_taken_is_a_clear_error() -> None:
    figures = Figures(None, lambda: date(2026, 11, 1))  # type: ignore[arg-type]  # told nothing yet
    with socket.create_server(("127.0.0.1", 0)) as taken, pytest.raises(BadInput, match="--metrics-port"):
        figures.serve("127.0.0.1", taken.getsockname()[1])
