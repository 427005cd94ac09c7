"""The address at which somebody is told after a proof or a wait."""

from collections.abc import Iterator

import httpx
import pytest

from dashboards.lookup.settings import Free
from etl.keys import qr_key
from etl.settings import Store
from etl.signing import payload
from tests.e2e.test_lookup_withheld import JSON, fields
from tests.fixtures.browser import chromium
from tests.fixtures.lookup import HISTORIC, PROJECT
from tests.fixtures.lookup_server import serving
from tests.fixtures.proving import proof_of, scarce


@pytest.fixture
def address(store: Store) -> Iterator[str]:
    """A lookup where nobody is free."""
    store.quotas.unlink(missing_ok=True)
    with serving(store, scarce(free=(Free(0, 32, 64), Free(0, 24, 48)))) as served:
        yield served


def proven(address: str, path: str) -> httpx.Response:
    """What a browser gets that brings the proof it was asked for, as its form does."""
    wanted = httpx.get(f"{address}{path}", headers=JSON).json()["error"]["proof"]
    challenge, _, solution = proof_of(wanted).partition(" ")
    asked = fields(httpx.get(f"{address}{path}"))
    sent = asked | {"challenge": challenge, "solution": solution}
    return httpx.get(f"{address}{path.partition('?')[0]}", params=sent)


def paths(store: Store) -> list[str]:
    scanned = payload(HISTORIC, qr_key(store))
    return [
        f"/p/{HISTORIC}",
        f"/p/{HISTORIC}?on=2019-01-01&lang=en",
        f"/j/{PROJECT}",
        f"/verify?code={scanned}",
    ]


@pytest.mark.parametrize("place", range(4))
def test_the_address_keeps_the_question_and_loses_the_proof(store: Store, address: str, place: int) -> None:
    path = paths(store)[place]
    answer = proven(address, path)
    assert answer.status_code == 303
    place_told = httpx.URL(answer.headers["location"])
    assert place_told.path == path.partition("?")[0]
    assert dict(place_told.params) == dict(httpx.URL(path).params)
    assert httpx.get(f"{address}{answer.headers['location']}").status_code == 200


def test_nobody_found_is_told_at_once(address: str) -> None:
    assert proven(address, "/p/unknown").status_code == 404


def test_a_browser_shows_the_person_at_their_own_address(address: str) -> None:
    with chromium() as browser:
        page = browser.new_page()
        page.goto(f"{address}/p/{HISTORIC}")
        page.wait_for_url(f"{address}/p/{HISTORIC}")
        page.locator("h1", has_text="曾国合").wait_for()
        assert page.url == f"{address}/p/{HISTORIC}"
