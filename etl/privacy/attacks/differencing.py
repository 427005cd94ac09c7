"""A4: differencing between vintages with movers known by name; scored as a gain over what public facts tell."""

import numpy as np
import pyarrow.compute as pc

from etl.privacy.attacks.likelihood import likelihoods
from etl.privacy.attacks.model import Estimate, Measured, Rules
from etl.privacy.attacks.movers import Victims, movers
from etl.privacy.attacks.posterior import Attacker
from etl.privacy.attacks.scores import Logs, Scored, auc_gain, crossed, fitted, gains, halves_of, neighbours
from etl.privacy.attacks.series import Floats, Ints, Series


def differencing(found: Series, rules: Rules) -> tuple[Measured, ...]:
    """The full-posterior attacker on the most exposed movers: those with the fewest other changers in their class.

    All persons are halved at random; each half is attacked with what the true codes of the other one teach.
    `exact_cell_gain`: share of victims whose cell is guessed right, less the same by public facts. `newly_certain`:
    share guessed right with a posterior above .9, where public facts give .9 or less and the tables doubled the odds.
    `auc_gain`: gain in telling the codes of one sensitive column apart (AUC of each code against the others),
    `auc_gain_named` when the given name is used too.
    """
    if found.truth is None or len(found.years) < 2:
        return ()
    halves = halves_of(found, rules)
    victims = _exposed(found, halves, rules)
    named = rules.name_column in found.known.column_names and rules.name_tells in found.family.sensitive
    if not len(victims[0].person) or not len(victims[1].person):
        metrics = ("exact_cell_gain", "newly_certain", "auc_gain", *(["auc_gain_named"] * named))
        return tuple(
            Measured(metric, Estimate.unknown(), None, "not judged: no movers") for metric in metrics
        )
    logs = [_logs(Attacker(found, halves[1 - half]), victims[half]) for half in (0, 1)]
    score = crossed(logs)
    telling = np.array(found.family.telling)
    measured = [
        *gains(score, rules, neighbours(found, score), telling),
        auc_gain(score, rules, found, "auc_gain"),
    ]
    if named:
        told = [logs[half].with_names(_by_name(found, halves[1 - half], rules)) for half in (0, 1)]
        measured.append(auc_gain(crossed(told), rules, found, "auc_gain_named"))
    return tuple(measured)


def _logs(attacker: Attacker, victims: Victims) -> Logs:
    """Log prior and log likelihood of every cell of every victim."""
    prior = np.log(attacker.prior(victims.person, victims.step) + 1e-12)
    return Logs(victims, prior, likelihoods(attacker, victims.person, victims.year))


def attacked(attacker: Attacker, learned: Victims, victims: Victims) -> Scored:
    """Posteriors of victims of one's own choice; `learned`: others, on whom the attacker fits his two powers."""
    return fitted(_logs(attacker, learned), _logs(attacker, victims))


def _exposed(found: Series, halves: tuple[Ints, Ints], rules: Rules) -> tuple[Victims, Victims]:
    """Of each half, the movers with the fewest changers beside them, `victims` in all."""
    known = movers(found)
    known = known.take(np.flatnonzero(known.cell >= 0))
    order = np.random.default_rng(rules.seed).permutation(len(known.person))
    known = known.take(order[np.argsort(known.changers[order], kind="stable")])
    first, second = (
        known.take(np.flatnonzero(np.isin(known.person, half))[: rules.victims // 2]) for half in halves
    )
    return first, second


def _by_name(found: Series, learned_from: Ints, rules: Rules) -> Floats:
    """(persons, cells): log likelihood of the given name: characters independent given the code (naive Bayes)."""
    assert rules.name_column and rules.name_tells and found.truth is not None
    held = found.truth >= 0
    last = held.shape[0] - 1 - held[::-1].argmax(axis=0)
    newest = found.truth[last, np.arange(held.shape[1])]
    of_cell = found.column_code(rules.name_tells)
    names = pc.fill_null(found.known[rules.name_column].combine_chunks(), "").to_pylist()
    alphabet: dict[str, int] = {}
    owner = np.repeat(np.arange(len(names)), [len(name) for name in names])
    letter = np.array([alphabet.setdefault(c, len(alphabet)) for name in names for c in name], np.int64)
    codes = int(of_cell.max()) + 1
    counted = np.full((codes, len(alphabet)), 0.5)
    learned = np.isin(owner, learned_from) & (newest[owner] >= 0)
    np.add.at(counted, (of_cell[newest[owner[learned]]], letter[learned]), 1)
    logs = np.log(counted / counted.sum(axis=1, keepdims=True))
    told = np.zeros((len(names), codes))
    for code in range(codes):
        told[:, code] = np.bincount(owner, weights=logs[code][letter], minlength=len(names))
    return np.asarray(told[:, of_cell])
