"""What the attacks make of published tables: nodes, places of persons, and chance."""

from dataclasses import replace

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from etl.privacy.attacks import Bound, Estimate, Measured, Vintage, judge
from etl.privacy.attacks.chance import auc, resampled, share
from etl.privacy.attacks.errors import Errors
from etl.privacy.attacks.series import series
from etl.privacy.tables.families import Family, Level
from tests.fixtures.mutants import rules, sound, vintages
from tests.fixtures.vintages import AGE_SEX

FAMILY = Family("f", (Level("all", (), 5), Level("region", ("region",), 5)), ("sex",), (("1", "2"),))


def small(published, units):
    names = ("level", "region", "sex", "persons", "cell_state")
    rows = [dict(zip(names, row, strict=True)) | {"year": 2021, "persons_sd": 2.0} for row in published]
    held = {"unit": [f"u{place}" for place in range(len(units))], "region": pa.array(units, pa.string())}
    return series(FAMILY, [Vintage(2021, pa.table(held), {"f": pa.Table.from_pylist(rows)}, None)])


PUBLISHED = [
    ("all", None, "1", 3, "perturbed"),
    ("all", None, "2", 1, "perturbed"),
    ("region", "a", "1", 2, "perturbed"),
    ("region", "a", "2", 0, "perturbed"),
    ("region", "other", "1", 1, "merged"),
    ("region", "other", "2", 1, "merged"),
]


def test_a_class_that_was_merged_stands_in_other():
    found = small(PUBLISHED, ["a", "a", "b", "c"])

    assert [found.keys[node][1:] for node in found.places[0, :, 1]] == [
        ("a",),
        ("a",),
        ("other",),
        ("other",),
    ]


def test_totals_are_those_of_the_lookup():
    found = small(PUBLISHED, ["a", "a", "b", "c"])

    assert found.totals[0].tolist() == [4, 2, 2]


def test_errors_of_a_year_are_those_of_its_own_variances():
    first, second = vintages()[:2]
    noisier = replace(AGE_SEX, levels=tuple(replace(level, variance=90) for level in AGE_SEX.levels))
    found = series(AGE_SEX, [first, replace(second, declared={AGE_SEX.name: noisier})])
    root = np.array([0])

    assert Errors(found).covariance(root, root)[:, 0].tolist() == [AGE_SEX.levels[0].variance, 90]


def test_without_a_lookup_totals_are_sums_of_figures():
    found = small(PUBLISHED, [])

    assert found.totals[0].tolist() == [4, 2, 2]


def test_nobody_stands_below_a_class_that_was_not_split():
    found = small(PUBLISHED[:2], ["a", "b"])

    assert found.places[0, :, 1].tolist() == [-1, -1]


def test_hidden_figures_are_guessed_from_what_is_left():
    rows = [*PUBLISHED[:3], ("region", "a", "2", None, "perturbed"), *PUBLISHED[4:]]
    found = small(rows, ["a", "a", "a", "b", "c"])

    assert found.filled[0, 1].tolist() == [2, 1]


def test_true_counts_are_those_of_the_register():
    found = sound()

    assert found.counts[:, found.level == 0].sum(axis=(1, 2)).tolist() == [
        v.units.num_rows for v in vintages()
    ]


def test_the_cells_of_the_test_family_are_sex_by_age():
    assert sound().column_code("sex").tolist() == [0] * 8 + [1] * 8
    assert AGE_SEX.sensitive == ("sex", "age")


@given(st.lists(st.tuples(st.integers(0, 5), st.booleans()), min_size=2, max_size=12))
def test_auc_is_the_share_of_pairs_in_order(cases):
    scores, positive = (np.array(column) for column in zip(*cases, strict=True))
    pairs = [(a > b) + (a == b) / 2 for a in scores[positive] for b in scores[~positive]]

    assert auc(scores.astype(float), positive) == pytest.approx(np.mean(pairs) if pairs else 0.5)


def test_the_interval_of_a_share_holds_it():
    found = share(np.array([True] * 30 + [False] * 70), rules())

    assert found.low < found.value == 0.3 < found.high


def test_cases_that_stay_together_make_the_interval_wide():
    hits = np.repeat([1.0, 0.0], 50)
    apart, together = (
        resampled(lambda weights: weights @ hits / weights.sum(axis=1), 100, rules(), groups)
        for groups in (None, np.repeat([0, 1, 2, 3], 25))
    )

    assert together.high - together.low > 2 * (apart.high - apart.low)


@pytest.mark.parametrize(
    ("bound", "estimate", "passed"),
    [
        (Bound("A4", 0.1, True, False, frozenset()), Estimate(0.11, 0.05, 0.2), False),
        (Bound("A4", 0.1, True, True, frozenset()), Estimate(0.11, 0.05, 0.2), True),
        (Bound("A4", 0.1, True, True, frozenset()), Estimate(0.3, 0.2, 0.4), False),
        (Bound("A7", 2, False, False, frozenset()), Estimate.exact(1.9), False),
        (Bound("A7", 2, False, True, frozenset()), Estimate(1.9, 1.8, 2.1), True),
    ],
)
def test_a_sampled_metric_fails_when_its_whole_interval_is_beyond_the_bound(bound, estimate, passed):
    found = judge(Measured("m", estimate), replace(rules(), bounds={"m": bound}), 0.0)

    assert found.passed is passed
