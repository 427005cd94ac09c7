"""The pages that hold an answer back, for everybody: axe finds no violation."""

from collections.abc import Iterator
from dataclasses import replace

import pytest
from playwright.sync_api import Browser, Page

from dashboards.lookup.settings import Free
from etl.settings import Store
from tests.a11y.test_lookup import LOCALES, judge, query
from tests.fixtures.lookup import NUMBER, VALID, publish, register
from tests.fixtures.lookup_server import serving
from tests.fixtures.proving import SCARCE, scarce

NOTHING_FREE = (Free(0, 32, 64), Free(0, 24, 48))
ENDLESS = replace(SCARCE.work, hashes=10**11)
STATES = {
    "work or wait": scarce(free=NOTHING_FREE, work=ENDLESS),
    "work only": scarce(free=NOTHING_FREE, work=replace(ENDLESS, waits=0)),
    "nothing left": scarce(free=NOTHING_FREE, pool=replace(SCARCE.pool, persons=0)),
}


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Store:
    return publish(tmp_path_factory.mktemp("lookup"), "2026.10.0", register())


@pytest.fixture(params=STATES)
def address(request: pytest.FixtureRequest, store: Store) -> Iterator[str]:
    with serving(store, STATES[request.param]) as served:
        yield served


@pytest.fixture(scope="module")
def page(browser: Browser) -> Iterator[Page]:
    context = browser.new_context(reduced_motion="reduce")
    yield context.new_page()
    context.close()


@pytest.mark.parametrize("lang", LOCALES)
def test_a_person_held_back(address: str, page: Page, lang: str) -> None:
    answer = page.goto(f"{address}/p/{VALID}{query(lang)}")
    assert answer
    assert answer.status == 429
    judge(page, lang)


@pytest.mark.parametrize("lang", LOCALES)
def test_a_question_held_back_keeps_itself_when_the_language_changes(
    address: str, page: Page, lang: str
) -> None:
    other = next(each for each in LOCALES if each != lang)
    page.goto(f"{address}/{query(other)}")
    page.locator("#q").fill(NUMBER)
    page.locator("form.box button").click()
    page.locator("form.language button").click()
    judge(page, lang)
    assert page.locator("form.language input[name=q]").input_value() == NUMBER
