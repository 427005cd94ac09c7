"""The lookup's pages for everybody: axe finds no A or AA violation, and the page says its language."""

from collections.abc import Callable, Iterator
from dataclasses import replace

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page

from dashboards.lookup.settings import load_settings
from tests.fixtures.lookup import CANCELLED, ENTERPRISE, HISTORIC, NUMBER, PROJECT, VALID, publish, register
from tests.fixtures.lookup_server import serving

TAGS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]
LOCALES = {"zh": "zh-CN", "en": "en"}
VIEWS = ((1366, "light"), (320, "dark"))
Go = Callable[[Page, str, str], None]


def at(path: str) -> Go:
    return lambda page, address, query: page.goto(f"{address}{path}{query}") and None


def asked(typed: str) -> Go:
    """Fills in the box and sends it."""

    def go(page: Page, address: str, query: str) -> None:
        page.goto(f"{address}/{query}")
        page.locator("#q").fill(typed)
        page.locator("form.box button").click()

    return go


def asked_precisely(page: Page, address: str, query: str) -> None:
    """Opens the form of single facts, gives too few of them and sends it."""
    page.goto(f"{address}/{query}")
    page.locator("summary").click()
    page.locator("#f-name").fill("曾国合")
    page.locator("details form button").click()


def checked(page: Page, address: str, query: str) -> None:
    """Pastes a list of every kind of verdict and sends it."""
    page.goto(f"{address}/verify{query}")
    page.locator("#pairs").fill(f"曾国合 {NUMBER}\n李合成 {NUMBER}\n张三 京2999999\n张三")
    page.locator("form.box button").click()


def corrected(says: str) -> Go:
    """Fills in a request for correction and sends it."""

    def go(page: Page, address: str, query: str) -> None:
        page.goto(f"{address}/correct/e/{ENTERPRISE}{query}")
        page.locator("#group").select_option("name")
        page.locator("#ground").select_option("wrong")
        page.locator("#says").fill(says)
        page.locator("form.box button").click()

    return go


STATES: dict[str, Go] = {
    "form": at("/"),
    "refused": asked("曾国合"),
    "refused in the form": asked_precisely,
    "none": asked("京2999"),
    "one": asked(NUMBER),
    "broad": asked("李合成 北京"),
    "enterprise found": asked("91990000MA00000001"),
    "project found": asked("合成大道"),
    "valid": at(f"/p/{VALID}"),
    "historic": at(f"/p/{HISTORIC}"),
    "cancelled with a record": at(f"/p/{CANCELLED}"),
    "enterprise": at(f"/e/{ENTERPRISE}"),
    "project": at(f"/j/{PROJECT}"),
    "list": at("/verify"),
    "list checked": checked,
    "about": at("/about"),
    "404": at("/p/unknown"),
    "correction": at(f"/correct/p/{VALID}"),
    "correction refused": corrected("13800000000"),
    "correction sent": corrected("合成乙公司"),
    "corrections": at("/corrections"),
}


@pytest.fixture(scope="module")
def addresses(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, str]]:
    """Two servers of one release: one with a quota to spare, one whose quota is spent at once."""
    store = publish(tmp_path_factory.mktemp("lookup"), "2026.10.0", register())
    settings = load_settings()
    spare = replace(settings, quotas=())
    spent = replace(settings, quotas=(replace(settings.quotas[0], burst=0),))
    with serving(store, spare) as open_address, serving(store, spent) as spent_address:
        yield {"open": open_address, "spent": spent_address}


@pytest.fixture(params=LOCALES)
def lang(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture(scope="module")
def page(browser: Browser) -> Iterator[Page]:
    context = browser.new_context(reduced_motion="reduce")
    yield context.new_page()
    context.close()


@pytest.mark.parametrize("state", STATES)
def test_no_violation_and_no_sideways_scrolling(
    addresses: dict[str, str], page: Page, lang: str, state: str
) -> None:
    STATES[state](page, addresses["open"], query(lang))
    judge(page, lang)


def test_no_violation_when_the_quota_is_spent(addresses: dict[str, str], page: Page, lang: str) -> None:
    page.goto(addresses["spent"] + "/" + query(lang))
    judge(page, lang)


def test_a_past_day_has_no_violation(addresses: dict[str, str], page: Page, lang: str) -> None:
    page.goto(f"{addresses['open']}/p/{VALID}{query(lang)}")
    page.locator("#on").fill("2020-05-20")
    page.locator("form.ask button").click()
    judge(page, lang)


def test_every_page_can_be_left_to_its_content_by_keyboard(
    addresses: dict[str, str], browser: Browser
) -> None:
    page = browser.new_page()
    page.goto(addresses["open"])
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    assert page.evaluate("document.activeElement.id") == "content"


def test_other_people_s_language_is_marked(addresses: dict[str, str], page: Page) -> None:
    page.goto(f"{addresses['open']}/p/{VALID}?lang=en")
    assert page.locator("h1 [lang=zh]").inner_text() == "曾国合"


def query(lang: str) -> str:
    return "" if lang == "zh" else f"?lang={lang}"


def judge(page: Page, lang: str) -> None:
    """Fails on any violation of the page: on a desk in light colours, on a phone in dark ones."""
    assert page.locator("html").get_attribute("lang") == LOCALES[lang]
    for width, scheme in VIEWS:
        page.emulate_media(color_scheme=scheme)
        page.set_viewport_size({"width": width, "height": 800})
        found = Axe().run(page, options={"runOnly": {"type": "tag", "values": TAGS}})
        assert found.violations_count == 0, found.generate_report()
        assert page.evaluate("document.documentElement.scrollWidth") <= width
