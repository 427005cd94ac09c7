from pathlib import Path

import pytest

from tests.unit.kernel.project import Project


@pytest.fixture
def project(tmp_path: Path) -> Project:
    """Two models over one input: core_a (id, n) and safe_b (n, ids)."""
    made = Project(tmp_path)
    made.input("stg_a", "SELECT i AS id, i % 3 AS n FROM range(9) AS t(i)")
    made.model("core/core_a", "SELECT id, n FROM stg_a", "-- grain: id\n")
    made.model("safe/safe_b", "SELECT n, count(*) AS ids FROM core_a GROUP BY n")
    return made
