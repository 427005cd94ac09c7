"""A list costs as many tokens as it has pairs."""

import re
from collections.abc import Iterator
from dataclasses import replace

import httpx
import pytest

from dashboards.lookup.settings import Quota, load_settings
from etl.settings import Store
from tests.fixtures.lookup import NUMBER
from tests.fixtures.lookup_server import serving

PAIR = f"曾国合 {NUMBER}"


@pytest.fixture
def client(store: Store) -> Iterator[httpx.Client]:
    """A visitor with 60 tokens, not refilled; the buckets of the one before are gone."""
    store.quotas.unlink(missing_ok=True)
    settings = replace(load_settings(), quotas=(Quota(60, 0.001, 32, 64),))
    with serving(store, settings) as address, httpx.Client(base_url=address) as opened:
        yield opened


def ask(client: httpx.Client, pairs: int, **other: str) -> httpx.Response:
    return client.post("/verify", data={"pairs": "\n".join([PAIR] * pairs), **other})


def test_fifty_pairs_cost_fifty(client: httpx.Client) -> None:
    assert [ask(client, n).status_code for n in (50, 10, 1)] == [200, 200, 429]


def test_a_list_that_cannot_be_paid_for_tells_nobody_and_when_to_come_again(client: httpx.Client) -> None:
    ask(client, 50)
    refused = ask(client, 50)
    assert refused.status_code == 429
    assert int(refused.headers["retry-after"]) > 0
    assert not re.search(r"/p/\w", refused.text)


def test_a_list_once_paid_for_costs_one_when_it_is_asked_again(client: httpx.Client) -> None:
    paid = re.search(r'name="paid" value="(\w+)"', ask(client, 50).text)
    assert paid
    again = [ask(client, 50, paid=paid[1], on=day).status_code for day in ("", "2020-06-01")]
    assert again == [200, 200]


def test_the_mark_of_one_list_pays_for_no_other(client: httpx.Client) -> None:
    paid = re.search(r'name="paid" value="(\w+)"', ask(client, 50).text)
    assert paid
    assert ask(client, 49, paid=paid[1]).status_code == 429
    assert ask(client, 49, paid="é").status_code == 429
