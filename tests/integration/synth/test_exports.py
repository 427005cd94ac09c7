"""Files as provinces send them, and the truth about the dirt in them."""

import csv
import io
import json
from pathlib import Path

import pyarrow.parquet as pq
import pytest
from python_calamine import CalamineWorkbook

from etl.metadata import Metadata
from etl.synth.calibration import load
from tests.integration.synth.synthetic import Register


def lines(path: Path) -> list[list[str]]:
    """All physical rows of a CSV file or a workbook."""
    if path.suffix == ".xlsx":
        rows = CalamineWorkbook.from_path(path).get_sheet_by_index(0).to_python(skip_empty_area=False)
        return [[str(cell) for cell in row] for row in rows]
    content = path.read_bytes()
    encoding = "utf-8-sig" if content.startswith(b"\xef\xbb\xbf") else "gb18030"
    return list(csv.reader(io.StringIO(content.decode(encoding))))


def headers(rows: list[list[str]]) -> list[str]:
    return next(row for row in rows if all(row))


def test_every_header_of_a_layout_is_known_to_its_source(metadata: Metadata) -> None:
    for layout in load(metadata).layouts.values():
        source = metadata.sources[layout.name]
        known = {header for field in source.fields for header in field.headers} | set(source.ignored)
        known |= {header for split in source.split for header in split.headers}
        assert {header for header, _ in layout.columns} <= known, layout.name


def test_every_province_names_a_layout_that_exists(metadata: Metadata) -> None:
    calibration = load(metadata)
    for province in calibration.provinces:
        assert calibration.layouts[province.roster].record == "registration"
        assert calibration.layouts[province.event].record == "event"


def test_national_file_has_dates_in_milliseconds_at_midnight_east_8(register: Register) -> None:
    path = next((register.out / "national").glob("*.jsonl"))
    for line in path.read_text("utf-8").splitlines():
        assert (json.loads(line)["REG_EDATE"] + 28_800_000) % 86_400_000 == 0


def test_workbook_says_that_it_is_synthetic(register: Register) -> None:
    rows = lines(next(register.out.rglob("*.xlsx")))
    assert "SYNTHETIC" in rows[0][0]


def test_workbook_has_a_total_after_each_district(register: Register) -> None:
    rows = lines(next(register.out.rglob("*.xlsx")))
    table = rows[3:-1]
    totals = [row for row in table if row[0] == "合计"]
    assert len(totals) > 1
    assert sum(float(row[-1]) for row in totals) == len(table) - len(totals)


def test_dirty_cells_are_where_the_truth_says(register: Register, metadata: Metadata) -> None:
    layouts = load(metadata).layouts
    checked = 0
    for item in pq.read_table(register.truth / "dirt.parquet").to_pylist():
        path = register.out / item["file"]
        if path.suffix not in {".csv", ".xlsx"} or item["fate"] == "duplicate":
            continue
        layout = next(layout for name, layout in layouts.items() if path.name.startswith(name))
        header = next(name for name, fields in layout.columns if item["field"] in fields)
        rows = lines(path)
        cell = rows[item["row"] - 1][headers(rows).index(header)]
        assert cell != (item["clean"] or ""), item["kind"]
        checked += 1
    assert checked > 20


def test_duplicates_repeat_the_row_before(register: Register) -> None:
    duplicates = [
        item
        for item in pq.read_table(register.truth / "dirt.parquet").to_pylist()
        if item["fate"] == "duplicate" and item["file"].endswith(".csv")
    ]
    assert duplicates
    for item in duplicates:
        rows = lines(register.out / item["file"])
        assert rows[item["row"] - 1] == rows[item["row"] - 2]


def test_dirt_keeps_its_rates(larger: Register, metadata: Metadata) -> None:
    planted = larger.report.dirt
    rows = larger.report.rows
    for kind in load(metadata).dirt:
        most = kind.rate * sum(rows[record] for record in kind.records)
        assert planted.get(kind.name, 0) <= most + 5 * most**0.5 + 5, kind.name


@pytest.mark.parametrize("fate", ["repaired", "quarantined", "duplicate"])
def test_dirt_of_every_fate_is_planted(larger: Register, fate: str) -> None:
    assert fate in set(pq.read_table(larger.truth / "dirt.parquet")["fate"].to_pylist())


def test_report_counts_the_rows_of_the_files(register: Register) -> None:
    written = sum(len(lines(path)) - 1 for path in register.out.rglob("event_*.csv"))
    assert register.report.rows["event"] == written
