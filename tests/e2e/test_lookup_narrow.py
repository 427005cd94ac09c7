"""A narrow screen: one line of navigation, no dot at the beginning of a line; and what the texts name."""

from dataclasses import replace
from pathlib import Path

import httpx
import pytest
from playwright.sync_api import Browser

from tests.e2e.test_lookup_files import PAIR, file, pages
from tests.fixtures.lookup import NUMBER, publish, register
from tests.fixtures.lookup_server import generous, serving

_TOPS = "[...document.querySelectorAll('nav > *')].map(each => each.getBoundingClientRect().top)"
# Where the dots of facts are that begin a line, right of the edge from which on the facts are shown.
_DANGLING = """[...document.querySelectorAll('.facts')].flatMap(facts => {
  const edge = facts.getBoundingClientRect().left + parseFloat(getComputedStyle(facts).fontSize) * 1.2;
  return [...facts.querySelectorAll(':scope > span:not(.tag)')].filter(fact => {
    const before = fact.previousElementSibling;
    const begins = !before || before.getBoundingClientRect().bottom <= fact.getBoundingClientRect().top;
    const dot = getComputedStyle(fact, '::before');
    return begins && dot.content !== 'none'
      && (dot.position !== 'absolute' || fact.getBoundingClientRect().left + parseFloat(dot.left) + 6 > edge);
  });
}).length"""


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_the_navigation_with_the_front_page_stays_on_one_line(
    browser: Browser, tmp_path: Path, lang: str
) -> None:
    with serving(publish(tmp_path, "1", register()), replace(generous(), front=":8600")) as address:
        page = browser.new_page(viewport={"width": 320, "height": 700})
        page.goto(f"{address}/?lang={lang}")
        tops = page.evaluate(_TOPS)
    assert len(tops) == 5
    assert len(set(tops)) == 1


@pytest.mark.parametrize("width", [320, 390])
def test_no_line_of_a_card_begins_with_a_dot(browser: Browser, address: str, width: int) -> None:
    page = browser.new_page(viewport={"width": width, "height": 700})
    page.goto(address)
    page.fill("#q", NUMBER)
    page.press("#q", "Enter")
    page.wait_for_selector(".facts")
    assert page.evaluate(_DANGLING) == 0


def test_the_box_names_the_number_of_the_certificate_too(client: httpx.Client) -> None:
    assert "完整的注册编号或证书编号" in client.get("/").text


def test_the_pdf_tells_that_the_xlsx_holds_the_lines_of_the_receipt(client: httpx.Client) -> None:
    text = "".join(pages(file(client, "pdf", PAIR))).replace("\n", "").replace(" ", "")
    assert "XLSX第二张表“核验码所依”" in text
