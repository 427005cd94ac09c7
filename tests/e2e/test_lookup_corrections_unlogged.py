"""Who asks for a correction leaves no line in the access log of a running server, and is counted."""

import json

import httpx
from prometheus_client import generate_latest

from dashboards.lookup.plugin import LOOKUPS
from etl.settings import Store
from tests.fixtures.lookup import VALID
from tests.fixtures.lookup_server import serving


def test_pages_for_corrections_are_in_the_figures_only(store: Store) -> None:
    before = set(LOOKUPS.values())
    with serving(store) as address:
        (lookup,) = set(LOOKUPS.values()) - before
        for path in (f"/p/{VALID}", f"/correct/p/{VALID}", "/corrections", "/corrections/ABC", "/about"):
            httpx.get(address + path)
        httpx.post(f"{address}/correct/p/{VALID}", data={"group": "none"})
    figures = generate_latest(lookup.figures.registry).decode()
    for line in ('route="correction",status="2xx"} 1.0', 'route="corrections",status="2xx"} 1.0'):
        assert f"jzs_lookup_requests_total{{{line}" in figures
    (log,) = store.access_log.iterdir()
    assert [json.loads(line)["route"] for line in log.read_text("utf-8").splitlines()] == ["person", "about"]
