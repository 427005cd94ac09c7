"""Certificates linked to persons in a store, and what a steward's decisions do to that."""

from collections.abc import Mapping
from pathlib import Path

import duckdb
import pytest

from etl.errors import BadInput
from etl.identity import decisions, linking, review
from etl.identity.review import Word
from etl.identity.rules import PersonRules
from etl.settings import Store
from tests.fixtures import linking as fixture

WORD = Word("管理员 steward", "见原件 seen on paper", "2026-11-22T09:00:00+08:00")


def groups(store: Store) -> set[frozenset[int]]:
    """Certificates by person."""
    return {frozenset(each) for each in _persons(store).values()}


def _persons(store: Store) -> Mapping[int, list[int]]:
    rows = duckdb.execute(
        f"SELECT person_id, list(certificate_id) FROM '{linking.person_links(store)}' GROUP BY person_id"
    ).fetchall()
    return dict(rows)


def rebuilt(store: Store) -> set[frozenset[int]]:
    linking.link(store, None)
    return groups(store)


def test_one_id_is_one_person_and_no_id_stands_alone(store: Store) -> None:
    assert groups(store) == {frozenset({1, 2}), frozenset({3}), frozenset({4}), frozenset({5})}


def test_a_merge_holds_in_the_next_build_and_keeps_both_keys(store: Store) -> None:
    before = _persons(store)
    review.merge(store, "R3", "R4", WORD)
    assert frozenset({3, 4}) in rebuilt(store)
    aliases = duckdb.execute(f"SELECT DISTINCT person_alias FROM '{linking.person_links(store)}'").fetchall()
    assert {alias for (alias,) in aliases} == set(before)


def test_merge_build_split_build_gives_the_first_state_again(store: Store) -> None:
    before = linking.person_links(store).read_bytes()
    review.merge(store, "R1", "R5", WORD)
    assert frozenset({1, 2, 5}) in rebuilt(store)
    review.split(store, "R5", [], WORD)
    rebuilt(store)
    assert duckdb.execute(f"FROM '{linking.person_links(store)}' ORDER BY ALL").fetchall()
    assert linking.person_links(store).read_bytes() == before


def test_a_person_is_found_by_a_key_that_it_had_before_a_merge(store: Store) -> None:
    key = next(person for person, own in _persons(store).items() if own == [5])
    review.merge(store, "R1", "R5", WORD)
    rebuilt(store)
    assert review.members(store, decisions.key_text(key)) == [1, 2, 5]


def test_a_split_holds_above_an_id_number(store: Store) -> None:
    review.split(store, "R1", ["R2"], WORD)
    assert {frozenset({1}), frozenset({2})} <= rebuilt(store)


def test_a_merge_undoes_a_split(store: Store) -> None:
    before = groups(store)
    review.split(store, "R1", ["R2"], WORD)
    rebuilt(store)
    review.merge(store, "R1", "R2", WORD)
    assert rebuilt(store) == before


def test_nothing_changed_is_not_linked_again(store: Store) -> None:
    assert linking.link(store, None).kept
    review.merge(store, "R3", "R4", WORD)
    assert not linking.link(store, None).kept


def test_decisions_only_ever_grow(store: Store) -> None:
    review.merge(store, "R3", "R4", WORD)
    first = decisions.path(store).read_text("utf-8")
    rebuilt(store)
    review.split(store, "R3", [], WORD)
    assert decisions.path(store).read_text("utf-8").startswith(first)
    assert decisions.path(store).stat().st_mode & 0o077 == 0


def test_a_broken_decision_names_its_line(store: Store) -> None:
    review.merge(store, "R3", "R4", WORD)
    with decisions.path(store).open("a") as file:
        file.write("{}\n")
    with pytest.raises(BadInput, match=r"persons\.jsonl:2"):
        linking.link(store, None)


def test_a_decision_about_a_vanished_certificate_is_counted(store: Store) -> None:
    decisions.append(store, [decisions.Decision("same", f"{3:016x}", f"{9:016x}", "x", "y", "z")])
    assert linking.link(store, None).stale_decisions == 1


def test_a_pair_of_the_band_waits_until_it_is_decided(waiting: Store, wide: PersonRules) -> None:
    (pair,) = [each for each in review.waiting(waiting) if {each.a, each.b} == {3, 4}]
    review.decide(waiting, pair.id, "same", WORD)
    linking.link(waiting, wide)
    assert frozenset({3, 4}) in groups(waiting)
    assert not [each for each in review.waiting(waiting) if {each.a, each.b} == {3, 4}]


def test_a_side_tells_whether_there_is_an_id_but_not_which(store: Store) -> None:
    shown = review.side(store, 1)
    assert shown["id_number"] == "有 yes"
    assert "A" not in shown.values()


def test_synthetic_rosters_are_linked_well_and_always_alike(tmp_path: Path) -> None:
    register = fixture.exports(tmp_path, 5_000, divisions={"44"})
    store = fixture.dirty(tmp_path, register, fixture.LEVELS[2])
    report = fixture.link(store, register, sample_pairs=50_000)
    quality = fixture.together([fixture.quality(tmp_path, store)])
    assert quality.precision >= 0.99
    assert quality.recall >= 0.4
    assert report.certificates["probability"] > 0
    first = duckdb.execute(f"FROM '{linking.person_links(store)}' ORDER BY ALL").fetchall()
    linking.person_links(store).unlink()
    assert not fixture.link(store, register, sample_pairs=50_000).kept
    assert duckdb.execute(f"FROM '{linking.person_links(store)}' ORDER BY ALL").fetchall() == first
