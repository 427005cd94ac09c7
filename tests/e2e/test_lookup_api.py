"""The same answers for programs, in their published shape."""

import json
import re

import httpx
import jsonschema
import pytest

from dashboards.lookup.routes import ROUTES
from dashboards.lookup.settings import HERE
from dashboards.lookup.views import about, home, nowhere, robots, static
from tests.fixtures.lookup import CANCELLED, ENTERPRISE, NUMBER, PROJECT, VALID

SCHEMA = json.loads((HERE / "static" / "lookup-v1.json").read_text(encoding="utf-8"))
JSON = {"Accept": "application/json"}


@pytest.mark.parametrize(
    ("facts", "outcome", "ids"),
    [
        ({"number": NUMBER}, "found", [VALID]),
        ({"number": "京2999"}, "none", []),
        ({"name": "曾国合"}, "refused", []),
        ({"name": "李合成", "division": "110000"}, "broad", []),
    ],
)
def test_json_answers_the_same_questions(
    client: httpx.Client, facts: dict[str, str], outcome: str, ids: list[str]
) -> None:
    for sent in ({"json": facts}, {"data": facts}):
        answer = client.post("/search", headers=JSON, **sent).json()
        jsonschema.validate(answer, SCHEMA)
        assert answer["outcome"] == outcome
        assert [row["public_id"] for row in answer["persons"]] == ids
        assert NUMBER not in json.dumps(answer["persons"], ensure_ascii=False)


@pytest.mark.parametrize(
    "path",
    [
        f"p/{VALID}",
        f"p/{VALID}?on=2025-05-20",
        f"p/{CANCELLED}",
        f"e/{ENTERPRISE}",
        f"j/{PROJECT}",
        "p/x",
        "healthz",
    ],
)
def test_json_keeps_its_published_shape(client: httpx.Client, path: str) -> None:
    jsonschema.validate(client.get(f"/{path}", headers=JSON).json(), SCHEMA)


def test_the_description_of_the_interface_names_every_address_and_its_answer() -> None:
    described = json.loads((HERE / "static" / "openapi.json").read_text(encoding="utf-8"))
    paths = [re.sub(r"{\w+}", "x", path) for path in described["paths"]]
    own = [route for route in ROUTES if route.view is not nowhere]
    assert all(any(re.match(route.pattern, path) for route in own) for path in paths)
    undescribed = {r.view for r in own if not any(re.match(r.pattern, path) for path in paths)}
    assert undescribed == {home, about, static, robots}
    references = set(re.findall(r'"lookup-v1.json#/[$]defs/(\w+)"', json.dumps(described)))
    assert references <= SCHEMA["$defs"].keys()
