"""What is wrong in a list is seen at once: the summary, the tones, the caveat, and the page on a phone."""

import httpx
import pytest
import yaml
from playwright.sync_api import Browser

from dashboards.lookup.settings import load_settings
from etl.settings import METADATA
from tests.e2e.test_lookup_files import file, pages, sheets
from tests.fixtures.lookup import NUMBER

LIST = f"曾国合\t{NUMBER}\t公路工程\t别的公司\n李合成\t{NUMBER}\n张三\t京2999999999999999"
SUMMARY = (
    "1 人相符",
    "1 人姓名不符",
    "1 人查无此编号",
    "1 人未注册所要求的专业",
    "1 人单位不符",
    "1 人任未竣工项目的负责人",
)
CAVEAT = "未查到不等于未曾注册，请向登记机关核实"


def page(client: httpx.Client, pairs: str, **form: str) -> str:
    return client.post("/verify", data={"pairs": pairs, **form}).text


def test_the_page_counts_every_answer_above_the_table(client: httpx.Client) -> None:
    head = page(client, LIST).partition("<table")[0]
    assert "共 3 人：" in head
    assert all(count in head for count in SUMMARY)


def test_both_files_count_every_answer_and_number_the_rows(client: httpx.Client) -> None:
    table = sheets(file(client, "xlsx", LIST))[0]
    assert [row[0] for row in table if row[1] in ("曾国合", "李合成", "张三")] == ["1", "2", "3"]
    text = "".join(pages(file(client, "pdf", LIST))).replace("\n", "").replace(" ", "")
    for count in SUMMARY:
        assert any(count in cell for row in table for cell in row)
        assert count.replace(" ", "") in text


def test_the_caveat_stands_where_a_number_is_not_found_and_only_there(client: httpx.Client) -> None:
    assert CAVEAT in page(client, LIST)
    assert any(CAVEAT in cell for row in sheets(file(client, "xlsx", LIST))[0] for cell in row)
    assert CAVEAT in "".join(pages(file(client, "pdf", LIST))).replace("\n", "")
    assert CAVEAT not in page(client, f"曾国合\t{NUMBER}")


@pytest.mark.parametrize(
    ("pairs", "on", "tag"),
    [
        (LIST, "", '<span class="tag alert">未注册此专业</span>'),
        (LIST, "", '<span class="tag alert">不符</span>'),
        (f"曾国合\t{NUMBER}", "2008-01-01", '<span class="tag alert">注册不在有效期内</span>'),
    ],
)
def test_what_is_wrong_has_the_tone_of_an_alert(client: httpx.Client, pairs: str, on: str, tag: str) -> None:
    assert tag in page(client, pairs, on=on)


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_every_answer_is_counted_in_words(lang: str) -> None:
    texts = yaml.safe_load((METADATA / "i18n" / f"{lang}.yaml").read_text(encoding="utf-8"))
    assert {f"lookup.verify.count.{key}" for key in load_settings().answers} <= set(texts)


@pytest.mark.parametrize("lang", ["zh", "en"])
@pytest.mark.parametrize("width", [320, 390])
def test_on_a_phone_every_label_stands_beside_one_cell(
    address: str, browser: Browser, width: int, lang: str
) -> None:
    opened = browser.new_page(viewport={"width": width, "height": 800})
    opened.goto(f"{address}/verify?lang={lang}")
    opened.locator("#pairs").fill(LIST)
    opened.locator("form.box button").click()
    cells = opened.locator("tbody td:not(:empty)")
    assert cells.evaluate_all("cells => cells.map(cell => cell.children.length)") == [1] * cells.count()
    assert opened.evaluate("document.documentElement.scrollWidth") <= width
    opened.close()


def test_a_pdf_tells_each_page_of_how_many_and_breaks_no_number(client: httpx.Client) -> None:
    long = "浙2332018201899998"
    found = pages(file(client, "pdf", "\n".join([LIST, f"张三\t{long}"] * 12), "en"))
    assert [f"  {place}/{len(found)}" in page for place, page in enumerate(found, 1)] == [True] * len(found)
    assert len(found) > 1
    assert long in found[0]
    assert "Release: 2026.10.0, data as of" in found[0]


@pytest.mark.parametrize("typed", ["公路工程", "02"])
def test_the_specialty_asked_about_is_named_in_the_language_of_the_answer(
    client: httpx.Client, typed: str
) -> None:
    line = f"曾国合\t{NUMBER}\t{typed}"
    text = client.post("/verify", params={"lang": "en"}, data={"pairs": line}).text
    assert 'Highway engineering: <span class="tag alert">not registered in it' in text
    cells = [cell for row in sheets(file(client, "xlsx", line, "en"))[0] for cell in row]
    assert "Highway engineering" in cells
