"""Of a request for correction the access log tells neither who filed it nor when its file was written."""

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from dashboards.lookup.routes import ROUTES
from dashboards.lookup.settings import load_settings
from dashboards.lookup.telemetry.access_log import AccessLog
from dashboards.lookup.telemetry.observing import Passage

PASSAGE = Passage("POST", "correction", 303, 0, 0.0123, "192.0.2.77")
# 2026-11-23 09:59:59
NOW = 1_795_427_999.9


def line(folder: Path, passage: Passage) -> dict[str, Any]:
    AccessLog(load_settings().access_log, folder, lambda text: f"name of {text}", lambda: NOW).write(passage)
    (path,) = folder.iterdir()
    return dict(json.loads(path.read_text("utf-8")))


@pytest.mark.parametrize("route", ["correction", "corrections", "receipt"])
def test_who_files_a_request_or_looks_after_it_has_no_name_and_no_second(tmp_path: Path, route: str) -> None:
    told = line(tmp_path, replace(PASSAGE, route=route))
    assert (told["time"], told["address"], told["network"]) == ("2026-11-23T09:00:00Z", "", "")
    assert (told["method"], told["route"], told["status"]) == ("POST", route, 303)


def test_others_have_both(tmp_path: Path) -> None:
    told = line(tmp_path, replace(PASSAGE, route="person"))
    assert told["time"] == "2026-11-23T09:59:59Z"
    assert told["address"] == "name of 32 192.0.2.77/32"


def test_every_route_that_is_unnamed_is_one() -> None:
    unnamed = load_settings().access_log.unnamed
    assert set(unnamed) <= {route.name for route in ROUTES}
    assert set(unnamed) >= {route.name for route in ROUTES if "correct" in route.pattern}
