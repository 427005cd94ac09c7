"""Errors against those of tables drawn anew."""

import numpy as np
import pytest

from etl.privacy.attacks import judge
from etl.privacy.attacks.declared import declared_errors
from etl.privacy.attacks.redrawn import squared_errors
from etl.privacy.attacks.series import series
from tests.fixtures.mutants import rules, sound, vintages, with_figures
from tests.fixtures.vintages import EDUCATION


@pytest.mark.parametrize("level", [2, 3])
@pytest.mark.parametrize("small", [True, False])
def test_tables_drawn_anew_err_as_those_of_the_method(level, small):
    found = sound()
    drawn = np.array(list(squared_errors(found, 20, 1))).swapaxes(0, 1)
    own = (found.figures - found.counts) ** 2
    cells = ((found.counts < 4) == small) & found.possible & (found.level == level)[None, :, None]

    assert 0.75 < own[cells].mean() / drawn[:, cells].mean() < 1.33


def test_errors_drawn_anew_leave_the_public_totals():
    found = sound()
    (year, *_) = squared_errors(found, 2, 1)

    assert (year[:, ~found.present[0]] == 0).all()
    assert (year[:, found.present[0]].sum(axis=2) > 0).all()


def test_a_figure_that_is_right_by_chance_is_not_judged():
    found = sound(EDUCATION)
    lone = (np.arange(len(found.years)) == 0)[:, None, None] & (found.level == 0)[:, None]
    lone = lone & (np.arange(found.cells) == 0)
    right = with_figures(found, np.where(lone, found.counts, found.figures))

    ratio = next(one for one in declared_errors(right, rules()) if one.metric == "error_ratio")

    assert judge(ratio, rules(), 0.0).passed


def test_a_level_with_too_few_cells_is_told():
    one_year = series(EDUCATION, vintages(EDUCATION)[:1])

    ratio = next(one for one in declared_errors(one_year, rules()) if one.metric == "error_ratio")

    assert "not judged: register" in ratio.note
