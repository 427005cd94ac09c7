"""What a finished release says of itself: its assessment, its frozen tables and ledger, the quality of its exports."""

import json
import re
from pathlib import Path

import duckdb
import pyarrow.parquet as pq
import pytest

from dashboards.workforce.release import queries
from etl.metadata import Metadata
from etl.privacy.frozen import STATEMENT
from etl.publish import planes
from etl.publish.assessment import assessment_page
from etl.publish.release import read_json, write_json


@pytest.mark.parametrize("language", ["zh", "en"])
def test_every_check_and_figure_of_a_release_has_a_name(
    register: Metadata, assembled: Path, language: str
) -> None:
    told = assessment_page(
        read_json(assembled / "gate.json"),
        read_json(assembled / "open" / STATEMENT),
        register,
        False,
        language,
    )
    written = " ".join(f"{gate['name']} {' '.join(gate['figures'])}" for gate in told["gates"])
    assert re.findall(r"[a-z]+_[a-z_]+", written) == []


@pytest.mark.parametrize("folder", ["", "en/"])
def test_a_release_has_its_assessment(assembled: Path, folder: str) -> None:
    html = (assembled / f"open/catalogue/{folder}assessment.html").read_text("utf-8")
    gates = {item["name"]: item for item in read_json(assembled / "gate.json")["gates"]}
    metrics = {(one["attack"], one["metric"]) for one in gates["attacks"]["figures"]["findings"]}
    verdicts = len(gates) + len(metrics)
    assert html.count('<td class="nowrap">') == verdicts
    assert "GB/T 42460" in html and "{" not in html
    assert 'href="assessment.html"' in (assembled / f"open/catalogue/{folder}privacy.html").read_text("utf-8")


@pytest.fixture
def release(tmp_path: Path, assembled: Path) -> Path:
    """The part of a finished release that tells of frozen tables, to be disturbed."""
    told = read_json(assembled / "open" / STATEMENT)
    write_json(tmp_path / "open" / STATEMENT, told)
    for path in assembled.glob("open/vintages/*/*"):
        target = tmp_path / path.relative_to(assembled)
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(path.read_bytes())
    return tmp_path


def test_a_release_holds_the_frozen_tables_that_it_tells_of(release: Path, assembled: Path) -> None:
    assert planes.vintages(assembled).figures == {"tables": 1}
    assert planes.vintages(release).problems == []
    table = pq.read_table(release / "open" / planes.vintage(2025, "age_sex"))
    assert set(table["year"].to_pylist()) == {2025}


def test_a_frozen_table_that_was_touched_in_a_release_is_told(release: Path) -> None:
    (release / "open" / planes.vintage(2025, "age_sex")).write_bytes(b"")
    (problem,) = planes.vintages(release).problems
    assert problem.endswith("changed file: vintages/2025/age_sex.parquet")


def test_a_declaration_that_was_touched_in_a_release_is_told(release: Path) -> None:
    (release / "open" / "vintages" / "2025" / "age_sex.json").write_bytes(b"{}")
    (problem,) = planes.vintages(release).problems
    assert problem.endswith("changed file: vintages/2025/age_sex.json")


def test_a_table_missing_from_a_release_or_not_told_of_is_told(release: Path) -> None:
    path = release / "open" / planes.vintage(2025, "age_sex")
    path.rename(path.with_name("education.parquet"))
    assert len(planes.vintages(release).problems) == 2


def test_the_ledger_is_in_the_manifest_and_on_a_page_of_the_catalogue(assembled: Path) -> None:
    told = read_json(assembled / "open" / STATEMENT)
    assert read_json(assembled / "manifest.json")["disclosure"] == told
    assert told["years"][0]["rho_cumulated"] == 0.22
    for page, words in (("privacy", "每人的隐私预算"), ("en/privacy", "What each person is charged")):
        html = (assembled / "open" / "catalogue" / f"{page}.html").read_text("utf-8")
        assert words in html
        assert told["years"][0]["tables"][0]["sha256"] in html


def test_the_dashboards_tables_are_those_of_balance_json(assembled: Path) -> None:
    told = {name: rows for name, rows in read_json(assembled / "open/balance.json").items() if rows}
    with duckdb.connect(assembled / "served/workforce.duckdb", read_only=True) as connection:
        served = {
            name: connection.execute(f"SELECT to_json(t) FROM quality_{name} t").fetchall() for name in told
        }
    assert {name: [json.loads(row) for (row,) in rows] for name, rows in served.items()} == told


def test_the_dashboards_page_adds_up_to_balance_json(assembled: Path) -> None:
    told = read_json(assembled / "open/balance.json")
    with duckdb.connect(assembled / "served/workforce.duckdb", read_only=True) as connection:
        for name, table, count in [
            ("sources", "balance", "received"),
            ("divisions", "balance", "quarantined"),
            ("reasons", "reason", "rows"),
            ("repairs", "repair", "cells"),
            ("changes", "change", "appeared"),
        ]:
            query = queries()[f"quality_{name}"]
            parameters = dict.fromkeys(query.parameters)
            result = connection.execute(query.sql, parameters)
            column = [entry[0] for entry in result.description].index(count)
            assert sum(row[column] for row in result.fetchall()) == sum(row[count] for row in told[table]) > 0


@pytest.mark.parametrize("page", ["quality.html", "en/quality.html"])
def test_the_catalogues_page_says_what_was_received_set_aside_rewritten_and_moved(
    assembled: Path, page: str
) -> None:
    text = re.sub(r"<[^>]+>", " ", (assembled / "open/catalogue" / page).read_text(encoding="utf-8"))
    found = " ".join(text.split())
    assert "3 2 1 0 0 66.67%" in found
    assert ("姓名中有字丢失" if page == "quality.html" else "A character of the name is lost") in found
