"""A person who was taken down answers 410 and is found by no route."""

from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from etl.cli import main
from tests.fixtures.lookup import (
    EMPLOYER,
    ENTERPRISE,
    HISTORIC,
    NUMBER,
    PROJECT,
    SECOND,
    VALID,
    publish,
    register,
)
from tests.fixtures.lookup_server import serving

WHY = ["--ground", "objection", "--by", "某管理员", "--reason", "本人申请"]
ROUTES = (
    {"q": NUMBER},
    {"number": "京2110000000009999"},
    {"q": "曾国合 北京"},
    {"name": "曾国合", "employer": EMPLOYER, "division": "110000"},
    {"name": "zengguohe", "tail": "0001"},
    {"name": "曾国合", "specialty": "01"},
)


@pytest.fixture(scope="module")
def client(tmp_path_factory: pytest.TempPathFactory) -> Iterator[httpx.Client]:
    """A lookup that was already serving when the person was taken down, by another certificate's identifier."""
    store = publish(tmp_path_factory.mktemp("lookup"), "2026.10.0", register())
    with serving(store) as address, httpx.Client(base_url=address) as opened:
        assert opened.get(f"/p/{VALID}").status_code == 200
        assert main(["withdraw", "add", SECOND, *WHY, "--store", str(store.root)]) == 0
        yield opened


@pytest.mark.parametrize("public_id", [VALID, SECOND])
def test_every_page_of_the_person_answers_410_with_an_explanation(
    client: httpx.Client, public_id: str
) -> None:
    response = client.get(f"/p/{public_id}")
    assert response.status_code == 410
    assert "这一页已撤下" in response.text
    assert "曾国合" not in response.text


@pytest.mark.parametrize("facts", ROUTES)
@pytest.mark.parametrize("accept", ["text/html", "application/json"])
def test_no_question_finds_the_person(client: httpx.Client, facts: dict[str, str], accept: str) -> None:
    answer = client.post("/search", data=facts, headers={"Accept": accept})
    assert answer.status_code == 200
    assert VALID not in answer.text
    assert SECOND not in answer.text


def test_no_project_names_the_person(client: httpx.Client) -> None:
    text = client.get(f"/j/{PROJECT}").text
    assert VALID not in text
    assert HISTORIC in text
    assert VALID not in client.get(f"/e/{ENTERPRISE}").text


def test_being_taken_down_looks_like_not_being_found(client: httpx.Client) -> None:
    down, unknown = (client.post("/search", data={"number": n}) for n in (NUMBER, "京2110000000000002"))
    assert len(down.content) == len(unknown.content)


def test_another_person_of_the_name_is_still_found(client: httpx.Client) -> None:
    assert HISTORIC in client.post("/search", data={"q": "曾国合 上海"}).text


def test_it_holds_after_the_next_release(tmp_path: Path) -> None:
    store = publish(tmp_path, "1", register())
    main(["withdraw", "add", VALID, *WHY, "--store", str(store.root)])
    publish(tmp_path, "2", register())
    with serving(store) as address:
        assert httpx.get(f"{address}/p/{VALID}").status_code == 410
