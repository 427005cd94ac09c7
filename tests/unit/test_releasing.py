"""What is remembered of earlier releases ends with the rule; a release that was cut before it was served is served."""

import json
from datetime import date
from pathlib import Path

import pytest

from etl.errors import Refused
from etl.publish import release as releases
from etl.publish.release import Version, current_version, finish_promotion, point, promote
from etl.releasing import forget, refuse_earlier
from etl.settings import Store

FILES = ["registration.a.json", "registration.a.parquet", "report.json", "vanished.parquet"]


@pytest.fixture
def store(tmp_path: Path) -> Store:
    """A store with four releases, the newest being served."""
    store = Store(tmp_path)
    for patch in range(4):
        (store.releases / f"2026.10.{patch}").mkdir(parents=True)
        folder = store.accepted(f"2026.10.{patch}")
        folder.mkdir(parents=True)
        for name in FILES:
            (folder / name).write_text("", encoding="utf-8")
    point(store, Version(2026, 10, 3))
    return store


def kept(store: Store) -> list[list[str]]:
    return [sorted(path.name for path in store.accepted(f"2026.10.{patch}").iterdir()) for patch in range(4)]


def test_the_newest_releases_keep_all_and_earlier_ones_their_balance(store: Store) -> None:
    forget(store, 2)
    assert kept(store) == [["report.json"], ["report.json"], FILES, FILES]


def test_the_release_being_served_is_kept_however_old(store: Store) -> None:
    point(store, Version(2026, 10, 0))
    forget(store, 1)
    assert kept(store) == [FILES, ["report.json"], ["report.json"], FILES]


def test_what_a_killed_run_left_is_removed_by_the_next(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    unlink = Path.unlink

    def killed(path: Path) -> None:
        unlink(path)
        raise KeyboardInterrupt

    monkeypatch.setattr(Path, "unlink", killed)
    with pytest.raises(KeyboardInterrupt):
        forget(store, 3)
    monkeypatch.undo()
    assert "registration.a.parquet" not in kept(store)[0]
    forget(store, 3)
    assert kept(store) == [["report.json"], FILES, FILES, FILES]


def test_a_build_killed_before_it_points_to_its_release_is_made_up_for(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    def killed(store: Store, version: Version) -> None:
        raise KeyboardInterrupt

    candidate = store.releases / ".candidate-1"
    candidate.mkdir()
    monkeypatch.setattr(releases, "point", killed)
    with pytest.raises(KeyboardInterrupt):
        promote(store, candidate, Version(2026, 11, 0))
    monkeypatch.undo()
    assert current_version(store) == Version(2026, 10, 3)
    finish_promotion(store)
    assert current_version(store) == Version(2026, 11, 0)


def test_who_points_to_a_release_after_a_killed_build_decides(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    def killed(store: Store, version: Version) -> None:
        raise KeyboardInterrupt

    candidate = store.releases / ".candidate-1"
    candidate.mkdir()
    monkeypatch.setattr(releases, "point", killed)
    with pytest.raises(KeyboardInterrupt):
        promote(store, candidate, Version(2026, 11, 0))
    monkeypatch.undo()
    releases.rollback(store, Version(2026, 10, 2))
    finish_promotion(store)
    assert current_version(store) == Version(2026, 10, 2)


def test_a_release_that_was_rolled_back_stays_so(store: Store) -> None:
    candidate = store.releases / ".candidate-1"
    candidate.mkdir()
    promote(store, candidate, Version(2026, 11, 0))
    releases.rollback(store)
    finish_promotion(store)
    assert current_version(store) == Version(2026, 10, 3)


@pytest.fixture
def serving(store: Store) -> Store:
    """A store whose release being served is as of 31 October 2026."""
    manifest = store.releases / "2026.10.3" / "manifest.json"
    manifest.write_text(json.dumps({"as_of": "2026-10-31"}), encoding="utf-8")
    return store


def test_a_day_before_that_of_the_release_being_served_is_refused(serving: Store) -> None:
    with pytest.raises(Refused, match=r"(?s)before that of 2026.10.3.*jzs rollback VERSION"):
        refuse_earlier(serving, date(2026, 10, 30))


def test_the_day_of_the_release_being_served_and_later_ones_are_not_refused(serving: Store) -> None:
    refuse_earlier(serving, date(2026, 10, 31))
    refuse_earlier(serving, date(2026, 11, 1))


def test_no_day_is_refused_where_nothing_is_served(tmp_path: Path) -> None:
    refuse_earlier(Store(tmp_path), date(2008, 1, 1))
