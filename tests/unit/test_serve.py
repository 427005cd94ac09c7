"""The file server of front page and catalogue."""

import threading
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from http.client import HTTPConnection
from pathlib import Path

import pytest

from etl.publish.release import Version, point, write_json
from etl.serve import file_server
from etl.settings import Store

Fetch = Callable[[str], str]


def release(store: Store, version: Version, text: str) -> None:
    folder = store.releases / str(version)
    for name in ("open/catalogue/index.html", "open/catalogue/en/index.html", "served/lookup.sqlite"):
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text, encoding="utf-8")
    edition = {"title": f"登记 {text}", "version": str(version), "as_of": "2026-10-31"}
    frame = {
        "edition": edition | {"synthetic": True, "notice": "合成 <b>"},
        "publisher": "发布者",
        "licence": {"title": "CC", "url": None},
    }
    write_json(folder / "manifest.json", {"frame": {"zh": frame, "en": frame}})
    point(store, version)


@pytest.fixture
def store(tmp_path: Path) -> Store:
    store = Store(tmp_path / "store")
    release(store, Version(2026, 10, 0), "first")
    return store


@pytest.fixture
def port(store: Store) -> Iterator[int]:
    with file_server(store, "127.0.0.1", 0, {"dashboard": ":8601", "lookup": ":8602"}) as server:
        threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
        yield server.server_address[1]
        server.shutdown()


@pytest.fixture
def fetch(port: int) -> Fetch:
    def get(path: str) -> str:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}{path}", timeout=10) as answer:
            return str(answer.read().decode())

    return get


def status(port: int, path: str) -> int:
    """Status of a path sent as it is, not tidied by a client."""
    connection = HTTPConnection("127.0.0.1", port, timeout=10)
    connection.request("GET", path)
    return connection.getresponse().status


@pytest.mark.parametrize(
    ("path", "language", "query", "folder"), [("/", "zh-CN", "", ""), ("/en/", "en", "?lang=en", "en/")]
)
def test_front_page_links_the_three_products_in_its_language(
    fetch: Fetch, path: str, language: str, query: str, folder: str
) -> None:
    page = fetch(path)
    assert f'<html lang="{language}">' in page
    for address in (
        "http://127.0.0.1:8601/" + query,
        "http://127.0.0.1:8602/" + query,
        f"/catalogue/{folder}",
    ):
        assert f'href="{address}' in page


def test_front_page_links_products_behind_a_proxy_at_their_public_address(store: Store) -> None:
    public = {"dashboard": "https://stats.example.org", "lookup": ":8602"}
    with file_server(store, "127.0.0.1", 0, public) as server:
        threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
        connection = HTTPConnection("127.0.0.1", server.server_address[1], timeout=10)
        connection.request("GET", "/en/", headers={"Host": "data.example.org"})
        page = connection.getresponse().read().decode()
        server.shutdown()
    assert 'href="https://stats.example.org/?lang=en"' in page
    assert 'href="http://data.example.org:8602/?lang=en"' in page


def test_front_page_escapes_what_the_register_says(fetch: Fetch) -> None:
    assert "合成 &lt;b&gt;" in fetch("/")


def test_catalogue_is_served_from_open(fetch: Fetch) -> None:
    assert fetch("/catalogue/") == "first"


@pytest.mark.parametrize(
    "path",
    [
        "/served/lookup.sqlite",
        "/../served/lookup.sqlite",
        "/catalogue/../../served/lookup.sqlite",
        "/%2e%2e/served/lookup.sqlite",
        "/..%2fserved/lookup.sqlite",
        "//etc/passwd",
        "/manifest.json",
        "/datasets/",
        "/nothing",
    ],
)
def test_nothing_outside_open_can_be_reached(port: int, path: str) -> None:
    assert status(port, path) == 404


@pytest.mark.parametrize(
    ("path", "said"), [("/nothing", "没有这个页面"), ("/catalogue/en/nothing.html", "No such page")]
)
def test_an_address_that_leads_nowhere_is_told_in_its_language(port: int, path: str, said: str) -> None:
    connection = HTTPConnection("127.0.0.1", port, timeout=10)
    connection.request("GET", path)
    answer = connection.getresponse()
    assert (answer.status, said in answer.read().decode()) == (404, True)


def test_the_pointer_is_followed_at_each_request(store: Store, fetch: Fetch) -> None:
    assert fetch("/catalogue/") == "first"
    release(store, Version(2026, 10, 1), "second")
    assert fetch("/catalogue/") == "second"
    assert "登记 second" in fetch("/")


def test_answers_forbid_scripts(port: int) -> None:
    with urllib.request.urlopen(f"http://127.0.0.1:{port}/", timeout=10) as answer:
        policy = answer.headers["Content-Security-Policy"]
    assert "default-src 'none'" in policy and "script-src" not in policy


def test_a_strange_host_is_not_repeated(port: int) -> None:
    connection = HTTPConnection("127.0.0.1", port, timeout=10)
    connection.request("GET", "/", headers={"Host": 'x"onclick'})
    assert b"onclick" not in connection.getresponse().read()
