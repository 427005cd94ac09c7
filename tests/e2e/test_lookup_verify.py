"""Names checked against numbers: one pair, and a bid evaluator's list."""

import json
import re
from typing import Any

import httpx
import jsonschema
import pytest

from dashboards.lookup.checking.pairs import Pair
from dashboards.lookup.settings import HERE
from tests.fixtures.lookup import HISTORIC, NUMBER, SECOND, VALID

SCHEMA = json.loads((HERE / "static" / "lookup-v1.json").read_text(encoding="utf-8"))
JSON = {"Accept": "application/json"}


def check(client: httpx.Client, pairs: str, on: str = "") -> dict[str, Any]:
    """The JSON answer, which keeps its published shape."""
    answer = client.post("/verify", data={"pairs": pairs, "on": on}, headers=JSON).json()
    jsonschema.validate(answer, SCHEMA)
    return dict(answer)


def outcomes(answer: dict[str, Any]) -> list[str]:
    return [verdict["outcome"] for verdict in answer["verdicts"]]


@pytest.mark.parametrize(
    "line",
    [
        f"曾国合,{NUMBER}",
        f"曾国合 {NUMBER}",
        f"{NUMBER}\t曾国合",
        f"曾國合，{NUMBER}",
        f"Zeng Guohe {NUMBER}",
        "曾国合；京２１１００００００００００００１",
    ],
)
def test_a_pair_is_read_as_people_write_it(client: httpx.Client, line: str) -> None:
    assert outcomes(check(client, line)) == ["agrees"]


def test_each_line_gets_its_own_verdict_in_order(client: httpx.Client) -> None:
    pairs = f"曾国合 {NUMBER}\n李合成 {NUMBER}\n\n曾国合 京2999999999999999\n曾国合"
    assert outcomes(check(client, pairs)) == ["agrees", "mismatch", "not_found", "unread"]


def test_a_mismatch_tells_nothing_of_whom_the_number_belongs_to(client: httpx.Client) -> None:
    text = client.post("/verify", data={"pairs": f"李合成 {NUMBER}"}).text
    assert "编号有，姓名不符" in text
    assert "曾国" not in text
    assert "/p/" not in text


def test_who_agrees_is_told_with_validity_employer_and_unfinished_projects(client: httpx.Client) -> None:
    text = client.post("/verify", data={"pairs": f"曾国合 {NUMBER}"}).text
    for told in ("有效至 2028年5月", "合成宏洋建设（集团）有限公司", "合成大道（一期）工程", f"/p/{VALID}"):
        assert told in text


def test_only_the_certificate_of_the_number_is_told(client: httpx.Client) -> None:
    (verdict,) = check(client, "曾国合 京2110000000009999")["verdicts"]
    assert verdict["certificate"]["public_id"] == SECOND
    assert verdict["public_id"] == VALID


def test_validity_can_be_asked_for_the_day_of_bid_opening(client: httpx.Client) -> None:
    (verdict,) = check(client, "曾国合 沪1310000000000002", on="2018-06-01")["verdicts"]
    assert verdict["public_id"] == HISTORIC
    assert [part["on"]["code"] for part in verdict["certificate"]["registrations"]] == ["on.valid"]


@pytest.mark.parametrize(
    ("day", "told"),
    [("", "合成宏洋建设（集团）有限公司"), ("2020-06-01", "合成旧路桥有限公司"), ("2021-07-09", None)],
)
def test_the_employer_told_is_that_of_the_day(client: httpx.Client, day: str, told: str | None) -> None:
    answer = check(client, f"曾国合 {NUMBER}", on=day)
    assert answer["verdicts"][0]["registered_employer"] == told
    page = client.post("/verify", data={"pairs": f"曾国合 {NUMBER}", "on": day}).text
    assert f">{told or '由公布的内容不能判断'}</div></td>" in page
    assert json.loads(answer["receipt_lines"][1])[8] == (told or "")


def test_the_same_list_has_the_same_receipt_and_another_has_another(client: httpx.Client) -> None:
    pair = f"曾国合 {NUMBER}"
    first, again = check(client, pair)["receipt"], check(client, pair)["receipt"]
    others = [check(client, pair, on="2020-06-01")["receipt"], check(client, f"李合成 {NUMBER}")["receipt"]]
    assert first == again
    assert len({first, *others}) == 3


@pytest.mark.parametrize("pairs", ["", " \n ", "\n".join([f"曾国合 {NUMBER}"] * 51)])
def test_no_pair_and_too_many_are_refused(client: httpx.Client, pairs: str) -> None:
    for headers in ({}, JSON):
        answer = client.post("/verify", data={"pairs": pairs}, headers=headers)
        assert answer.status_code == 422
        assert not re.search(r"/p/\w", answer.text)


def test_fifty_pairs_are_answered(client: httpx.Client) -> None:
    pairs = [f"李合成 苏2320000000{n:06}" for n in range(30)] + [f"曾国合 {NUMBER}"] * 20
    assert outcomes(check(client, "\n".join(pairs))) == ["agrees"] * 50


@pytest.mark.parametrize("line", ["' OR 1=1 --,1", "{{7*7}} 12345", "\0 京1", "曾" * 500 + " 京1", "%,_"])
def test_a_hostile_line_is_inert(client: httpx.Client, line: str) -> None:
    assert set(outcomes(check(client, line))) <= {"unread", "not_found"}


def test_a_line_that_is_two_numbers_or_two_names_is_not_read() -> None:
    assert [Pair.of(line).number for line in ("京211 京212", "张三 李四", "张三")] == ["", "", ""]
    assert Pair.of("张三 京211") == Pair("张三", "京211")
