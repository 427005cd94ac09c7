"""A record whose publication window has ended is served by nothing, on the day, by a server that goes on running."""

from collections.abc import Iterator
from datetime import date
from pathlib import Path

import httpx
import pytest

from etl.settings import Store
from tests.fixtures.clocks import Calendar
from tests.fixtures.lookup import CANCELLED, ENTERPRISE, HISTORIC, PROJECT, publish, register
from tests.fixtures.lookup_server import serving

LAST, NEXT = date(2026, 12, 15), date(2026, 12, 16)
NAME, NUMBER = "阿卜杜·合成", "新2650000000000003(临)"
# What tells of the record: its decision, and the identifier that it has in the register.
TRACES = ("建罚字", "X-1")


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Store:
    """A project of which the person is the manager, beside what the small register has."""
    tables = register()
    post = tables["post"][0] | {"public_id": CANCELLED}
    return publish(tmp_path_factory.mktemp("lookup"), "2026.10.0", tables | {"post": [*tables["post"], post]})


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
    return any(trace.encode() in answer.content for trace in TRACES)


def test_the_page_of_the_person_tells_it_until_the_last_day(
    client: httpx.Client, calendar: Calendar, accept: dict[str, str]
) -> None:
    told = []
    for calendar.today in (LAST, NEXT):
        told.append(tells(client.get(f"/p/{CANCELLED}", headers=accept)))
    assert told == [True, False]


@pytest.mark.parametrize("day", [LAST, NEXT])
def test_a_past_day_inside_the_window_does_not_bring_it_back(
    client: httpx.Client, calendar: Calendar, accept: dict[str, str], day: date
) -> None:
    calendar.today = day
    assert tells(client.get(f"/p/{CANCELLED}?on=2026-06-01", headers=accept)) is (day == LAST)


@pytest.mark.parametrize("path", [f"e/{ENTERPRISE}", f"j/{PROJECT}", f"p/{HISTORIC}"])
@pytest.mark.parametrize("day", [LAST, NEXT])
def test_no_other_page_tells_it(
    client: httpx.Client, calendar: Calendar, accept: dict[str, str], path: str, day: date
) -> None:
    calendar.today = day
    assert not tells(client.get(f"/{path}", headers=accept))


@pytest.mark.parametrize("day", [LAST, NEXT])
def test_no_answer_to_a_question_tells_it(
    client: httpx.Client, calendar: Calendar, accept: dict[str, str], day: date
) -> None:
    calendar.today = day
    assert not tells(client.post("/search", data={"number": NUMBER}, headers=accept))
    assert not tells(client.post("/verify", data={"pairs": f"{NAME},{NUMBER}"}, headers=accept))


def test_the_file_still_holds_it(store: Store) -> None:
    assert TRACES[0].encode() in Path(store.current / "served/lookup.sqlite").read_bytes()
