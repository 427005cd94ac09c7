"""A day in the past as people write it."""

import httpx
import pytest

from tests.e2e.test_lookup_upload import JSON, send, xlsx
from tests.fixtures.lookup import NUMBER, VALID

LIST = f"曾国合 {NUMBER}"
SPELLINGS = ["2020-06-01", "2020/6/1", "2020.6.1", "2020年6月1日", "２０２０－０６－０１", "20200601"]
NO_DAYS = [
    "2026-13-01",
    "2026-11-02",
    "2020-06",
    "2020年6月",
    "2020-06-01至2020-06-30",
    "43983",
    "长期",
    "x",
    "2020-06-01" + " " * 99,
]


@pytest.mark.parametrize("day", SPELLINGS)
def test_a_day_is_read_as_people_write_it(client: httpx.Client, day: str) -> None:
    answer = client.post("/verify", data={"pairs": LIST, "on": day}, headers=JSON).json()
    assert answer["asked_on"] == "2020-06-01"
    assert client.get(f"/p/{VALID}", params={"on": day}).status_code == 200


@pytest.mark.parametrize("day", NO_DAYS)
def test_what_is_no_whole_day_of_the_past_is_refused_and_the_list_is_kept(
    client: httpx.Client, day: str
) -> None:
    answer = client.post("/verify", data={"pairs": LIST, "on": day})
    assert answer.status_code == 400
    assert "日期写作 2026-05-20，不晚于今天" in answer.text
    assert f">曾国合\t{NUMBER}</textarea>" in answer.text
    assert client.post("/verify", data={"pairs": LIST, "on": day}, headers=JSON).status_code == 400


def test_a_list_that_was_sent_with_a_wrong_day_is_kept_as_text(client: httpx.Client) -> None:
    text = send(client, xlsx(["曾国合", NUMBER, "建筑工程"]), {}, on="x").text
    assert f">曾国合\t{NUMBER}\t建筑工程</textarea>" in text
