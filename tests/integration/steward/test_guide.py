"""What the steward's guide shows is what its commands print, as far as a walk without models goes."""

import json
import re
import shlex
from collections.abc import Iterator
from contextlib import redirect_stdout
from dataclasses import dataclass
from datetime import date
from io import StringIO
from pathlib import Path

import pytest

from etl import metadata
from etl.cli import main
from etl.settings import PROJECT, Store
from etl.sources.ingest import ingest
from etl.sources.report import COUNTS, IngestReport
from etl.steward.export import ROW, WITHDRAW
from tests.fixtures.workbooks import Table, edit

GUIDE = (PROJECT / "docs" / "stewards.md").read_text("utf-8")
SHOWN = dict(re.findall(r"```console\n\$ jzs (.+)\n((?:.*\n)*?)```", GUIDE))


@dataclass(frozen=True)
class Walk:
    """What the commands printed, and the reports of the three ingests: as received, repaired, corrected."""

    printed: dict[str, str]
    reports: tuple[IngestReport, IngestReport, IngestReport]


def command(start: str) -> str:
    """The first command of the guide that starts so."""
    return next(line for line in SHOWN if line.startswith(start))


def printed(line: str) -> str:
    with redirect_stdout(StringIO()) as out:
        assert not main(shlex.split(line))
    return out.getvalue()


def correct(table: Table) -> None:
    """The provider at work, as the guide tells it."""
    header, *lines = table
    rows = {line[header.index(ROW)]: line for line in lines}
    rows["819"][header.index("注册有效期")] = "2016-04-14至2019-04-13"
    rows["514"][header.index("姓名")] = "赵金荣"
    rows["2788"][header.index(WITHDRAW)] = "是"


@pytest.fixture(scope="module")
def walk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Walk]:
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(tmp_path_factory.mktemp("guide"))
        store, register = Store(Path("store").resolve()), metadata.load()

        def received() -> IngestReport:
            return ingest(Path("exports"), store, register, date(2026, 10, 31))

        main(shlex.split(command("synth")))
        first = received()
        before = [line for line in SHOWN if line.startswith(("quarantine list", "quarantine export"))]
        told = {line: printed(line) for line in before}
        retry = command("quarantine retry")
        edit(Path(shlex.split(retry)[2]), correct)
        told[retry] = printed(retry)
        second = received()
        (corrections,) = re.findall(r"```yaml\n((?:.*\n)*?)```", GUIDE)
        (store.restricted / "corrections.yaml").write_text(corrections, "utf-8")
        yield Walk(told, (first, second, received()))


def test_the_guide_shows_what_its_commands_print(walk: Walk) -> None:
    assert {line: SHOWN[line] for line in walk.printed} == walk.printed


def test_the_balances_of_the_guide_are_those_of_the_walk(walk: Walk) -> None:
    first, second, third = (
        "  ".join(f"{count} {report.total(count):,}" for count in COUNTS) for report in walk.reports
    )
    assert re.findall(r"received \d.*", GUIDE) == [first, first, second, second, third]


def test_the_balance_of_one_file_in_the_guide_is_that_of_the_walk(walk: Walk) -> None:
    (line,) = re.findall(r'\{.*"received": .*\}', GUIDE)
    shown = json.loads(line)
    (found,) = (
        balance
        for balance in walk.reports[1].balances
        if (balance.source_name, balance.division_code) == (shown["source_code"], shown["division_code"])
    )
    assert {count: getattr(found, count) for count in COUNTS} == {count: shown[count] for count in COUNTS}
