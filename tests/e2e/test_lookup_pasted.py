"""A list that is pasted from a sheet: with headings, with row numbers, with neither."""

import httpx
import pytest

from dashboards.lookup.settings import load_settings
from tests.fixtures.lookup import EMPLOYER, NUMBER

IDENTITY = "110000190001010000"
PLAIN = ("曾国合", NUMBER)


def read(client: httpx.Client, *lines: str) -> list[tuple[str, str]]:
    """The names and numbers that a pasted list was read as."""
    answer = client.post("/verify", data={"pairs": "\n".join(lines)}, headers={"Accept": "application/json"})
    assert answer.status_code == 200
    return [(verdict["name"], verdict["number"]) for verdict in answer.json()["verdicts"]]


HEADED = {
    "tabs": ("序号\t投标人\t项目负责人\t注册编号", f"1\t{EMPLOYER}\t曾国合\t{NUMBER}"),
    "commas": ("投标单位，注册证号，身份证号，姓名", f"{EMPLOYER}，{NUMBER}，{IDENTITY}，曾国合"),
    "spaces": ("序号 姓名 编号", f"1 曾国合 {NUMBER}"),
    "below a title": ("合成项目开标人员一览表", "姓名\t身份证号\t证书编号", f"曾国合\t{IDENTITY}\t{NUMBER}"),
    "between empty lines": ("", "姓名\t编号", "", f"曾国合\t{NUMBER}", ""),
    "in English": ("Company,Name,Registration number", f"{EMPLOYER},曾国合,{NUMBER}"),
}


@pytest.mark.parametrize("lines", HEADED.values(), ids=HEADED.keys())
def test_headings_tell_which_column_is_which(client: httpx.Client, lines: tuple[str, ...]) -> None:
    assert read(client, *lines) == [PLAIN]


def test_the_page_tells_how_pasted_columns_were_read(client: httpx.Client) -> None:
    page = client.post("/verify", data={"pairs": f"项目负责人\t注册 编号\n曾国合\t{NUMBER}"}).text
    assert "各列读作：姓名 = 项目负责人，编号 = 注册 编号" in page


def test_a_line_that_the_headings_do_not_fit_is_read_by_itself(client: httpx.Client) -> None:
    assert read(client, "姓名 编号", f"Zeng Guo He {NUMBER}", f"曾国合 {NUMBER}") == [
        ("Zeng Guo He", NUMBER),
        PLAIN,
    ]


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_headings_of_which_only_some_are_known_are_refused(client: httpx.Client, lang: str) -> None:
    pasted = f"姓名\t身份证号\t某证\n曾国合\t{IDENTITY}\t{NUMBER}"
    answer = client.post("/verify", params={"lang": lang}, data={"pairs": pasted})
    assert answer.status_code == 422
    assert "、".join(load_settings().listing.headings["number"]) in answer.text
    assert IDENTITY in answer.text


@pytest.mark.parametrize("place", ["1\t", "1 ", "1. ", "1.", "1、", "(1) ", "（12）", "003，"])
@pytest.mark.parametrize("mark", ["\t", " ", "，"])
def test_the_place_in_the_list_is_no_part_of_the_name(client: httpx.Client, place: str, mark: str) -> None:
    assert read(client, f"{place}曾国合{mark}{NUMBER}") == [PLAIN]


@pytest.mark.parametrize(
    ("line", "name", "number"),
    [
        (f"{NUMBER} 曾国合", "曾国合", NUMBER),
        ("12345 曾国合", "曾国合", "12345"),
        ("123 曾国合", "曾国合", "123"),
        (f"姓名 曾国合 编号 {NUMBER}", "姓名 曾国合 编号", NUMBER),
    ],
)
def test_a_line_without_headings_or_place_is_read_as_before(
    client: httpx.Client, line: str, name: str, number: str
) -> None:
    assert read(client, line) == [(name, number)]
