"""What a release says of its exports: the same numbers in every product, and nothing of a person."""

import json
import re
from dataclasses import replace
from pathlib import Path

import duckdb
import pytest

from dashboards.workforce.release import queries
from etl.metadata import Metadata
from etl.publish.quality import quality_tables, words
from etl.publish.release import read_json
from etl.settings import PROJECT
from etl.sources.bounds import Excess
from etl.sources.report import Balance
from tests.fixtures.marts import BALANCE, source_of


def balance(**changes: object) -> Balance:
    return replace(BALANCE, **changes)


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


def test_files_are_told_by_number_never_by_name(register: Metadata) -> None:
    exports = [balance(source_file="张三.csv#李四"), balance(source_file="王五.csv")]
    tables = quality_tables(exports, [], [], register)
    assert [row["file"] for row in tables["balance"]] == [1, 2]
    assert not re.search("张三|李四|王五", json.dumps(tables, ensure_ascii=False))


def test_records_of_the_sensitive_plane_are_told_for_the_whole_register(register: Metadata) -> None:
    source = source_of(set())
    register = replace(register, sources={"demo": replace(source, record="education")})
    tables = quality_tables([balance(), balance(division_code="120000")], [], [EXCESS], register)
    (row,) = tables["balance"]
    assert (row["division_code"], row["file"], row["received"]) == (None, None, 6)
    assert tables["warning"] == []


def test_repairs_that_may_tell_of_a_person_have_no_division_and_no_small_number(register: Metadata) -> None:
    repairs = {"birth_date date_shape": 19, "sex_code code_spelling": 20, "valid_to date_shape": 1}
    rows = quality_tables([balance(repairs=repairs)], [], [], register)["repair"]
    assert {(row["field_code"], row["division_code"], row["cells"]) for row in rows} == {
        ("birth_date", None, None),
        ("sex_code", None, 20),
        ("valid_to", "110000", 1),
    }


def test_reasons_about_what_a_person_is_have_no_division(register: Metadata) -> None:
    reasons = {"unreadable_date birth_date": 1, "excel_float id_number": 1}
    rows = quality_tables([balance(reasons=reasons)], [], [], register)["reason"]
    assert {(row["field_code"], row["division_code"]) for row in rows} == {
        ("birth_date", None),
        ("id_number", "110000"),
    }


def test_every_rule_of_cleaning_has_words(register: Metadata) -> None:
    known = {row["code"] for row in words({"reason": [], "repair": []}, register)["rule"]}
    code = "".join(path.read_text(encoding="utf-8") for path in (PROJECT / "etl/clean").glob("*.py"))
    before = r'changed\([^()]*|Cleaned\([^"()]*(?:\([^()]*\))?|_named\(.*|_dated\(\w+|rule =|date\(\),|\),'
    named = rf'(?:{before}) "([a-z_0-9]+)"'
    rules = set(re.findall(named, code))
    assert {"whitespace", "code_spelling", "id_15_to_18", "date_epoch"} <= rules
    assert rules - {"unknown_code"} <= known


EXCESS = Excess("demo", "110000", "growth", 0.6, 0.5)
