"""The closed door of the public lookup: other addresses, hostile requests, headers, quotas, releases."""

import json
import re
import socket
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path

import httpx
import jsonschema
import pytest

from dashboards.lookup.settings import HERE, Settings, load_settings
from etl.settings import PROJECT, Store
from tests.fixtures.lookup import NUMBER, VALID, certificate, publish, register
from tests.fixtures.lookup_server import raw, serving

# What Datasette would answer, under any name of the database, and near misses of our own addresses.
CLOSED = """
/lookup /lookup_1 /lookup_1.db /lookup.db /lookup_1.json /lookup_1/certificate /lookup_1/certificate.csv
/lookup_1/certificate.json /lookup_1/certificate/1 /lookup_1?sql=select+1 /lookup_1.json?sql=select+1
/_memory /_memory/ /_memory.json?sql=select+1 /:memory: /_internal /_internal/databases
/-/metadata /-/metadata.json /-/plugins /-/versions.json /-/settings /-/config /-/databases.json /-/threads
/-/actor.json /-/auth-token /-/logout /-/permissions /-/messages /-/allow-debug /-/patterns /-/static/app.css
/-/jump.json /.json /.jsono /- /-/
/_MEMORY /LOOKUP_1/Certificate /-/Metadata /%5fmemory /%6Cookup_1 /%2D/metadata
/~5Fmemory /lookup~5F1 /~2D/plugins
/p /p/ /e/ /p/%25 /p/' /P/vaaaa1 /%70/vaaaa1 /p/vaaaa1.json /p/vaaaa1/ /search/ /Search
/static/ /static/settings.yaml /api /api/v1 /api/v1/certificate /favicon.ico /sitemap.xml
"""
SCHEMA = json.loads((HERE / "static" / "lookup-v1.json").read_text(encoding="utf-8"))


def ask(client: httpx.Client, **facts: str) -> httpx.Response:
    return client.post("/search", data=facts)


def found(response: httpx.Response) -> list[str]:
    """Public ids that an answer links to."""
    return re.findall(r'href="/p/(\w+)"', response.text)


@pytest.mark.parametrize("path", CLOSED.split())
def test_every_other_address_is_closed(client: httpx.Client, path: str) -> None:
    for method in ("GET", "POST"):
        response = client.request(method, path)
        assert response.status_code in (403, 404), method
        assert "sqlite" not in response.text.lower()


@pytest.mark.parametrize(
    "path",
    [
        b"/\\example.com/", b"//example.com/", b"/p//vaaaa1", b"/..%2f..%2fetc/passwd",
        b"/static/../settings.yaml", b"/%5Cexample.com", b"/%2F%2Fexample.com",
        b"/static/%2e%2e/settings.yaml", b"/p/%00", b"*",
    ],
)  # fmt: skip
def test_odd_paths_are_refused_and_redirect_nowhere(address: str, path: bytes) -> None:
    status, answer = raw(address, b"GET " + path + b" HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
    assert status == 400
    assert "location:" not in answer.lower()


@pytest.mark.parametrize("method", ["PUT", "DELETE", "PATCH", "OPTIONS", "TRACE", "PROPFIND"])
def test_other_methods_are_refused(client: httpx.Client, method: str) -> None:
    assert client.request(method, "/").status_code == 405
    assert client.get("/search").headers["allow"] == "POST"


@pytest.mark.parametrize(
    "injected",
    [
        "' OR 1=1 --",
        '" OR ""="',
        "%",
        "_",
        "'; DROP TABLE certificate; --",
        "曾国合' --",
        "\0",
        "1 UNION SELECT 1",
        "{{1237*1019}}",
    ],
)
def test_injected_sql_is_inert(client: httpx.Client, injected: str) -> None:
    for facts in ({"number": injected}, {"name": injected, "division": injected}, {"q": injected}):
        response = ask(client, **facts)
        assert response.status_code in (200, 422)
        assert not found(response)
        assert "1260503" not in response.text
    assert client.get(f"/p/{VALID}").status_code == 200


@pytest.mark.parametrize(
    ("body", "kind", "status"),
    [
        (b"number=" + b"9" * 17_000, "application/x-www-form-urlencoded", 413),
        (b"number=\xff\xfe", "application/x-www-form-urlencoded", 400),
        (b"&".join(b"a%d=1" % n for n in range(30)), "application/x-www-form-urlencoded", 400),
        (b"[" * 4000, "application/json", 400),
        (b'["number"]', "application/json", 400),
        (b'{"number": 1}', "application/json", 400),
        (b'{"number": "\\ud800"}', "application/json", 400),
        (b"", "application/json", 400),
    ],
)
def test_a_hostile_body_is_refused(client: httpx.Client, body: bytes, kind: str, status: int) -> None:
    response = client.post(
        "/search", content=body, headers={"Content-Type": kind, "Accept": "application/json"}
    )
    assert response.status_code == status
    jsonschema.validate(response.json(), SCHEMA)


def test_headers_of_other_applications_change_nothing(client: httpx.Client) -> None:
    headers = {
        "Cookie": "ds_actor=x; ds_csrftoken=\xff",
        "Authorization": "Bearer dstok_x",
        "X-CSRFToken": "\xe9",
    }
    latin = {name: value.encode("latin-1") for name, value in headers.items()}
    assert found(client.post("/search", data={"number": NUMBER}, headers=latin)) == [VALID]


def slow_to_refill() -> Settings:
    """The shipped settings with one token an hour: on a slow machine too none comes back during a test."""
    settings = load_settings()
    return replace(settings, quotas=(replace(settings.quotas[0], per_minute=1 / 60),))


def test_every_response_carries_the_protective_headers(client: httpx.Client, tmp_path: Path) -> None:
    settings = slow_to_refill()
    with serving(publish(tmp_path, "1", register()), settings) as limited:
        spent = [httpx.get(limited) for _ in range(settings.quotas[0].burst + 1)][-1]
    paths = ("/", "/about", f"/p/{VALID}", "/nowhere", "/search", "/robots.txt", "/static/lookup.css")
    responses = [spent, ask(client, number=NUMBER), client.post("/search", content=b"x" * 17_000)]
    responses += [client.get(path) for path in paths]
    for response in responses:
        headers = response.headers
        assert "default-src 'none'" in headers["content-security-policy"]
        assert "unsafe" not in headers["content-security-policy"]
        assert headers["x-robots-tag"] == "noindex, noarchive"
        assert headers["referrer-policy"] == "same-origin"
        assert headers["x-content-type-options"] == "nosniff"
        assert headers["cache-control"] == (
            "private, no-store" if "css" not in str(response.url) else "public, max-age=86400"
        )
        assert not {"server", "set-cookie", "location"} & set(headers)


def test_nobody_becomes_another_visitor_by_saying_so(tmp_path: Path) -> None:
    settings = slow_to_refill()
    with serving(publish(tmp_path, "1", register()), settings, proxies="") as address:
        answers = [
            httpx.get(address, headers={"X-Forwarded-For": f"203.0.113.{n}"}).status_code
            for n in range(settings.quotas[0].burst + 1)
        ]
    assert answers[-1] == 429


def test_after_the_burst_comes_429_with_retry_after(tmp_path: Path) -> None:
    settings = slow_to_refill()
    with (
        serving(publish(tmp_path, "1", register()), settings) as address,
        httpx.Client(base_url=address) as client,
    ):
        answers = [client.get(f"/p/{VALID}") for _ in range(settings.quotas[0].burst + 3)]
        data = client.get(f"/p/{VALID}", headers={"Accept": "application/json"})
        neighbour = client.get("/", headers={"X-Forwarded-For": "10.9.8.7"})
        style = client.get("/static/lookup.css")
    assert [a.status_code for a in answers] == [200] * settings.quotas[0].burst + [429] * 3
    assert 3000 < int(answers[-1].headers["retry-after"]) <= 3600
    assert "曾国合" not in answers[-1].text
    assert (data.status_code, data.json()["error"]["status"]) == (429, 429)
    assert neighbour.status_code == style.status_code == 200


def test_quotas_are_shared_by_processes_and_kept_over_a_restart(tmp_path: Path) -> None:
    store, settings = publish(tmp_path, "1", register()), slow_to_refill()
    with serving(store, settings) as one, serving(store, settings) as other:
        half = range(settings.quotas[0].burst // 2)
        turns = [httpx.get(f"{address}/about").status_code for _ in half for address in (one, other)]
        assert set(turns) == {200}
        assert httpx.get(f"{other}/about").status_code == 429
    with serving(store, settings) as again:
        assert httpx.get(f"{again}/about").status_code == 429


def test_a_new_release_is_served_within_two_seconds(tmp_path: Path) -> None:
    store = publish(tmp_path, "1", register())
    with serving(store) as address, httpx.Client(base_url=address) as client:
        assert client.get(f"/p/{VALID}").status_code == 200
        publish(
            tmp_path, "2", register() | {"certificate": [certificate("new1", "新合成", "xinhecheng", "京9")]}
        )
        deadline = time.monotonic() + 2
        while client.get("/healthz").json()["release"]["version"] == "1":
            assert time.monotonic() < deadline
        assert client.get(f"/p/{VALID}").status_code == 404
        assert found(ask(client, number="京9")) == ["new1"]


def test_a_release_that_cannot_be_opened_leaves_the_old_one_serving(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    store = publish(tmp_path, "1", register())
    with serving(store) as address, httpx.Client(base_url=address) as client:
        client.get("/")
        broken = store.releases / "2" / "served"
        broken.mkdir(parents=True)
        (broken / "lookup.sqlite").write_bytes(b"not a database" * 100)
        store.current.unlink()
        store.current.symlink_to(Path("releases") / "2")
        deadline = time.monotonic() + 5
        while not caplog.records:
            assert time.monotonic() < deadline
            assert client.get(f"/p/{VALID}").status_code == 200
        assert client.get("/healthz").json()["release"]["version"] == "1"


def test_a_fault_inside_shows_and_logs_nothing_of_the_question(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    broken = [{"identifier": VALID, "specialty_code": "01"}]
    with serving(publish(tmp_path, "1", register() | {"registration": broken})) as address:
        response = httpx.post(f"{address}/search", data={"number": NUMBER})
    assert response.status_code == 500
    assert NUMBER not in caplog.text + response.text
    assert "Traceback" not in caplog.text + response.text
    assert "search: OperationalError in " in caplog.text


def test_a_store_without_a_release_is_a_clear_error(tmp_path: Path) -> None:
    run = subprocess.run(
        [sys.executable, "-m", "dashboards.lookup", "--store", tmp_path, "--port", "1"],
        capture_output=True, text=True, cwd=PROJECT, check=False,
    )  # fmt: skip
    assert run.returncode == 2
    assert "jzs build" in run.stderr
    assert "Traceback" not in run.stderr


def test_the_command_serves_and_logs_no_question(store: Store) -> None:
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port = str(probe.getsockname()[1])
    command = [sys.executable, "-m", "dashboards.lookup", "--store", store.root, "--port", port]
    process = subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, cwd=PROJECT
    )
    try:
        with httpx.Client(
            base_url=f"http://127.0.0.1:{port}", transport=httpx.HTTPTransport(retries=8)
        ) as client:
            assert found(ask(client, name="曾国合", division="110000")) == [VALID]
            assert client.get(f"/p/{VALID}").status_code == 200
    finally:
        process.terminate()
        output = process.communicate(timeout=10)[0]
    assert output == ""
