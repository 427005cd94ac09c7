"""axe-core on every page of the dashboard: no violation of WCAG A or AA."""

from collections.abc import Iterator

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser

from tests.fixtures.dashboard_server import PAGES, Visit, serving
from tests.fixtures.release import fabricate

RULES = {"runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"], "resultTypes": ["violations"]}


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    store = tmp_path_factory.mktemp("store")
    fabricate(store)
    with serving(store) as url:
        yield url


@pytest.mark.parametrize("device", [("zh", 1366), ("en", 390)], ids=["desktop", "phone"])
@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("path", PAGES)
def test_page_has_no_violation(
    browser: Browser, address: str, path: str, scheme: str, device: tuple[str, int]
) -> None:
    lang, width = device
    visit = Visit(browser, address, scheme, width)
    page = visit.open(f"{path}?lang={lang}")
    page.locator("summary").first.click()

    found = Axe().run(page, options=RULES).response["violations"]

    assert [(rule["id"], [node["target"] for node in rule["nodes"]][:3]) for rule in found] == []
    visit.close()
