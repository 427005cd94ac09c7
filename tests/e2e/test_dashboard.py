"""The dashboard in a real browser, on a small made-up release."""

import re
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from playwright.sync_api import Browser, CDPSession

from tests.fixtures.dashboard_server import PAGES, Visit, serving
from tests.fixtures.release import fabricate

DIVISIONS_ON_MAP = 34
CHROME_STRINGS = (
    "Deploy",
    "Fullscreen",
    "Download as CSV",
    "Skip to main content",
    "Made with Streamlit",
    "Zoom in",
)


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("store")
    fabricate(folder)
    return folder


@pytest.fixture(scope="module")
def address(store: Path) -> Iterator[str]:
    with serving(store, front=":8600") as url:
        yield url


@pytest.fixture
def visit(browser: Browser, address: str) -> Iterator[Visit]:
    one = Visit(browser, address)
    yield one
    one.close()


@pytest.mark.parametrize("lang", ["zh", "en"])
@pytest.mark.parametrize("path", PAGES)
def test_page_renders_in_its_language_from_this_origin_without_complaint(
    visit: Visit, path: str, lang: str
) -> None:
    page = visit.open(f"{path}?lang={lang}")

    assert page.evaluate("document.documentElement.lang") == {"zh": "zh-CN", "en": "en"}[lang]
    assert visit.foreign() == []
    assert visit.complaints == []
    text = page.inner_text("body")
    assert not [words for words in CHROME_STRINGS if words in text]
    if lang == "en":
        assert re.findall(r"[\u4e00-\u9fff]+", text) == ["中文"]


@pytest.mark.parametrize("path", PAGES)
def test_every_exhibit_has_a_table_a_download_and_a_source(visit: Visit, path: str) -> None:
    page = visit.open(f"{path}?lang=en")

    exhibits = page.locator("[class*='st-key-exhibit-']")
    assert exhibits.count() > 0
    for i in range(exhibits.count()):
        one = exhibits.nth(i)
        assert "Data table" in one.inner_text()
        assert "release 2026.1.0, data as of 31 December 2025" in one.inner_text()
        href = one.locator("a[download]").get_attribute("href")
        answer = httpx.get(f"{visit.address}{href}")
        assert answer.headers["content-type"].startswith("text/csv")
        assert len(answer.text.splitlines()) > 1


def test_every_chart_has_an_alternative_text(visit: Visit) -> None:
    page = visit.open("?lang=en")

    labels = page.locator("[data-testid=stPlotlyChart][role=figure]").evaluate_all(
        "charts => charts.map(chart => chart.getAttribute('aria-label'))"
    )
    assert len(labels) == 3
    assert all("values in the data table" in label or "chart of" in label for label in labels)


def test_trend_marks_the_changes_of_rules_with_their_days(visit: Visit) -> None:
    trend = visit.open("?lang=en").locator(".st-key-exhibit-trend")

    assert trend.locator(".annotation-text", has_text="Rule change").count() == 1
    assert "20 May 2024　Rule change" in trend.inner_text()


def test_map_draws_each_division_and_one_outline_in_main_map_and_inset(visit: Visit) -> None:
    page = visit.open("regions?lang=zh")
    page.locator(".choroplethlayer path").first.wait_for(state="attached")

    drawn = page.locator(".choroplethlayer path.choroplethlocation").count()
    assert drawn == 2 * (DIVISIONS_ON_MAP + 1)


def test_unreviewed_map_says_so_and_absent_divisions_have_a_legend_entry(visit: Visit) -> None:
    page = visit.open("regions?lang=zh")

    assert "示意图，未经审核" in page.inner_text("body")
    assert "本登记册不含" in page.inner_text("body")


def test_ages_are_summed_up_with_a_band_and_a_class(visit: Visit) -> None:
    measures = visit.open("ages?lang=zh&division=330000").locator(".st-key-exhibit-measures")

    assert measures.locator("h2").inner_text() == "浙江：女性占比 20.0%"
    told = [" ".join(tile.split()) for tile in measures.locator(".figures > div").all_inner_texts()]
    assert told == [
        "女性占比 20.0% 18.10%–21.90%（95%） A",
        "年龄下四分位数 35.0 34.20–35.90（95%） A",
        "年龄中位数 40.0 39.50–40.60（95%） A",
        "年龄上四分位数 不公布",
    ]


def test_quality_page_tells_the_balance_of_one_division_what_moved_and_what_is_too_few(visit: Visit) -> None:
    page = visit.open("quality?lang=en&division=120000")

    assert "1,000 990 4 5 1" in " ".join(page.locator(".st-key-listing-sources tbody").inner_text().split())
    assert "4 rows set aside, waiting for correction; reasons told for 4" in page.inner_text("body")
    assert "Tianjin: 12 appeared, 3 changed, 2 vanished" in page.inner_text("body")
    assert "Roster, Beijing: records that vanished 23.4%, above the limit of 10%" in page.inner_text("body")
    whole = visit.open("quality?lang=en")
    whole.locator(".st-key-exhibit-quality_repairs summary").click()
    assert "a few" in whole.locator(".st-key-exhibit-quality_repairs table").inner_text()


def test_quality_page_names_the_most_frequent_reason_of_those_that_are_told_apart(visit: Visit) -> None:
    text = visit.open("quality?lang=en").inner_text("body")

    assert "Most often set aside because: A character of the name is lost (124 rows)" in text
    assert "324 rows set aside, waiting for correction; reasons told for 124" in text


def test_quality_page_puts_what_was_set_aside_at_zero_in_words(browser: Browser, tmp_path: Path) -> None:
    fabricate(tmp_path, without=["quality_reason", "quality_change", "quality_warning"])
    with serving(tmp_path) as url:
        first = Visit(browser, url)
        text = first.open("quality?lang=en").inner_text("body")
        assert "This is the first release" in text
        assert first.complaints == []
        first.close()


def test_url_restores_the_choice_and_a_new_choice_rewrites_the_url(visit: Visit) -> None:
    page = visit.open("regions?lang=en&division=440000")
    assert page.locator(".st-key-exhibit-one").inner_text().startswith("Guangdong")

    page.locator(".st-key-division input").fill("Henan")
    page.get_by_role("option", name="Henan").click()
    page.wait_for_url("**division=410000**")
    page.get_by_role("heading", name=re.compile("^Henan")).wait_for()
    assert "lang=en" in page.url


def test_click_on_the_map_chooses_the_division(visit: Visit) -> None:
    page = visit.open("regions?lang=en")
    page.locator(".choroplethlayer path").first.wait_for(state="attached")

    page.locator(".geo .choroplethlayer path.choroplethlocation").nth(10).dispatch_event("click")
    box = page.locator(".geo .choroplethlayer path.choroplethlocation").nth(10).bounding_box()
    assert box
    page.mouse.click(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    page.wait_for_url("**division=**")


def test_menu_keeps_the_language(visit: Visit) -> None:
    page = visit.open("?lang=en")

    page.get_by_role("link", name="Mobility").click()
    page.get_by_role("heading", name=re.compile("gained the most")).wait_for()
    assert "lang=en" in page.url
    assert visit.settled().locator("[data-testid=stSidebar]").count() == 0


def test_masthead_leads_back_to_the_front_page_of_the_host_that_was_asked(visit: Visit) -> None:
    for lang, name, path in (("zh", "首页", ""), ("en", "Home", "en/")):
        home = visit.open(f"regions?lang={lang}").locator(".masthead").get_by_role("link", name=name)
        assert home.get_attribute("href") == f"http://127.0.0.1:8600/{path}"


def test_phone_shows_the_tile_grid_or_map_without_sideways_scrolling(browser: Browser, address: str) -> None:
    phone = Visit(browser, address, width=390)
    for path in PAGES:
        page = phone.open(f"{path}?lang=zh")
        assert page.evaluate("document.documentElement.scrollWidth") <= 390
    phone.close()


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_no_specialty_nor_its_numbers_are_cut_on_a_phone(browser: Browser, address: str, lang: str) -> None:
    phone = Visit(browser, address, width=390)
    lines = phone.open(f"specialties?lang={lang}").locator(
        ".st-key-phone-rank li .name, .st-key-phone-rank .value"
    )
    cut = lines.evaluate_all(
        """cells => cells.map(cell => cell.getBoundingClientRect())
        .filter(box => box.width === 0 || box.left < 0 || box.right > window.innerWidth)"""
    )
    assert lines.count() > 0
    assert cut == []
    phone.close()


@pytest.mark.parametrize("width", [390, 320])
@pytest.mark.parametrize("lang", ["zh", "en"])
def test_no_name_is_cut_on_the_tiles_of_a_phone(
    browser: Browser, address: str, lang: str, width: int
) -> None:
    phone = Visit(browser, address, width=width)
    names = phone.open(f"regions?lang={lang}").locator("ul.tiles li")
    cut = names.evaluate_all(
        "tiles => tiles.filter(t => t.scrollWidth > t.clientWidth || t.scrollHeight > t.clientHeight)"
        ".map(t => t.innerText)"
    )
    assert names.count() == DIVISIONS_ON_MAP
    assert cut == []
    phone.close()


def test_chart_page_is_under_three_megabytes_and_messages_under_300_kilobytes(visit: Visit) -> None:
    session: CDPSession = visit.context.new_cdp_session(visit.page)
    session.send("Network.enable")
    loaded: list[float] = []
    session.on("Network.loadingFinished", lambda event: loaded.append(event["encodedDataLength"]))

    for path in ("regions", "mobility"):
        visit.open(f"{path}?lang=zh")

    assert sum(loaded) < 3_000_000
    assert max(visit.messages) < 300_000


def test_static_files_and_boundaries_are_compressed(address: str) -> None:
    index = httpx.get(f"{address}/").text
    script = re.search(r'src="\./(static/js/index[^"]+)"', index)
    assert script
    for path in (script[1], "geo/2026.1.0/divisions.geojson"):
        answer = httpx.get(f"{address}/{path}", headers={"Accept-Encoding": "gzip"})
        assert answer.headers["content-encoding"] == "gzip"
        assert "immutable" in answer.headers["cache-control"]


def test_boundaries_that_the_browser_has_are_not_sent_again(address: str) -> None:
    url = f"{address}/geo/2026.1.0/divisions.geojson"
    tag = httpx.get(url).headers["etag"]

    assert httpx.get(url, headers={"If-None-Match": tag}).status_code == 304


def test_policy_allows_this_origin_only(address: str) -> None:
    policy = httpx.get(f"{address}/").headers["content-security-policy"]

    assert "default-src 'self'" in policy
    assert "unsafe-eval" not in policy
    assert "script-src 'self' 'sha256-" in policy


@pytest.mark.parametrize(
    "path", ["_stcore/agent/openapi.json", "_stcore/agent/interact", "_stcore/agent/mcp"]
)
def test_agent_interface_is_closed(address: str, path: str) -> None:
    assert httpx.get(f"{address}/{path}").status_code == 404
    assert httpx.post(f"{address}/{path}", json={}).status_code == 404


def test_the_first_page_has_one_address(address: str) -> None:
    answer = httpx.get(f"{address}/overview?lang=en")

    assert answer.status_code == 307
    assert answer.headers["location"] == "/?lang=en"


def test_unknown_page_is_404_in_the_language_asked_for(address: str) -> None:
    answer = httpx.get(f"{address}/nowhere?lang=en")

    assert answer.status_code == 404
    assert "There is no such page" in answer.text


def test_unknown_download_is_404_and_bad_parameter_is_400(address: str) -> None:
    assert httpx.get(f"{address}/data/2026.1.0/release.csv").status_code == 404
    assert httpx.get(f"{address}/data/2026.1.0/flows.csv?year=x").status_code == 400


def test_what_a_register_lacks_has_no_page_and_no_error(browser: Browser, tmp_path: Path) -> None:
    lacking = [
        "mart_registration__quarterly.specialty_code",
        "mart_person__quarterly.division_code",
        "mart_mobility__yearly_flow",
        "mart_person__yearly_age_sex",
        "mart_person__yearly_education",
        "mart_person__yearly_continuing_education",
        "mart_enterprise__stock",
        "mart_event__monthly",
        "mart_expiry__monthly",
        "quality_balance",
        "annotation",
    ]
    fabricate(tmp_path, without=lacking, geometry=False)
    with serving(tmp_path) as url:
        bare = Visit(browser, url)
        page = bare.open("?lang=en")
        assert page.locator(".st-key-menu a").all_inner_texts() == ["Overview"]
        assert bare.complaints == []
        assert page.locator(".masthead a").count() == 1
        assert page.locator(".st-key-exhibit-trend .definition").count() == 0
        assert httpx.get(f"{url}/regions").status_code == 404
        bare.close()


def test_new_release_is_served_without_a_restart(browser: Browser, tmp_path: Path) -> None:
    fabricate(tmp_path, "2026.1.0")
    with serving(tmp_path) as url:
        one = Visit(browser, url)
        assert "2026.1.0" in one.open("?lang=zh").inner_text(".masthead")
        fabricate(tmp_path, "2026.2.0")
        assert "2026.2.0" in one.open("?lang=zh").inner_text(".masthead")
        one.close()


def test_without_a_release_the_server_says_so(tmp_path: Path) -> None:
    with serving(tmp_path) as url:
        assert httpx.get(f"{url}/").status_code == 503
