"""Which column of a file is which: an evaluator's list as tenderers' forms write it."""

import httpx
import pytest

from dashboards.lookup.settings import load_settings
from tests.e2e.test_lookup_upload import ANSWER, BAD, ROW, send, told, xlsx
from tests.fixtures.lookup import EMPLOYER, NUMBER

IDENTITY = "110101199001011234"


def test_a_title_may_stand_above_the_headings(client: httpx.Client) -> None:
    rows = [
        ["合成项目开标人员一览表"],
        ["序号", "项目负责人", "注册编号", "专业", "投标人"],
        [1, "曾国合", NUMBER, "建筑工程", EMPLOYER],
        [2, "李合成", NUMBER, "", ""],
    ]
    assert told(send(client, xlsx(*rows))) == [ANSWER, ("mismatch", None, None)]


@pytest.mark.parametrize(
    ("headings", "row"),
    [
        (["姓名", "身份证号", "执业资格证书号"], ["曾国合", IDENTITY, NUMBER]),
        (["投标单位", "项目经理姓名", "注册证号"], [EMPLOYER, "曾国合", NUMBER]),
    ],
)
def test_the_headings_of_tenderers_are_known(
    client: httpx.Client, headings: list[str], row: list[str]
) -> None:
    (verdict,) = send(client, xlsx(headings, row)).json()["verdicts"]
    assert (verdict["name"], verdict["number"], verdict["outcome"]) == ("曾国合", NUMBER, "agrees")


@pytest.mark.parametrize(
    "rows",
    [
        [["姓名", "身份证号", "某证"], ["曾国合", IDENTITY, NUMBER]],
        [["某单位", "某人", "某证"], [EMPLOYER, "曾国合", NUMBER]],
        [["次序", "某人", "某证"], ["1", "曾国合", NUMBER], ["2", "李合成", NUMBER]],
        [["hello"]],
    ],
)
@pytest.mark.parametrize("lang", ["zh", "en"])
def test_unknown_headings_are_refused_by_naming_those_that_are_known(
    client: httpx.Client, rows: list[list[str]], lang: str
) -> None:
    answer = client.post("/verify", params={"lang": lang}, files={"file": ("list.xlsx", xlsx(*rows))})
    assert answer.status_code == 422
    known = load_settings().listing.headings
    assert "、".join(known["name"]) in answer.text
    assert "、".join(known["number"]) in answer.text


def test_the_page_tells_how_the_columns_were_read(client: httpx.Client) -> None:
    rows = [["项目负责人", "注册 编号"], ["曾国合", NUMBER]]
    assert "各列读作：姓名 = 项目负责人，编号 = 注册 编号" in send(client, xlsx(*rows), {}).text


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (BAD["formula"], "其中有公式"),
        (xlsx(ROW).replace(b"PK", b"\xd0\xcf\x11\xe0", 1), "它是 .xls，或设了密码"),
        (BAD["a bomb"], "内容过大"),
        (BAD["no workbook"], "请用 CSV"),
    ],
)
def test_a_file_that_is_not_read_is_told_why(client: httpx.Client, content: bytes, says: str) -> None:
    answer = send(client, content, {})
    assert answer.status_code == 422
    assert says in answer.text


def test_how_a_line_is_written_is_told_where_one_is_not_read(client: httpx.Client) -> None:
    assert "一行写一人" in client.post("/verify", data={"pairs": "曾国合"}).text
    assert "一行写一人" not in client.post("/verify", data={"pairs": f"曾国合 {NUMBER}"}).text
