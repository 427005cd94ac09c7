"""`jzs status`: the releases, and what their figures count."""

from datetime import date
from pathlib import Path

import pytest

from etl.cli import main
from etl.publish.release import Version, point, write_json
from etl.settings import Store

BALANCE = {"received": 5, "accepted": 4, "quarantined": 1, "duplicate": 0, "out_of_scope": 0}


@pytest.fixture
def told(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> list[str]:
    """What it prints of one release."""
    store, version = Store(tmp_path), Version(2026, 10, 0)
    release = store.releases / str(version)
    counts = {"certificate": 3150, "registration": 4243}
    write_json(release / "manifest.json", {"as_of": date(2026, 10, 31), "lookup": counts})
    write_json(release / "open" / "balance.json", {"balance": [BALANCE]})
    store.restricted.mkdir()
    point(store, version)
    assert main(["status", "--store", str(tmp_path)]) == 0
    return capsys.readouterr().out.splitlines()


def test_figures_of_all_ever_are_not_told_as_those_in_force(told: list[str]) -> None:
    assert "全部证书 all certificates" in told[0] and "全部注册 all registrations" in told[0]
    assert told[2] == (
        "全部：含已终止的；看板只计有效的 | all: ended ones too; the dashboard counts those in force"
    )


def test_figures_end_where_their_headings_end(told: list[str]) -> None:
    def width(text: str) -> int:
        return sum(2 if character > "\u2fff" else 1 for character in text)

    heading, line = told[0], told[1]
    assert width(heading) == line.index("4,243") + len("4,243")
    assert width(heading.split(" 全部注册")[0].rstrip()) == line.index("3,150") + len("3,150")
