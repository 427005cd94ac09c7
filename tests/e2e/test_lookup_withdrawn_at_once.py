"""Whoever is taken down is down for the very next request, whenever the lookup would have looked again."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import httpx
import pytest

from etl.cli import main
from etl.settings import Store
from tests.fixtures.lookup import NUMBER, PROJECT, VALID, publish, register
from tests.fixtures.lookup_server import generous, serving

WHY = ["--ground", "court", "--by", "某管理员", "--reason", "判决"]


@pytest.fixture
def store(tmp_path: Path) -> Store:
    return publish(tmp_path, "2026.10.0", register())


@pytest.fixture
def client(store: Store) -> Iterator[httpx.Client]:
    """A lookup that looks for a new release once an hour, and serves already."""
    with (
        serving(store, replace(generous(), poll_seconds=3600)) as address,
        httpx.Client(base_url=address) as client,
    ):
        assert client.get(f"/p/{VALID}").status_code == 200
        yield client


def decide(store: Store, verb: str) -> None:
    assert main(["withdraw", verb, VALID, *WHY, "--store", str(store.root)]) == 0


def test_the_next_request_for_the_page_answers_410(client: httpx.Client, store: Store) -> None:
    decide(store, "add")
    assert client.get(f"/p/{VALID}").status_code == 410


def test_the_next_search_finds_nobody(client: httpx.Client, store: Store) -> None:
    decide(store, "add")
    assert VALID not in client.post("/search", data={"number": NUMBER}).text


def test_the_next_request_for_a_project_does_not_name_the_person(client: httpx.Client, store: Store) -> None:
    decide(store, "add")
    assert VALID not in client.get(f"/j/{PROJECT}").text


def test_of_many_next_requests_at_once_none_shows_the_person(client: httpx.Client, store: Store) -> None:
    decide(store, "add")
    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(client.get, [f"/p/{VALID}"] * 16))
    assert {answer.status_code for answer in answers} == {410}


def test_whoever_is_restored_is_shown_at_once(client: httpx.Client, store: Store) -> None:
    decide(store, "add")
    assert client.get(f"/p/{VALID}").status_code == 410
    decide(store, "restore")
    assert client.get(f"/p/{VALID}").status_code == 200


def test_a_list_of_withdrawals_that_cannot_be_read_ends_nothing(client: httpx.Client, store: Store) -> None:
    decide(store, "add")
    assert client.get(f"/p/{VALID}").status_code == 410
    store.withdrawn.write_text("{", "utf-8")
    assert [client.get(f"/p/{VALID}").status_code for _ in range(3)] == [410] * 3
