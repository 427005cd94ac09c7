"""Beyond what is free: a proof of work, a wait, or a kind refusal, for people and for machines."""

import json
import re
from collections.abc import Iterator
from dataclasses import replace

import httpx
import jsonschema
import pytest
from playwright.sync_api import Browser, Page

from dashboards.lookup.settings import HERE, Free, Quota
from etl.settings import Store
from tests.fixtures.lookup import CANCELLED, HISTORIC, NUMBER, PROJECT, SECOND, VALID
from tests.fixtures.lookup_server import serving
from tests.fixtures.proving import SCARCE, proof_of, scarce

SCHEMA = json.loads((HERE / "static" / "lookup-v1.json").read_text(encoding="utf-8"))
JSON = {"Accept": "application/json"}
HISTORIC_NUMBER = "沪1310000000000002"


@pytest.fixture
def address(store: Store) -> Iterator[str]:
    """A lookup where one person is free, which the visitor has seen; nothing of the one before is left."""
    store.quotas.unlink(missing_ok=True)
    with serving(store, scarce()) as served:
        assert httpx.get(f"{served}/p/{VALID}").status_code == 200
        yield served


@pytest.fixture
def client(address: str) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=address) as opened:
        yield opened


def fields(response: httpx.Response) -> dict[str, str]:
    """The hidden fields of the form that asks again."""
    form = response.text.partition('<form id="proof"')[2]
    return dict(re.findall(r'<input type="hidden" name="(\w+)" value="([^"]*)"', form))


def test_more_persons_need_a_proof_and_known_ones_do_not(client: httpx.Client) -> None:
    withheld = client.get(f"/p/{HISTORIC}")
    assert withheld.status_code == 429
    assert int(withheld.headers["retry-after"]) > 80_000
    assert "曾国合" not in withheld.text
    assert client.get(f"/p/{VALID}").status_code == 200
    assert client.post("/search", data={"number": NUMBER}).status_code == 200


def test_a_mismatch_tells_that_a_number_is_somebodys_and_counts(store: Store) -> None:
    store.quotas.unlink(missing_ok=True)
    with serving(store, scarce()) as served:
        told = httpx.post(f"{served}/verify", data={"pairs": f"李合成 {NUMBER}"})
        assert (told.status_code, "编号有，姓名不符" in told.text) == (200, True)
        assert httpx.get(f"{served}/p/{HISTORIC}").status_code == 429
        assert httpx.get(f"{served}/p/{VALID}").status_code == 200


@pytest.mark.parametrize(
    ("method", "path", "body"),
    [
        ("GET", f"/p/{HISTORIC}", None),
        ("GET", f"/p/{CANCELLED}?on=2024-01-01&lang=en", None),
        ("GET", f"/j/{PROJECT}", None),
        ("POST", "/search", {"number": HISTORIC_NUMBER}),
        ("POST", "/search", {"q": "曾国合 上海"}),
        ("POST", "/verify", {"pairs": f"曾国合 {HISTORIC_NUMBER}\n李合成 {NUMBER}"}),
    ],
)
def test_a_machine_brings_the_proof_in_a_header(
    client: httpx.Client, method: str, path: str, body: dict[str, str] | None
) -> None:
    withheld = client.request(method, path, json=body, headers=JSON)
    assert withheld.status_code == 429
    jsonschema.validate(withheld.json(), SCHEMA)
    header = {"X-Proof": proof_of(withheld.json()["error"]["proof"])}
    told = client.request(method, path, json=body, headers=JSON | header)
    assert told.status_code == 200
    jsonschema.validate(told.json(), SCHEMA)


def test_a_form_with_a_challenge_is_told_after_the_wait(client: httpx.Client, store: Store) -> None:
    store.quotas.unlink()
    at_once = replace(SCARCE.work, waited=10**9)
    with serving(store, scarce(work=at_once)) as address:
        assert httpx.get(f"{address}/p/{VALID}").status_code == 200
        question = {"pairs": f"曾国合 {HISTORIC_NUMBER}", "on": "2019-01-01"}
        withheld = httpx.post(f"{address}/verify", data=question)
        again = fields(withheld)
        told = httpx.post(f"{address}/verify", data=again)
    assert withheld.status_code == 429
    assert again["on"] == "2019-01-01"
    assert told.status_code == 200
    assert HISTORIC in told.text


def test_too_early_leads_back_to_the_same_challenge(client: httpx.Client) -> None:
    again = fields(client.get(f"/p/{HISTORIC}"))
    early = client.get(f"/p/{HISTORIC}", params=again)
    assert early.status_code == 429
    assert fields(early)["challenge"] == again["challenge"]


def test_a_proof_for_one_person_does_not_open_another(client: httpx.Client) -> None:
    proof = proof_of(client.get(f"/p/{HISTORIC}", headers=JSON).json()["error"]["proof"])
    assert client.get(f"/p/{CANCELLED}", headers={"X-Proof": proof}).status_code == 429
    assert client.get(f"/p/{HISTORIC}", headers={"X-Proof": proof}).status_code == 200


@pytest.mark.parametrize(
    "path",
    ["/p/unknown", f"/p/{HISTORIC}", "/j/unknown", f"/j/{PROJECT}"],
    ids=["an identifier of nobody", "one of somebody", "no project", "one with managers"],
)
def test_without_a_proof_nothing_tells_whether_there_is_somebody(client: httpx.Client, path: str) -> None:
    assert client.get(path).status_code == 429


def test_a_search_tells_nothing_of_what_it_would_find_without_a_proof(client: httpx.Client) -> None:
    """Nobody, one person, too many, and an enterprise beside nobody: the same answer but for the question."""

    def answer(question: str) -> str:
        text = client.post("/search", data={"q": question}).text.replace(question, "")
        return re.sub(r"\d{8,}\.\d+\.[0-9a-f.]{73}|\d\d:\d\d:\d\d", "", text)

    answers = {
        answer(q) for q in ("京299", HISTORIC_NUMBER, "李合成 北京", "曾国合 上海", "91990000MA00000001")
    }
    assert len(answers) == 1


def test_questions_that_cannot_find_a_person_stay_free(client: httpx.Client) -> None:
    assert client.post("/search", data={"q": "合成大道"}).status_code == 200
    assert client.post("/search", data={"q": "曾国合"}).status_code == 422
    assert client.get("/e/e0001").status_code == 200
    assert client.get("/").status_code == 200


def test_another_certificate_of_a_known_person_still_leads_to_it(client: httpx.Client) -> None:
    assert client.get(f"/p/{SECOND}").status_code == 308


def test_a_list_that_comes_with_its_challenge_is_not_paid_for_again(store: Store) -> None:
    """Fifty pairs cost fifty requests; the burst has no room for them twice."""
    store.quotas.unlink(missing_ok=True)
    settings = scarce(free=(Free(0, 32, 64), Free(0, 24, 48)))
    settings = replace(settings, quotas=(Quota(60, 0.001, 32, 64),))
    question = {"pairs": "\n".join([f"曾国合 {NUMBER}"] * 50)}
    with serving(store, settings) as address, httpx.Client(base_url=address) as client:
        withheld = client.post("/verify", json=question, headers=JSON)
        proof = proof_of(withheld.json()["error"]["proof"])
        told = client.post("/verify", json=question, headers=JSON | {"X-Proof": proof})
        other = client.post(
            "/verify", json=question | {"on": "2020-01-01"}, headers=JSON | {"X-Proof": proof}
        )
    assert [withheld.status_code, told.status_code, other.status_code] == [429, 200, 429]
    assert "proof" not in other.json()["error"]


def test_a_list_that_was_answered_is_downloaded_without_another_proof(client: httpx.Client) -> None:
    question = {"pairs": f"曾国合 {HISTORIC_NUMBER}\n李合成 {NUMBER}"}
    wanted = client.post("/verify", json=question, headers=JSON).json()["error"]["proof"]
    page = client.post("/verify", data=question, headers={"X-Proof": proof_of(wanted)})
    paid = re.search(r'name="paid" value="(\w+)"', page.text)
    assert paid
    kept = client.post("/verify", data=question | {"paid": paid[1], "format": "xlsx"})
    assert kept.status_code == 200
    assert kept.content.startswith(b"PK")


def test_when_nothing_is_left_the_answer_says_when_to_come_again(store: Store) -> None:
    store.quotas.unlink(missing_ok=True)
    settings = scarce(free=(Free(0, 32, 64), Free(0, 24, 48)), pool=replace(SCARCE.pool, persons=0))
    with serving(store, settings) as address:
        page = httpx.get(f"{address}/p/{CANCELLED}")
        data = httpx.get(f"{address}/p/{CANCELLED}", headers=JSON)
    assert (page.status_code, data.status_code) == (429, 429)
    assert page.headers["retry-after"] == "86400"
    assert "<script" not in page.text
    assert "script-src" not in page.headers["content-security-policy"]
    jsonschema.validate(data.json(), SCHEMA)
    assert data.json()["error"]["proof"] is None


@pytest.mark.parametrize("header", ["", "x", "x y", "1.1.00000000." + "0" * 64 + " 0.0", "é" * 9, "0" * 9000])
def test_a_hostile_proof_is_no_proof(client: httpx.Client, header: str) -> None:
    sent = {"X-Proof": header.encode("utf-8")}
    assert client.get(f"/p/{HISTORIC}", headers=sent).status_code == 429


def test_only_the_page_that_asks_for_a_proof_may_load_a_script(client: httpx.Client) -> None:
    withheld, page = client.get(f"/p/{HISTORIC}"), client.get(f"/p/{VALID}")
    assert "script-src 'self'" in withheld.headers["content-security-policy"]
    assert "unsafe" not in withheld.headers["content-security-policy"]
    assert "script-src 'self'" not in page.headers["content-security-policy"]
    assert "<script" not in page.text
    assert len(withheld.content) < 20_000


def test_the_browser_works_and_opens_the_result(address: str, browser: Browser) -> None:
    context = browser.new_context()
    page = context.new_page()
    sent = watched(page)
    page.goto(f"{address}/p/{HISTORIC}?on=2019-01-01&lang=en")
    page.get_by_role("heading", level=1, name="曾国合").wait_for()
    assert page.locator("#on").input_value() == "2019-01-01"
    assert page.locator("html").get_attribute("lang") == "en"
    assert all(url.startswith(address) for url in sent)
    context.close()


def test_the_browser_works_for_a_question_that_was_posted(address: str, browser: Browser) -> None:
    context = browser.new_context()
    page = context.new_page()
    page.goto(address)
    page.get_by_role("searchbox").fill("曾国合 上海")
    page.get_by_role("button", name="查验", exact=True).click()
    page.get_by_role("link", name="曾国合").wait_for()
    context.close()


def test_a_visitor_without_scripts_waits(store: Store, browser: Browser) -> None:
    store.quotas.unlink(missing_ok=True)
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    at_once = replace(SCARCE.work, waited=10**9)
    with serving(store, scarce(work=at_once, free=(Free(0, 32, 64), Free(0, 24, 48)))) as address:
        page.goto(f"{address}/p/{VALID}")
        assert page.locator("#work").is_hidden()
        page.get_by_role("button", name="时间已到，打开结果").click()
        assert page.get_by_role("heading", level=1).inner_text() == "曾国合"
    context.close()


def watched(page: Page) -> list[str]:
    """The addresses that a page asks for, filled as it does."""
    sent: list[str] = []
    page.on("request", lambda request: sent.append(request.url))
    return sent
