"""The closest table with given margins: equal in cost to brute force and to min-cost flow."""

from collections.abc import Iterator
from itertools import product

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from etl.privacy.tables.flow import UNIT, Shares, closest_flow
from etl.privacy.tables.transport import closest_tables, fill_rows

Table = npt.NDArray[np.int64]
NOISE = st.integers(-6 * UNIT, 6 * UNIT) | st.integers(-6, 6).map(lambda noise: noise * UNIT)


def cost(found: Table, target: Table) -> int:
    return sum((UNIT * int(x) - int(y)) ** 2 for x, y in zip(found.ravel(), target.ravel(), strict=True))


def tables(rows: Table, columns: Table) -> Iterator[Table]:
    """Every 3 x 3 table with these margins."""
    for a, b, c, d in product(*(range(min(r, s) + 1) for r in rows[:2] for s in columns[:2])):
        inner = np.array([[a, b, rows[0] - a - b], [c, d, rows[1] - c - d]])
        table = np.vstack([inner, columns - inner.sum(axis=0)])
        if (table >= 0).all():
            yield table


@st.composite
def parents(draw: st.DrawFn) -> tuple[Table, Table, Table, Table, npt.NDArray[np.bool_]]:
    """Targets, row sums, starts, column sums and possible cells of a few parents; every one has a solution."""
    sizes = draw(st.lists(st.integers(1, 6), min_size=1, max_size=4))
    cells, most = draw(st.integers(1, 6)), draw(st.sampled_from([2, 8, 60]))
    shape = (sum(sizes), cells)
    inside = draw(st.lists(st.integers(0, most), min_size=shape[0] * cells, max_size=shape[0] * cells))
    noise = draw(st.lists(NOISE, min_size=shape[0] * cells, max_size=shape[0] * cells))
    barred = draw(st.lists(st.booleans(), min_size=shape[0] * cells, max_size=shape[0] * cells))
    solution, allowed = np.array(inside).reshape(shape), ~np.array(barred).reshape(shape)
    solution[~allowed] = 0
    starts = np.cumsum([0, *sizes[:-1]])
    near = draw(st.booleans())
    target = np.array(noise).reshape(shape) + (UNIT * solution if near else 0)
    return target, solution.sum(axis=1), starts, np.add.reduceat(solution, starts, axis=0), allowed


@settings(deadline=None)
@given(parents())
def test_tables_of_many_parents_cost_what_min_cost_flow_costs(
    case: tuple[Table, Table, Table, Table, npt.NDArray[np.bool_]],
) -> None:
    target, rows, starts, columns, allowed = case
    found = closest_tables(target, rows, starts, columns, allowed)
    assert (found >= 0).all() and not found[~allowed].any()
    assert (found.sum(axis=1) == rows).all()
    assert (np.add.reduceat(found, starts, axis=0) == columns).all()
    for parent, (start, end) in enumerate(zip(starts, [*starts[1:], len(target)], strict=True)):
        shares = Shares(np.arange(end - start), rows[start:end], allowed[start:end])
        flow = closest_flow(target[start:end], shares, columns[parent])
        assert cost(found[start:end], target[start:end]) == cost(flow, target[start:end])


MARGINS = st.lists(st.integers(0, 5), min_size=3, max_size=3)


@settings(deadline=None)
@given(MARGINS, MARGINS, st.lists(NOISE, min_size=9, max_size=9))
def test_no_table_of_three_by_three_is_closer(rows: list[int], columns: list[int], noise: list[int]) -> None:
    columns[2] = sum(rows) - columns[0] - columns[1]
    assume(columns[2] >= 0)
    target, row_sums, column_sums = np.array(noise).reshape(3, 3), np.array(rows), np.array(columns)
    every = np.ones((3, 3), np.bool_)
    best = min(cost(table, target) for table in tables(row_sums, column_sums))
    found = closest_tables(target, row_sums, np.array([0]), column_sums[None], every)
    assert cost(found, target) == best
    assert cost(closest_flow(target, Shares(np.arange(3), row_sums, every), column_sums), target) == best


@given(st.integers(0, 8), st.lists(NOISE, min_size=3, max_size=3))
def test_no_row_of_the_same_sum_is_closer(total: int, noise: list[int]) -> None:
    target = np.array([noise])
    every = [np.array([[a, b, total - a - b]]) for a in range(total + 1) for b in range(total - a + 1)]
    assert cost(fill_rows(target, np.array([total])), target) == min(cost(row, target) for row in every)


@given(parents())
def test_a_table_that_already_has_its_margins_is_kept(
    case: tuple[Table, Table, Table, Table, npt.NDArray[np.bool_]],
) -> None:
    target, _, starts, _, allowed = case
    consistent = np.where(allowed, np.abs(target) // UNIT, 0)
    columns = np.add.reduceat(consistent, starts, axis=0)
    found = closest_tables(UNIT * consistent, consistent.sum(axis=1), starts, columns, allowed)
    assert (found == consistent).all()


def test_shares_leave_room_for_what_the_classes_below_allow() -> None:
    """Five units of the first row may stand in the first cell only, whatever the target says."""
    shares = Shares(
        np.array([0, 0, 1]), np.array([5, 2, 3]), np.array([[True, False], [True, True], [True, True]])
    )
    target = UNIT * np.array([[0, 7], [3, 0]])
    assert closest_flow(target, shares, np.array([5, 5])).tolist() == [[5, 2], [0, 3]]


def test_a_target_far_from_its_margins_is_reached_through_wider_windows() -> None:
    target = UNIT * np.array([[500, -300, 10]])
    shares = Shares(np.array([0]), np.array([1000]), np.ones((1, 3), np.bool_))
    assert closest_flow(target, shares, None).tolist() == fill_rows(target, np.array([1000])).tolist()


def test_margins_that_no_table_has_are_an_error() -> None:
    every = np.ones((1, 2), np.bool_)
    with pytest.raises(ValueError, match="no table has these margins"):
        closest_flow(
            np.zeros((1, 2), np.int64), Shares(np.array([0]), np.array([3]), every), np.array([1, 1])
        )
    with pytest.raises(ValueError, match="no table has these margins"):
        closest_tables(
            np.zeros((1, 2), np.int64),
            np.array([2]),
            np.array([0]),
            np.array([[1, 1]]),
            np.array([[True, False]]),
        )
