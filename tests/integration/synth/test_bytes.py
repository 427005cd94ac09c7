import hashlib
from pathlib import Path

import pytest

from etl.errors import BadInput
from etl.metadata import Metadata
from etl.synth import write
from tests.integration.synth.synthetic import AS_OF, Register


def digest(folder: Path) -> dict[str, str]:
    return {
        path.relative_to(folder).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


def small(out: Path, metadata: Metadata, **changes: object) -> None:
    arguments = {
        "persons": 40,
        "seed": 1,
        "truth": None,
        "as_of": AS_OF,
        "records": {"enterprise"},
        "divisions": {"62"},
        "metadata": metadata,
        "processes": 1,
    }
    write(out, **(arguments | changes))  # type: ignore[arg-type]


def test_processes_do_not_change_the_exports(register: Register, register_by_two: Register) -> None:
    assert digest(register.out) == digest(register_by_two.out)


def test_processes_do_not_change_the_truth(register: Register, register_by_two: Register) -> None:
    assert digest(register.truth) == digest(register_by_two.truth)


def test_another_seed_gives_another_register(tmp_path: Path, metadata: Metadata) -> None:
    small(tmp_path / "a", metadata)
    small(tmp_path / "b", metadata, seed=2)
    assert digest(tmp_path / "a") != digest(tmp_path / "b")


def test_only_the_wanted_records_and_divisions_are_written(tmp_path: Path, metadata: Metadata) -> None:
    small(tmp_path / "a", metadata)
    assert set(digest(tmp_path / "a")) == {"README.txt", "national/enterprise_list_01.csv"}


def test_every_folder_says_that_it_is_synthetic(register: Register) -> None:
    assert "SYNTHETIC" in (register.out / "README.txt").read_text("utf-8")


@pytest.mark.parametrize("changes", [{"divisions": {"nowhere"}}, {"records": {"nothing"}}])
def test_unknown_choices_are_refused(tmp_path: Path, metadata: Metadata, changes: dict[str, object]) -> None:
    with pytest.raises(BadInput):
        small(tmp_path / "a", metadata, **changes)


def test_a_folder_with_something_in_it_is_left_alone(tmp_path: Path, metadata: Metadata) -> None:
    (tmp_path / "kept.txt").write_text("kept")
    with pytest.raises(BadInput):
        small(tmp_path, metadata)
    assert [path.name for path in tmp_path.iterdir()] == ["kept.txt"]


def test_a_failure_leaves_nothing_behind(tmp_path: Path, metadata: Metadata) -> None:
    with pytest.raises(IndexError):
        small(tmp_path / "a", metadata, persons=-1)
    assert list(tmp_path.iterdir()) == []
