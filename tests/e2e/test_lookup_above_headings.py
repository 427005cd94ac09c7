"""No row of a list is lost: those above its headings, and those with more words than there are headings."""

import httpx
import pytest

from tests.e2e.test_lookup_upload import send, xlsx
from tests.fixtures.lookup import EMPLOYER, NUMBER

OTHER = "沪1310000000000002"
BOTH = [("曾国合", OTHER), ("曾国合", NUMBER)]
JSON = {"Accept": "application/json"}


def told(answer: httpx.Response) -> list[tuple[str, str]]:
    assert answer.status_code == 200
    return [(verdict["name"], verdict["number"]) for verdict in answer.json()["verdicts"]]


def paste(client: httpx.Client, *lines: str) -> httpx.Response:
    return client.post("/verify", data={"pairs": "\n".join(lines)}, headers=JSON)


@pytest.mark.parametrize("above", [f"曾国合 {OTHER}", f"曾国合\t{OTHER}", f"1，曾国合，{OTHER}"])
def test_a_pair_pasted_above_the_headings_is_read_by_itself(client: httpx.Client, above: str) -> None:
    assert told(paste(client, above, "姓名\t编号", f"曾国合\t{NUMBER}")) == BOTH


@pytest.mark.parametrize("above", [["曾国合", OTHER], [1, "曾国合", OTHER], [f"曾国合 {OTHER}"]])
def test_a_pair_above_the_headings_of_a_file_is_read_by_position(
    client: httpx.Client, above: list[object]
) -> None:
    assert told(send(client, xlsx(above, ["姓名", "编号"], ["曾国合", NUMBER]))) == BOTH


def test_a_number_above_the_headings_that_is_no_pair_is_told(client: httpx.Client) -> None:
    answer = paste(client, f"曾国合{OTHER}等", "姓名 编号", f"曾国合 {NUMBER}").json()
    assert [verdict["outcome"] for verdict in answer["verdicts"]] == ["unread", "agrees"]


@pytest.mark.parametrize(
    ("headings", "row"),
    [
        ("姓名 编号 单位", f"曾国合 {NUMBER} 中铁 一局"),
        ("单位 姓名 编号", f"中铁 一局 曾国合 {NUMBER}"),
        ("姓名  编号  单位  专业", f"曾国合  {NUMBER}  中铁 一局  建筑工程"),
    ],
)
def test_an_employer_between_single_spaces_may_hold_some(
    client: httpx.Client, headings: str, row: str
) -> None:
    (verdict,) = paste(client, headings, row).json()["verdicts"]
    assert (verdict["name"], verdict["number"], verdict["employer"]) == ("曾国合", NUMBER, "中铁 一局")


def test_a_remark_of_several_words_is_no_part_of_the_employer(client: httpx.Client) -> None:
    (verdict,) = paste(client, "姓名 编号 单位 备注", f"曾国合 {NUMBER} {EMPLOYER} 已 核").json()["verdicts"]
    assert verdict["employer"] == EMPLOYER
