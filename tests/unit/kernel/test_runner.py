"""Building models."""

import hashlib
import os
import subprocess
import sys
from pathlib import Path

import pytest

from etl.errors import BadInput, UserError
from tests.unit.kernel.project import Project


def test_models_are_built_in_order_with_one_line_each(project: Project) -> None:
    report = project.build()
    assert [(run.name, run.state, run.rows) for run in report.models] == [
        ("core_a", "built", 9),
        ("safe_b", "built", 3),
    ]
    assert project.rows("safe", "safe_b") == [(0, 3), (1, 3), (2, 3)]
    assert [(line.split()[0], line.split()[1], line.split()[-1]) for line in project.lines] == [
        ("built", "9", "core_a"),
        ("built", "3", "safe_b"),
    ]
    assert len({len(line) for line in project.lines}) == 1


def test_nothing_is_built_twice(project: Project) -> None:
    project.build()
    assert project.states() == {"core_a": "kept", "safe_b": "kept"}
    assert project.build().checks == 0


def test_a_comment_rebuilds_nothing(project: Project) -> None:
    project.build()
    project.file("safe/safe_b", "-- 新 | new\n\nSELECT n, count(*) AS ids FROM core_a GROUP BY n   \n")
    assert project.states() == {"core_a": "kept", "safe_b": "kept"}


def test_changed_sql_rebuilds_the_model(project: Project) -> None:
    project.build()
    project.model("safe/safe_b", "SELECT n FROM core_a")
    assert project.states() == {"core_a": "kept", "safe_b": "built"}


def test_a_build_says_why(project: Project) -> None:
    assert [run.why for run in project.build().models] == [("new",), ("new",)]
    project.input("stg_a", "SELECT 1 AS id, 1 AS n")
    project.model("safe/safe_b", "SELECT n FROM core_a")
    assert [run.why for run in project.build().models] == [("stg_a",), ("sql",)]
    project.path("safe", "safe_b").unlink()
    assert [run.why for run in project.build().models] == [(), ("file",)]
    assert [run.why for run in project.build(secrets={"k": "2"}).models] == [("engine",), ("engine",)]


def test_changed_input_rebuilds_what_reads_it(project: Project) -> None:
    project.build()
    project.input("stg_a", "SELECT 1 AS id, 1 AS n")
    assert project.states() == {"core_a": "built", "safe_b": "built"}


def test_a_result_that_stays_the_same_rebuilds_nothing_after_it(project: Project) -> None:
    project.build()
    project.model("core/core_a", "SELECT id, n + 0 AS n FROM stg_a", "-- grain: id\n")
    assert project.states() == {"core_a": "built", "safe_b": "kept"}


def test_touching_an_input_rebuilds_nothing(project: Project) -> None:
    project.build()
    os.utime(project.inputs["stg_a"], ns=(1, 1))
    assert project.states() == {"core_a": "kept", "safe_b": "kept"}


def test_a_lost_or_altered_file_is_built_again(project: Project) -> None:
    project.build()
    project.path("core", "core_a").write_bytes(b"altered")
    project.path("safe", "safe_b").unlink()
    assert project.states() == {"core_a": "built", "safe_b": "built"}


@pytest.mark.parametrize("text", ["", "{}", "[]"])
def test_a_lost_state_file_costs_a_rebuild_only(project: Project, text: str) -> None:
    project.build()
    (project.root / "out" / "kernel.json").write_text(text)
    assert project.states() == {"core_a": "built", "safe_b": "built"}


@pytest.mark.parametrize("options", [{"secrets": {"k": "2"}}, {"functions": ["CREATE MACRO f(x) AS x + 2"]}])
def test_functions_and_secrets_are_part_of_a_result(project: Project, options: dict[str, object]) -> None:
    project.model("core/core_a", "SELECT f(id) AS id, getvariable('k') AS n FROM stg_a")
    project.model("safe/safe_b", "SELECT n FROM core_a")
    before = {"functions": ["CREATE MACRO f(x) AS x + 1"], "secrets": {"k": "1"}}
    assert project.states(**before) == {"core_a": "built", "safe_b": "built"}
    assert project.states(**{**before, **options})["core_a"] == "built"


def test_secrets_reach_no_file(project: Project) -> None:
    project.build(secrets={"k": "opensesame"})
    files = [path for path in (project.root / "out").rglob("*") if path.is_file()]
    assert not any(b"opensesame" in path.read_bytes() for path in files)


def test_only_selected_models_are_built(project: Project) -> None:
    assert project.states(select=["core_a"]) == {"core_a": "built"}
    assert project.states(select=["safe_b"]) == {"safe_b": "built"}


def test_a_selected_model_needs_what_it_reads(project: Project) -> None:
    with pytest.raises(BadInput, match="core_a has no file"):
        project.build(select=["safe_b"])


def test_an_input_without_files_is_bad_input(project: Project) -> None:
    project.inputs["stg_a"] = []  # type: ignore[assignment]
    with pytest.raises(BadInput, match="stg_a has no file"):
        project.build()


def test_an_input_may_be_several_files(project: Project) -> None:
    project.inputs["stg_a"] = [project.inputs["stg_a"], project.inputs["stg_a"]]  # type: ignore[assignment]
    project.model("core/core_a", "SELECT id, n FROM stg_a")
    assert project.build().models[0].rows == 18


def test_published_rows_are_the_same_bytes_whatever_the_threads(project: Project) -> None:
    project.input("stg_a", "SELECT md5(i::VARCHAR) AS id, i % 7 AS n FROM range(130000) AS t(i)")
    project.model("core/core_a", "SELECT id, max(n) AS n FROM stg_a GROUP BY id", "-- grain: id\n")
    project.model("safe/safe_b", "SELECT n, id FROM core_a WHERE n < 3")
    project.model("mart/open/mart_b", "SELECT n, id FROM safe_b", "-- grain: id\n")
    project.model("mart/served/served_b", "SELECT n, id FROM safe_b")
    project.model("mart/sensitive/mart_c", "SELECT n, id FROM safe_b ORDER BY n DESC, id;")
    hashes = set()
    for threads in (1, 2, 4):
        (project.root / "out" / "kernel.json").unlink(missing_ok=True)
        report = project.build(threads=threads)
        hashes.add(tuple(hashlib.sha256(run.path.read_bytes()).hexdigest() for run in report.models[2:]))
    assert len(hashes) == 1


def test_a_stated_order_is_kept(project: Project) -> None:
    project.model("safe/safe_b", "SELECT id FROM core_a ORDER BY id DESC")
    project.build()
    assert [id for (id,) in project.rows("safe", "safe_b")] == list(range(8, -1, -1))


def test_the_grain_orders_published_rows_otherwise(project: Project) -> None:
    project.model("mart/open/mart_a", "SELECT n, -id AS id FROM core_a", "-- grain: id\n")
    project.build()
    assert [id for _, id in project.rows("open", "mart_a")] == list(range(-8, 1))


def test_a_failing_model_names_its_file_and_leaves_nothing_behind(project: Project) -> None:
    path = project.model("safe/safe_b", "SELECT nosuch FROM core_a")
    with pytest.raises(UserError, match="nosuch") as error:
        project.build()
    assert error.value.where == str(path)
    assert [file.name for file in (project.root / "out" / "safe").iterdir()] == []
    assert project.path("core", "core_a").exists()


def test_a_failing_row_shows_no_value(project: Project) -> None:
    project.input("stg_a", "SELECT 1 AS id, 'Zhang Synthetic' AS n")
    project.model("safe/safe_b", "SELECT n::INTEGER AS n FROM core_a")
    with pytest.raises(UserError, match="ConversionException") as error:
        project.build()
    assert "Zhang" not in str(error.value)


def test_a_disk_that_cannot_be_written_is_an_error_in_words(project: Project) -> None:
    project.path("safe", "safe_b").mkdir(parents=True)
    with pytest.raises(UserError, match="disk or memory is full") as error:
        project.build()
    assert "free space" in error.value.remedy
    assert project.path("core", "core_a").exists()


def test_a_state_that_cannot_be_written_is_an_error_in_words(project: Project) -> None:
    project.model("safe/safe_b", "SELECT n FROM core_a")
    project.build()
    (project.root / "out" / ".kernel.json.tmp").mkdir()
    project.model("safe/safe_b", "SELECT id FROM core_a")
    with pytest.raises(UserError, match="disk or memory is full"):
        project.build()


def test_a_killed_build_leaves_no_half_file_and_the_next_one_goes_on(project: Project) -> None:
    project.model("safe/safe_b", "SELECT count(*) AS n FROM range(1000000) a, range(1000000) b, core_a")
    script = (
        "import sys; from pathlib import Path; from tests.unit.kernel.project import Project;"
        "p = Project(Path(sys.argv[1]), {'stg_a': Path(sys.argv[1]) / 'stg_a.parquet'});"
        "p.lines = type('L', (list,), {'append': lambda s, line: print(line, flush=True)})(); p.build()"
    )
    command = [sys.executable, "-c", script, str(project.root)]
    environment = {**os.environ, "PYTHONPATH": str(Path.cwd())}
    with subprocess.Popen(command, stdout=subprocess.PIPE, env=environment) as process:
        assert process.stdout is not None
        assert b"core_a" in process.stdout.readline()
        process.kill()
    assert not project.path("safe", "safe_b").exists()
    (project.root / "out" / "safe" / ".safe_b.parquet.tmp").write_text("half")
    project.model("safe/safe_b", "SELECT count(*) AS n FROM core_a")
    assert project.states() == {"core_a": "kept", "safe_b": "built"}
    assert [path.name for path in (project.root / "out" / "safe").iterdir()] == ["safe_b.parquet"]
