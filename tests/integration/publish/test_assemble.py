"""A candidate, and what its gates catch."""

import csv
import shutil
import subprocess
from collections.abc import Callable
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from etl.errors import Refused
from etl.metadata import Metadata
from etl.privacy.frozen import STATEMENT, digest, whole_of
from etl.privacy.microdata.ended import by_levels
from etl.privacy.microdata.files import Job, Microdata, microdata
from etl.privacy.microdata.frozen import RECORDS
from etl.publish.assemble import Plan
from etl.publish.diff import compare
from etl.publish.release import SUMS, read_json, read_sums
from etl.publish.verify import verify
from etl.publish.workforce import annotation
from etl.settings import METADATA
from tests.fixtures.marts import CERTIFICATES, ID_NUMBERS, KEY, PERSONS, finish, person, source_of, write

Build = Callable[..., Path]


@pytest.fixture
def build(plan: Plan, tmp_path: Path) -> Build:
    def run(name: str, **changes: Any) -> Path:
        folder = tmp_path / "releases" / name
        folder.mkdir(parents=True)
        finish(folder, replace(plan, **changes))
        return folder

    return run


@pytest.fixture
def release(assembled: Path, tmp_path: Path) -> Path:
    """A finished release, to look at or to damage."""
    return Path(shutil.copytree(assembled, tmp_path / "release"))


def microdata_of(folder: Path, register: Metadata) -> Microdata:
    """Open microdata of the fabricated persons."""
    more = {"nature_code": "private", "first_registered_year": "2018"}
    units = write(folder / "units.parquet", [person(number) | more for number in range(PERSONS)])
    job = Job(units, METADATA / "hierarchies", folder / "frozen", folder / "releases", KEY)
    made = microdata(job, register.rules["microdata"], "open", folder / "microdata")
    assert isinstance(made, Microdata)
    return made


def change(path: Path, **columns: object) -> None:
    """Replaces columns of a Parquet file by one value."""
    table = pq.read_table(path)
    for name, value in columns.items():
        values = pa.array([value] * table.num_rows)
        if name in table.column_names:
            table = table.set_column(table.column_names.index(name), name, values)
        else:
            table = table.append_column(name, values)
    pq.write_table(table, path)


def problems(release: Path) -> list[str]:
    return [f"{gate.name}: {problem}" for gate in verify(release) for problem in gate.problems]


def test_a_fresh_release_verifies(release: Path) -> None:
    assert problems(release) == []


def test_a_month_is_a_year_and_month_in_csv_and_its_first_day_in_parquet(release: Path) -> None:
    path = release / "open/datasets/registration-events/registration-events.parquet"
    days = pq.read_table(path)["month"].to_pylist()
    assert {day.day for day in days} == {1}
    with path.with_suffix(".csv").open(encoding="utf-8-sig", newline="") as file:
        assert [row["month"] for row in csv.DictReader(file)] == [f"{day:%Y-%m}" for day in days]


def test_same_input_gives_the_same_sums_but_for_run_times(release: Path, build: Build) -> None:
    again, first = read_sums(build("again") / SUMS), read_sums(release / SUMS)
    assert {name for name in first if again.pop(name) != first[name]} <= {"gate.json"}
    assert again == {}


def test_sums_are_those_of_the_usual_tool(release: Path) -> None:
    done = subprocess.run(["sha256sum", "--check", "--quiet", SUMS], cwd=release, check=False)
    assert done.returncode == 0


@pytest.mark.parametrize(
    "name",
    [
        "open/datasets/registration-stock/registration-stock.csv",
        "open/catalogue/index.html",
        "served/lookup.sqlite",
        "served/workforce.duckdb",
        "manifest.json",
        "gate.json",
    ],
)
def test_a_changed_byte_does_not_verify(release: Path, name: str) -> None:
    content = bytearray((release / name).read_bytes())
    content[len(content) // 2] ^= 1
    (release / name).write_bytes(content)
    assert any(name.rpartition("/")[2] in problem for problem in problems(release))


def test_a_changed_row_of_the_dashboard_does_not_verify_even_with_a_new_byte_hash(release: Path) -> None:
    path = release / "served" / "workforce.duckdb"
    with duckdb.connect(path) as connection:
        connection.execute("UPDATE mart_registration__quarterly SET registrations = 3")
    digest = subprocess.run(["sha256sum", path.name], cwd=path.parent, capture_output=True, check=True).stdout
    path.with_name("workforce.duckdb.sha256").write_bytes(digest)
    assert any("mart_registration__quarterly" in problem for problem in problems(release))


def test_a_secret_value_in_an_open_table_is_refused_and_not_repeated(build: Build, plan: Plan) -> None:
    change(plan.open / "mart_event__monthly.parquet", event_type_code=ID_NUMBERS[0])
    with pytest.raises(Refused, match="id_number × 1") as refused:
        build("a")
    assert ID_NUMBERS[0] not in str(refused.value)


@pytest.mark.parametrize(
    ("column", "value"), [("id_number", ID_NUMBERS[0]), ("person_name", CERTIFICATES[0]["person_name"])]
)
def test_a_value_held_back_in_the_dashboards_database_is_refused(
    build: Build, plan: Plan, column: str, value: str
) -> None:
    change(plan.open / "mart_event__monthly.parquet", prefecture_code=value)
    with pytest.raises(Refused, match=f"{column} × 1"):
        build("a")


def test_a_column_nobody_opted_in_stays_out(build: Build, plan: Plan) -> None:
    change(plan.open / "mart_event__monthly.parquet", prefecture_code="110100")
    (field, *_) = read_json(build("a") / "open/datasets/registration-events/datapackage.json")["resources"]
    assert "prefecture_code" not in [column["name"] for column in field["schema"]["fields"]]


def test_a_stock_that_disagrees_with_the_core_is_refused(build: Build, plan: Plan) -> None:
    change(plan.open / "mart_registration__quarterly.parquet", registrations=3)
    with pytest.raises(Refused, match="registrations_published 3"):
        build("a")


def test_a_balance_that_does_not_close_is_refused_and_recorded(
    build: Build, plan: Plan, tmp_path: Path
) -> None:
    plan.quality["balance"][0]["received"] = 4
    with pytest.raises(Refused, match="balance"):
        build("a")
    assert read_json(tmp_path / "releases" / "a" / "gate.json")["passed"] is False


def test_a_release_that_an_attack_succeeds_on_is_refused(build: Build, plan: Plan, tmp_path: Path) -> None:
    change(whole_of(next(iter(plan.protection.made.values()))), persons=7)
    with pytest.raises(Refused, match="public_totals"):
        build("a")
    found = {gate["name"]: gate for gate in read_json(tmp_path / "releases" / "a" / "gate.json")["gates"]}
    failed = [one for one in found["attacks"]["figures"]["findings"] if not one["passed"]]
    assert {"attack", "metric", "value", "threshold", "low", "high", "baseline", "seconds"} <= failed[
        0
    ].keys()


def test_microdata_are_a_dataset_with_its_codebook_and_no_table_of_the_dashboard(
    build: Build, plan: Plan, tmp_path: Path
) -> None:
    known = {"demo": source_of({*plan.metadata.sources["demo"].constants, "education_code"})}
    register = replace(plan.metadata, sources=known)
    release = build("a", metadata=register, microdata=microdata_of(tmp_path, register))
    folder = release / "open" / "datasets" / "microdata-open"
    described = {item["path"] for item in read_json(folder / "datapackage.json")["resources"]}
    assert {"microdata-open.csv", "microdata-open.parquet", "codebook.csv", "codebook.md"} <= described
    assert (folder / "codebook.md").read_text("utf-8").startswith("# 编码本 | Codebook")
    with duckdb.connect(release / "served" / "workforce.duckdb", read_only=True) as connection:
        assert not [name for (name,) in connection.execute("SHOW TABLES").fetchall() if "microdata" in name]


def test_a_release_tells_of_the_end_of_microdata_in_both_languages(build: Build, tmp_path: Path) -> None:
    ended = by_levels(tmp_path / "open", 2025)
    release = build("a", microdata=ended)
    assert not (release / "open" / "datasets" / "microdata-open").exists()
    assert read_json(release / "open" / STATEMENT)["microdata"] == ended.told
    assert read_json(release / "manifest.json")["disclosure"]["microdata"] == ended.told
    for page, language in (("privacy", "zh"), ("en/privacy", "en")):
        assert ended.text[language] in (release / "open" / "catalogue" / f"{page}.html").read_text("utf-8")


def test_a_release_tells_which_microdata_it_holds(build: Build, plan: Plan, tmp_path: Path) -> None:
    made = microdata_of(tmp_path, plan.metadata)
    release = build("a", microdata=made)
    assert read_json(release / "open" / STATEMENT)["microdata"] == {
        "tier": "open",
        "year": 2025,
        "sha256": digest(made.folder / RECORDS),
    }


def test_what_an_attack_on_microdata_finds_refuses_the_release(
    build: Build, plan: Plan, tmp_path: Path
) -> None:
    made = microdata_of(tmp_path, plan.metadata)
    found = replace(made.findings[0], value=1.0, passed=False)
    with pytest.raises(Refused, match="microdata_linkage"):
        build("a", microdata=replace(made, findings=(found,)))


def test_a_table_with_no_rows_is_in_no_product(build: Build, plan: Plan) -> None:
    path = plan.open / "mart_event__monthly.parquet"
    pq.write_table(pq.read_table(path).slice(0, 0), path)
    release = build("a")
    assert not (release / "open" / "datasets" / "registration-events").exists()
    with duckdb.connect(release / "served" / "workforce.duckdb", read_only=True) as connection:
        assert ("mart_event__monthly",) not in connection.execute("SHOW TABLES").fetchall()


def test_diff_counts_rows_and_certificates_that_came_went_and_changed(
    release: Path, build: Build, plan: Plan
) -> None:
    change(plan.open / "mart_event__monthly.parquet", events=5)
    protected = plan.protected / "mart_person__yearly_age_sex.parquet"
    rows = pq.read_metadata(protected).num_rows
    change(protected, year=2026)
    path = plan.served / "served_certificate.parquet"
    table = pq.read_table(path)
    renamed = pa.array(["p3" if key == "p2" else key for key in table["public_id"].to_pylist()])
    pq.write_table(table.set_column(0, "public_id", renamed), path)
    found = compare(release, build("b"))
    assert found["tables"]["registration-events"] == {"added": 0, "removed": 0, "changed": 1}
    assert found["tables"]["age-sex"] == {"added": rows, "removed": rows, "changed": 0}
    assert found["tables"]["registration-stock"] == {"added": 0, "removed": 0, "changed": 0}
    assert found["certificates"] == {"appeared": 1, "vanished": 1, "stayed": 1}


def test_changes_of_rules_are_published_for_the_time_axes_where_there_are_any(plan: Plan) -> None:
    mark = {"on": "2018-11-22", "zh": "整治", "en": "Crackdown", "source": "x", "confidence": "sourced"}
    marked = replace(plan.metadata, rules={**plan.metadata.rules, "annotations": {"annotations": [mark]}})
    unmarked = replace(plan.metadata, rules={})

    assert annotation(marked)["annotation"].to_pylist() == [
        {"on_date": date(2018, 11, 22), "zh": "整治", "en": "Crackdown"}
    ]
    assert annotation(unmarked) == {}
