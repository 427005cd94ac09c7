"""The access log: what a line tells and what it cannot tell, days, and processes that share it."""

import json
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from dashboards.lookup.settings import load_settings
from dashboards.lookup.telemetry.access_log import AccessLog
from dashboards.lookup.telemetry.observing import Passage
from etl.settings import PROJECT

DAY = 86_400.0
PASSAGE = Passage("GET", "person", 200, 3500, 0.0123, "192.0.2.77")


def backwards(text: str) -> str:
    """A pseudonym that a test can read."""
    return text[::-1]


def access_log(folder: Path, clock: Callable[[], float] = lambda: 12.9) -> AccessLog:
    return AccessLog(load_settings().access_log, folder, backwards, clock)


def lines(folder: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for path in sorted(folder.iterdir()) for line in path.open(encoding="utf-8")]


def test_a_line_tells_route_outcome_and_pseudonyms_and_lengths_only_roughly(tmp_path: Path) -> None:
    access_log(tmp_path / "access").write(PASSAGE)
    assert lines(tmp_path / "access") == [
        {
            "time": "1970-01-01T00:00:12Z",
            "method": "GET",
            "route": "person",
            "status": 200,
            "bytes": 4096,
            "milliseconds": 12,
            "address": "23/77.2.0.291 23",
            "network": "42/0.2.0.291 42",
        }
    ]


def test_only_its_owner_may_read_it(tmp_path: Path) -> None:
    folder = tmp_path / "access"
    access_log(folder).write(PASSAGE)
    assert [path.stat().st_mode & 0o077 for path in (folder, *folder.iterdir())] == [0, 0]


def test_each_day_has_a_file_and_old_ones_go(tmp_path: Path) -> None:
    now = [0.0]
    log = access_log(tmp_path, lambda: now[0])
    days = load_settings().access_log.days
    for day in range(days + 3):
        now[0] = day * DAY
        log.write(PASSAGE)
    kept = sorted(path.name for path in tmp_path.iterdir())
    assert len(kept) == days + 1
    assert (kept[0], kept[-1]) == ("1970-01-03.jsonl", "1970-01-17.jsonl")


def test_a_log_that_cannot_be_written_is_told_and_stops_nobody(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    (tmp_path / "access").write_text("not a folder")
    access_log(tmp_path / "access").write(replace(PASSAGE, address="203.0.113.9"))
    assert "access log cannot be written" in caplog.text
    assert "203.0.113" not in caplog.text


def test_a_flood_fills_no_disk(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    now = [0.0]
    small = replace(load_settings().access_log, most_bytes=500)
    log = AccessLog(small, tmp_path, backwards, lambda: now[0])
    for _ in range(1000):
        log.write(PASSAGE)
    assert (tmp_path / "1970-01-01.jsonl").stat().st_size < 800
    assert caplog.text.count("full for today") == 1
    now[0] = DAY
    log.write(PASSAGE)
    assert len(lines(tmp_path)) == 4


def test_lines_of_several_processes_stay_whole(tmp_path: Path) -> None:
    writing = (
        "import sys; from pathlib import Path; from tests.unit.lookup.test_lookup_access_log import *\n"
        "log = access_log(Path(sys.argv[1]))\n"
        "for _ in range(2000): log.write(PASSAGE)"
    )
    command = [sys.executable, "-c", writing, str(tmp_path / "access")]
    processes = [subprocess.Popen(command, cwd=PROJECT) for _ in range(3)]
    assert [process.wait(60) for process in processes] == [0, 0, 0]
    assert len(lines(tmp_path / "access")) == 6000
