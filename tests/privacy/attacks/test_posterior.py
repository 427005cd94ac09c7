"""The full-posterior attacker: its model of the errors against simulation, its verdicts against what can be known."""

import numpy as np
import pytest

from etl.privacy.attacks.differencing import attacked, differencing
from etl.privacy.attacks.movers import movers
from etl.privacy.attacks.posterior import Attacker
from etl.privacy.attacks.series import series
from tests.fixtures.lone import lone_changers
from tests.fixtures.mutants import rules, sound, with_figures
from tests.fixtures.vintages import FINE, protect_table, simulate, vintage


def top_down_errors(found, rng, year, draws):
    """Errors of one cell as the top-down method makes them, were they not rounded: (nodes, draws)."""
    errors = np.zeros((len(found.level), draws))
    for level, declared in enumerate(found.family.levels):
        nodes = np.flatnonzero(found.present[year] & (found.level == level))
        own = rng.normal(0, np.sqrt(declared.variance), (len(nodes), draws))
        for parent in np.unique(found.parent[nodes]):
            rows = found.parent[nodes] == parent
            above = errors[parent] if parent >= 0 else 0.0
            centred = own[rows] - own[rows].mean(axis=0) if parent >= 0 else own[rows]
            errors[nodes[rows]] = centred + above / (rows.sum() if parent >= 0 else 1)
    return errors


@pytest.mark.parametrize("level", range(4))
def test_error_covariance_is_that_of_a_simulation(level):
    found = sound()
    attacker = Attacker(found, np.zeros(0, int))
    errors = top_down_errors(found, np.random.default_rng(level), 0, 20_000)
    first = int(np.flatnonzero(found.present[0] & (found.level == level))[0])
    others = np.flatnonzero(found.present[0])[:25]

    simulated = [np.mean(errors[first] * errors[other]) for other in others]

    expected = [attacker.error_covariance(0, first, int(other)) for other in others]
    assert np.allclose(simulated, expected, atol=0.5)


def test_lone_movers_are_found_in_exact_tables():
    registers = simulate(15_000, 3, divisions=12)
    made = [
        vintage(year, table, {FINE.name: protect_table(table, FINE, year).table}, [FINE])
        for year, table in registers
    ]
    found = series(FINE, made)
    found = with_figures(found, found.counts)
    lone = lone_changers(found)
    attacker = Attacker(found, np.arange(0, len(found.people), 2))

    scores = [attacked(attacker, lone.victims(1 - half), lone.victims(half)) for half in (0, 1)]

    right = np.concatenate([score.posterior.argmax(axis=1) == score.victims.cell for score in scores])
    assert len(right) >= 10
    assert right.mean() > 0.7


def test_figures_of_another_register_tell_nothing_of_a_victim():
    found = sound(FINE)
    nodes = np.random.default_rng(0).permutation(found.figures.reshape(-1))
    score = differencing(with_figures(found, nodes.reshape(found.figures.shape)), rules())

    certain = next(one for one in score if one.metric == "newly_certain")
    assert certain.estimate.value == 0


def test_protected_tables_make_nobody_certain():
    measured = {one.metric: one for one in differencing(sound(FINE), rules())}

    assert measured["newly_certain"].estimate.value == 0


def test_a_hidden_figure_is_no_obstacle():
    found = sound(FINE)
    hidden = np.where(found.figures < 5, np.nan, found.figures)

    measured = {one.metric for one in differencing(with_figures(found, hidden), rules())}

    assert {"exact_cell_gain", "newly_certain", "auc_gain"} <= measured


def test_movers_are_those_whose_class_changed_who_came_and_who_left():
    found = sound()
    known = movers(found)
    step = known.step == 0
    before, after = found.places[0], found.places[1]

    assert set(known.person[step]) == set(np.flatnonzero((before != after).any(axis=1)))


def test_the_cell_of_a_leaver_is_that_of_his_last_year():
    found = sound()
    known = movers(found)
    gone = found.places[known.step + 1, known.person, 0] < 0

    assert (known.cell[gone] == found.truth[known.step[gone], known.person[gone]]).all()


def test_given_names_raise_the_baseline_of_sex():
    measured = {
        one.metric: one
        for one in differencing(sound(FINE), rules(names={"column": "given_name", "tells": "sex"}))
    }

    assert measured["auc_gain_named"].baseline is not None
    assert "auc_gain_named" in measured
