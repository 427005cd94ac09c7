"""Releases: who is sampled, what they are called, and what a later release may change."""

import random
from dataclasses import replace

import anonypyx.attackers
import pandas as pd
import pyarrow as pa
import pytest
from anonypyx.generalisation import RawData
from hypothesis import given, settings
from hypothesis import strategies as st
from pycanon import anonymity

from etl.errors import BadInput, Refused
from etl.privacy.microdata import Criterion, Keys, NoRecoding, Requirement, Tier, release
from etl.privacy.microdata.checks import homogeneity, intersection, linkage, unicity
from tests.unit.privacy.microdata import small

KEY = Keys(bytes(range(32)), bytes(32))
HIERARCHIES = {
    "place": small.hierarchy("place", "a north *", "b north *", "c south *", "d south *"),
    "age": small.hierarchy("age", "20 2x *", "25 2x *", "30 3x *", "35 3x *"),
}
EDUCATION = Criterion("education", distinct=2, frequency=0.9, distance=0.6)
TIER = Tier(
    "small",
    (Requirement(("place",), 6, (EDUCATION,)), Requirement(("place", "age"), 2)),
    suppressed=0.3,
    sample=1.0,
)


def drawn(seed, persons=300, first=0):
    """Persons with all attributes at random."""
    source = random.Random(seed)
    return [
        {
            "unit": str(first + number),
            "place": source.choice("aaaabbcd"),
            "age": source.choice(("20", "25", "30", "35")),
            "education": source.choice("xxyz"),
        }
        for number in range(persons)
    ]


def moved(rows, seed, share):
    """The same persons a year later: some have moved, some have left, some have come."""
    source = random.Random(seed)
    stayed = [
        row | ({"place": source.choice("abcd")} if source.random() < share else {})
        for row in rows
        if source.random() > share / 2
    ]
    return stayed + drawn(seed, int(len(rows) * share), first=1000 * seed)


def released(rows, tier=TIER, former=None, key=KEY):
    return release(
        small.register(rows),
        "person",
        "unit",
        tier,
        HIERARCHIES,
        keys=key,
        former=former and former.held,
    )


def series(seed, share=0.1, years=3):
    rows, done = drawn(seed), []
    for year in range(years):
        done.append(released(rows, former=done[-1] if done else None))
        rows = moved(rows, seed + year + 1, share)
    return done


def units(table, **kept):
    return {
        row["unit"] for row in table.to_pylist() if all(row[name] == value for name, value in kept.items())
    }


def test_all_records_kept_satisfy_the_tier():
    held = released(drawn(1)).held
    persons = held.persons
    findings = [
        *homogeneity(persons, held.shares["education"], TIER.requirements[0], EDUCATION),
        *(linkage(persons, persons, requirement) for requirement in TIER.requirements),
    ]
    assert [finding.passed for finding in findings] == [True] * 5


@settings(deadline=None, max_examples=20)
@given(st.integers(1, 10_000), st.sampled_from((0.2, 0.3, 0.4)))
def test_a_first_file_is_as_near_to_the_register_as_its_recoding_was_chosen_to_be(seed, distance):
    strict = Criterion("education", distinct=2, frequency=0.9, distance=distance)
    tier = replace(
        TIER, requirements=(replace(TIER.requirements[0], criteria=(strict,)), TIER.requirements[1])
    )
    try:
        held = released(drawn(seed, 60), tier).held
    except NoRecoding:
        return
    found = homogeneity(held.persons, held.shares["education"], tier.requirements[0], strict)
    assert all(finding.passed for finding in found), found


def test_pycanon_measures_the_same_k_l_alpha_and_t():
    held = released(drawn(2)).held
    persons, frame = held.persons, held.persons.to_pandas()
    least, *rest = homogeneity(persons, held.shares["education"], TIER.requirements[0], EDUCATION)
    assert anonymity.k_anonymity(frame, ["place"]) >= 6
    assert anonymity.k_anonymity(frame, ["place", "age"]) >= 2
    assert anonymity.l_diversity(frame, ["place"], ["education"]) == least.value
    assert anonymity.alpha_k_anonymity(frame, ["place"], ["education"])[0] == pytest.approx(rest[0].value)
    assert anonymity.t_closeness(frame, ["place"], ["education"]) == pytest.approx(rest[1].value)


def test_a_sample_is_the_same_whoever_else_is_there():
    tier = Tier("half", (Requirement(("place",), 1),), 0.0, 0.5)
    rows = drawn(3)
    both = [released(rows, tier), released(rows[:200], tier)]
    known = [row | {"unit": row["unit"], "place": row["unit"]} for row in rows]
    places = {"place": small.hierarchy("place", *(f"{number} *" for number in range(300)))}
    sampled = [
        {
            record["place"]
            for record in release(
                small.register(part), "person", "unit", tier, places, keys=KEY
            ).records.to_pylist()
        }
        for part in (known, known[:200])
    ]
    assert sampled[1] == {place for place in sampled[0] if int(place) < 200}
    assert 0.4 < both[0].records.num_rows / 300 < 0.6


def test_another_key_draws_another_sample():
    tier = Tier("half", (Requirement(("place",), 1),), 0.0, 0.5)
    rows = drawn(3)
    assert (
        released(rows, tier).records.num_rows
        != released(rows, tier, key=Keys(bytes(32), bytes(32))).records.num_rows
    )


def test_a_key_of_another_length_is_refused():
    with pytest.raises(BadInput, match="not 32 bytes"):
        Keys(b"short", bytes(32))


def test_pseudonyms_are_of_one_release_only():
    rows = drawn(4)
    keys = [Keys.of(bytes(32), "open", year) for year in (2024, 2025)]
    assert keys[0].sample == keys[1].sample
    first, second = (set(released(rows, key=key).records["record_ref"].to_pylist()) for key in keys)
    assert not first & second


def test_files_of_two_tiers_are_drawn_apart():
    assert Keys.of(bytes(32), "open", 2024).sample != Keys.of(bytes(32), "contract", 2024).sample


def test_records_stand_in_the_order_of_their_pseudonyms():
    names = released(drawn(4)).records["record_ref"].to_pylist()
    assert names == sorted(names)
    assert len(set(names)) == len(names)


def test_records_have_no_unit():
    assert released(drawn(4)).records.column_names == ["record_ref", "place", "age", "education"]


@settings(deadline=None, max_examples=settings().max_examples // 20)
@given(st.integers(1, 10_000), st.sampled_from((0.02, 0.1, 0.4)))
def test_classes_over_all_releases_are_large_enough(seed, share):
    held = [item.held.persons for item in series(seed, share)]
    findings = [intersection(held, "unit", requirement) for requirement in TIER.requirements]
    findings += [unicity(held, "unit", requirement) for requirement in TIER.requirements]
    assert all(finding.passed for finding in findings), findings


def test_without_the_former_release_the_intersection_finds_someone():
    rows = drawn(5)
    held = [released(part).held.persons for part in (rows, moved(rows, 6, 0.1))]
    assert not intersection(held, "unit", TIER.requirements[0]).passed


def test_a_single_mover_keeps_the_former_record():
    rows = drawn(7)
    first = released(rows)
    mover = next(row for row in rows if row["unit"] in units(first.held.persons))
    places = first.held.persons["place"].unique().to_pylist()
    elsewhere = next(
        leaf for leaf in "abcd" if leaf != mover["place"] and (leaf in places or len(places) == 2)
    )
    later = [row | ({"place": elsewhere} if row is mover else {}) for row in rows]
    assert released(later, former=first).held.persons.sort_by("unit") == first.held.persons.sort_by("unit")


def test_who_has_left_keeps_the_former_record():
    rows = drawn(8)
    first = released(rows)
    assert released(rows[5:], former=first).held.persons == first.held.persons


def test_a_group_that_moves_together_gets_new_records():
    rows = [row | {"place": "a", "age": "20"} for row in drawn(9, 60)]
    rows += [row | {"place": "c", "age": "20"} for row in drawn(10, 60, first=500)]
    first = released(rows)
    gone = {row["unit"] for row in rows[:30]}
    later = [row | ({"place": "c"} if row["unit"] in gone else {}) for row in rows]
    assert gone <= units(released(later, former=first).held.persons, place="c")


def test_those_left_behind_are_not_left_alone():
    rows = [row | {"place": "a", "age": "20"} for row in drawn(9, 60)]
    rows += [row | {"place": "c", "age": "20"} for row in drawn(10, 60, first=500)]
    first = released(rows)
    later = [row | ({"place": "c"} if int(row["unit"]) < 58 else {}) for row in rows]
    assert released(later, former=first).held.persons == first.held.persons


def test_former_levels_that_no_longer_do_are_refused():
    first = released(drawn(11))
    with pytest.raises(Refused, match="the former levels would suppress"):
        released(drawn(12, 9), former=first)


def test_a_former_code_that_the_hierarchy_lacks_is_refused():
    rows = drawn(13)
    first = released(rows)
    place = first.held.persons["place"].to_pylist()
    renamed = first.held.persons.set_column(1, "place", pa.array(["elsewhere", *place[1:]]))
    with pytest.raises(Refused, match="no longer in the hierarchy"):
        release(
            small.register(rows[1:]),
            "person",
            "unit",
            TIER,
            HIERARCHIES,
            keys=KEY,
            former=replace(first.held, persons=renamed),
        )


def test_anonypyx_finds_more_than_one_value_for_everybody():
    done = series(13, years=2)
    frames = [item.held.persons.to_pandas() for item in done]
    both = sorted(set(frames[0].unit) & set(frames[1].unit))
    schema = RawData([], [], ["place"])
    for unit in both[:40]:
        places = [frame.loc[frame.unit == unit, "place"].iloc[0] for frame in frames]
        values = None
        for place, frame in zip(places, frames, strict=True):
            prior = pd.DataFrame({"ID": [0], "place": [place]})
            attacker = anonypyx.attackers.IntersectionAttacker(prior, ["place"], "education", schema)
            attacker.observe(frame[["place", "education"]], ["place", "education"], [0])
            found = set(attacker.predict(0, "education"))
            values = found if values is None else values & found
        assert len(values) >= EDUCATION.distinct


def test_a_record_alike_to_few_persons_is_found():
    persons = pa.table({"place": ["a"] * 4 + ["b"] * 9})
    found = linkage(pa.table({"place": ["a", "b"]}), persons, Requirement(("place",), 6))
    assert (found.value, found.passed) == (0.25, False)


def test_a_class_of_one_kind_is_found():
    persons = pa.table({"place": ["a", "a", "b", "b"], "education": ["x", "x", "x", "y"]})
    register = {"x": 0.75, "y": 0.25}
    found = homogeneity(persons, register, Requirement(("place",), 2), Criterion("education", 2, 0.9, 0.2))
    assert [(item.value, item.passed) for item in found] == [(1, False), (1, False), (0.25, False)]


def test_the_distance_is_from_the_register_with_those_suppressed():
    persons = pa.table({"place": ["a", "a"], "education": ["x", "y"]})
    *_, distance = homogeneity(
        persons,
        {"x": 0.5, "y": 0.25, "z": 0.25},
        Requirement(("place",), 2),
        Criterion("education", 1, 1, 0.2),
    )
    assert (distance.value, distance.passed) == (0.25, False)


def test_a_value_that_left_the_register_counts_in_the_distance_too():
    persons = pa.table({"place": ["a", "a"], "education": ["x", "gone"]})
    *_, distance = homogeneity(persons, {"x": 1.0}, Requirement(("place",), 2), Criterion("education"))
    assert distance.value == 0.5


def test_shares_are_those_of_the_whole_register():
    rows = drawn(1)
    held = released(rows).held
    assert held.shares["education"] == {
        value: sum(row["education"] == value for row in rows) / len(rows) for value in "xyz"
    }
    assert sum(held.shares["place"].values()) == pytest.approx(1)
