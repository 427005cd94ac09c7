"""Keys of a store: made once, readable by their owner only, destroyed for ever."""

from fractions import Fraction
from pathlib import Path

import pytest

from etl import cli, keys
from etl.errors import BadInput, Refused
from etl.pipeline import locked
from etl.privacy import ledger
from etl.privacy.ledger import Entry, Ledger
from etl.settings import Store


@pytest.fixture
def store(tmp_path: Path) -> Store:
    return Store(tmp_path / "store")


@pytest.fixture
def given(tmp_path: Path) -> Path:
    path = tmp_path / "given.key"
    path.write_text("5a" * 32, "ascii")
    path.chmod(0o600)
    return path


@pytest.fixture
def frozen(store: Store) -> Store:
    """A store whose tables of 2024 are frozen, with the key of 2024."""
    ledger.write(store.frozen, Ledger((Entry(2024, "age_sex", Fraction(1, 2), "2026.1.0", 1, "x"),)))
    keys.make_key(store, 2024)
    return store


def jzs(store: Store, *arguments: str) -> int:
    return cli.main(["keys", *arguments, "--store", str(store.root)])


def test_a_key_is_random_and_stays(store: Store) -> None:
    made = {keys.disclosure_key(store, year) for year in (2024, 2025)}
    assert len(made) == 2
    assert {keys.disclosure_key(store, year) for year in (2024, 2025)} == made


def test_a_key_file_is_its_owners_alone(store: Store) -> None:
    keys.make_key(store, 2024)
    assert [path.stat().st_mode & 0o777 for path in store.keys.iterdir()] == [0o600]


def test_a_key_that_is_derived_is_the_same_in_another_store(
    store: Store, tmp_path: Path, given: Path
) -> None:
    other = Store(tmp_path / "other")
    assert keys.disclosure_key(store, 2024, given) == keys.disclosure_key(other, 2024, given)
    assert keys.disclosure_key(store, 2025, given) != keys.disclosure_key(other, 2024, given)


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o620, 0o666])
def test_a_key_that_others_can_read_or_write_is_refused(store: Store, mode: int) -> None:
    keys.make_key(store, 2024)
    (store.keys / "disclosure-2024.key").chmod(mode)
    with pytest.raises(Refused, match="others can read"):
        keys.disclosure_key(store, 2024)


def test_a_key_that_is_given_and_others_can_read_is_refused(store: Store, given: Path) -> None:
    given.chmod(0o644)
    with pytest.raises(Refused, match="chmod 600"):
        keys.check_key(store, given)


def test_a_damaged_key_is_bad_input(store: Store) -> None:
    keys.make_key(store, 2024)
    (store.keys / "disclosure-2024.key").write_text("5a5a")
    with pytest.raises(BadInput, match="not a key file"):
        keys.disclosure_key(store, 2024)


def test_a_second_key_of_a_year_is_refused(store: Store) -> None:
    keys.make_key(store, 2024)
    with pytest.raises(Refused, match="there is a key of 2024"):
        keys.make_key(store, 2024)


def test_a_missing_key_of_a_frozen_year_is_refused_not_made_anew(store: Store) -> None:
    with pytest.raises(Refused, match="is missing, and tables of it are frozen"):
        keys.disclosure_key(store, 2024, frozen={2024})
    assert keys.disclosure_keys(store) == {}


def test_rotation_makes_another_key(store: Store) -> None:
    before = keys.disclosure_key(store, 2024)
    keys.rotate_key(store, 2024, frozen=())
    assert keys.disclosure_key(store, 2024) != before


def test_rotation_is_refused_once_tables_are_frozen(frozen: Store) -> None:
    before = keys.disclosure_key(frozen, 2024)
    assert jzs(frozen, "rotate", "2024") == 1
    assert keys.disclosure_key(frozen, 2024) == before


def test_rotation_without_a_key_is_refused(store: Store) -> None:
    with pytest.raises(Refused, match="no key of 2024"):
        keys.rotate_key(store, 2024, frozen=())


def test_a_key_is_not_destroyed_before_its_tables_are_released(store: Store) -> None:
    keys.make_key(store, 2024)
    assert jzs(store, "destroy", "2024") == 1
    assert keys.disclosure_keys(store) == {2024: keys.PRESENT}


def test_a_destroyed_key_cannot_come_back(frozen: Store, given: Path) -> None:
    assert jzs(frozen, "destroy", "2024") == 0
    assert keys.disclosure_keys(frozen) == {2024: keys.DESTROYED}
    with pytest.raises(Refused, match="cannot come back"):
        keys.disclosure_key(frozen, 2024, given, frozen={2024})
    assert jzs(frozen, "make", "2024", "--key", str(given)) == 1


def test_a_key_put_back_from_a_backup_counts_as_destroyed(frozen: Store) -> None:
    backup = (frozen.keys / "disclosure-2024.key").read_bytes()
    jzs(frozen, "destroy", "2024")
    (frozen.keys / "disclosure-2024.key").write_bytes(backup)
    with pytest.raises(Refused, match="cannot come back"):
        keys.disclosure_key(frozen, 2024)


def test_the_tables_of_a_destroyed_key_stay(frozen: Store) -> None:
    jzs(frozen, "destroy", "2024")
    assert ledger.read(frozen.frozen).years == {2024}


def test_the_list_shows_state_fingerprint_and_frozen_tables_but_no_key(
    frozen: Store, capsys: pytest.CaptureFixture[str]
) -> None:
    keys.make_key(frozen, 2025)
    jzs(frozen, "destroy", "2024")
    capsys.readouterr()
    assert jzs(frozen, "list") == 0
    said = capsys.readouterr().out
    assert "2024     已销毁 destroyed" in said
    assert "age_sex" in said
    assert keys.fingerprint(keys.disclosure_key(frozen, 2025)) in said
    assert keys.disclosure_key(frozen, 2025).hex() not in said


@pytest.mark.parametrize("year", ["24", "20245", "x", "-2024", "9998"])
def test_a_year_has_four_digits_and_has_come(store: Store, year: str) -> None:
    with pytest.raises(SystemExit):
        jzs(store, "make", year)


def test_a_store_without_keys_is_bad_input(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert jzs(Store(tmp_path / "nowhere"), "list") == 2
    assert "there are no keys here" in capsys.readouterr().err


@pytest.mark.parametrize("command", ["make", "rotate", "destroy"])
def test_keys_do_not_change_while_a_build_holds_the_store(
    store: Store, command: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with locked(store):
        assert jzs(store, command, "2024") != 0
    assert "another build is using this store" in capsys.readouterr().err
