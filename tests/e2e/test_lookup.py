"""The public lookup as a visitor, a program and a scraper meet it: a real server, a real browser."""

import json
import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from pathlib import Path

import httpx
import jsonschema
import pytest
from playwright.sync_api import Browser, Page, Request, sync_playwright

from dashboards.lookup.routes import ROUTES
from dashboards.lookup.settings import HERE
from dashboards.lookup.views import about, home, nowhere, robots, static
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
    publish,
    register,
)
from tests.fixtures.lookup_server import generous, serving

SCHEMA = json.loads((HERE / "static" / "lookup-v1.json").read_text(encoding="utf-8"))
JSON = {"Accept": "application/json"}


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path="/usr/bin/chromium")
        yield chromium
        chromium.close()


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    context = browser.new_context()
    yield context.new_page()
    context.close()


def ask(client: httpx.Client, **facts: str) -> httpx.Response:
    return client.post("/search", data=facts)


def found(response: httpx.Response) -> list[str]:
    """Public ids that an answer links to."""
    return re.findall(r'href="/p/(\w+)"', response.text)


@pytest.mark.parametrize(
    "typed",
    [NUMBER, f"  {NUMBER} ", "京２１１００００００００００００１", "京2110 0000 0000 0001", "00000001"],
)
def test_a_complete_number_finds_its_certificate(client: httpx.Client, typed: str) -> None:
    assert found(ask(client, number=typed)) == [VALID]


@pytest.mark.parametrize("typed", [NUMBER[:-1], NUMBER[:4], f"{NUMBER[:-1]}%", f"{NUMBER[:-1]}_", "*", "京"])
def test_part_of_a_number_finds_nothing(client: httpx.Client, typed: str) -> None:
    response = ask(client, number=typed)
    assert response.status_code == 200
    assert not found(response)


@pytest.mark.parametrize(
    "facts",
    [
        {"employer": EMPLOYER, "division": "110000"},
        {"employer": EMPLOYER.replace("（", "(").replace("）", ")"), "tail": "0001"},
        {"employer": "91990000ma00000001", "tail": "0001"},
        {"division": "110000"},
        {"tail": "0001"},
    ],
)
@pytest.mark.parametrize("name", ["曾国合", " 曾 国合", "Zeng Guohe", "zengguohe", "Zēng Guóhé"])
def test_a_full_name_with_one_more_fact_finds_its_certificate(
    client: httpx.Client, name: str, facts: dict[str, str]
) -> None:
    assert found(ask(client, name=name, **facts)) == [VALID]


def test_several_people_of_one_name_are_all_told(client: httpx.Client) -> None:
    assert sorted(found(ask(client, name="曾国合", employer=EMPLOYER))) == sorted([VALID, HISTORIC])


def test_certificates_of_one_person_lead_to_one_page(client: httpx.Client) -> None:
    response = client.get(f"/p/{SECOND}?lang=en")
    assert (response.status_code, response.headers["location"]) == (308, f"/p/{VALID}?lang=en")
    page = client.get(f"/p/{VALID}").text
    assert "注册类别：一级" in page
    assert "注册类别：二级" in page


@pytest.mark.parametrize("name", ["曾国", "国合", "曾", "zeng", "zgh", "曾%", "曾国_"])
def test_part_of_a_name_finds_nothing(client: httpx.Client, name: str) -> None:
    assert not found(ask(client, name=name, division="110000"))


@pytest.mark.parametrize(
    "facts",
    [
        {"name": "曾国合"},
        {"employer": EMPLOYER},
        {"division": "110000"},
        {"tail": "0001"},
        {"employer": EMPLOYER, "division": "110000"},
        {"name": "曾国合", "tail": "1"},
        {"name": "曾" * 121, "division": "110000"},
        {"name": "  ", "number": " "},
        {},
    ],
)
def test_too_little_is_refused_with_an_explanation(client: httpx.Client, facts: dict[str, str]) -> None:
    response = ask(client, **facts)
    assert response.status_code == 422
    assert 'role="alert"' in response.text
    assert not found(response)


def test_a_number_contradicted_by_a_name_finds_nothing(client: httpx.Client) -> None:
    assert not found(ask(client, number=NUMBER, name="李合成"))


@pytest.mark.parametrize(
    "typed", [EMPLOYER, "91990000MA00000001", "合成宏洋", "宏洋", "宏", "建設(集團)", "宏洋 北京"]
)
def test_an_enterprise_is_found_by_its_code_or_part_of_its_name(client: httpx.Client, typed: str) -> None:
    assert f'href="/e/{ENTERPRISE}"' in ask(client, q=typed).text


@pytest.mark.parametrize("typed", ["宏洋 上海", "宏%", "宏_", "不存在建设"])
def test_an_enterprise_elsewhere_or_of_other_characters_is_not_found(
    client: httpx.Client, typed: str
) -> None:
    assert f'href="/e/{ENTERPRISE}"' not in ask(client, q=typed).text


@pytest.mark.parametrize("typed", ["合成大道", "合成大道（一期）工程", "大道", "9911012601150001"])
def test_a_project_is_found_by_its_code_or_part_of_its_name(client: httpx.Client, typed: str) -> None:
    assert f'href="/j/{PROJECT}"' in ask(client, q=typed).text


@pytest.mark.parametrize(
    "typed",
    [
        NUMBER,
        "曾国合 北京",
        "曾国合 宏洋建设 北京",
        "曾国合 建筑工程",
        "曾国合 0001",
        "Zeng Guohe Beijing",
        "曾國合 北京市",
        "曾 国 合，北京",
    ],
)
def test_the_one_box_understands_what_people_type(client: httpx.Client, typed: str) -> None:
    assert found(ask(client, q=typed)) == [VALID]


@pytest.mark.parametrize("dot", ["·", "・", ".", ""])
def test_a_transliterated_name_is_found_with_any_dot(client: httpx.Client, dot: str) -> None:
    assert found(ask(client, name=f"阿卜杜{dot}合成", division="110000")) == [CANCELLED]


@pytest.mark.parametrize("typed", ["曾国合", "曾国合 曾国合", "Zeng Guohe"])
def test_a_name_alone_is_asked_for_one_more_fact(client: httpx.Client, typed: str) -> None:
    response = ask(client, q=typed)
    assert response.status_code in (200, 422)
    assert not found(response)


def test_words_that_fit_many_enterprises_are_no_second_fact(tmp_path: Path) -> None:
    many = [
        {
            "enterprise_key": f"e{n}",
            "enterprise_code": f"9199{n:014}",
            "enterprise_name": f"合成第{n}有限公司",
            "nature_code": None,
            "division_code": "110000",
            "prefecture_code": None,
            "persons": None,
        }
        for n in range(30)
    ]
    tables = register() | {"enterprise": [*register()["enterprise"], *many]}
    with serving(publish(tmp_path, "1", tables)) as address:
        answers = [
            httpx.post(f"{address}/search", data={"name": "曾国合", "employer": e})
            for e in ("公司", "有限公司")
        ]
    assert [found(answer) for answer in answers] == [[], []]


def test_too_many_answers_are_neither_shown_nor_counted(client: httpx.Client) -> None:
    response = ask(client, name="李合成", division="110000")
    assert not found(response)
    assert "补充一项" in response.text
    assert "30" not in re.sub(r"<[^>]+>", "", response.text)


def test_an_enterprise_page_names_no_person(client: httpx.Client) -> None:
    text = client.get(f"/e/{ENTERPRISE}").text
    assert EMPLOYER in text
    assert "33" in text
    assert not re.search("曾国合|李合成|/p/", text)


def test_one_answer_and_none_have_the_same_length(client: httpx.Client) -> None:
    for headers in ({}, JSON):
        answers = [client.post("/search", data={"number": n}, headers=headers) for n in (NUMBER, "京2999")]
        assert len({len(answer.content) for answer in answers}) == 1


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


def test_a_register_of_latin_names_is_asked_in_latin_letters(tmp_path: Path) -> None:
    rows = [certificate("x1", "合成顾问", "hechengguwen", "TC1", person_name_en="SYNTHETIC ADVISERS LTD")]
    with serving(publish(tmp_path, "1", {"certificate": rows})) as address:
        answer = httpx.post(
            f"{address}/search", data={"name": "Synthetic Advisers  Ltd", "division": "110000"}
        )
    assert found(answer) == ["x1"]


@pytest.mark.parametrize(
    ("facts", "outcome", "ids"),
    [
        ({"number": NUMBER}, "found", [VALID]),
        ({"number": "京2999"}, "none", []),
        ({"name": "曾国合"}, "refused", []),
        ({"name": "李合成", "division": "110000"}, "broad", []),
    ],
)
def test_json_answers_the_same_questions(
    client: httpx.Client, facts: dict[str, str], outcome: str, ids: list[str]
) -> None:
    for sent in ({"json": facts}, {"data": facts}):
        answer = client.post("/search", headers=JSON, **sent).json()
        jsonschema.validate(answer, SCHEMA)
        assert answer["outcome"] == outcome
        assert [row["public_id"] for row in answer["persons"]] == ids
        assert NUMBER not in json.dumps(answer["persons"], ensure_ascii=False)


@pytest.mark.parametrize(
    "path",
    [
        f"p/{VALID}",
        f"p/{VALID}?on=2025-05-20",
        f"p/{CANCELLED}",
        f"e/{ENTERPRISE}",
        f"j/{PROJECT}",
        "p/x",
        "healthz",
    ],
)
def test_json_keeps_its_published_shape(client: httpx.Client, path: str) -> None:
    jsonschema.validate(client.get(f"/{path}", headers=JSON).json(), SCHEMA)


def test_the_description_of_the_interface_names_every_address_and_its_answer() -> None:
    described = json.loads((HERE / "static" / "openapi.json").read_text(encoding="utf-8"))
    paths = [re.sub(r"{\w+}", "x", path) for path in described["paths"]]
    own = [route for route in ROUTES if route.view is not nowhere]
    assert all(any(re.match(route.pattern, path) for route in own) for path in paths)
    undescribed = {r.view for r in own if not any(re.match(r.pattern, path) for path in paths)}
    assert undescribed == {home, about, static, robots}
    references = set(re.findall(r'"lookup-v1.json#/[$]defs/(\w+)"', json.dumps(described)))
    assert references <= SCHEMA["$defs"].keys()


def test_an_english_page_marks_chinese_names_and_shows_no_markup(client: httpx.Client) -> None:
    page = client.get(f"/p/{VALID}?lang=en").text
    assert 'From <span lang="zh">合成旧路桥有限公司</span> to <span lang="zh">' in page
    assert "&lt;span" not in page


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


def test_pages_lead_back_to_the_front_page_where_there_is_one(store: Store, client: httpx.Client) -> None:
    with serving(store, replace(generous(), front=":8600")) as address:
        answer = httpx.get(f"{address}/about?lang=en", headers={"Host": "data.example.org:8602"})
    assert '<a href="http://data.example.org:8600/en/">Home</a>' in answer.text
    assert ">Home<" not in client.get("/about?lang=en").text
