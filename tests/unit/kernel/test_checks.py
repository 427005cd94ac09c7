"""Checks after each model."""

import duckdb
import pytest

from etl.errors import Refused
from etl.kernel.checks import Check, run
from tests.unit.kernel.project import Project

_ROWS = {
    "unique(id)": ("SELECT 1 AS id UNION ALL SELECT 1", "1 rows"),
    "unique(id, n)": ("SELECT 1 AS id, NULL AS n UNION ALL SELECT 1, NULL", "1 rows"),
    "not_null(id)": ("SELECT NULL AS id UNION ALL SELECT 2", "1 rows"),
    "accepted(id, codes_x)": ("SELECT 'a' AS id UNION ALL SELECT 'z' UNION ALL SELECT NULL", "1 rows"),
    "reference(id, core_a.id)": ("SELECT 3 AS id UNION ALL SELECT 99 UNION ALL SELECT NULL", "1 rows"),
    "no_overlap(id; f, t)": (
        "SELECT 1 AS id, DATE '2020-01-01' AS f, NULL::DATE AS t UNION ALL SELECT 1, DATE '2021-01-01', NULL",
        "1 rows",
    ),
    "no_overlap(id, k; f, t)": (
        "SELECT 1 AS id, 1 AS k, DATE '2020-01-01' AS f, DATE '2023-01-01' AS t"
        " UNION ALL SELECT 1, 1, DATE '2020-02-01', DATE '2020-03-01'"
        " UNION ALL SELECT 1, 1, DATE '2020-04-01', DATE '2020-05-01'",
        "2 rows",
    ),
    "no_overlap(id; f, t inclusive)": (
        "SELECT 1 AS id, DATE '2020-01-01' AS f, DATE '2020-12-31' AS t"
        " UNION ALL SELECT 1, DATE '2020-12-31', DATE '2021-12-31'",
        "1 rows",
    ),
    "no_overlap(k; f, t inclusive)": (
        "SELECT 1 AS k, NULL::DATE AS f, DATE '2020-12-31' AS t UNION ALL SELECT 1, NULL, DATE '2019-12-31'",
        "1 rows",
    ),
}
_GOOD = {
    "unique(id)": "SELECT 1 AS id UNION ALL SELECT 2",
    "not_null(id)": "SELECT 1 AS id",
    "accepted(id, codes_x)": "SELECT 'a' AS id UNION ALL SELECT NULL",
    "reference(id, core_a.id)": "SELECT 3 AS id UNION ALL SELECT NULL",
    "no_overlap(id; f, t)": "SELECT 1 AS id, DATE '2020-01-01' AS f, DATE '2021-01-01' AS t"
    " UNION ALL SELECT 1, DATE '2021-01-01', NULL UNION ALL SELECT 2, DATE '2020-06-01', NULL",
    "no_overlap(id; f, t inclusive)": "SELECT 1 AS id, NULL::DATE AS f, DATE '2020-12-31' AS t"
    " UNION ALL SELECT 1, DATE '2021-01-01', NULL UNION ALL SELECT 2, DATE '2020-06-01', NULL",
}


@pytest.mark.parametrize(("check", "sql", "count"), [(name, *case) for name, case in _ROWS.items()])
def test_rows_that_break_a_rule_are_refused(project: Project, check: str, sql: str, count: str) -> None:
    project.input("codes_x", "SELECT 'a' AS code")
    path = project.model("safe/safe_c", sql, f"-- checks: {check}\n")
    with pytest.raises(Refused) as error:
        project.build()
    assert count in str(error.value)
    assert (error.value.rule, error.value.where) == (check, str(path))


@pytest.mark.parametrize(("check", "sql"), _GOOD.items())
def test_rows_that_keep_a_rule_pass(project: Project, check: str, sql: str) -> None:
    project.input("codes_x", "SELECT 'a' AS code")
    project.model("safe/safe_c", sql, f"-- checks: {check}\n")
    assert project.build().checks == 2


def test_the_grain_is_checked_as_unique(project: Project) -> None:
    project.input("stg_a", "SELECT 1 AS id, i AS n FROM range(2) AS t(i)")
    with pytest.raises(Refused, match="unique"):
        project.build()


def test_failing_rows_show_only_printable_columns(project: Project) -> None:
    project.input("stg_a", "SELECT i AS id, 'Zhang Synthetic' AS n FROM range(9) AS t(i)")
    project.file("checks/core_a__large_id", "SELECT id, n FROM core_a WHERE id > 1;")
    with pytest.raises(Refused) as error:
        project.build(printable=frozenset({"id"}))
    text = str(error.value)
    assert "7 rows of core_a fail large_id" in text
    assert text.count("id=") == 5
    assert "id=2, n=•" in text
    assert "Zhang" not in text


def test_a_check_waits_for_every_table_it_reads(project: Project) -> None:
    project.file("checks/core_a__in_b", "SELECT n FROM core_a WHERE n NOT IN (SELECT n FROM safe_b)")
    assert project.build().checks == 2


def test_a_check_of_a_table_not_yet_built_is_left_out(project: Project) -> None:
    project.file("checks/core_a__in_b", "SELECT n FROM core_a WHERE n NOT IN (SELECT n FROM safe_b)")
    assert project.build(select=["core_a"]).checks == 1


def test_two_equal_hashes_alone_refuse_nothing() -> None:
    hashes = "SELECT unnest([7, 7]) AS row"
    check = Check("unique", "SELECT 1 AS n WHERE FALSE", frozenset(), "a.sql", hashes)
    run(duckdb.connect(), "core_a", check, frozenset())


def test_a_check_that_failed_is_run_again(project: Project) -> None:
    project.file("checks/core_a__small", "SELECT id FROM core_a WHERE id > 5")
    for _ in range(2):
        with pytest.raises(Refused):
            project.build()
    project.file("checks/core_a__small", "SELECT id FROM core_a WHERE id > 8")
    assert project.states()["core_a"] == "kept"
