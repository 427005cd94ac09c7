"""Every value of a record is followed back to the cell that it came from."""

import json
from dataclasses import replace
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from etl.cli import main
from etl.errors import BadInput, Refused
from etl.sources.repairs import Repair, save_repairs
from etl.steward.held import row_id
from etl.steward.trace import TracedRow, Value, trace
from etl.steward.undo import undo
from tests.fixtures.ingest import SOURCE, Register

HEADER = "姓名,注册号,有效期至\n"
ROWS = HEADER + "张　三,a1,2026年5月1日\n李四,A2,2026-02-30\n张三,A1,2026/5/1\n注：无,,\n锟斤拷,A5,\n"


def traced(register: Register, record: str, source: Path | None = None) -> list[TracedRow]:
    return trace(record, register.store, register.metadata, source)


def values(row: TracedRow) -> dict[str, Value]:
    """The fields of the one staged row."""
    (found,) = row.rows
    return {value.field: value for value in found}


@pytest.fixture(scope="module")
def roster(tmp_path_factory: pytest.TempPathFactory) -> Register:
    register = Register(tmp_path_factory.mktemp("roster"))
    register.export("x/a.csv", ROWS)
    register.ingest()
    return register


@pytest.mark.parametrize("record", ["A1", " a1", "x/a.csv:2"])
def test_a_record_is_found_by_number_or_place(roster: Register, record: str) -> None:
    (row,) = traced(roster, record)
    assert (row.place.file, row.place.row, row.source, row.fate) == ("x/a.csv", 2, "roster", "accepted")
    assert row.agrees


@pytest.mark.parametrize(
    "value",
    [
        Value("person_name", "姓名", "张　三", None, ("inner_space",), "张三"),
        Value("registration_no", "注册号", "a1", None, ("identifier_form",), "A1"),
        Value("valid_to", "有效期至", "2026年5月1日", None, ("date_shape",), "2026-05-01"),
    ],
)
def test_a_value_tells_its_cell_and_rules(roster: Register, value: Value) -> None:
    (row,) = traced(roster, "A1")
    assert values(row)[value.field] == value


@pytest.mark.parametrize(
    ("row", "fate", "reason"),
    [
        (3, "quarantined", "unreadable_date valid_to"),
        (4, "duplicate", None),
        (5, "out_of_scope", "note"),
    ],
)
def test_a_row_that_was_not_accepted_says_why(
    roster: Register, row: int, fate: str, reason: str | None
) -> None:
    (found,) = traced(roster, f"x/a.csv:{row}")
    assert (found.fate, found.reason, found.agrees) == (fate, reason, True)


def test_the_unclean_cell_of_a_row_set_aside_is_told(roster: Register) -> None:
    (row,) = traced(roster, "x/a.csv:3")
    assert values(row)["valid_to"].reason == "unreadable_date"
    assert values(row)["valid_to"].raw == "2026-02-30"


def test_a_derived_value_tells_its_origin_and_a_constant_says_so(register: Register) -> None:
    register.source(
        "roster",
        SOURCE + "derive: {qualification_year: {kind: qualification_year_of_registration_no,"
        " from: registration_no}}\nconstants: {enterprise_name: 甲}\n",
    )
    register.export("a.csv", HEADER + "张三,A123081,\n")
    register.ingest()
    found = values(*traced(register, "A123081"))
    assert found["qualification_year"] == Value(
        "qualification_year",
        None,
        None,
        "registration_no",
        ("qualification_year_of_registration_no",),
        "2008",
    )
    assert found["enterprise_name"] == Value("enterprise_name", None, None, "constant", (), "甲")


def test_each_value_of_a_cell_with_several_is_traced_to_the_cell(register: Register) -> None:
    register.source(
        "roster",
        SOURCE.replace("  valid_to: {headers: [有效期至]}\n", "")
        + "split: [{headers: [专业], fields: [enterprise_name, valid_to], kind: specialty_validity}]\n",
    )
    register.export("a.csv", "姓名,注册号,专业\n张三,A1,乙（2026.5.1）甲（2027-01-10）\n")
    register.ingest()
    (row,) = traced(register, "A1")
    dates = {found["valid_to"].value: found["valid_to"] for found in map(_by_field, row.rows)}
    assert dates["2026-05-01"].rules == ("specialty_validity", "date_shape")
    assert dates["2027-01-10"].rules == ("specialty_validity",)
    assert dates["2027-01-10"].raw == "乙（2026.5.1）甲（2027-01-10）"
    assert row.agrees


def _by_field(found: tuple[Value, ...]) -> dict[str, Value]:
    return {value.field: value for value in found}


def test_a_repaired_cell_shows_what_was_received(register: Register) -> None:
    register.export("a.csv", HEADER + "张?,A1,2026-05-01\n李四,A2,\n")
    register.ingest()
    sha256 = traced(register, "a.csv:3")[0].sha256
    was = ("张?", "A1", "2026-05-01")
    save_repairs(
        register.store, sha256, [Repair(0, 2, was, ("张　三", *was[1:]), "甲", "2026-11-22", "a.csv")]
    )
    register.ingest()
    name = values(*traced(register, "A1"))["person_name"]
    assert (name.raw, name.rules, name.value) == ("张?", ("repaired_by_provider", "inner_space"), "张三")


def test_a_repair_and_its_undoing_are_both_told(
    register: Register, capsys: pytest.CaptureFixture[str]
) -> None:
    register.export("a.csv", HEADER + "张?,A1,2026-05-01\n李四,A2,\n")
    register.ingest()
    was = ("张?", "A1", "2026-05-01")
    repair = Repair(0, 2, was, ("张三", *was[1:]), "甲", "2026-11-22", "a.csv")
    sha256 = traced(register, "a.csv:3")[0].sha256
    save_repairs(register.store, sha256, [repair])
    undo([row_id(sha256, 0, 2)], register.store, "乙", "2026-11-23")
    register.ingest()
    (row,) = traced(register, "a.csv:2")
    assert (row.fate, row.repairs) == (
        "quarantined",
        (replace(repair, undone_by="乙", undone_on="2026-11-23"),),
    )
    place = ["--store", str(register.store.root), "--metadata", str(register.metadata_root)]
    assert main(["trace", "a.csv:2", *place]) == 0
    assert "2026-11-22 甲 收回 taken back  2026-11-23 乙 撤销 undone" in capsys.readouterr().out


def test_an_undoing_that_waits_for_a_build_is_named(
    register: Register, capsys: pytest.CaptureFixture[str]
) -> None:
    register.export("a.csv", HEADER + "张?,A1,2026-05-01\n李四,A2,\n")
    register.ingest()
    was = ("张?", "A1", "2026-05-01")
    sha256 = traced(register, "a.csv:3")[0].sha256
    save_repairs(register.store, sha256, [Repair(0, 2, was, ("张三", *was[1:]), "甲", "2026-11-22", "a.csv")])
    register.ingest()
    undo([row_id(sha256, 0, 2)], register.store, "乙", "2026-11-23")
    place = ["--store", str(register.store.root), "--metadata", str(register.metadata_root)]
    assert main(["trace", "a.csv:2", *place]) == 0
    assert "the last build differs: a repair was undone by 乙 on 2026-11-23" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("becomes", "fate"),
    [
        (("张三", "A1", "2026-05-01"), "accepted"),
        (("张?", "A1", "2026-02-30"), "quarantined"),
        (None, "out_of_scope"),
    ],
)
def test_while_a_repair_waits_for_a_build_the_last_one_differs(
    register: Register, becomes: tuple[str, ...] | None, fate: str
) -> None:
    register.export("a.csv", HEADER + "张三,A1,2026-02-30\n李四,A2,\n")
    register.ingest()
    sha256 = traced(register, "a.csv:3")[0].sha256
    repair = Repair(0, 2, ("张三", "A1", "2026-02-30"), becomes, "甲", "2026-11-22", "a.csv")
    save_repairs(register.store, sha256, [repair])
    (row,) = traced(register, "a.csv:2")
    assert (row.fate, row.agrees) == (fate, False)
    register.ingest()
    (row,) = traced(register, "a.csv:2")
    assert (row.fate, row.agrees) == (fate, True)


def test_a_corrected_cell_shows_what_was_received(register: Register) -> None:
    register.export("a.csv", HEADER + "张?,A1,2026-05-01\n李四,A2,\n")
    (register.metadata_root / "rules/corrections.yaml").write_text(
        "corrections: [{record: registration, key: {registration_no: A1}, field: person_name, expect: 张?,"
        " value: 张三, reason: {zh: 字, en: character}, evidence: 一, status: open, on: 2026-11-22}]\n",
        encoding="utf-8",
    )
    register.ingest()
    name = values(*traced(register, "A1"))["person_name"]
    assert (name.raw, name.rules, name.value) == ("张?", ("corrected",), "张三")


def test_a_public_identifier_finds_its_certificate(roster: Register) -> None:
    for zone, name, columns in (
        ("safe", "safe_certificate__link", {"certificate_id": [1], "public_id": ["p1"]}),
        ("core", "core_certificate__entity", {"certificate_id": [1], "registration_no": ["A1"]}),
    ):
        roster.store.models(zone).mkdir(parents=True, exist_ok=True)
        pq.write_table(pa.table(columns), roster.store.models(zone) / f"{name}.parquet")
    assert traced(roster, "p1")[0].place.row == 2


@pytest.mark.parametrize("record", ["B9", "x/a.csv:99", "y.csv:2"])
def test_what_is_not_there_is_bad_input_without_a_value(roster: Register, record: str) -> None:
    with pytest.raises(BadInput) as refused:
        traced(roster, record)
    assert "张" not in str(refused.value)


def test_a_file_that_changed_is_refused(register: Register) -> None:
    register.export("a.csv", HEADER + "张三,A1,\n")
    register.ingest()
    register.export("a.csv", HEADER + "张四,A1,\n")
    with pytest.raises(Refused, match="not the one ingested"):
        traced(register, "A1")


def test_a_file_that_is_not_there_is_bad_input(roster: Register, tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="not there"):
        traced(roster, "A1", tmp_path)


def test_rules_that_changed_since_are_told(register: Register) -> None:
    register.export("a.csv", HEADER + "张三,A1,2026-05-01\n")
    register.ingest()
    register.source(
        "roster", SOURCE.replace("clean: name", "clean: text") + "constants: {enterprise_name: 甲}\n"
    )
    assert not traced(register, "A1")[0].agrees


def test_the_command_shows_values_and_writes_json(
    roster: Register, capsys: pytest.CaptureFixture[str]
) -> None:
    place = ["--store", str(roster.store.root), "--metadata", str(roster.metadata_root)]
    assert main(["trace", "A1", *place]) == 0
    assert "姓名: “张　三” → inner_space → “张三”" in capsys.readouterr().out
    assert main(["trace", "A1", "--json", *place]) == 0
    assert json.loads(capsys.readouterr().out)[0]["rows"][0][0]["field"] == "person_name"
