"""Asking for a correction: the form, its limits, the receipt, the log; what a stranger can do with them."""

import json
import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from pathlib import Path

import httpx
import jsonschema
import pytest

from dashboards.lookup.settings import HERE, Settings, load_settings
from etl.keys import qr_key
from etl.requests import Request, as_receipt, new_receipt, read, request_id
from etl.settings import Store
from tests.fixtures.browser import chromium
from tests.fixtures.lookup import ENTERPRISE, HISTORIC, PROJECT, SECOND, VALID, publish, register
from tests.fixtures.lookup_server import generous, serving

JSON = {"Accept": "application/json"}
SCHEMA = json.loads((HERE / "static" / "lookup-v1.json").read_text(encoding="utf-8"))
ASKED = {"group": "employer", "ground": "outdated", "says": "五月起在合成乙公司", "evidence": "变更批准文件"}
FORM = f"/correct/p/{VALID}"
NOBODY = "ABCD-EFGH-2345-6789"


@pytest.fixture
def store(tmp_path: Path) -> Store:
    return publish(tmp_path, "2026.10.0", register())


@pytest.fixture
def client(store: Store) -> Iterator[httpx.Client]:
    with serving(store) as address, httpx.Client(base_url=address) as opened:
        yield opened


def left(store: Store) -> list[Request]:
    """The requests that wait for the steward, as their files are signed."""
    return [read(path, qr_key(store)) for path in store.requests.glob("*.json")]


def hidden(page: str) -> dict[str, str]:
    """The fields that a form carries by itself."""
    return dict(re.findall(r'type="hidden" name="(\w+)" value="([^"]*)"', page))


def send(client: httpx.Client, path: str = FORM, **facts: str) -> httpx.Response:
    return client.post(path, data=ASKED | facts)


@pytest.mark.parametrize("path", [f"p/{VALID}", f"e/{ENTERPRISE}", f"j/{PROJECT}"])
def test_every_record_links_to_a_form_about_itself(client: httpx.Client, path: str) -> None:
    assert f'href="/correct/{path}"' in client.get(f"/{path}").text
    assert f'action="/correct/{path}"' in client.get(f"/correct/{path}").text


def test_a_request_is_left_signed_for_the_owner_alone_and_without_who_asked(
    store: Store, client: httpx.Client
) -> None:
    receipt = send(client).headers["location"].removeprefix("/corrections/")
    (path,) = store.requests.iterdir()
    assert path.stat().st_mode & 0o777 == 0o600
    assert receipt not in path.read_text("utf-8")
    assert left(store) == [
        Request(
            id=request_id(receipt) or "",
            on="2026-11-01",
            release="2026.10.0",
            record="person",
            key=VALID,
            **ASKED,
        )
    ]


def test_its_receipt_tells_that_it_was_received_and_by_when_it_is_decided(client: httpx.Client) -> None:
    page = send(client, says="合成丙公司").headers["location"]
    told = client.get(page, headers=JSON).json()
    jsonschema.validate(told, SCHEMA)
    assert told["request"] == {
        "receipt": page.rpartition("/")[2],
        "state": "received",
        "received_on": "2026-11-01",
        "due_on": "2026-12-01",
    }
    assert "合成丙公司" not in client.get(page).text


@pytest.mark.parametrize("receipt", [NOBODY, "x", "ABCDEFGH2345678ſ"[:-1]])
def test_nothing_is_told_without_a_receipt(client: httpx.Client, receipt: str) -> None:
    send(client)
    assert client.get(f"/corrections/{receipt}").status_code == 404


@pytest.mark.parametrize("write", [str.lower, lambda code: code.replace("-", ""), lambda code: f" {code} "])
def test_a_receipt_that_is_typed_leads_to_its_page(client: httpx.Client, write: object) -> None:
    page = send(client).headers["location"]
    answer = client.post("/corrections", data={"receipt": write(page.rpartition("/")[2])})  # type: ignore[operator]
    assert (answer.status_code, answer.headers["location"]) == (303, page)


@pytest.mark.parametrize("typed", ["", "x", "ABCDEFGH2345678ı", "A" * 300, "\r\nX: y"])
def test_what_is_no_receipt_is_told_so(client: httpx.Client, typed: str) -> None:
    answer = client.post("/corrections", data={"receipt": typed})
    assert answer.status_code == 422
    assert "x" not in answer.headers


def test_a_form_that_is_sent_twice_is_one_request(store: Store, client: httpx.Client) -> None:
    own = hidden(client.get(FORM).text)
    answers = [send(client, **own).headers["location"] for _ in range(2)]
    assert answers == [f"/corrections/{own['receipt']}"] * 2
    assert len(left(store)) == 1


@pytest.mark.parametrize(
    "forged", [{"receipt": NOBODY}, {"receipt": NOBODY, "mark": "0" * 64}, {"receipt": "../x"}]
)
def test_nobody_chooses_their_own_receipt(store: Store, client: httpx.Client, forged: dict[str, str]) -> None:
    assert NOBODY not in send(client, **forged).headers["location"]
    assert len(left(store)) == 1


WRONG = {
    "no group": {"group": ""},
    "a group of another kind of record": {"group": "qualification"},
    "no such ground": {"ground": "x"},
    "nothing said": {"says": " \u202e\x00"},
    "too much said": {"says": "字" * 801},
    "too much evidence": {"evidence": "字" * 401},
    "an identity number": {"says": "证件号 110000 19000101 0000"},
    "a phone number": {"evidence": "请电 138-0000-0000"},
}


@pytest.mark.parametrize("facts", WRONG.values(), ids=WRONG.keys())
def test_what_cannot_be_taken_comes_back_with_what_was_typed(
    store: Store, client: httpx.Client, facts: dict[str, str]
) -> None:
    answer = send(client, **facts)
    assert answer.status_code == 422
    assert 'role="alert"' in answer.text
    assert (facts.get("evidence") or ASKED["evidence"])[:400] in answer.text
    assert client.post(FORM, json=ASKED | facts, headers=JSON).status_code == 422
    assert left(store) == []


def test_a_page_stays_small_whatever_was_typed(client: httpx.Client) -> None:
    long = "&" * 5000
    assert len(send(client, says=long, evidence=long, group=long).content) < 20_000
    assert len(client.post("/corrections", data={"receipt": long}).content) < 20_000


def test_a_credit_code_or_registration_number_can_be_given(store: Store, client: httpx.Client) -> None:
    assert send(client, says="91990000MA00000001 913301007822330000 京2110000000000001").status_code == 303
    assert len(left(store)) == 1


def test_what_is_typed_is_text_for_the_steward_and_for_the_page(store: Store, client: httpx.Client) -> None:
    said = "<script>{{7*7}}</script>\x1b[2J\u202e"
    send(client, says=said)
    assert [request.says for request in left(store)] == ["<script>{{7*7}}</script>[2J"]
    page = send(client, says=said, group="").text
    assert "&lt;script&gt;{{7*7}}&lt;/script&gt;[2J</textarea>" in page


@pytest.mark.parametrize("site", ["cross-site", "same-site"])
def test_a_form_on_another_site_cannot_ask_in_a_visitor_s_name(
    store: Store, client: httpx.Client, site: str
) -> None:
    answer = client.post(FORM, data=ASKED, headers={"Sec-Fetch-Site": site})
    assert answer.status_code == 403
    assert left(store) == []


@pytest.mark.parametrize("path", ["p/unknown", "e/unknown", "j/unknown", f"e/{VALID}", "x/vaaaa1"])
def test_there_is_no_form_about_what_is_not_there(store: Store, client: httpx.Client, path: str) -> None:
    assert client.get(f"/correct/{path}").status_code == 404
    assert client.post(f"/correct/{path}", data=ASKED).status_code == 404
    assert left(store) == []


def test_the_form_of_another_certificate_is_that_of_its_holder(client: httpx.Client) -> None:
    answer = client.get(f"/correct/p/{SECOND}?lang=en")
    assert (answer.status_code, answer.headers["location"]) == (308, f"{FORM}?lang=en")


def test_programs_get_the_codes_send_and_see_the_request(store: Store, client: httpx.Client) -> None:
    codes = client.get(FORM, headers=JSON).json()
    jsonschema.validate(codes, SCHEMA)
    facts = {
        "group": codes["form"]["groups"][0]["code"],
        "ground": codes["form"]["grounds"][0]["code"],
        "says": "x",
    }
    answer = client.post(FORM, json=facts, headers=JSON)
    assert answer.status_code == 201
    jsonschema.validate(answer.json(), SCHEMA)
    assert [request.group for request in left(store)] == [facts["group"]]


def limited(**changes: int) -> Settings:
    settings = load_settings()
    return replace(settings, correction=replace(settings.correction, **changes))


def test_a_request_costs_as_many_tokens_as_the_settings_say(store: Store) -> None:
    settings = limited()
    quota = replace(settings.quotas[0], burst=2 * settings.correction.tokens)
    with serving(store, replace(settings, quotas=(quota,))) as address:
        statuses = [httpx.post(f"{address}{FORM}", data=ASKED).status_code for _ in range(3)]
    assert statuses == [303, 303, 429]
    assert len(left(store)) == 2


def test_a_form_tells_the_name_of_nobody_who_could_not_be_looked_up(store: Store) -> None:
    settings = generous()
    free = tuple(replace(each, persons=1) for each in settings.persons.free)
    with serving(store, replace(settings, persons=replace(settings.persons, free=free))) as address:
        forms = [httpx.get(f"{address}/correct/p/{key}") for key in (VALID, VALID, HISTORIC)]
    assert [form.status_code for form in forms] == [200, 200, 429]
    assert "曾国合" not in forms[2].text


def test_no_more_wait_than_there_is_room_for(store: Store) -> None:
    settings = replace(limited(most_waiting=2), quotas=generous().quotas)
    with serving(store, settings) as address:
        statuses = [httpx.post(f"{address}{FORM}", data=ASKED).status_code for _ in range(3)]
    assert statuses == [303, 303, 503]
    assert len(left(store)) == 2


def test_a_body_that_is_too_large_is_refused(store: Store, client: httpx.Client) -> None:
    assert send(client, says="x" * 20_000).status_code == 413
    assert left(store) == []


def test_the_public_log_is_told_as_a_table_and_as_json(store: Store, client: httpx.Client) -> None:
    told = {"month": "2026-10", "record": "person", "group": "employer", "decision": "accepted"}
    few = {"month": "2026-10", "record": "withheld", "group": None, "decision": None}
    log = [told | {"requests": 41, "median_days": 9.5}, few | {"requests": None, "median_days": None}]
    store.corrections.write_text(json.dumps(log), "utf-8")
    answer = client.get("/corrections", headers=JSON).json()
    jsonschema.validate(answer, SCHEMA)
    assert answer["corrections"] == {"days": 30, "log": log}
    cells = re.findall(r"<td[^>]*>(.*?)</td>", client.get("/corrections").text)
    assert cells == ["聘用企业或单位变更", "接受", "41", "9.5", "其余合计", "–", "少", "–"]


def test_a_register_that_takes_no_requests_has_no_form(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tests.fixtures.lookup.request_words", lambda _: [])
    store = publish(tmp_path, "2026.10.0", register())
    with serving(store) as address, httpx.Client(base_url=address) as client:
        assert "/correct" not in client.get(f"/p/{VALID}").text
        assert client.get(FORM).status_code == client.get("/corrections").status_code == 404


def test_a_visitor_asks_by_keyboard_and_pages_alone(store: Store) -> None:
    with serving(store, today=lambda: date(2026, 11, 1)) as address, chromium() as browser:
        page = browser.new_context(java_script_enabled=False).new_page()
        page.goto(f"{address}/p/{VALID}")
        page.get_by_role("link", name="申请更正").click()
        page.get_by_label("何处有误").select_option("employer")
        page.get_by_label("为什么").select_option("outdated")
        page.get_by_label("应当是什么").fill("合成乙公司")
        page.get_by_role("button", name="提交申请").press("Enter")
        receipt = page.url.rpartition("/")[2]
        assert page.locator("h1").inner_text() == f"更正申请 {receipt}"
        page.get_by_role("link", name="关于更正申请").click()
        page.get_by_label("回执号").fill(receipt)
        page.get_by_role("button", name="查看结果").click()
        assert page.url.endswith(receipt)


def test_receipts_are_many_and_different() -> None:
    drawn = {new_receipt() for _ in range(1000)}
    assert len(drawn) == 1000
    assert all(as_receipt(receipt) == receipt for receipt in drawn)
