"""The lookup in a real browser, with and without scripts."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, Request

from tests.fixtures.lookup import ENTERPRISE, NUMBER, PROJECT, VALID


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    context = browser.new_context()
    yield context.new_page()
    context.close()


def test_a_visitor_without_scripts_checks_a_name(address: str, browser: Browser) -> None:
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto(address)
    page.get_by_role("searchbox").fill("曾国合")
    page.get_by_role("button", name="查验", exact=True).click()
    assert page.get_by_role("alert").is_visible()
    page.get_by_text("分项填写").click()
    page.get_by_label("姓名", exact=True).fill("曾国合")
    page.get_by_label("省级地区", exact=True).select_option("110000")
    page.get_by_role("button", name="查验姓名").click()
    page.get_by_role("link", name="曾国合").click()
    assert page.get_by_role("heading", level=1).inner_text() == "曾国合"
    assert page.url == f"{address}/p/{VALID}"
    context.close()


def test_the_answer_keeps_its_question_when_the_language_changes(address: str, page: Page) -> None:
    page.goto(address)
    page.get_by_role("searchbox").fill(NUMBER)
    page.get_by_role("button", name="查验", exact=True).click()
    page.get_by_role("button", name="English").click()
    assert page.locator("html").get_attribute("lang") == "en"
    assert page.get_by_role("link", name="曾国合").is_visible()
    assert NUMBER not in page.url


def test_no_request_leaves_the_origin_and_nothing_is_inline(address: str, page: Page) -> None:
    requests: list[Request] = []
    complaints: list[str] = []
    page.on("request", lambda request: requests.append(request))  # noqa: PLW0108  (Playwright marks what it is given)
    page.on("console", lambda message: complaints.append(message.text))
    for path in ("/", "/about", f"/p/{VALID}", f"/e/{ENTERPRISE}", f"/j/{PROJECT}", "/nowhere"):
        page.goto(address + path)
        assert page.locator("script, style, [style], [onclick]").count() == 0
    assert all(request.url.startswith(address) for request in requests)
    assert [text for text in complaints if "404" not in text] == []
