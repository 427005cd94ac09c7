"""The answers of a served release: every page, file and header that can be reached, through real servers."""

import threading
from collections.abc import Iterator
from contextlib import closing, contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from pysqlite3 import dbapi2 as sqlite3

from etl.clean.identifiers import id_check_character
from etl.privacy.leakscan import Finding, Group, Needles, Request, findings
from etl.privacy.leakscan import crawl as asked
from etl.publish.leaks import rules_of
from etl.serve import file_server
from etl.settings import Store
from tests.fixtures.lookup import publish, register
from tests.fixtures.lookup_server import serving

RULES = rules_of()
RESIDENT_ID = "11010119900307123" + id_check_character("11010119900307123")
TOKENS = Needles([Group("token", [["金丝雀之暗号一二三", "CANARY-TOKEN-0001"]], whole=False)])


def scanned(*requests: Request, needles: Needles = TOKENS) -> tuple[list[str], list[Finding]]:
    """Addresses that answered, and what was found in their answers."""
    answers = list(asked(requests, RULES))
    found = [finding for name, parts in answers for finding in findings(name, parts, RULES, [needles])]
    return [name for name, _ in answers], found


@contextmanager
def answering(pages: dict[str, tuple[dict[str, str], bytes]]) -> Iterator[str]:
    """A server that gives these headers and bodies; 404 with a body for other addresses."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            headers, body = pages.get(self.path, ({}, b"nothing here: CANARY-TOKEN-0001"))
            self.send_response(200 if self.path in pages else 404)
            for name, value in headers.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            """Quiet."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()


def test_the_lookup_answers_without_what_is_kept_back(tmp_path: Path) -> None:
    store = publish(tmp_path, "2026.10.0", register())
    with closing(sqlite3.connect(store.current / "served" / "lookup.sqlite")) as connection:
        known = [row[0] for row in connection.execute("SELECT public_id FROM certificate")]
    paths = ["/", "/about", *(f"/p/{key}" for key in known)]
    with serving(store) as address:
        first = [Request(f"{address}{path}") for path in paths]
        names, found = scanned(*first, Request(f"{address}/search", "name=王伟".encode()))
    assert {*paths, "/search"} <= set(names)
    assert any(name.startswith("/e/") for name in names)
    assert found == []


def test_the_catalogue_answers_without_what_is_kept_back(assembled: Path, tmp_path: Path) -> None:
    store = Store(tmp_path / "store")
    store.releases.mkdir(parents=True)
    (store.releases / assembled.name).symlink_to(assembled)
    store.current.symlink_to(Path("releases") / assembled.name)
    with file_server(store, "127.0.0.1", 0, {"dashboard": ":1", "lookup": ":2"}) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        names, found = scanned(Request(f"http://127.0.0.1:{server.server_port}/"))
        server.shutdown()
    files = {
        path.relative_to(assembled / "open").as_posix()
        for path in assembled.glob("open/datasets/*/*.parquet")
    }
    assert files and {f"/{file}" for file in files} <= set(names)
    assert found == []


@pytest.mark.parametrize(
    ("headers", "body", "place", "kind"),
    [
        ({}, f"<p>{RESIDENT_ID}</p>".encode(), "body > text", "resident_id"),
        ({"Content-Type": "application/json"}, b'{"t": "CANARY-TOKEN-0001"}', "body > text", "token"),
        ({"X-Debug": "CANARY-TOKEN-0001"}, b"", "headers", "token"),
        ({}, "金丝雀之暗号一二三".encode("gb18030"), "body > text", "token"),
    ],
)
def test_what_a_linked_page_tells_is_found(
    headers: dict[str, str], body: bytes, place: str, kind: str
) -> None:
    pages = {"/": ({}, b'<a href="/second">x</a>'), "/second": (headers, body)}
    with answering(pages) as address:
        _, found = scanned(Request(f"{address}/"))
    assert Finding("/second", place, kind, 1) in found


def test_pages_of_error_are_looked_at() -> None:
    with answering({"/": ({}, b'<img src="gone.png">')}) as address:
        _, found = scanned(Request(f"{address}/"))
    assert found == [Finding("/gone.png", "body > text", "token", 1)]


def test_other_servers_are_not_asked() -> None:
    with answering({"/": ({}, b'<a href="http://example.invalid/x">x</a>')}) as address:
        names, _ = scanned(Request(f"{address}/"))
    assert names == ["/"]
