"""What stands below a QR code from `jzs qr`."""

from itertools import pairwise
from pathlib import Path
from xml.etree import ElementTree

import pytest

from etl.qr import qr_code
from etl.settings import Store
from tests.fixtures.browser import chromium
from tests.fixtures.lookup import NUMBER, VALID, publish, register

SVG = "{http://www.w3.org/2000/svg}"
# Left, top, right and bottom of each element, in its own units.
BOXES = "all => all.map(each => each.getBBox()).map(b => [b.x, b.y, b.x + b.width, b.y + b.height])"
SITE = "https://lookup.example.org"


def caption(drawn: str) -> list[str]:
    return [text.text or "" for text in ElementTree.fromstring(drawn).iter(f"{SVG}text")]


@pytest.mark.parametrize("synthetic", [True, False])
def test_the_caption_tells_what_is_checked_the_release_and_whether_it_is_synthetic(
    tmp_path: Path, synthetic: bool
) -> None:
    store = publish(tmp_path, "2026.10.0", register(), synthetic)
    told = caption(qr_code(store, VALID))
    assert told[:2] == ["建造师开放数据", "Jianzaoshi Open Data"]
    assert {"核对注册是否有效", "发布 2026.10.0，截至 2026-10-31"} <= set(told)
    assert any("合成数据" in line for line in told) is synthetic
    assert any("Synthetic" in line for line in told) is synthetic


def test_nothing_of_the_person_stands_in_the_image(store: Store) -> None:
    drawn = qr_code(store, VALID, SITE)
    assert "曾国合" not in drawn and NUMBER not in drawn


@pytest.mark.parametrize("site", [None, SITE, f"{SITE}/{'path/' * 20}"])
def test_every_line_lies_within_the_image_below_the_code(
    store: Store, tmp_path: Path, site: str | None
) -> None:
    image = tmp_path / "code.svg"
    image.write_text(qr_code(store, VALID, site), "utf-8")
    with chromium() as browser:
        page = browser.new_page()
        page.goto(image.as_uri())
        lines = page.eval_on_selector_all("text", BOXES)
        ((_, _, _, code),) = page.eval_on_selector_all("path.qrline", BOXES)
        width, height = (
            float(page.locator("svg").first.get_attribute(name) or 0) for name in ("width", "height")
        )
    assert lines
    assert all(left >= 0 and right <= width and bottom <= height for left, _, right, bottom in lines)
    assert lines[0][1] >= code * 4
    assert all(above[3] <= below[1] + 3 for above, below in pairwise(lines))
