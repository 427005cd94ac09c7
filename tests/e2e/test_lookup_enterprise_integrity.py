"""The integrity records of an enterprise: told on its page and in its JSON while on public notice, and nowhere else."""

import json
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

import httpx
import jsonschema
import pytest

from dashboards.lookup.settings import HERE
from etl.settings import Store
from tests.fixtures.clocks import Calendar
from tests.fixtures.lookup import ENTERPRISE, NUMBER, PROJECT, VALID, publish, register
from tests.fixtures.lookup_server import serving

SCHEMA = json.loads((HERE / "static" / "lookup-v1.json").read_text(encoding="utf-8"))
JSON = {"Accept": "application/json"}
BEFORE, FIRST, LAST, AFTER = (date(2026, 3, 1), date(2026, 3, 2), date(2026, 12, 15), date(2026, 12, 16))
# What tells of the record: its decision, and the identifier that it has in the register.
TRACES = ("建督字", "E-1")
OVER = "建奖字"
NONE = "没有处于公示期内的信用记录"
SECTION = "信用记录"


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Store:
    """A second enterprise, which has no record, beside what the small register has."""
    tables = register()
    other = tables["enterprise"][0] | {"enterprise_key": "e0002", "enterprise_code": "91990000MA00000002"}
    enterprises = {"enterprise": [*tables["enterprise"], other]}
    return publish(tmp_path_factory.mktemp("lookup"), "2026.10.0", tables | enterprises)


@pytest.fixture(scope="module")
def calendar() -> Calendar:
    return Calendar(LAST)


@pytest.fixture(scope="module")
def client(store: Store, calendar: Calendar) -> Iterator[httpx.Client]:
    with serving(store, today=calendar) as address, httpx.Client(base_url=address) as opened:
        yield opened


@pytest.fixture(params=["text/html", "application/json"])
def accept(request: pytest.FixtureRequest) -> dict[str, str]:
    return {"Accept": str(request.param)}


def tells(answer: httpx.Response) -> bool:
    assert answer.status_code == 200
    return any(trace in answer.text for trace in TRACES)


@pytest.mark.parametrize(
    ("lang", "told"),
    [
        (
            "zh",
            (
                "不良",
                "2026年3月2日 决定",
                "公示至 2026年12月15日",
                "来源：来源integrity_list，2026年10月29日",
            ),
        ),
        ("en", ("Adverse", "decided 2 March 2026", "until 15 December 2026", "Source integrity_list")),
    ],
)
def test_the_page_tells_kind_decision_authority_days_and_source(
    client: httpx.Client, calendar: Calendar, lang: str, told: tuple[str, ...]
) -> None:
    calendar.today = LAST
    text = client.get(f"/e/{ENTERPRISE}?lang={lang}").text
    section = text[text.index('class="records"') :]
    for words in (*told, "合成建督字〔2026〕3号", "合成市住房和城乡建设局"):
        assert words in section


def test_json_tells_it_in_the_published_shape(client: httpx.Client, calendar: Calendar) -> None:
    calendar.today = LAST
    answer = client.get(f"/e/{ENTERPRISE}", headers=JSON).json()
    jsonschema.validate(answer, SCHEMA)
    (record,) = answer["enterprise"]["integrity_records"]
    assert record.pop("source")["code"] == "integrity_list"
    assert record == {
        "enterprise_key": ENTERPRISE,
        "kind": {"code": "bad", "zh": "不良", "en": "Adverse"},
        "decision_no": "合成建督字〔2026〕3号",
        "authority_name": "合成市住房和城乡建设局",
        "decided_on": "2026-03-02",
        "public_from": "2026-03-02",
        "public_to": "2026-12-15",
        "source_as_of": "2026-10-29",
    }


def test_it_is_told_from_the_first_to_the_last_day_by_a_server_that_goes_on_running(
    client: httpx.Client, calendar: Calendar, accept: dict[str, str]
) -> None:
    told = []
    for calendar.today in (BEFORE, FIRST, LAST, AFTER):
        told.append(tells(client.get(f"/e/{ENTERPRISE}", headers=accept)))
    assert told == [False, True, True, False]


@pytest.mark.parametrize("day", [LAST, AFTER])
def test_one_whose_window_is_over_is_not_told(
    client: httpx.Client, calendar: Calendar, accept: dict[str, str], day: date
) -> None:
    calendar.today = day
    assert OVER not in client.get(f"/e/{ENTERPRISE}", headers=accept).text


def test_the_page_says_that_none_is_on_notice_any_more(client: httpx.Client, calendar: Calendar) -> None:
    calendar.today = AFTER
    assert NONE in client.get(f"/e/{ENTERPRISE}").text


def test_another_enterprise_has_none(client: httpx.Client, calendar: Calendar) -> None:
    calendar.today = LAST
    assert NONE in client.get("/e/e0002").text
    assert client.get("/e/e0002", headers=JSON).json()["enterprise"]["integrity_records"] == []


@pytest.mark.parametrize("path", ["e/e0002", f"p/{VALID}", f"j/{PROJECT}", f"correct/e/{ENTERPRISE}"])
def test_no_other_page_tells_it(
    client: httpx.Client, calendar: Calendar, accept: dict[str, str], path: str
) -> None:
    calendar.today = LAST
    assert not tells(client.get(f"/{path}", headers=accept))


@pytest.mark.parametrize("asked", [{"q": "91990000MA00000001"}, {"q": "合成宏洋"}, {"number": NUMBER}])
def test_no_answer_to_a_question_tells_it(
    client: httpx.Client, calendar: Calendar, accept: dict[str, str], asked: dict[str, str]
) -> None:
    calendar.today = LAST
    assert not tells(client.post("/search", data=asked, headers=accept))


def test_a_correction_of_it_can_be_asked_for(client: httpx.Client) -> None:
    asked = {"group": "integrity", "ground": "past_its_time", "says": "公示期已过"}
    answer = client.post(f"/correct/e/{ENTERPRISE}", data=asked, headers=JSON)
    assert answer.status_code == 201
    assert '<option value="integrity">信用记录</option>' in client.get(f"/correct/e/{ENTERPRISE}").text


def served(root: Path, tables: dict[str, list[dict[str, Any]]]) -> tuple[str, dict[str, Any]]:
    """Page and JSON of the enterprise of a register, on the last day of the window."""
    with serving(publish(root, "2026.10.0", tables), today=lambda: LAST) as address:
        page = httpx.get(f"{address}/e/{ENTERPRISE}")
        data = httpx.get(f"{address}/e/{ENTERPRISE}", headers=JSON)
    assert page.status_code == data.status_code == 200
    return page.text, data.json()["enterprise"]


def test_a_release_without_such_records_says_nothing_of_them(tmp_path: Path) -> None:
    tables = register()
    del tables["enterprise_integrity"]
    page, data = served(tmp_path, tables)
    assert SECTION not in page
    assert "integrity_records" not in data


def test_one_without_an_end_of_its_window_is_not_told(tmp_path: Path) -> None:
    tables = register()
    endless = [row | {"public_to": None} for row in tables["enterprise_integrity"]]
    page, data = served(tmp_path, tables | {"enterprise_integrity": endless})
    assert NONE in page
    assert data["integrity_records"] == []


def test_the_newest_decision_comes_first_and_every_source_is_told(tmp_path: Path) -> None:
    tables = register()
    (record, _) = tables["enterprise_integrity"]
    older = record | {
        "integrity_no": "E-0",
        "decided_on": "2026-01-05",
        "decision_no": "合成建督字〔2026〕1号",
    }
    older |= {"received_on": "2026-09-29"}
    page, data = served(tmp_path, tables | {"enterprise_integrity": [older, record]})
    assert [row["decided_on"] for row in data["integrity_records"]] == ["2026-03-02", "2026-01-05"]
    assert page.index("〔2026〕3号") < page.index("〔2026〕1号")
    assert "来源integrity_list，2026年10月29日" in page
    assert "来源integrity_list，2026年9月29日" in page
