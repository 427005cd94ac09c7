"""A bid evaluator's list sent as a file."""

import io
import re
import zipfile
from typing import Any

import httpx
import pytest
from xlsxwriter import Workbook

from tests.fixtures.lookup import EMPLOYER, NUMBER

JSON = {"Accept": "application/json"}
ROW = ["曾国合", NUMBER, "建筑工程", EMPLOYER]
ANSWER = ("agrees", "valid", "same")


def send(client: httpx.Client, content: bytes, headers: dict[str, str] = JSON, **form: str) -> httpx.Response:
    return client.post("/verify", data=form, files={"file": ("list", content)}, headers=headers)


def told(answer: httpx.Response) -> list[tuple[Any, ...]]:
    assert answer.status_code == 200
    verdicts = answer.json()["verdicts"]
    return [(v["outcome"], v["right_specialty"], v["right_employer"]) for v in verdicts]


def xlsx(*rows: list[Any], formula: bool = False, far: bool = False) -> bytes:
    content = io.BytesIO()
    with Workbook(content, {"in_memory": True}) as book:
        sheet = book.add_worksheet()
        for place, row in enumerate(rows):
            sheet.write_row(place, 0, row)
        if formula:
            sheet.write_formula("F1", "=1+1")
        if far:
            sheet.write_string("XFD1048576", "x")
    return content.getvalue()


def bomb() -> bytes:
    """A workbook of a few kilobytes whose sheet expands to 200 MB."""
    content = io.BytesIO()
    with (
        zipfile.ZipFile(io.BytesIO(xlsx(ROW))) as old,
        zipfile.ZipFile(content, "w", zipfile.ZIP_DEFLATED) as new,
    ):
        for name in old.namelist():
            body = old.read(name)
            new.writestr(name, body + b" " * 200_000_000 if "sheet1" in name else body)
    return content.getvalue()


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030"])
@pytest.mark.parametrize("mark", [",", "\t", ";"])
@pytest.mark.parametrize("heading", [True, False])
def test_a_csv_is_read_in_its_encoding(client: httpx.Client, encoding: str, mark: str, heading: bool) -> None:
    rows = [["姓名", "注册编号", "专业", "单位"]] * heading + [ROW]
    content = "\r\n".join(mark.join(row) for row in rows).encode(encoding)
    assert told(send(client, content)) == [ANSWER]


def test_a_heading_says_which_column_is_which(client: httpx.Client) -> None:
    rows = [
        ["序号", "投标人", "项目负责人", "注册专业", "注册编号（必填）", "注册编号"],
        ["1", EMPLOYER, "曾国合", "建筑工程", "", NUMBER],
    ]
    assert told(send(client, xlsx(*rows))) == [ANSWER]


def test_a_workbook_is_read_with_and_without_heading(client: httpx.Client) -> None:
    assert told(send(client, xlsx(ROW, [], ["李合成", NUMBER]))) == [ANSWER, ("mismatch", None, None)]
    assert told(send(client, xlsx(["Name", "Number", "Specialty", "Employer"], ROW))) == [ANSWER]


def test_a_number_that_is_a_number_in_the_workbook_is_read_whole(client: httpx.Client) -> None:
    (verdict,) = send(client, xlsx(["曾国合", 12345678])).json()["verdicts"]
    assert (verdict["number"], verdict["outcome"]) == ("12345678", "not_found")


def test_a_quoted_cell_may_hold_the_mark(client: httpx.Client) -> None:
    (verdict,) = send(client, f'曾国合,{NUMBER},,"A, B Co."'.encode()).json()["verdicts"]
    assert verdict["employer"] == "A, B Co."


def test_the_page_answers_a_file_and_keeps_its_pairs_for_the_download(client: httpx.Client) -> None:
    text = send(client, xlsx(ROW), {}, pairs="").text
    assert "姓名与编号相符" in text
    assert f'value="曾国合\t{NUMBER}\t建筑工程\t{EMPLOYER}"' in text


def test_an_empty_file_field_leaves_what_was_pasted(client: httpx.Client) -> None:
    assert told(send(client, b"", pairs=f"曾国合 {NUMBER}")) == [("agrees", None, None)]


def test_fifty_rows_are_answered_and_more_are_refused(client: httpx.Client) -> None:
    assert len(told(send(client, xlsx(*[ROW] * 50)))) == 50
    assert send(client, xlsx(*[ROW] * 51)).status_code == 422


BAD = {
    "formula": xlsx(ROW, formula=True),
    "a far cell": xlsx(ROW, far=True),
    "a bomb": bomb(),
    "half a workbook": xlsx(ROW)[:2000],
    "no workbook": b"PK\x03\x04" + b"x" * 100,
    "an image": b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR" + b"\xff" * 50,
    "neither encoding": b"\xff\xff\xff",
}


@pytest.mark.parametrize("what", BAD)
@pytest.mark.parametrize(("lang", "says"), [("zh", "读不出这个文件"), ("en", "This file cannot be read")])
def test_a_bad_file_is_answered_by_a_clear_error(
    client: httpx.Client, what: str, lang: str, says: str
) -> None:
    answer = client.post("/verify", params={"lang": lang}, files={"file": ("list.xlsx", BAD[what])})
    assert answer.status_code == 422
    assert says in answer.text
    assert not re.search(r"/p/\w", answer.text)
    assert send(client, BAD[what]).json()["error"]["status"] == 422


def test_a_large_file_is_refused_at_the_door_and_on_other_routes_earlier(client: httpx.Client) -> None:
    assert send(client, b"x" * 262_145).status_code == 413
    sent = {"file": ("list", b"x" * 20_000)}
    assert client.post("/search", files=sent).status_code == 413
    assert client.post("/verify", data={"pairs": "x" * 20_000}).status_code == 413


@pytest.mark.parametrize(
    ("kind", "body"),
    [
        ("multipart/form-data", b"x"),
        ("multipart/form-data; boundary=a", b"--a\r\nno header"),
        (
            "multipart/form-data; boundary=a",
            b'--a\r\nContent-Disposition: form-data; name="pairs"\r\n\r\n\xff\r\n--a--',
        ),
        (
            "multipart/form-data; boundary=a",
            b'--a\r\nContent-Disposition: form-data; name="pairs"\r\n\r\ncut',
        ),
        ("multipart/form-data; boundary=" + "a" * 5000, b"--a"),
    ],
)
def test_a_malformed_form_is_a_bad_request(client: httpx.Client, kind: str, body: bytes) -> None:
    assert client.post("/verify", content=body, headers={"content-type": kind}).status_code == 400
