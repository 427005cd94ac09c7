"""Of a request for correction the access log has no line: neighbours in time would tell when its file was written."""

from dataclasses import replace
from pathlib import Path

import pytest

from dashboards.lookup.routes import ROUTES
from dashboards.lookup.settings import load_settings
from dashboards.lookup.telemetry.access_log import AccessLog
from dashboards.lookup.telemetry.observing import Passage

PASSAGE = Passage("POST", "correction", 303, 0, 0.0123, "192.0.2.77")


def lines(folder: Path, *routes: str) -> int:
    """How many lines are written of requests to these routes."""
    log = AccessLog(load_settings().access_log, folder, lambda text: f"name of {text}", lambda: 0.0)
    for route in routes:
        log.write(replace(PASSAGE, route=route))
    return sum(len(path.read_text("utf-8").splitlines()) for path in folder.glob("*"))


@pytest.mark.parametrize("route", ["correction", "corrections", "receipt"])
def test_who_files_a_request_or_looks_after_it_leaves_no_line(tmp_path: Path, route: str) -> None:
    assert lines(tmp_path, "person", route, "person") == 2


def test_every_route_that_is_unlogged_is_one() -> None:
    unlogged = load_settings().access_log.unlogged
    assert set(unlogged) <= {route.name for route in ROUTES}
    assert set(unlogged) >= {route.name for route in ROUTES if "correct" in route.pattern}
