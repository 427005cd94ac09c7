"""Mutants of the figures: each must be caught by the attack that is named for it."""

from dataclasses import replace

import numpy as np
import pytest

from etl.privacy.attacks.averaging import averaging
from etl.privacy.attacks.classes import group_disclosure
from etl.privacy.attacks.declared import declared_errors
from etl.privacy.attacks.differencing import differencing
from etl.privacy.attacks.intervals import suppression
from etl.privacy.attacks.margins import additivity, public_totals
from etl.privacy.attacks.reconstruction import reconstruction
from etl.privacy.attacks.series import series
from etl.privacy.tables.families import Level
from etl.privacy.tables.layout import NOT_RELEASED
from tests.fixtures.mechanisms import cell_key, cell_keys, small_count_rounding, threshold
from tests.fixtures.mutants import (
    YEARS,
    exact,
    registers,
    rules,
    sound,
    spoilt,
    verdicts,
    vintages,
    with_figures,
)
from tests.fixtures.vintages import AGE_SEX, EDUCATION, FINE, protect_table, vintage

EXACT_CHECKS = (public_totals, additivity)


@pytest.mark.parametrize("check", EXACT_CHECKS)
def test_the_sound_tables_pass(check):
    assert all(verdicts(check(sound())).values())


def test_the_sound_tables_pass_the_sampled_attacks():
    found = sound()
    measured = (
        *group_disclosure(found, rules()),
        *averaging(found),
        *declared_errors(found, rules()),
        *reconstruction(found, rules()),
    )

    assert all(verdicts((*measured, *suppression(found, rules()))).values())


def test_noise_off_is_caught_by_a3():
    assert not verdicts(group_disclosure(exact(), rules()))["zeros_true"]


def test_noise_off_is_caught_by_a7():
    assert not verdicts(declared_errors(exact(), rules()))["error_ratio"]


def test_noise_off_is_caught_by_a4():
    assert not verdicts(differencing(exact(FINE), rules()))["newly_certain"]


def test_small_count_rounding_is_caught_by_a4():
    found = sound(FINE)
    keys = np.array([cell_keys(found, year) for year in range(len(found.years))])
    rounded = small_count_rounding(found.counts.astype(int), keys)

    assert not verdicts(differencing(with_figures(found, rounded), rules()))["newly_certain"]


def test_zeros_kept_are_caught_by_a3():
    found = sound()
    kept = np.where(found.counts == 0, 0, np.maximum(found.figures, 1))

    assert not verdicts(group_disclosure(with_figures(found, kept), rules()))["zeros_true"]


def test_suppression_under_a_threshold_is_caught_by_a8():
    found = sound()
    suppressed = threshold(found.counts.astype(int), found.counts)
    figures = np.where(suppressed < 0, np.nan, suppressed)
    hidden = with_figures(found, figures, withheld=np.isnan(figures) & found.possible)

    assert not verdicts(suppression(hidden, rules()))["determined"]


def test_the_classic_cell_key_is_caught_by_a7():
    found = sound()
    keys = np.array([cell_keys(found, year) for year in range(len(found.years))])
    noisy = cell_key(found.counts.astype(int), keys)

    assert not verdicts(declared_errors(with_figures(found, noisy), rules()))["error_ratio"]


def test_the_classic_cell_key_is_caught_by_a2():
    found = sound()
    keys = np.array([cell_keys(found, year) for year in range(len(found.years))])
    noisy = cell_key(found.counts.astype(int), keys)

    assert not verdicts(additivity(with_figures(found, noisy)))["tree_sums"]


def test_a_margin_off_by_one_is_caught_by_a2():
    def off_by_one(rows):
        rows[0]["persons"] += 1

    assert not verdicts(additivity(spoilt(off_by_one)))["tree_sums"]


def test_a_total_off_by_one_is_caught_by_a1():
    def off_by_one(rows):
        rows[-1]["persons"] += 1

    assert not verdicts(public_totals(spoilt(off_by_one)))["public_totals"]


def test_two_classes_exchanged_are_caught_by_a1():
    def exchange(rows):
        for row in rows:
            if row["level"] == "division":
                row["division"] = {"00": "01", "01": "00"}.get(row["division"], row["division"])

    assert not verdicts(public_totals(spoilt(exchange)))["public_totals"]


def test_a_negative_count_is_caught_by_a2():
    def negative(rows):
        rows[-1]["persons"] = -1

    assert not verdicts(additivity(spoilt(negative)))["no_counts"]


def test_a_fraction_is_caught_by_a2():
    def fraction(rows):
        rows[-1]["persons"] += 0.5

    assert not verdicts(additivity(spoilt(fraction)))["no_counts"]


def test_a_cell_told_twice_is_caught_by_a2():
    assert not verdicts(additivity(spoilt(lambda rows: rows.append(dict(rows[-1])))))["no_counts"]


def test_somebody_in_a_structural_zero_is_caught_by_a2():
    def impossible(rows):
        rows[-1] |= {"persons": 1, "cell_state": "structural_zero"}

    assert not verdicts(additivity(spoilt(impossible)))["no_counts"]


def test_a_missing_level_is_caught_by_a2():
    def without_divisions(rows):
        rows[:] = [row for row in rows if row["level"] != "division"]

    assert not verdicts(additivity(spoilt(without_divisions)))["orphans"]


def test_small_classes_that_are_not_merged_are_caught_by_a3():
    unmerged = replace(AGE_SEX, merge_below=1)
    year, register = registers()[0]
    made = vintage(year, register, {AGE_SEX.name: protect_table(register, unmerged, year).table}, [AGE_SEX])

    assert not verdicts(group_disclosure(series(AGE_SEX, [made]), rules()))["small_classes"]


def test_a_variance_smaller_than_declared_is_caught_by_a7():
    quiet = replace(AGE_SEX, levels=tuple(Level(level.name, level.by, 2) for level in AGE_SEX.levels))
    made = [
        vintage(year, table, {AGE_SEX.name: protect_table(table, quiet, year).table}, [AGE_SEX])
        for year, table in registers()
    ]

    assert not verdicts(declared_errors(series(AGE_SEX, made), rules()))["error_ratio"]


@pytest.mark.parametrize("largest", [0, 1, 3])
def test_small_cells_told_exactly_are_caught_by_a7(largest):
    found = sound()
    figures = np.where(found.counts <= largest, found.counts, found.figures)

    assert not verdicts(declared_errors(with_figures(found, figures), rules()))["error_ratio"]


@pytest.mark.parametrize(
    ("family", "level"),
    [(family, level) for family in (AGE_SEX, EDUCATION) for level in range(len(family.levels))],
)
def test_exact_cells_of_one_level_are_caught_by_a7(family, level):
    found = sound(family)
    figures = np.where((found.level == level)[:, None], found.counts, found.figures)

    assert not verdicts(declared_errors(with_figures(found, figures), rules()))["error_ratio"]


def test_half_the_error_in_leaves_is_caught_by_a7():
    found = sound()
    halved = found.counts + (found.figures - found.counts) * 0.6
    figures = np.where((found.level == 3)[:, None], halved, found.figures)

    assert not verdicts(declared_errors(with_figures(found, figures), rules()))["error_ratio"]


def test_an_error_declared_too_small_is_caught_by_a7():
    found = sound()

    assert not verdicts(
        declared_errors(with_figures(found, found.figures, spread=found.spread / 2), rules())
    )["declared_sd"]


def test_one_class_told_anew_every_year_is_caught_by_a7():
    year, register = registers()[0]
    same = [
        vintage(year + later, register, {AGE_SEX.name: vintages()[0].published[AGE_SEX.name]}, [AGE_SEX])
        for later in range(13)
    ]

    assert not verdicts(averaging(series(AGE_SEX, same)))["averaged_variance"]


def test_one_cell_withheld_in_each_class_is_caught_by_a8():
    def withhold(rows):
        first = {tuple(row[name] for name in ("level", *AGE_SEX.public)): row for row in reversed(rows)}
        for row in first.values():
            row |= {"persons": None}

    assert not verdicts(suppression(spoilt(withhold), rules()))["determined"]


def test_figures_hidden_for_their_quality_are_protected_by_their_noise():
    def hide(rows):
        for row in (row for row in rows if row["persons"] < 20):
            row.update({"persons": None, "cell_state": NOT_RELEASED})

    (measured,) = suppression(spoilt(hide), rules())

    assert measured.note == "nothing withheld"


@pytest.mark.parametrize("year", range(YEARS))
def test_figures_without_error_in_any_year_are_caught_by_a9(year):
    found = sound()
    bare = (np.arange(YEARS) == year)[:, None, None]
    figures, spread = np.where(bare, found.counts, found.figures), np.where(bare, 0, found.spread)

    assert not verdicts(reconstruction(with_figures(found, figures, spread=spread), rules()))["unique"]
