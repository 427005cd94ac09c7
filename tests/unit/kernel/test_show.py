"""Lineage for a person to read."""

import pytest

from etl.errors import BadInput
from etl.kernel import lineage_text
from tests.unit.kernel.project import Project

_SCHEMAS = {"stg_a": ("id", "n")}


def test_all_models_and_what_they_read(project: Project) -> None:
    project.model("safe/safe_c", "SELECT 1 AS a")
    assert lineage_text(project.models(), _SCHEMAS).splitlines() == [
        "core_a  ←  stg_a",
        "safe_c  ←  -",
        "safe_b  ←  core_a",
    ]


def test_the_columns_of_a_model(project: Project) -> None:
    assert lineage_text(project.models(), _SCHEMAS, "safe_b").splitlines() == [
        "safe_b  题 | title",
        "  n  ←  core_a.n",
        "  ids  ←  core_a.n",
        "  *  ←  core_a.*, core_a.n",
    ]


def test_a_column_back_to_its_roots(project: Project) -> None:
    project.model("core/core_a", "SELECT id, n + 1 AS n FROM stg_a WHERE id > 1")
    assert lineage_text(project.models(), _SCHEMAS, "safe_b.n").splitlines() == [
        "safe_b.n",
        "  ← core_a.n (is)",
        "    ← stg_a.n (shift)  [n + 1]",
    ]


def test_what_comes_again_is_not_told_again_but_marked(project: Project) -> None:
    project.model("core/core_a", "SELECT id, n + 1 AS n FROM stg_a")
    project.model("safe/safe_b", "SELECT n AS one, n + 2 AS other FROM core_a")
    project.model("safe/safe_c", "SELECT one + other AS total FROM safe_b")
    assert lineage_text(project.models(), _SCHEMAS, "safe_c.total").splitlines() == [
        "safe_c.total",
        "  ← safe_b.one (shift)  [one + other]",
        "    ← core_a.n (is)",
        "      ← stg_a.n (shift)  [n + 1]",
        "  ← safe_b.other (shift)  [one + other]",
        "    ← core_a.n (of)  见上 | see above  [n + 2]",
    ]


def test_a_root_that_comes_again_has_no_mark(project: Project) -> None:
    project.model("core/core_a", "SELECT n AS id, n FROM stg_a")
    project.model("safe/safe_b", "SELECT id + n AS n FROM core_a")
    told = lineage_text(project.models(), _SCHEMAS, "safe_b.n").splitlines()
    assert told.count("    ← stg_a.n (is)") == 2


def test_a_column_that_counts_rows_says_so(project: Project) -> None:
    project.model("safe/safe_b", "SELECT count(*) AS ids FROM core_a")
    told = lineage_text(project.models(), _SCHEMAS, "safe_b.ids").splitlines()
    assert told[0] == "safe_b.ids"
    assert told[1].endswith("depends only on which rows there are: safe_b.*")


def test_the_choice_of_rows_back_to_its_roots(project: Project) -> None:
    project.model("core/core_a", "SELECT md5(id) AS id, n FROM stg_a WHERE id > 1")
    assert (
        "    ← stg_a.id (of)  [WHERE id > 1]"
        in lineage_text(project.models(), _SCHEMAS, "safe_b.*").splitlines()
    )


@pytest.mark.parametrize("target", ["nosuch", "safe_b.nosuch", "stg_a"])
def test_an_unknown_target_is_bad_usage(project: Project, target: str) -> None:
    with pytest.raises(BadInput, match=target):
        lineage_text(project.models(), _SCHEMAS, target)
