"""Connections beyond an address's share are counted, and fill no log."""

import json
from dataclasses import replace

import httpx
import pytest
from prometheus_client import generate_latest

from dashboards.lookup.plugin import LOOKUPS
from dashboards.lookup.settings import Share
from etl.settings import Store
from tests.fixtures.lookup_server import generous, serving


def test_they_are_in_the_figures_and_not_in_the_access_log(store: Store) -> None:
    settings = generous()
    only_one = replace(settings.connections, shares=(Share(1, 32, 64),))
    before = set(LOOKUPS.values())
    with serving(store, replace(settings, connections=only_one), proxies="") as address:
        (lookup,) = set(LOOKUPS.values()) - before
        with httpx.Client() as first:
            first.get(f"{address}/healthz")
            for _ in range(3):
                with pytest.raises(httpx.TransportError):
                    httpx.get(f"{address}/healthz")
    figures = generate_latest(lookup.figures.registry).decode()
    assert 'jzs_lookup_requests_total{route="unread",status="5xx"} 3.0' in figures
    (log,) = store.access_log.iterdir()
    assert [json.loads(line)["status"] for line in log.read_text("utf-8").splitlines()] == [200]
