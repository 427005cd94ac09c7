"""Protected counts: what holds of every published table, whatever the register."""

from collections import Counter, defaultdict
from dataclasses import replace
from itertools import zip_longest
from random import Random
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from etl.errors import BadInput, Refused
from etl.privacy.tables.families import OTHER, Dominance, Family, Level
from etl.privacy.tables.protect import Protected, measure, protect
from tests.fixtures.tables import FAMILY, KEY, LEVELS, YEAR, Unit, register, units

PUBLIC = ("region", "kind", "trade")
PLACES = [(region, kind, trade) for region in "abc" for kind in "xy" for trade in "12"]
COUNTS = st.lists(st.integers(0, 40), min_size=6, max_size=6)
REGISTERS = st.dictionaries(st.sampled_from(PLACES), COUNTS, min_size=1)
SOME = units({place: [20 + number, 0, 3, 40, 7, 11] for number, place in enumerate(PLACES)})


def protected(rows: list[Unit], family: Family = FAMILY, threads: int = 2) -> Protected:
    return protect(register(rows, threads), "units", "ref", family, YEAR, KEY)


def cells(result: Protected) -> list[dict[str, Any]]:
    return result.table.to_pylist()


def totals(result: Protected) -> dict[tuple[str, ...], int]:
    """Persons of every node, told by its level and codes."""
    sums: Counter[tuple[str, ...]] = Counter()
    for row in cells(result):
        sums[(row["level"], *(row[name] for name in PUBLIC))] += row["persons"]
    return sums


def noise(result: Protected) -> dict[tuple[str, ...], list[int]]:
    return {
        (row["level"], *(row[name] for name in PUBLIC)): row["noise"] for row in result.noise_log.to_pylist()
    }


def merged_into(rows: list[Unit], result: Protected) -> dict[tuple[str, ...], int]:
    """Exact size of every published node, the units of classes that are not shown standing in `other`."""
    shown = set(totals(result))
    sizes: Counter[tuple[str, ...]] = Counter()
    for unit in rows:
        path: tuple[str | None, ...] = ()
        for depth, level in enumerate(LEVELS):
            if depth:
                path = (*path, unit[depth])
                if (level.name, *path, *[None] * (3 - depth)) not in shown:
                    path = (*path[:-1], OTHER)
            node = (level.name, *path, *[None] * (3 - depth))
            if node not in shown:
                break
            sizes[node] += 1
    return sizes


@settings(max_examples=20, deadline=None)
@given(REGISTERS)
def test_every_class_has_its_exact_public_total(counts: dict[tuple[str, str, str], list[int]]) -> None:
    rows = units(counts)
    result = protected(rows)
    assert totals(result) == merged_into(rows, result)


@settings(max_examples=20, deadline=None)
@given(REGISTERS)
def test_the_children_of_a_class_add_up_to_it_in_every_cell(
    counts: dict[tuple[str, str, str], list[int]],
) -> None:
    levels: dict[str, Counter[tuple[str, ...]]] = defaultdict(Counter)
    for row in cells(protected(units(counts))):
        depth = [level.name for level in LEVELS].index(row["level"])
        cell = (row["sex"], row["age"])
        levels[f"own {row['level']}"][(*(row[name] for name in PUBLIC[:depth]), *cell)] += row["persons"]
        if depth:
            levels[f"of {LEVELS[depth - 1].name}"][(*(row[name] for name in PUBLIC[: depth - 1]), *cell)] += (
                row["persons"]
            )
    for level in LEVELS[:-1]:
        summed, own = levels[f"of {level.name}"], levels[f"own {level.name}"]
        assert {cell: own[cell] for cell in summed} == summed


@settings(max_examples=20, deadline=None)
@given(REGISTERS)
def test_no_count_is_negative_and_no_shown_class_is_small(
    counts: dict[tuple[str, str, str], list[int]],
) -> None:
    result = protected(units(counts))
    assert all(row["persons"] >= 0 for row in cells(result))
    assert all(size >= FAMILY.merge_below for size in totals(result).values())


def test_the_order_of_rows_and_the_number_of_threads_change_nothing() -> None:
    shuffled = SOME.copy()
    Random(1).shuffle(shuffled)
    first, second = protected(SOME), protected(shuffled, threads=1)
    assert first.table.equals(second.table)
    assert first.noise_log.equals(second.noise_log)


def test_noise_stays_when_only_sensitive_codes_change() -> None:
    changed = [(*unit[:4], "1", "old") for unit in SOME]
    assert noise(protected(changed)) == noise(protected(SOME))


def test_all_cells_of_a_node_are_drawn_anew_when_its_membership_changes() -> None:
    before, after = noise(protected(SOME)), noise(protected(SOME[1:]))
    touched = [("register", None, None, None), ("region", "a", None, None), ("kind", "a", "x", None)]
    touched.append(("trade", "a", "x", "1"))
    assert {node for node in before if before[node] != after[node]} == set(touched)
    pairs = [pair for node in touched for pair in zip(before[node], after[node], strict=True)]
    assert len([one for one, two in pairs if one != two]) > len(pairs) / 2


def test_another_key_or_year_draws_other_noise() -> None:
    database = register(SOME)
    first = protect(database, "units", "ref", FAMILY, YEAR, KEY).noise_log
    assert not first.equals(protect(database, "units", "ref", FAMILY, YEAR + 1, KEY).noise_log)
    assert not first.equals(protect(database, "units", "ref", FAMILY, YEAR, KEY[::-1]).noise_log)


def test_two_trees_agree_in_the_levels_that_they_share() -> None:
    by_trade = replace(FAMILY, name="by_trade", levels=(*LEVELS[:2], Level("trade", ("region", "trade"), 8)))
    one, two = protected(SOME).table, protected(SOME, by_trade).table
    shared = pc.is_in(one["level"], pa.array(["register", "region"]))
    same = [name for name in one.column_names if name not in {"kind", "trade"}]
    assert one.filter(shared).select(same).equals(two.slice(0, pc.sum(shared).as_py()).select(same))


def test_small_classes_are_merged_with_the_next_smallest() -> None:
    counts = {("a", "x", str(trade)): [size, 0, 0, 0, 0, 0] for trade, size in enumerate([5, 6, 30, 40])}
    result = protected(units(counts))
    leaves = {node[3]: size for node, size in totals(result).items() if node[0] == "trade"}
    assert leaves == {"3": 40, OTHER: 41}
    assert {row["cell_state"] for row in cells(result) if row["trade"] == OTHER} == {"merged"}


def test_a_class_whose_children_would_all_be_merged_is_not_split() -> None:
    result = protected(units({("a", "x", "1"): [19] + [0] * 5, ("a", "x", "2"): [30] + [0] * 5}))
    assert {node[0] for node in totals(result)} == {"register", "region", "kind"}


def dominated(rows: list[Unit], holders: dict[str, list[int]]) -> dict[str, int]:
    """Exact sizes of the trades, where `holders` tells for each trade how many units each employer has of it."""
    family = replace(FAMILY, dominance=Dominance("employer", one=0.5, two=0.8, fewest=3))
    employers = [
        f"e{number}" for held in holders.values() for number, count in enumerate(held) for _ in range(count)
    ]
    connection = register(rows)
    connection.register("employed", pa.table({"ref": [row[0] for row in rows], "employer": employers}))
    connection.execute("CREATE TABLE staff AS SELECT * FROM units JOIN employed USING (ref)")
    result = protect(connection, "staff", "ref", family, YEAR, KEY)
    return {node[3]: size for node, size in totals(result).items() if node[0] == "trade"}


@pytest.mark.parametrize(
    ("held", "trades"),
    [
        ([21, 3, 3, 3], {OTHER: 70, "3": 50}),
        ([14, 11, 3, 2], {OTHER: 70, "3": 50}),
        ([16, 14], {OTHER: 70, "3": 50}),
        ([10, 10, 10], {"1": 30, "2": 40, "3": 50}),
        ([30], {"1": 30, "2": 40, "3": 50}),
    ],
    ids=["one holds half", "two hold most", "too few", "nobody dominates", "nobody is left"],
)
def test_a_class_with_too_few_beside_its_largest_employer_is_merged(
    held: list[int], trades: dict[str, int]
) -> None:
    sizes = {"1": 30, "2": 40, "3": 50}
    rows = units({("a", "x", trade): [size, 0, 0, 0, 0, 0] for trade, size in sizes.items()})
    assert dominated(rows, {"1": held, "2": [10] * 4, "3": [10] * 5}) == trades


def test_a_class_with_too_few_beside_its_two_largest_employers_is_merged() -> None:
    sizes = {"1": 61, "2": 70, "3": 80}
    rows = units({("a", "x", trade): [size, 0, 0, 0, 0, 0] for trade, size in sizes.items()})
    assert dominated(rows, {"1": [30, 25, 3, 3], "2": [10] * 7, "3": [10] * 8}) == {OTHER: 131, "3": 80}


@settings(max_examples=60, deadline=None)
@given(st.lists(st.lists(st.integers(1, 30), min_size=1, max_size=5), min_size=1, max_size=5))
def test_beside_those_who_dominate_a_shown_class_there_is_nobody_or_a_class(
    held: list[list[int]],
) -> None:
    holders = {str(trade): counts for trade, counts in enumerate(held)}
    rows = units({("a", "x", trade): [sum(counts), 0, 0, 0, 0, 0] for trade, counts in holders.items()})
    shown = dominated(rows, holders)
    merged = [counts for trade, counts in holders.items() if trade not in shown]
    together = [sum(column) for column in zip_longest(*merged, fillvalue=0)]
    classes = [holders[trade] for trade in shown if trade != OTHER] + ([together] if OTHER in shown else [])
    for counts in classes:
        largest, second, *_ = [*sorted(counts, reverse=True), 0]
        employers = sum(count > 0 for count in counts)
        pair = largest + second > 0.8 * sum(counts)
        if 2 * largest > sum(counts) or pair or employers < 3:
            assert sum(counts) - largest in {0, *range(20, 200)}
        if pair:
            assert sum(counts) - largest - second in {0, *range(20, 200)}


def test_a_register_below_the_bound_gives_no_rows() -> None:
    assert protected(units({("a", "x", "1"): [19, 0, 0, 0, 0, 0]})).table.num_rows == 0


def test_an_empty_register_gives_no_rows() -> None:
    assert protected([]).table.num_rows == 0


@settings(max_examples=20, deadline=None)
@given(REGISTERS)
def test_structural_zeros_are_zero_and_every_table_still_adds_up(
    counts: dict[tuple[str, str, str], list[int]],
) -> None:
    impossible = ({"kind": "x", "age": "young"}, {"region": "a", "trade": "1", "sex": "1"})
    family = replace(FAMILY, impossible=impossible, merge_below=1)

    def possible(unit: Unit) -> bool:
        told = dict(zip(("ref", *PUBLIC, "sex", "age"), unit, strict=True))
        return not any(all(told[name] == code for name, code in zero.items()) for zero in impossible)

    rows = [unit for unit in units(counts) if possible(unit)]
    result = protected(rows, family)
    assert totals(result) == merged_into(rows, result)
    leaves = [row for row in cells(result) if row["level"] == "trade"]
    zeros = [row for row in leaves if not possible(("", *[row[n] for n in (*PUBLIC, "sex", "age")]))]
    assert all((row["persons"], row["cell_state"]) == (0, "structural_zero") for row in zeros)
    assert all(row["cell_state"] == "perturbed" for row in leaves if row not in zeros)


def test_units_in_impossible_cells_are_refused() -> None:
    with pytest.raises(Refused, match="units stand in cells declared impossible"):
        protected(SOME, replace(FAMILY, impossible=({"age": "young"},)))


@pytest.mark.parametrize(
    ("unit", "message"),
    [
        pytest.param(
            ("new", "a", "x", "1", "3", "old"), r"in 1 rows: sex \(not in its list\)", id="unknown_code"
        ),
        pytest.param(
            ("new", "a", "x", "1", None, "old"), r"in 1 rows: sex \(not", id="absent_sensitive_code"
        ),
        pytest.param(("new", None, "x", "1", "1", "old"), "in 1 rows: region", id="absent_public_code"),
        pytest.param(("new", "a", "x", "other", "1", "old"), "in 1 rows: trade: other", id="reserved_code"),
        pytest.param((None, "a", "x", "1", "1", "old"), "in 1 rows: ref", id="unit_without_name"),
        pytest.param((SOME[0][0], "a", "x", "1", "1", "old"), "stand more than once: 1", id="unit_twice"),
    ],
)
def test_a_unit_that_cannot_be_placed_is_bad_input(unit: Any, message: str) -> None:
    with pytest.raises(BadInput, match=message):
        protected([*SOME, unit])


def test_a_missing_column_is_bad_input() -> None:
    with pytest.raises(BadInput, match="columns are missing: school"):
        protected(SOME, replace(FAMILY, sensitive=("school",), codes=(("a",),)))


@pytest.mark.parametrize("key", ["k" * 32, b"", b"k" * 15, b"k" * 65, None])
def test_a_key_of_wrong_type_or_length_is_bad_input(key: Any) -> None:
    with pytest.raises(BadInput, match="the key must be 16 to 64 bytes"):
        protect(register(SOME), "units", "ref", FAMILY, YEAR, key)


def test_a_measurement_is_the_exact_count_plus_the_logged_noise() -> None:
    measured = measure(register(SOME), "units", "ref", FAMILY, YEAR, KEY).to_pylist()
    exact = Counter((unit[1:], ()) for unit in SOME)
    drawn = iter([e for row in protected(SOME).noise_log.to_pylist() for e in row["noise"]])
    for row in measured:
        e = next(drawn)
        if row["level"] == "trade":
            assert row["persons"] - e == exact[(tuple(row[n] for n in (*PUBLIC, "sex", "age")), ())]
