"""Order and selection of models."""

import pytest

from etl.errors import BadInput, UserError
from etl.kernel import order, select
from tests.unit.kernel.project import Project


def test_a_model_comes_after_what_it_reads(project: Project) -> None:
    project.model("core/core_0", "SELECT n FROM safe_b")
    assert [model.name for model in order(project.models(), {"stg_a"})] == ["core_a", "safe_b", "core_0"]


def test_a_circle_is_refused(project: Project) -> None:
    project.model("core/core_a", "SELECT n FROM safe_b")
    with pytest.raises(UserError, match="circular") as error:
        order(project.models(), ())
    assert error.value.where.endswith(".sql")


def test_an_unknown_table_is_refused(project: Project) -> None:
    with pytest.raises(UserError, match="unknown table stg_a") as error:
        order(project.models(), ())
    assert error.value.where.endswith("core_a.sql")


def test_an_unknown_table_of_a_check_is_refused(project: Project) -> None:
    project.model("core/core_a", "SELECT id FROM stg_a", "-- checks: reference(id, core_z.id)\n")
    with pytest.raises(UserError, match="unknown table core_z"):
        order(project.models(), {"stg_a"})


@pytest.mark.parametrize(
    ("pattern", "chosen"),
    [
        ("safe_b", {"safe_b"}),
        ("+safe_b", {"core_a", "safe_b"}),
        ("core_a+", {"core_a", "safe_b", "safe_c"}),
        ("safe_*", {"safe_b", "safe_c"}),
        ("+safe_b+", {"core_a", "safe_b", "safe_c"}),
    ],
)
def test_a_pattern_selects(project: Project, pattern: str, chosen: set[str]) -> None:
    project.model("safe/safe_c", "SELECT n FROM safe_b")
    assert select(project.models(), [pattern]) == chosen


def test_a_pattern_that_selects_nothing_is_bad_usage(project: Project) -> None:
    with pytest.raises(BadInput, match="no model matches"):
        select(project.models(), ["core_z"])
