"""Releases on disk."""

from datetime import date
from pathlib import Path

import pytest

from etl.errors import BadInput, Refused
from etl.publish import release
from etl.publish.release import Version
from etl.settings import Store

AS_OF = date(2026, 10, 31)


@pytest.fixture
def store(tmp_path: Path) -> Store:
    return Store(tmp_path / "store")


def publish(store: Store, text: str = "content") -> Version:
    version = release.next_version(store, AS_OF)
    with release.candidate(store) as folder:
        (folder / "file").write_text(text)
        release.promote(store, folder, version)
    return version


def test_first_release_of_a_month_is_patch_zero(store: Store) -> None:
    assert release.next_version(store, AS_OF) == Version(2026, 10, 0)


def test_next_release_of_a_month_is_the_next_patch(store: Store) -> None:
    publish(store)
    assert str(release.next_version(store, AS_OF)) == "2026.10.1"


def test_versions_are_ordered_as_numbers(store: Store) -> None:
    for name in ("2026.10.2", "2026.9.0", "2026.10.10", ".candidate-1", "notes"):
        (store.releases / name).mkdir(parents=True)
    assert [str(v) for v in release.versions(store)] == ["2026.9.0", "2026.10.2", "2026.10.10"]


def test_promotion_points_to_the_new_release(store: Store) -> None:
    publish(store, "first")
    publish(store, "second")
    assert (store.current / "file").read_text() == "second"


def test_rollback_points_to_the_release_before(store: Store) -> None:
    publish(store, "first")
    publish(store, "second")
    assert release.rollback(store) == Version(2026, 10, 0)
    assert (store.current / "file").read_text() == "first"


def test_rollback_points_to_the_release_that_is_named(store: Store) -> None:
    for _ in range(3):
        publish(store)
    assert release.rollback(store, Version(2026, 10, 0)) == Version(2026, 10, 0)
    assert release.rollback(store, Version(2026, 10, 2)) == Version(2026, 10, 2)
    assert release.current_version(store) == Version(2026, 10, 2)


def test_rollback_to_a_release_that_is_not_there_is_refused(store: Store) -> None:
    publish(store)
    with pytest.raises(Refused, match="no such release"):
        release.rollback(store, Version(2026, 10, 7))
    assert release.current_version(store) == Version(2026, 10, 0)


def test_rollback_without_an_earlier_release_is_refused(store: Store) -> None:
    publish(store)
    with pytest.raises(Refused):
        release.rollback(store)


def test_a_release_after_a_rollback_does_not_reuse_a_version(store: Store) -> None:
    publish(store)
    publish(store)
    release.rollback(store)
    assert str(publish(store)) == "2026.10.2"


def test_a_failed_candidate_leaves_nothing(store: Store) -> None:
    with pytest.raises(OSError), release.candidate(store) as folder:
        (folder / "half").write_text("")
        raise OSError
    assert list(store.releases.iterdir()) == []


def test_a_judged_candidate_is_kept_until_the_next_build(store: Store) -> None:
    with pytest.raises(Refused), release.candidate(store) as folder:
        (folder / "gate.json").write_text("{}")
        raise Refused("no")
    assert folder.is_dir()
    publish(store)
    assert [path.name for path in store.releases.iterdir()] == ["2026.10.0"]


def test_a_store_without_release_is_bad_input(store: Store) -> None:
    with pytest.raises(BadInput):
        release.served_release(store)


@pytest.fixture
def summed(tmp_path: Path) -> Path:
    for name in ("a", "folder/b"):
        path = tmp_path / name
        path.parent.mkdir(exist_ok=True)
        path.write_text(name)
    release.write_sums(tmp_path)
    return tmp_path


def test_sums_of_an_untouched_folder_agree(summed: Path) -> None:
    assert release.check_sums(summed) == []


def test_sums_tell_a_changed_file(summed: Path) -> None:
    (summed / "a").write_text("A")
    assert [problem.split(": ")[1] for problem in release.check_sums(summed)] == ["a"]


def test_sums_tell_a_missing_file(summed: Path) -> None:
    (summed / "folder" / "b").unlink()
    assert "missing file: folder/b" in release.check_sums(summed)[0]


def test_sums_tell_an_unlisted_file(summed: Path) -> None:
    (summed / "c").write_text("")
    assert "unlisted file: c" in release.check_sums(summed)[0]
