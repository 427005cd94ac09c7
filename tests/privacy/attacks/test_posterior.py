"""The full-posterior attacker: its model of the errors against simulation, its verdicts against what can be known."""

import numpy as np
import pytest

from etl.privacy.attacks.differencing import attacked, differencing
from etl.privacy.attacks.errors import SIZES, Errors
from etl.privacy.attacks.likelihood import likelihoods
from etl.privacy.attacks.movers import Victims, movers
from etl.privacy.attacks.posterior import Attacker
from etl.privacy.attacks.scores import Scored, gains
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
    errors = top_down_errors(found, np.random.default_rng(level), 0, 20_000)
    first = int(np.flatnonzero(found.present[0] & (found.level == level))[0])
    others = np.flatnonzero(found.present[0])[:25]

    simulated = [np.mean(errors[first] * errors[other]) for other in others]

    assert np.allclose(simulated, Errors(found).covariance(np.array([first]), others)[0], atol=0.5)


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
    known = movers(found)
    others = known.take(np.flatnonzero((known.cell >= 0) & ~np.isin(known.person, lone.person))[:200])

    score = attacked(attacker, others, lone.victims())

    right = score.posterior.argmax(axis=1) == lone.cell
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


@pytest.mark.parametrize("hidden", [0, 6])
def test_the_likelihood_of_a_victim_does_not_depend_on_who_else_is_attacked(hidden):
    found = sound()
    found = with_figures(found, np.where(found.figures < hidden, np.nan, found.figures))
    attacker = Attacker(found, np.arange(0, len(found.people), 2))
    known = movers(found).take(np.arange(0, 200, 5))

    together = likelihoods(attacker, known.person, known.year)

    alone = [
        likelihoods(attacker, known.person[[row]], known.year[[row]])[0] for row in range(len(known.person))
    ]
    assert np.ptp(together) > 0.1
    assert np.allclose(together, alone, atol=1e-4)


def dense(found, attacker, person, year):
    """The same likelihood by one dense system over all changes of the nodes of a path, built entry by entry."""
    path = [int(node) for node in np.unique(found.places[:, person]) if node >= 0]
    changes = [(step, node) for step in range(len(found.years) - 1) for node in path]
    changes = [(s, n) for s, n in changes if found.present[s, n] and found.present[s + 1, n]]
    stands = {(at, n): n in found.places[at, person] for at in range(len(found.years)) for n in path}
    lines = [set(attacker.errors.lines[n]) - {-1} for n in range(len(found.level))]
    profile = np.mean([attacker.profile[n] for _, n in changes], axis=0)
    after = profile @ attacker.forward
    joint = profile[:, None] * attacker.forward
    draw = np.diag(profile) - np.outer(profile, profile)
    flow = np.diag(profile + after) - joint - joint.T - np.outer(after - profile, after - profile)
    centred = np.eye(found.cells) - 1 / found.cells

    def stayed(step, node):
        before, then = (found.places[step + later, :, found.level[node]] == node for later in (0, 1))
        return (before & then).sum() - (stands[step, node] and stands[step + 1, node])

    def block(one, two):
        (step, a), (other, b) = one, two
        error = attacker.errors.covariance(np.array([a]), np.array([b]))[:, 0]
        scale = np.sqrt(np.outer(size(step, a), size(other, b)))
        if step != other:
            return -error[max(step, other)] * scale * centred * (abs(step - other) == 1)
        moves = [
            (found.places[step + 1, :, found.level[n]] == n) * 1
            - (found.places[step, :, found.level[n]] == n)
            for n in (a, b)
        ]
        moves = [np.where(np.arange(len(found.people)) == person, 0, move) for move in moves]
        lower = a if b in lines[a] else b if a in lines[b] else None
        staying = 0 if lower is None else stayed(step, lower)
        return (error[step] + error[step + 1]) * scale * centred + moves[0] @ moves[1] * draw + staying * flow

    def size(step, node):
        typical = attacker.profile[node] * found.totals[step, node]
        return attacker.shrinkage[found.level[node], np.searchsorted(SIZES, typical)]

    def expected(step, node):
        mean = attacker.net[step, node] + stayed(step, node) * (
            attacker.profile[node] @ attacker.forward - attacker.profile[node]
        )
        own = attacker.prior(np.array([person]), np.array([step]))[0]
        return mean - (float(stands[step + 1, node]) - stands[step, node]) * own

    covariance = np.block([[block(one, two) for two in changes] for one in changes])
    covariance += 0.5 * attacker.shrinkage.mean() * np.eye(len(covariance))
    residual = np.concatenate(
        [found.figures[s + 1, n] - found.figures[s, n] - expected(s, n) for s, n in changes]
    )
    codes = attacker.codes[year]
    steps = np.hstack([stands[s + 1, n] * codes[s + 1] - stands[s, n] * codes[s] for s, n in changes])
    solved = np.linalg.solve(covariance, np.column_stack([residual, steps.T]))
    return steps @ solved[:, 0] - 0.5 * np.einsum("cm,mc->c", steps, solved[:, 1:])


def test_the_likelihood_is_that_of_one_dense_system():
    found = sound()
    attacker = Attacker(found, np.arange(0, len(found.people), 2))
    known = movers(found).take(np.array([0, 40, 300, 420]))

    blockwise = likelihoods(attacker, known.person, known.year)

    for row, (person, year) in enumerate(zip(known.person, known.year, strict=True)):
        assert np.allclose(blockwise[row], dense(found, attacker, person, year), atol=1e-4)


def test_a_cell_that_is_empty_everywhere_leaves_the_prior_a_distribution():
    found = sound()
    empty = np.where(np.arange(found.cells) == 5, 0, found.figures)
    attacker = Attacker(with_figures(found, empty), np.arange(0, len(found.people), 2))
    known = movers(found)

    assert np.allclose(attacker.prior(known.person, known.step).sum(axis=1), 1)


def scored(posterior, without, cell):
    victims = Victims(*(np.array([number]) for number in (0, 0, 0, cell, 1)))
    return Scored(victims, np.array([[without, 1 - without]]), np.array([[posterior, 1 - posterior]]), 1.0)


@pytest.mark.parametrize(
    ("posterior", "without", "cell", "counted"),
    [(0.95, 0.6, 0, 1), (0.89, 0.6, 0, 0), (0.99, 0.91, 0, 0), (0.91, 0.89, 0, 0), (0.95, 0.6, 1, 0)],
    ids=["told by the tables", "not certain", "certain before", "hardly told anything", "wrong"],
)
def test_newly_certain_is_who_is_told_rightly_by_the_tables(posterior, without, cell, counted):
    values = {
        one.metric: one.estimate.value
        for one in gains(scored(posterior, without, cell), rules(), np.array([0]), np.array([True, True]))
    }

    assert values["newly_certain"] == counted


def test_nobody_is_newly_certain_of_a_code_that_tells_no_fact():
    silent = np.array([False, True])

    measured = {one.metric: one for one in gains(scored(0.95, 0.6, 0), rules(), np.array([0]), silent)}

    assert measured["newly_certain"].estimate.value == 0
