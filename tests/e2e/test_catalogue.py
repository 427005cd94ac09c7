"""The catalogue's pages in a real browser, on a phone and on a desk."""

from pathlib import Path

import pytest
from playwright.sync_api import Browser

from tests.fixtures.marts import assembled, models, plan, register

__all__ = ["assembled", "models", "plan", "register"]

HIDDEN = """cells => cells.filter(cell => {
  const box = cell.getBoundingClientRect();
  return box.left < 0 || box.right > window.innerWidth || box.width < 20;
}).map(cell => cell.innerText)"""


@pytest.mark.parametrize("folder", ["", "en/"])
def test_numbers_of_the_quality_page_are_in_sight_on_a_phone(
    browser: Browser, assembled: Path, folder: str
) -> None:
    page = browser.new_page(viewport={"width": 390, "height": 900})
    page.goto((assembled / "open/catalogue" / folder / "quality.html").as_uri())
    name = page.locator("tbody th").first
    name.evaluate("cell => cell.innerText = '注册人员监管名单（组织机构代码、专业及有效期合并）'")
    received, accepted = (page.locator("tbody td.number").nth(i).bounding_box() for i in (0, 1))
    assert received and accepted
    assert accepted["x"] + accepted["width"] <= 390
    page.close()


@pytest.mark.parametrize("width", [390, 1280])
@pytest.mark.parametrize("folder", ["", "en/"])
def test_every_cell_of_a_dataset_s_page_is_in_sight(
    browser: Browser, assembled: Path, folder: str, width: int
) -> None:
    pages = [
        path
        for path in (assembled / "open/catalogue" / folder).glob("*.html")
        if 'id="columns"' in path.read_text()
    ]
    assert pages
    for path in pages:
        page = browser.new_page(viewport={"width": width, "height": 900})
        page.goto(path.as_uri())
        assert page.locator("tbody td").evaluate_all(HIDDEN) == [], path.name
        page.close()
