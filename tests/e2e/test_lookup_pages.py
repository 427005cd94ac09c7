"""What the pages of a person, an enterprise and a project tell, and what they do not."""

import re
from dataclasses import replace
from datetime import date
from pathlib import Path

import httpx
import pytest

from etl.settings import Store
from tests.fixtures.lookup import (
    CANCELLED,
    EMPLOYER,
    ENTERPRISE,
    HISTORIC,
    NUMBER,
    PROJECT,
    SECOND,
    VALID,
    certificate,
    found,
    publish,
    register,
)
from tests.fixtures.lookup_server import generous, serving

JSON = {"Accept": "application/json"}


def test_certificates_of_one_person_lead_to_one_page(client: httpx.Client) -> None:
    response = client.get(f"/p/{SECOND}?lang=en")
    assert (response.status_code, response.headers["location"]) == (308, f"/p/{VALID}?lang=en")
    page = client.get(f"/p/{VALID}").text
    assert "注册类别：一级" in page
    assert "注册类别：二级" in page


def test_an_enterprise_page_names_no_person(client: httpx.Client) -> None:
    text = client.get(f"/e/{ENTERPRISE}").text
    assert EMPLOYER in text
    assert "33" in text
    assert not re.search("曾国合|李合成|/p/", text)


def test_no_page_exceeds_fifteen_kibibytes(client: httpx.Client, tmp_path: Path) -> None:
    twenty = [certificate(f"t{n}", "合成成", "hechengcheng", f"京9{n:016}") for n in range(20)]
    with serving(publish(tmp_path, "1", register() | {"certificate": twenty})) as address:
        longest = httpx.post(f"{address}/search", data={"name": "合成成", "division": "110000"})
    pages = [client.get(path) for path in ("/", "/about", f"/p/{VALID}", f"/e/{ENTERPRISE}", f"/j/{PROJECT}")]
    assert len(found(longest)) == 20
    assert max(len(response.content) for response in [longest, *pages]) <= 15 * 1024


def test_a_certificate_leads_with_what_its_status_means_today(client: httpx.Client) -> None:
    for public_id, word, meaning in (
        (VALID, "有效", "有效至 2028年5月"),
        (HISTORIC, "已过有效期", "2020年3月到期，未延续"),
        (CANCELLED, "注销", "2024年5月注销"),
    ):
        text = client.get(f"/p/{public_id}").text
        assert f'<p class="word">{word}</p>\n<p class="sentence">{meaning}</p>' in text
        assert text.index('class="word"') < text.index("<dl>")


@pytest.mark.parametrize(
    ("today", "told"),
    [
        ("2026-11-01", "2026年12月届满，还有 30 至 60 天"),
        ("2026-12-05", "本月（2026年12月）届满"),
        ("2027-01-01", "2026年12月届满；此后是否延续"),
    ],
)
def test_validity_is_told_as_of_today(store: Store, today: str, told: str) -> None:
    with serving(store, today=lambda: date.fromisoformat(today)) as address:
        assert told in httpx.get(f"{address}/p/{VALID}").text


@pytest.mark.parametrize(
    ("day", "told"), [("2020-07-01", "on.valid"), ("2023-07-01", "on.not"), ("2022-05-09", "on.ended")]
)
def test_validity_is_told_for_a_day_in_the_past(client: httpx.Client, day: str, told: str) -> None:
    answer = client.get(f"/p/{VALID}", params={"on": day}, headers=JSON).json()
    assert answer["person"]["certificates"][0]["registrations"][0]["on"]["code"] == told


@pytest.mark.parametrize("day", ["2026-11-02", "2020-13-01", "x", "%00"])
def test_a_day_to_come_or_none_is_refused(client: httpx.Client, day: str) -> None:
    assert client.get(f"/p/{VALID}", params={"on": day}).status_code == 400


def test_who_is_named_is_not_told_by_number(client: httpx.Client) -> None:
    for headers in ({}, JSON):
        text = client.get(f"/p/{VALID}", headers=headers).text
        assert "0001" in text
        assert NUMBER not in text
        assert "00000001" not in text.replace("91990000MA00000001", "")


def test_every_part_of_a_page_tells_its_source_and_day(client: httpx.Client) -> None:
    person, record = (client.get(f"/p/{public_id}").text for public_id in (VALID, CANCELLED))
    assert "来源：来源roster_ministry，2026年10月30日" in person
    assert "来源：来源binding_list，2026年10月28日" in person
    assert "来源：来源integrity_list，2026年10月29日" in record


def test_a_page_says_what_it_does_not_show_and_why(client: httpx.Client) -> None:
    assert "本页不显示什么，为什么" in client.get(f"/p/{VALID}").text


def test_a_project_tells_the_manager_of_each_stage_and_that_they_differ(client: httpx.Client) -> None:
    text = client.get(f"/j/{PROJECT}").text
    assert text.index("中标") < text.index("施工许可")
    assert f'href="/p/{VALID}"' in text
    assert f'href="/p/{HISTORIC}"' in text
    assert "各环节登记的负责人不一致" in text


def test_a_person_tells_the_projects_managed(client: httpx.Client) -> None:
    text = client.get(f"/p/{VALID}").text
    assert f'href="/j/{PROJECT}"' in text
    assert "未载竣工" in text


def test_a_certificate_page_tells_specialties_employer_and_moves(client: httpx.Client) -> None:
    text = client.get(f"/p/{VALID}?lang=en").text
    for told in (
        "Building engineering",
        "May 2028",
        "December 2026",
        f"/e/{ENTERPRISE}?lang=en",
        "July 2021",
        "Hebei",
    ):
        assert told in text


@pytest.mark.parametrize(
    ("lang", "told"),
    [
        ("zh", ("2024年3月31日与2024年4月30日之间", "变更单位")),
        ("en", ("Between 31 March 2024 and 30 April 2024", "Change of employer")),
    ],
)
def test_a_derived_change_is_told_by_its_interval(
    client: httpx.Client, lang: str, told: tuple[str, str]
) -> None:
    text = client.get(f"/p/{VALID}?lang={lang}").text
    assert all(words in text for words in told)


def test_an_unknown_identifier_answers_a_calm_404(client: httpx.Client) -> None:
    response = client.get("/p/unknown")
    assert response.status_code == 404
    assert "重新查验" in response.text


@pytest.mark.parametrize(
    ("today", "told"), [("2026-01-14", False), ("2026-12-15", True), ("2026-12-16", False)]
)
def test_an_integrity_record_is_told_only_while_on_public_notice(
    store: Store, today: str, told: bool
) -> None:
    with serving(store, today=lambda: date.fromisoformat(today)) as address:
        page = httpx.get(f"{address}/p/{CANCELLED}").text
        data = httpx.get(f"{address}/p/{CANCELLED}", headers=JSON).text
    assert ("〔2026〕7号" in page) is ("〔2026〕7号" in data) is told
    assert "〔2020〕9号" not in page + data


def test_what_a_register_lacks_is_absent(tmp_path: Path) -> None:
    lacking = {
        "person_name",
        "person_name_en",
        "person_name_pinyin",
        "enterprise_name",
        "enterprise_code",
        "enterprise_key",
    }
    rows = [{k: v for k, v in row.items() if k not in lacking} for row in register()["certificate"]]
    with serving(publish(tmp_path, "1", {"certificate": rows}, synthetic=False)) as address:
        form = httpx.get(f"{address}/").text
        answer = httpx.post(f"{address}/search", data={"number": NUMBER, "name": "曾国合"})
        certificate_page = httpx.get(f"{address}/p/{VALID}").text
        assert httpx.get(f"{address}/e/{ENTERPRISE}").status_code == 404
    assert form.count("<form") == 1
    assert found(answer) == [VALID]
    for section in ("聘用企业", "单位变更", "信用记录", "合成"):
        assert section not in form + certificate_page


def test_an_english_page_marks_chinese_names_and_shows_no_markup(client: httpx.Client) -> None:
    page = client.get(f"/p/{VALID}?lang=en").text
    assert 'From <span lang="zh">合成旧路桥有限公司</span> to <span lang="zh">' in page
    assert "&lt;span" not in page


def test_pages_lead_back_to_the_front_page_where_there_is_one(store: Store, client: httpx.Client) -> None:
    with serving(store, replace(generous(), front=":8600")) as address:
        answer = httpx.get(f"{address}/about?lang=en", headers={"Host": "data.example.org:8602"})
    assert '<a href="http://data.example.org:8600/en/">Home</a>' in answer.text
    assert ">Home<" not in client.get("/about?lang=en").text
