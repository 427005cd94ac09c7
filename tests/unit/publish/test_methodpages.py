"""Documents on methods as pages of the catalogue."""

import re

import pytest

from etl.publish.methodpages import METHODS, method_page, method_title, page_name

PAGES = {f"{page_name(method)}.html" for method in METHODS}


@pytest.mark.parametrize("language", ["zh", "en"])
@pytest.mark.parametrize("method", METHODS)
def test_links_of_a_page_lead_to_pages_of_the_catalogue_or_away(method: str, language: str) -> None:
    targets = re.findall(r'href="([^"]*)"', method_page(method, language)["content"])
    assert [target for target in targets if target not in PAGES and not target.startswith("https://")] == []


def test_a_page_leads_to_the_other_methods_by_their_titles() -> None:
    content = method_page("for-citizens", "en")["content"]
    assert '<a href="method-protected-tables.html">Protected tables</a>' in content


@pytest.mark.parametrize(
    ("language", "own", "other"), [("zh", "三句话", "In three"), ("en", "In three", "三句话")]
)
def test_a_section_of_the_other_language_is_left_out(language: str, own: str, other: str) -> None:
    content = method_page("for-citizens", language)["content"]
    assert own in content
    assert other not in content


def test_titles_are_in_one_language() -> None:
    assert [method_title("microdata", language) for language in ("zh", "en")] == ["微观数据", "Microdata"]


def test_a_table_may_scroll_on_a_phone() -> None:
    content = method_page("attacks", "zh")["content"]
    assert content.count('<div class="scroll"') == content.count("<table>") > 1
