"""What an answer and a page lead with: the standing of every specialty, today and on a past day."""

import re
from pathlib import Path

import httpx
import pytest

from tests.fixtures.lookup import EMPLOYER, VALID, ask, publish, register
from tests.fixtures.lookup_server import serving

JSON = {"Accept": "application/json"}
ENDED = {
    "public_id": VALID,
    "specialty_code": "10",
    "valid_from_month": "2021-09",
    "valid_to_month": "2024-09",
    "ended_month": None,
    "status_code": "historic",
}


def words(page: str) -> str:
    return " ".join(re.sub(r"<[^>]+>", " ", page).split())


def test_neither_card_nor_headline_claims_a_specialty_that_has_ended(tmp_path: Path) -> None:
    tables = register()
    tables["registration"] = [tables["registration"][0], ENDED]
    with serving(publish(tmp_path, "1", tables)) as address:
        card = httpx.post(f"{address}/search", data={"name": "曾国合", "tail": "0001"}).text
        page = httpx.get(f"{address}/p/{VALID}").text
    assert "一级 有效 建筑工程 机电工程：2024年9月到期，未延续" in words(card)
    headline = words(page[page.index('class="word"') : page.index("<dl>")])
    assert "有效至 2028年5月 机电工程：2024年9月到期，未延续" in headline


def test_a_headline_tells_the_specialty_that_ends_earlier(client: httpx.Client) -> None:
    page = client.get(f"/p/{VALID}").text
    assert "有效至 2028年5月 机电工程：2026年12月届满，还有 30 至 60 天" in words(page[: page.index("<dl>")])


def test_a_card_tells_a_certificate_past_its_last_month_as_its_page_does(tmp_path: Path) -> None:
    tables = register()
    tables["registration"] = [tables["registration"][0] | {"valid_to_month": "2026-10"}]
    with serving(publish(tmp_path, "1", tables)) as address, httpx.Client(base_url=address) as client:
        card = words(ask(client, name="曾国合", tail="0001").text)
    assert "有效期已过" in card


def test_an_answer_tells_programs_what_each_specialty_means_today(client: httpx.Client) -> None:
    answer = client.post("/search", data={"name": "曾国合", "tail": "0001"}, headers=JSON).json()
    told = [part["today"]["code"] for part in answer["persons"][0]["certificates"][0]["registrations"]]
    assert told == ["valid.until", "valid.soon"]


@pytest.mark.parametrize(
    ("day", "headline", "employer"),
    [
        ("2008-01-01", "按 2008年1月1日：不在有效期内", "当日聘用企业 当日未注册"),
        ("2020-07-01", "按 2020年7月1日：有效 机电工程：不在有效期内", "聘用企业 合成旧路桥有限公司"),
        ("2021-07-15", "按 2021年7月15日：有效", "聘用企业 由公布的内容不能判断"),
        ("2025-07-01", "按 2025年7月1日：有效", f"聘用企业 {EMPLOYER}"),
    ],
)
def test_a_page_of_a_past_day_leads_with_that_day(
    client: httpx.Client, day: str, headline: str, employer: str
) -> None:
    page = client.get(f"/p/{VALID}", params={"on": day}).text
    leading = words(page[page.index("<article>") : page.index("<table")])
    assert headline in leading
    assert employer in leading
    assert "2028年" not in leading


def test_a_past_day_is_told_to_programs_for_the_certificate(client: httpx.Client) -> None:
    answer = client.get(f"/p/{VALID}", params={"on": "2020-07-01"}, headers=JSON).json()
    certificate = answer["person"]["certificates"][0]
    assert (certificate["on"]["code"], certificate["employer_on"]) == ("on.valid", "合成旧路桥有限公司")
