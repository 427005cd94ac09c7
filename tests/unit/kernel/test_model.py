"""Reading model files."""

from pathlib import Path

import pytest

from etl.errors import UserError
from etl.kernel.model import discover
from tests.unit.kernel.project import Project


def test_the_folder_gives_the_zone(project: Project) -> None:
    project.model("mart/open/mart_c", "SELECT 1 AS a")
    project.model("mart/served/served_d", "SELECT 1 AS a")
    project.model("mart/sensitive/mart_e", "SELECT 1 AS a")
    zones = {name: model.zone for name, model in project.models().items()}
    assert zones == {
        "core_a": "core",
        "safe_b": "safe",
        "mart_c": "open",
        "served_d": "served",
        "mart_e": "sensitive",
    }


def test_the_header_is_read(project: Project) -> None:
    project.file(
        "core/core_h",
        "-- 人员 | persons\n-- grain: a, b\n-- checks: not_null(a)\n-- a note\n-- warning: 当心 | beware\n"
        "-- declassify rows (a, b): 去重 | deduplication\nSELECT 1 AS a, 2 AS b ORDER BY a\n",
    )
    model = project.models()["core_h"]
    assert (model.title_zh, model.title_en) == ("人员", "persons")
    assert model.grain == ("a", "b")
    assert [check.name for check in model.checks] == ["unique(a, b)", "not_null(a)"]
    assert model.warnings == ("当心 | beware",)
    assert model.declassify_rows == dict.fromkeys(("a", "b"), "去重 | deduplication")
    assert model.ordered


@pytest.mark.parametrize(
    ("sql", "dependencies"),
    [
        ("SELECT 1 AS a", ()),
        ("SELECT a FROM T1 JOIN t2 USING (a)", ("t1", "t2")),
        ("WITH t1 AS (SELECT a FROM t2) SELECT a FROM t1", ("t2",)),
        ("WITH t1 AS (SELECT a FROM t1) SELECT a FROM t1", ("t1",)),
        ("WITH RECURSIVE r AS (SELECT 1 AS a UNION ALL SELECT a FROM r) SELECT a FROM r", ()),
        (
            "SELECT a FROM t1 WHERE EXISTS (WITH c AS (FROM t2) FROM c) AND a IN (SELECT a FROM c)",
            ("c", "t1", "t2"),
        ),
        ("SELECT a FROM t1 UNION SELECT (SELECT max(a) FROM t2) FROM t3", ("t1", "t2", "t3")),
        ("SELECT a FROM other.t1", ("other.t1",)),
        ("SELECT 't1' AS a -- FROM t2", ()),
    ],
)
def test_dependencies_come_from_the_sql(tmp_path: Path, sql: str, dependencies: tuple[str, ...]) -> None:
    project = Project(tmp_path)
    project.model("core/core_x", sql)
    assert project.models()["core_x"].dependencies == dependencies


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("SELECT 1 AS a", "first line"),
        ("-- one language\nSELECT 1 AS a", "first line"),
        ("-- grain: a\nSELECT 1 AS a", "first line"),
        ("-- 题 | t\n-- check: unique(a)\nSELECT 1 AS a", "unknown header key: check"),
        ("-- 题 | t\n-- checks: uniqe(a)\nSELECT 1 AS a", "unreadable check"),
        ("-- 题 | t\n-- checks: unique a\nSELECT 1 AS a", "unreadable check"),
        ("-- 题 | t\n-- checks: not_null(a b)\nSELECT 1 AS a", "unreadable check"),
        ("-- 题 | t\n-- checks: reference(a, b)\nSELECT 1 AS a", "unreadable check"),
        ("-- 题 | t\n-- checks: no_overlap(a; b, c including)\nSELECT 1 AS a", "unreadable check"),
        ("-- 题 | t\n-- declassify rows (a): no reason in two languages\nSELECT 1 AS a", "declassify rows"),
        ("-- 题 | t\n-- declassify rows: 无列 | no columns\nSELECT 1 AS a", "declassify rows"),
        ("-- 题 | t\nSELECT 1 AS a; SELECT 2 AS a", "2 statements"),
        ("-- 题 | t\n", "0 statements"),
        ("-- 题 | t\nCREATE TABLE x AS SELECT 1", "not a readable SELECT"),
        ("-- 题 | t\nSELEC 1", "not a readable SELECT"),
    ],
)
def test_a_bad_file_is_an_error_that_names_it(tmp_path: Path, text: str, message: str) -> None:
    path = Project(tmp_path).file("core/core_x", text)
    with pytest.raises(UserError, match=message) as error:
        discover(tmp_path / "sql")
    assert error.value.where == str(path)


def test_rows_are_declassified_in_core_only(project: Project) -> None:
    project.model("safe/safe_c", "SELECT 1 AS a", "-- declassify rows (a): 去重 | deduplication\n")
    with pytest.raises(UserError, match="belongs to core"):
        project.models()


def test_two_models_of_one_name_are_refused(project: Project) -> None:
    project.model("mart/open/mart_a", "SELECT 1 AS a")
    project.model("mart/sensitive/mart_a", "SELECT 1 AS a")
    with pytest.raises(UserError, match="two models are named mart_a"):
        project.models()


@pytest.mark.parametrize(
    "place", ["core/stg_x", "safe/core_x", "mart/open/served_x", "mart/served/mart_x", "core/core_\u212a"]
)
def test_a_model_is_named_after_its_layer(tmp_path: Path, place: str) -> None:
    project = Project(tmp_path)
    project.model(place, "SELECT 1 AS a")
    with pytest.raises(UserError, match="does not fit its layer"):
        project.models()


def test_a_check_file_of_no_model_is_refused(project: Project) -> None:
    project.file("checks/core_z__what", "SELECT 1")
    with pytest.raises(UserError, match="no model core_z"):
        project.models()
