"""Microdata handed over outside of a release: which tier, from which store, and frozen afterwards."""

from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from etl import metadata
from etl.delivery import deliver
from etl.errors import BadInput, Refused
from etl.privacy.microdata.frozen import CODEBOOK, PAGES, RECORDS
from etl.settings import Store
from tests.unit.privacy.microdata.test_files import persons

REGISTER = metadata.load()


@pytest.fixture
def store(tmp_path: Path) -> Store:
    """A store with the sensitive table of its last build."""
    made = Store(tmp_path / "store")
    write(made, persons(2025))
    made.releases.mkdir(parents=True)
    made.current.symlink_to(made.releases / "2026.1.0")
    return made


def write(store: Store, rows: list[dict[str, object]]) -> None:
    path = store.models("sensitive") / "mart_person__microdata.parquet"
    path.parent.mkdir(parents=True, exist_ok=True)
    pq.write_table(pa.Table.from_pylist(rows), path)


def test_records_and_codebook_are_written_for_their_owner_alone(store: Store, tmp_path: Path) -> None:
    deliver(store, REGISTER, "contract", tmp_path / "out")
    assert {path.name for path in (tmp_path / "out").iterdir()} == {RECORDS, CODEBOOK, PAGES}
    assert (tmp_path / "out").stat().st_mode & 0o077 == 0


def test_a_file_that_was_handed_over_is_the_same_the_next_time(store: Store, tmp_path: Path) -> None:
    deliver(store, REGISTER, "contract", tmp_path / "first")
    write(store, persons(2025, seed=2))
    deliver(store, REGISTER, "contract", tmp_path / "again")
    assert (tmp_path / "again" / RECORDS).read_bytes() == (tmp_path / "first" / RECORDS).read_bytes()


@pytest.mark.parametrize("tier", ["open", "secret"])
def test_a_tier_that_is_none_to_hand_over_is_told(store: Store, tmp_path: Path, tier: str) -> None:
    with pytest.raises(BadInput, match="contract"):
        deliver(store, REGISTER, tier, tmp_path / "out")


def test_an_existing_folder_is_not_written_to(store: Store, tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="it exists"):
        deliver(store, REGISTER, "contract", tmp_path)


def test_a_store_without_a_release_is_told_and_stays_empty(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="no release yet"):
        deliver(Store(tmp_path / "none"), REGISTER, "contract", tmp_path / "out")
    assert not (tmp_path / "none").exists()


def test_a_register_too_small_for_the_tier_is_refused_and_nothing_is_written(
    store: Store, tmp_path: Path
) -> None:
    write(store, persons(2025, 3))
    with pytest.raises(Refused, match="no file satisfies contract"):
        deliver(store, REGISTER, "contract", tmp_path / "out")
    assert not (tmp_path / "out").exists()


def test_a_tier_that_nothing_could_follow_is_not_handed_over_again_in_a_later_year(
    store: Store, tmp_path: Path
) -> None:
    deliver(store, REGISTER, "contract", tmp_path / "first")
    write(store, persons(2026, 15))
    with pytest.raises(Refused, match="not continued"):
        deliver(store, REGISTER, "contract", tmp_path / "second")
    write(store, persons(2027))
    with pytest.raises(Refused, match="contract are not continued from year end 2026"):
        deliver(store, REGISTER, "contract", tmp_path / "third")


def test_a_file_that_nothing_can_follow_is_not_handed_over_and_says_why(store: Store, tmp_path: Path) -> None:
    deliver(store, REGISTER, "contract", tmp_path / "first")
    write(store, persons(2026, 15))
    with pytest.raises(Refused, match="contract are not continued from year end 2026"):
        deliver(store, REGISTER, "contract", tmp_path / "out")
    assert not (tmp_path / "out").exists()
