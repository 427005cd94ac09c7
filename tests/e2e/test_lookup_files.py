"""The answers to a list as files, and what an evaluator asks beside name and number."""

import hashlib
import io
import json
import zipfile
from typing import Any

import httpx
import jsonschema
import pytest
from pypdf import PdfReader
from python_calamine import CalamineWorkbook

from dashboards.lookup.checking.answer_files import printable
from dashboards.lookup.settings import HERE
from tests.fixtures.lookup import EMPLOYER, NUMBER, PROJECT

SCHEMA = json.loads((HERE / "static" / "lookup-v1.json").read_text(encoding="utf-8"))
PAIR = f"曾国合\t{NUMBER}"
CODE = "91990000MA00000001"


def check(client: httpx.Client, line: str, on: str = "") -> dict[str, Any]:
    """The JSON answer to one line, which keeps its published shape."""
    sent = {"pairs": line, "on": on}
    answer = client.post("/verify", data=sent, headers={"Accept": "application/json"}).json()
    jsonschema.validate(answer, SCHEMA)
    return dict(answer)


def file(client: httpx.Client, kind: str, pairs: str, lang: str = "zh", on: str = "") -> httpx.Response:
    sent = {"pairs": pairs, "format": kind, "on": on}
    answer = client.post("/verify", params={"lang": lang}, data=sent)
    assert answer.status_code == 200
    assert answer.headers["content-disposition"].endswith(f'.{kind}"')
    return answer


def sheets(answer: httpx.Response) -> list[list[list[Any]]]:
    book = CalamineWorkbook.from_filelike(io.BytesIO(answer.content))
    return [book.get_sheet_by_name(name).to_python() for name in book.sheet_names]


def pages(answer: httpx.Response) -> list[str]:
    return [page.extract_text() for page in PdfReader(io.BytesIO(answer.content)).pages]


@pytest.mark.parametrize(
    ("specialty", "on", "answer"),
    [
        ("建筑工程", "", "valid"),
        ("01", "", "valid"),
        ("公路工程", "", "none"),
        ("看风水", "", "unread"),
        ("", "", None),
        ("建筑工程", "2020-06-01", "valid"),
        ("建筑工程", "2023-06-01", "not_valid"),
        ("建筑工程", "2025-05-10", "unsure"),
    ],
)
def test_the_specialty_is_checked_on_the_day(
    client: httpx.Client, specialty: str, on: str, answer: str | None
) -> None:
    (verdict,) = check(client, f"{PAIR}\t{specialty}", on)["verdicts"]
    assert verdict["right_specialty"] == answer


@pytest.mark.parametrize(
    ("employer", "on", "answer"),
    [
        (EMPLOYER, "", "same"),
        ("合成宏洋建设(集团)有限公司", "", "same"),
        (CODE, "", "same"),
        ("合成旧路桥有限公司", "", "other"),
        ("", "", None),
        ("合成旧路桥有限公司", "2021-06-30", "same"),
        (EMPLOYER, "2021-06-30", "other"),
        (CODE, "2021-06-30", "unsure"),
        (EMPLOYER, "2021-07-15", "unsure"),
        (EMPLOYER, "2021-08-01", "same"),
    ],
)
def test_the_employer_is_checked_on_the_day(
    client: httpx.Client, employer: str, on: str, answer: str | None
) -> None:
    (verdict,) = check(client, f"{PAIR}\t\t{employer}", on)["verdicts"]
    assert verdict["right_employer"] == answer


@pytest.mark.parametrize(("on", "projects"), [("", [PROJECT]), ("2026-01-14", []), ("2026-01-15", [PROJECT])])
def test_a_project_counts_from_the_day_of_the_post(
    client: httpx.Client, on: str, projects: list[str]
) -> None:
    (verdict,) = check(client, PAIR, on)["verdicts"]
    assert [post["project_key"] for post in verdict["unfinished"]] == projects


def test_nothing_is_answered_beside_a_name_that_does_not_agree(client: httpx.Client) -> None:
    (verdict,) = check(client, f"李合成\t{NUMBER}\t建筑工程\t{EMPLOYER}")["verdicts"]
    assert (verdict["outcome"], verdict["right_specialty"], verdict["right_employer"]) == (
        "mismatch",
        None,
        None,
    )


def test_the_receipt_is_the_hash_of_the_lines_and_they_hold_all_answers(client: httpx.Client) -> None:
    answer = check(client, f"{PAIR}\t建筑工程\t{EMPLOYER}")
    lines = answer["receipt_lines"]
    assert hashlib.sha256("\n".join(lines).encode()).hexdigest() == answer["receipt"]
    head, told = map(json.loads, lines)
    assert head == ["2026.10.0", "2026-10-31", "2026-11-01", None]
    assert told[:6] == ["曾国合", NUMBER, "建筑工程", EMPLOYER, "agrees", "vaaaa1"]
    assert told[6][0] == ["01", "valid.until", {"month": "2028-05"}]
    assert told[7:] == ["valid", EMPLOYER, "same", [PROJECT]]


@pytest.mark.parametrize("more", ["\t公路工程", "\t\t别的公司"])
def test_another_question_has_another_receipt(client: httpx.Client, more: str) -> None:
    assert check(client, PAIR)["receipt"] != check(client, PAIR + more)["receipt"]


def test_the_page_answers_the_two_questions_and_offers_the_files(client: httpx.Client) -> None:
    text = client.post("/verify", data={"pairs": f"{PAIR}\t公路工程\t别的公司"}).text
    for told in ('公路工程：<span class="tag alert">未注册此专业', '别的公司：<span class="tag alert">不符'):
        assert told in text
    assert 'value="xlsx"' in text
    assert 'value="pdf"' in text


@pytest.mark.parametrize(
    ("lang", "told"),
    [
        ("zh", ["已注册，有效", "相符", "合成大道（一期）工程", "2026年11月1日"]),
        ("en", ["registered and in force", "the same", "合成大道（一期）工程", "1 November 2026"]),
    ],
)
def test_both_files_tell_release_day_receipt_and_answers(
    client: httpx.Client, lang: str, told: list[str]
) -> None:
    line = f"{PAIR}\t建筑工程\t{EMPLOYER}"
    receipt = check(client, line)["receipt"]
    cells = [cell for row in sheets(file(client, "xlsx", line, lang))[0] for cell in row]
    text = "".join(pages(file(client, "pdf", line, lang))).replace("\n", "")
    for each in [*told, "曾国合", NUMBER, receipt]:
        assert any(each in str(cell) for cell in cells), each
        assert each.replace(" ", "") in text.replace(" ", ""), each
    assert "2026.10.0" in text


def test_the_receipt_can_be_recomputed_from_the_workbook_alone(client: httpx.Client) -> None:
    table, lines = sheets(file(client, "xlsx", f"{PAIR}\n李合成\t{NUMBER}"))
    code = hashlib.sha256("\n".join(row[0] for row in lines).encode()).hexdigest()
    assert code in [cell for row in table for cell in row]


def test_what_was_typed_is_no_formula_link_or_markup(client: httpx.Client) -> None:
    names = ["=1+1", "@SUM(A1)", "http://example.org/", "<b>&x</b>", "-cmd|' /C calc'!A0"]
    pairs = "\n".join(f"{name}\t{NUMBER}" for name in names)
    answer = file(client, "xlsx", pairs)
    with zipfile.ZipFile(io.BytesIO(answer.content)) as parts:
        xml = "".join(parts.read(name).decode() for name in parts.namelist())
    assert "<f>" not in xml
    assert "<hyperlink " not in xml
    assert "relationships/hyperlink" not in xml
    assert set(names) <= {cell for row in sheets(answer)[0] for cell in row}
    assert "<b>&x</b>" in "".join(pages(file(client, "pdf", pairs))).replace("\n", "")


def test_a_long_list_repeats_heading_and_receipt_on_every_page(client: httpx.Client) -> None:
    pairs = "\n".join([PAIR] * 50)
    found = pages(file(client, "pdf", pairs))
    receipt = check(client, pairs)["receipt"]
    assert len(found) > 1
    assert all("任负责人的" in page and receipt in page for page in found)


def test_a_character_that_the_font_lacks_is_told_by_its_code_point() -> None:
    assert printable("张𠮷\x00·") == "张[U+20BB7][U+0000]·"


def test_an_unknown_format_is_the_page(client: httpx.Client) -> None:
    answer = client.post("/verify", data={"pairs": PAIR, "format": "exe"})
    assert answer.headers["content-type"].startswith("text/html")
