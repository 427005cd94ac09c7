"""Group disclosure and reconstruction from tables of which figures are hidden."""

from dataclasses import replace
from itertools import product

import numpy as np
import pyarrow as pa
from hypothesis import given
from hypothesis import strategies as st

from etl.privacy.attacks.classes import group_disclosure
from etl.privacy.attacks.reconstruction import is_unique, reconstruction
from tests.fixtures.mutants import rules, sound, with_figures


def small_classes(found):
    return next(m for m in group_disclosure(found, rules()) if m.metric == "small_classes").estimate.value


def from_outside(found):
    """Without the lookup: nobody is known."""
    places = np.empty((len(found.years), 0, found.places.shape[2]), int)
    return replace(found, places=places, people=pa.array([], pa.string()), truth=None)


def test_a_hidden_figure_does_not_make_a_class_small():
    found = sound()
    hidden = np.where(found.figures < 20, np.nan, found.figures)

    assert small_classes(from_outside(with_figures(found, hidden))) == 0


def test_a_small_class_is_found_from_outside():
    found = sound()
    tiny = np.where((found.level == 3)[:, None], 0, found.figures)

    assert small_classes(from_outside(with_figures(found, tiny))) == found.present[:, found.level == 3].sum()


def test_classes_with_hidden_figures_are_attacked_too():
    found = sound()
    hidden = np.where(np.arange(found.cells) == 3, np.nan, found.figures)

    for measured in reconstruction(with_figures(found, hidden), rules()):
        assert measured.note == reconstruction(found, rules())[0].note != "0 classes"


def test_a_class_shown_all_alike_counts_where_others_are_hidden():
    found = sound()
    alike = np.where(np.arange(found.cells) == 0, found.totals[:, :, None], np.nan)

    measured = {m.metric: m for m in group_disclosure(with_figures(found, alike), rules())}

    assert measured["alike_true"].note != "0 classes"


CELLS = st.lists(
    st.tuples(st.none() | st.integers(0, 3), st.sampled_from([0.0, 0.4]), st.booleans()),
    min_size=1,
    max_size=4,
)


@given(CELLS, st.integers(0, 3))
def test_one_table_is_left_if_and_only_if_no_other_fits(cells, beyond):
    """Every table of counts that fits is written down."""
    figures = np.array(
        [np.nan if figure is None or not possible else figure for figure, _, possible in cells]
    )
    spread, possible = (np.array([cell[place] for cell in cells]) for place in (1, 2))
    hidden = np.isnan(figures) & possible
    total = int(np.nansum(figures)) + (beyond if hidden.any() else 0)
    reach = np.floor(3 * spread)
    ranges = [
        range(total + 1)
        if free
        else [0]
        if not able
        else range(int(max(0, figure - width)), int(figure + width) + 1)
        for figure, width, free, able in zip(figures, reach, hidden, possible, strict=True)
    ]
    fitting = [table for table in product(*ranges) if sum(table) == total]

    alone = is_unique(figures[None], spread[None], possible[None], np.array([total]), errors=3)

    assert alone[0] == (len(fitting) == 1)
