"""The table of answers to a list, as a browser lays it out."""

import pytest

from etl.settings import Store
from tests.fixtures.browser import chromium
from tests.fixtures.lookup import EMPLOYER, NUMBER
from tests.fixtures.lookup_server import serving

LIST = (
    f"曾国合,{NUMBER},建筑工程,{EMPLOYER}\n阿卜杜·合成,新2650000000000003(临),市政公用工程,合成旧路桥有限公司"
)

LINES = "all => all.map(e => e.getBoundingClientRect().height / parseFloat(getComputedStyle(e).lineHeight))"
RIGHT = "all => all.map(e => e.getBoundingClientRect().right)"


@pytest.mark.parametrize("lang", ["zh", "en"])
@pytest.mark.parametrize("width", [320, 768, 1366])
def test_a_number_stands_in_one_line_and_nothing_stands_out(store: Store, width: int, lang: str) -> None:
    with serving(store) as address, chromium() as browser:
        page = browser.new_page(viewport={"width": width, "height": 900})
        page.goto(f"{address}/verify?lang={lang}")
        page.locator("#pairs").fill(LIST)
        page.locator("form.box button").click()
        lines = page.eval_on_selector_all(".verdicts .number", LINES)
        box, table = page.eval_on_selector_all("table, .verdicts", RIGHT)
    assert [round(each) for each in lines] == [1, 1]
    assert table <= box + 1
