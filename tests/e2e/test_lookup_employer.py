"""The employer of a day: a certificate not in force has none, and any of the person's may have the right one."""

import re
from collections.abc import Iterator

import httpx
import jsonschema
import pytest

from tests.e2e.test_lookup_verify import JSON, SCHEMA
from tests.fixtures.lookup import CANCELLED, EMPLOYER, SECOND, VALID, Row, publish, register
from tests.fixtures.lookup_server import serving

OLD, NEW = "合成旧工程有限公司", "合成二级建设有限公司"
LAPSED = "京2110000000009999"
ENDED = "新2650000000000003(临)"


@pytest.fixture(scope="module")
def client(tmp_path_factory: pytest.TempPathFactory) -> Iterator[httpx.Client]:
    """SECOND, of the person of VALID, was cancelled in 2012 at OLD."""
    tables = register()
    for row in tables["certificate"]:
        if row["public_id"] == SECOND:
            row |= {"status_code": "cancelled", "enterprise_name": OLD}
    tables["registration"].append(
        {
            "public_id": SECOND,
            "specialty_code": "01",
            "valid_from_month": "2010-03",
            "valid_to_month": "2013-03",
            "ended_month": "2012-06",
            "status_code": "cancelled",
        }
    )
    with (
        serving(publish(tmp_path_factory.mktemp("lookup"), "1", tables)) as address,
        httpx.Client(base_url=address) as opened,
    ):
        yield opened


def verdict(client: httpx.Client, line: str, on: str = "") -> Row:
    answer = client.post("/verify", data={"pairs": line, "on": on}, headers=JSON).json()
    jsonschema.validate(answer, SCHEMA)
    return dict(answer["verdicts"][0])


@pytest.mark.parametrize("on", ["", "2026-06-15"])
def test_a_certificate_that_ended_before_has_no_employer_of_the_day(client: httpx.Client, on: str) -> None:
    told = verdict(client, f"阿卜杜·合成,{ENDED},,{EMPLOYER}", on)
    assert (told["registered_employer"], told["right_employer"]) == (None, "none")


def test_the_list_says_that_nobody_was_registered_that_day(client: httpx.Client) -> None:
    page = client.post("/verify", data={"pairs": f"阿卜杜·合成,{ENDED}", "on": "2026-06-15"}).text
    assert ">当日未注册</div></td>" in page
    assert EMPLOYER not in page


@pytest.mark.parametrize("on", ["", "2026-06-15"])
def test_the_employer_under_another_certificate_in_force_is_right(client: httpx.Client, on: str) -> None:
    told = verdict(client, f"曾国合,{LAPSED},,{EMPLOYER}", on)
    assert (told["registered_employer"], told["right_employer"]) == (EMPLOYER, "same")


@pytest.mark.parametrize("on", ["", "2026-06-15"])
def test_the_last_employer_of_a_certificate_that_ended_is_not_right(client: httpx.Client, on: str) -> None:
    told = verdict(client, f"曾国合,{LAPSED},,{OLD}", on)
    assert (told["registered_employer"], told["right_employer"]) == (EMPLOYER, "other")


def test_while_it_was_in_force_its_employer_is_right(client: httpx.Client) -> None:
    told = verdict(client, f"曾国合,{LAPSED},,{OLD}", "2011-06-15")
    assert (told["registered_employer"], told["right_employer"]) == (OLD, "same")


def test_a_page_of_a_past_day_names_no_employer_of_a_certificate_not_in_force(client: httpx.Client) -> None:
    page = client.get(f"/p/{CANCELLED}", params={"on": "2026-06-15"}).text
    assert "<dt>当日聘用企业</dt><dd>当日未注册</dd>" in page
    answer = client.get(f"/p/{CANCELLED}", params={"on": "2026-06-15"}, headers=JSON).json()
    assert answer["person"]["certificates"][0]["employer_on"] is None


def test_a_page_tells_the_last_employer_of_a_certificate_that_is_over(client: httpx.Client) -> None:
    employers = re.findall(
        r"<dt>([^<]*聘用企业)</dt><dd>(?:<a[^>]*>)?([^<]+)", client.get(f"/p/{VALID}").text
    )
    assert employers == [("聘用企业", EMPLOYER), ("最后聘用企业", OLD)]
