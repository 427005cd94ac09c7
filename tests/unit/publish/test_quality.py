"""What a release says of its exports: the same numbers in every product, and nothing of a person."""

import json
import re
from dataclasses import replace

import pytest

from etl.metadata import Metadata
from etl.publish.quality import quality_tables, words
from etl.publish.qualitypage import quality_page
from etl.settings import PROJECT
from etl.sources.bounds import Excess
from etl.sources.fates import CORRECTED, REPAIRED
from etl.sources.report import Balance
from tests.fixtures.marts import BALANCE, source_of


def balance(**changes: object) -> Balance:
    return replace(BALANCE, **changes)


def test_the_catalogues_page_tells_rows_set_aside_apart_from_those_whose_reasons_are_told(
    register: Metadata,
) -> None:
    reasons = {"lost_character person_name": 2, "date_shape birth_date": 30}
    tables = quality_tables(
        [balance(received=34, accepted=2, quarantined=32, reasons=reasons)], [], [], register
    )
    page = quality_page(tables, register, "en")
    assert (page["total"]["quarantined"], page["told"]) == ("32", "2")


def test_reasons_told_and_withheld_add_up_to_the_rows_set_aside(register: Metadata) -> None:
    reasons = {"lost_character person_name": 2, "date_shape birth_date": 3}
    few = [
        balance(source_name=name, received=7, accepted=2, quarantined=5, reasons=reasons)
        for name in ("demo", "other")
    ]
    register = replace(register, sources={name: source_of(set()) for name in ("demo", "other")})
    page = quality_page(quality_tables(few, [], [], register), register, "en")
    assert [row["count"] for row in page["reasons"]] == ["6", "4"]


def test_files_are_told_by_number_never_by_name(register: Metadata) -> None:
    exports = [balance(source_file="张三.csv#李四", sheet="#李四"), balance(source_file="王五.csv")]
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


COUNTED = {"reasons": ("reason", "rows"), "repairs": ("repair", "cells")}


def counted(kind: str, counts: dict[str, int], register: Metadata) -> set[tuple[object, ...]]:
    """Field, division and number of each row told, from counts by field."""
    table, measure = COUNTED[kind]
    labels = {field: f"x {field}" if kind == "reasons" else f"{field} x" for field in counts}
    told = balance(**{kind: {labels[field]: count for field, count in counts.items()}})
    rows = quality_tables([told], [], [], register)[table]
    return {(row["field_code"], row["division_code"], row[measure]) for row in rows}


def test_repairs_that_may_tell_of_a_person_have_no_division(register: Metadata) -> None:
    assert counted("repairs", {"sex_code": 20, "id_number": 30, "valid_to": 1}, register) == {
        ("sex_code", None, 20),
        ("id_number", None, 30),
        ("valid_to", "110000", 1),
    }


@pytest.mark.parametrize(("birth", "told"), [(1, None), (19, 38)])
def test_small_numbers_of_them_are_told_together(register: Metadata, birth: int, told: int | None) -> None:
    rows = counted("repairs", {"birth_date": birth, "id_number": birth, "sex_code": 20}, register)
    assert rows == {(None, None, told), ("sex_code", None, 20)}


@pytest.mark.parametrize(("rows", "told"), [(19, None), (20, 20), (25, 25)])
def test_reasons_that_may_tell_of_a_person_are_never_told_apart(
    register: Metadata, rows: int, told: int | None
) -> None:
    assert counted("reasons", {"birth_date": rows, "valid_to": 1}, register) == {
        (None, None, told),
        ("valid_to", "110000", 1),
    }


def test_what_is_told_together_has_words(register: Metadata) -> None:
    tables = quality_tables([balance(reasons={"x sex_code": 1}, repairs={"sex_code x": 1})], [], [], register)
    lists = words(tables, register)
    assert tables["reason"][0]["reason_code"] in {row["code"] for row in lists["reason"]}
    assert tables["repair"][0]["rule_code"] in {row["code"] for row in lists["rule"]}


def test_what_providers_and_corrections_do_has_words(register: Metadata) -> None:
    lists = words({"reason": [], "repair": []}, register)
    assert {REPAIRED, CORRECTED} <= {row["code"] for row in lists["rule"]}
    assert "withdrawn_by_provider" in {row["code"] for row in lists["reason"]}


def test_every_rule_of_cleaning_has_words(register: Metadata) -> None:
    known = {row["code"] for row in words({"reason": [], "repair": []}, register)["rule"]}
    code = "".join(path.read_text(encoding="utf-8") for path in (PROJECT / "etl/clean").glob("*.py"))
    before = r'changed\([^()]*|Cleaned\([^"()]*(?:\([^()]*\))?|_named\(.*|_dated\(\w+|rule =|date\(\),|\),'
    named = rf'(?:{before}) "([a-z_0-9]+)"'
    rules = set(re.findall(named, code))
    assert {"whitespace", "code_spelling", "id_15_to_18", "date_epoch"} <= rules
    assert rules - {"unknown_code"} <= known


EXCESS = Excess("demo", "110000", "growth", 0.6, 0.5)
