"""Whatever is sent to the lookup: no fault, no leak, no fact that was not asked for. See `tests/fixtures/witness.py`.

JZS_FUZZ=20 sends twenty times as much; `tests/perf/fuzz.py` does so and tells the counts.
"""

import json
import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import schemathesis
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from schemathesis import GenerationMode
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
    unsupported_method,
)

from dashboards.lookup.settings import HERE
from tests.fixtures.hostile import BOMBS, BOUNDARY, NUMBER, bare_requests, forms, objects, proofs, uploads
from tests.fixtures.lookup import ENTERPRISE, PROJECT, VALID
from tests.fixtures.witness import Answer, Witness, witnessing

TIMES = float(os.environ.get("JZS_FUZZ", "1"))
CHECKS = [
    not_a_server_error,
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
    unsupported_method,
]
JSON = "application/json"
DESCRIBED = json.loads((HERE / "static" / "openapi.json").read_text(encoding="utf-8"))["paths"]
# What takes nothing cannot be asked wrongly.
OPERATIONS = [
    (path, method, mode)
    for path, methods in DESCRIBED.items()
    for method, operation in methods.items()
    for mode in GenerationMode
    if mode is GenerationMode.POSITIVE or operation.keys() & {"parameters", "requestBody"}
]
FORMS = ["/search", "/verify", f"/correct/p/{VALID}", "/corrections"]
KNOWN = {"public_id": VALID, "enterprise_key": ENTERPRISE, "project_key": PROJECT}


def fuzzed(
    examples: int, **strategies: st.SearchStrategy[Any]
) -> Callable[[Callable[..., None]], Callable[[], None]]:
    """Runs a function on so many examples, times JZS_FUZZ."""

    def decorate(function: Callable[..., None]) -> Callable[[], None]:
        limits = settings(
            max_examples=max(1, round(examples * TIMES)),
            deadline=None,
            database=None,
            suppress_health_check=list(HealthCheck),
        )
        return limits(given(**strategies)(function))

    return decorate


@pytest.fixture(scope="module")
def witness(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Witness]:
    with witnessing(tmp_path_factory.mktemp("lookup")) as opened:
        yield opened


@pytest.fixture(scope="module")
def hasty(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Witness]:
    """One for what may never arrive."""
    with witnessing(tmp_path_factory.mktemp("lookup"), hasty=True) as opened:
        yield opened


@pytest.fixture(autouse=True)
def told(
    witness: Witness,
    hasty: Witness,
    caplog: pytest.LogCaptureFixture,
    record_property: Callable[[str, object], None],
) -> Iterator[None]:
    """Counts what a test sent; whatever it was, the server has nothing to report."""
    before = witness.sent + hasty.sent
    yield
    for status, count in (witness.sent + hasty.sent - before).items():
        record_property(f"answered {status}", count)
    assert [
        record.getMessage() for record in caplog.records if record.levelname in ("ERROR", "CRITICAL")
    ] == []


@pytest.fixture(scope="module")
def api(witness: Witness) -> schemathesis.BaseSchema:
    return schemathesis.openapi.from_url(f"{witness.address}/static/openapi.json")


@pytest.mark.parametrize(("path", "method", "mode"), OPERATIONS)
def test_every_operation_answers_as_described(
    api: schemathesis.BaseSchema, witness: Witness, path: str, method: str, mode: GenerationMode
) -> None:
    operation = api[path][method]
    known = {name: value for name, value in KNOWN.items() if f"{{{name}}}" in path}
    for fixed in [{}, *([{"path_parameters": known}] if known and mode is GenerationMode.POSITIVE else [])]:

        @fuzzed(20, case=operation.as_strategy(mode, **fixed))
        def ask(case: schemathesis.Case) -> None:
            response = case.call(headers={"Accept": JSON})
            case.validate_response(response, checks=CHECKS)
            request = response.request
            asked = f"{request.url} ".encode() + (
                request.body or b"" if isinstance(request.body, bytes) else (request.body or "").encode()
            )
            headers = {name: values[0] for name, values in response.headers.items()}
            witness.judge(asked, Answer(response.status_code, headers, response.content))

        ask()


@pytest.mark.parametrize("path", FORMS)
@pytest.mark.parametrize("accept", ["text/html", JSON])
def test_hostile_forms(witness: Witness, path: str, accept: str) -> None:
    @fuzzed(60, form=forms())
    def post(form: tuple[str, bytes]) -> None:
        witness.post(path, form[1], form[0], accept=accept)

    post()


@pytest.mark.parametrize("typed", ["宏洋\0建设", "合成大道\0", '"宏洋"建设"'])
def test_a_null_or_a_quotation_mark_in_a_name_is_no_fault(witness: Witness, typed: str) -> None:
    witness.post("/search", json.dumps({"q": typed}).encode(), JSON)


@pytest.mark.parametrize("path", FORMS)
def test_hostile_json(witness: Witness, path: str) -> None:
    @fuzzed(60, content=objects())
    def post(content: object) -> None:
        witness.post(path, json.dumps(content).encode(), JSON, accept=JSON)

    post()


@pytest.mark.parametrize("accept", ["text/html", JSON])
def test_hostile_uploads(witness: Witness, accept: str) -> None:
    @fuzzed(60, body=uploads())
    def post(body: bytes) -> None:
        kind = f"multipart/form-data; boundary={BOUNDARY}"
        witness.post("/verify", body, kind, f"曾国合 {NUMBER} pairs".encode(), accept)

    post()


def test_hostile_proofs(tmp_path: Path, witness: Witness) -> None:
    """Where nothing is free, nothing but a solved challenge obtains a person."""
    with witnessing(tmp_path, free=0) as strict:
        question = {"q": NUMBER}
        asked = strict.client.post("/search", json=question, headers={"Accept": JSON}).json()["error"][
            "proof"
        ]["challenge"]

        @fuzzed(60, fields=proofs())
        def post(fields: dict[str, str]) -> None:
            content = json.dumps(fields | {"challenge": fields["challenge"] or asked}).encode()
            strict.post("/search", content, JSON, accept=JSON)

        post()
    assert set(strict.sent) <= {400, 413, 429}
    witness.sent += strict.sent


@pytest.mark.parametrize("place", range(len(BOMBS)))
def test_bombs(witness: Witness, place: int) -> None:
    head = b'--x\r\nContent-Disposition: form-data; name="file"; filename="a"\r\n\r\n'
    body = head + BOMBS[place] + b"\r\n--x--\r\n"
    asked = f"曾国合 {NUMBER} pairs".encode()
    witness.post("/verify", body, f"multipart/form-data; boundary={BOUNDARY}", asked)


@pytest.mark.parametrize("kind", ["", "xlsx", "pdf"])
@pytest.mark.parametrize("line", ["<&" * 230, "\U00020bb7" * 470, "a" * 119 + ",京" + "2" * 118 + ",b" * 60])
def test_fifty_lines_of_any_width_are_answered_as_any_file(witness: Witness, kind: str, line: str) -> None:
    lines, form = "\n".join([line] * 50), "--x\r\nContent-Disposition: form-data; name="
    body = f'{form}"format"\r\n\r\n{kind}\r\n{form}"file"; filename="a"\r\n\r\n{lines}\r\n--x--\r\n'
    witness.post("/verify", body.encode(), f"multipart/form-data; boundary={BOUNDARY}")


def test_thousands_of_parts(witness: Witness) -> None:
    part = b'--x\r\nContent-Disposition: form-data; name="a"\r\n\r\n1\r\n'
    witness.post("/verify", part * 4000 + b"--x--\r\n", f"multipart/form-data; boundary={BOUNDARY}")


def test_bare_bytes(hasty: Witness) -> None:
    @fuzzed(300, request=bare_requests())
    def send(request: bytes) -> None:
        hasty.send(request)

    send()


@pytest.mark.parametrize(
    "request_bytes",
    [
        b"GET /?" + b"a" * 1_000_000 + b" HTTP/1.1\r\nHost: x\r\n\r\n",
        b"GET /" + b"a" * 1_000_000 + b" HTTP/1.1\r\nHost: x\r\n\r\n",
        b"GET / HTTP/1.1\r\nHost: x\r\n" + b"A: b\r\n" * 200_000 + b"\r\n",
        b"POST /search HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Length: 1000002\r\n\r\nq="
        + b"a" * 1_000_000,
        b"POST /search HTTP/1.1\r\nHost: x\r\nConnection: close\r\nTransfer-Encoding: chunked\r\n\r\n"
        + b"1\r\na\r\n" * 200_000,
        b"GET / HTTP/1.1\r\nHost: x\r\n\r\n" * 300,
    ],
    ids=["query", "path", "head", "body", "chunks", "pipelined"],
)
def test_a_megabyte(hasty: Witness, request_bytes: bytes) -> None:
    hasty.send(request_bytes)
