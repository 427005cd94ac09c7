"""The file of the quotas is held by another process: who is counted is told to come again, others are answered."""

import json
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import replace

import httpx
import jsonschema
import pytest
from pysqlite3 import dbapi2 as sqlite3

from dashboards.lookup.settings import HERE
from etl.settings import Store
from tests.fixtures.lookup import VALID
from tests.fixtures.lookup_server import generous, serving

SCHEMA = json.loads((HERE / "static" / "lookup-v1.json").read_text(encoding="utf-8"))
JSON = {"Accept": "application/json"}


@contextmanager
def held(store: Store) -> Iterator[None]:
    """The file, as while another process writes it."""
    connection = sqlite3.connect(store.quotas, isolation_level=None)
    connection.execute("BEGIN IMMEDIATE")
    try:
        yield
    finally:
        connection.close()


@pytest.mark.parametrize(("query", "words"), [("", "系统正忙"), ("?lang=en", "The service is busy")])
def test_who_cannot_be_counted_is_told_when_to_come_again(
    client: httpx.Client, store: Store, query: str, words: str
) -> None:
    with held(store):
        answer = client.get(f"/p/{VALID}{query}")
    assert (answer.status_code, answer.headers["retry-after"]) == (503, "5")
    assert words in answer.text
    assert "曾国合" not in answer.text


def test_machines_are_told_as_well(client: httpx.Client, store: Store) -> None:
    with held(store):
        answer = client.get(f"/p/{VALID}", headers=JSON)
    assert (answer.status_code, answer.json()["error"]["status"]) == (503, 503)
    jsonschema.validate(answer.json(), SCHEMA)


def test_a_list_that_cannot_be_paid_for_is_not_answered(client: httpx.Client, store: Store) -> None:
    with held(store):
        answer = client.post("/verify", data={"pairs": "曾国合 京2110000000000001"})
    assert answer.status_code == 503


def test_others_are_answered_while_somebody_waits_for_the_file(store: Store) -> None:
    """Health costs nothing; it is answered before the question that waits for as long as the file is held."""
    patient = replace(generous(), count_seconds=60)
    with serving(store, patient) as address, ThreadPoolExecutor() as pool:
        with held(store):
            waiting = pool.submit(httpx.get, f"{address}/p/{VALID}", timeout=60)
            health = [httpx.get(f"{address}/healthz").status_code for _ in range(5)]
            was_waiting = not waiting.done()
        assert waiting.result().status_code == 200
    assert health == [200] * 5
    assert was_waiting
