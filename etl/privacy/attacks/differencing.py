"""A4: differencing between vintages with movers known by name; scored as a gain over what public facts tell."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import pyarrow.compute as pc

from etl.privacy.attacks.chance import resampled, share, weighted_auc
from etl.privacy.attacks.likelihood import likelihoods
from etl.privacy.attacks.model import Estimate, Measured, Rules
from etl.privacy.attacks.movers import Victims, movers
from etl.privacy.attacks.posterior import Attacker
from etl.privacy.attacks.series import Flags, Floats, Ints, Series

_POWERS = np.linspace(0.0, 1.6, 33)


@dataclass(frozen=True)
class Scored:
    """Victims not learned from: true cell, posterior without and with the tables, both (victims, cells).

    `weight`: the fitted power of the likelihood; 1 if the model is right, 0 if the tables tell nothing.
    """

    victims: Victims
    without: Floats
    posterior: Floats
    weight: float

    @property
    def size(self) -> int:
        return len(self.victims.person)

    def joined(self, other: "Scored") -> "Scored":
        """Both with the mean of the powers."""
        return Scored(
            self.victims.joined(other.victims),
            np.concatenate([self.without, other.without]),
            np.concatenate([self.posterior, other.posterior]),
            (self.weight + other.weight) / 2,
        )


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
    halves = _halves(found, rules)
    victims = _exposed(found, halves, rules)
    named = rules.name_column in found.known.column_names and rules.name_tells in found.family.sensitive
    if not len(victims[0].person) or not len(victims[1].person):
        metrics = ("exact_cell_gain", "newly_certain", "auc_gain", *(["auc_gain_named"] * named))
        return tuple(
            Measured(metric, Estimate.unknown(), None, "not judged: no movers") for metric in metrics
        )
    logs = [_Logs.of(Attacker(found, halves[1 - half]), victims[half]) for half in (0, 1)]
    score = _crossed(logs)
    telling = np.array(found.family.telling)
    measured = [
        *_gains(score, rules, _neighbours(found, score), telling),
        _auc_gain(score, rules, found, "auc_gain"),
    ]
    if named:
        told = [logs[half].with_names(_by_name(found, halves[1 - half], rules)) for half in (0, 1)]
        measured.append(_auc_gain(_crossed(told), rules, found, "auc_gain_named"))
    return tuple(measured)


def attacked(attacker: Attacker, learned: Victims, victims: Victims) -> Scored:
    """Posteriors of victims of one's own choice; `learned`: others, on whom the attacker fits his two powers."""
    return _score(_Logs.of(attacker, learned), _Logs.of(attacker, victims))


def _halves(found: Series, rules: Rules) -> tuple[Ints, Ints]:
    """All persons in two halves at random."""
    order = np.random.default_rng(rules.seed).permutation(len(found.people))
    return order[: len(order) // 2], order[len(order) // 2 :]


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


@dataclass(frozen=True)
class _Logs:
    """Log prior and log likelihood of every cell of every victim."""

    victims: Victims
    prior: Floats
    likelihood: Floats

    @classmethod
    def of(cls, attacker: Attacker, victims: Victims) -> "_Logs":
        prior = np.log(attacker.prior(victims.person, victims.step) + 1e-12)
        return cls(victims, prior, likelihoods(attacker, victims.person, victims.year))

    def with_names(self, told: Floats) -> "_Logs":
        """The same, the given name being known; `told` (persons, cells)."""
        return replace(self, prior=self.prior + told[self.victims.person])


def _crossed(logs: Sequence[_Logs]) -> Scored:
    """Each half with the powers that fit the other one best."""
    first, second = logs
    return _score(second, first).joined(_score(first, second))


def _score(learned: _Logs, attacked: _Logs) -> Scored:
    """The power of the prior, then that of the likelihood, are fitted on those learned from (likeliest of a grid).

    Both attackers use the same power of the prior, so that all they differ by is what the tables tell.
    """
    cell = learned.victims.cell
    power = max(_POWERS[10:], key=lambda a: _fit(a * learned.prior, cell))
    weight = max(_POWERS, key=lambda b: _fit(power * learned.prior + b * learned.likelihood, cell))
    prior = power * attacked.prior
    both = prior + weight * attacked.likelihood
    return Scored(attacked.victims, _normal(prior), _normal(both), float(weight))


def _fit(logs: Floats, cell: Ints) -> float:
    return float(np.log(_normal(logs)[np.arange(len(cell)), cell] + 1e-12).mean())


def _normal(logs: Floats) -> Floats:
    weights = np.exp(logs - logs.max(axis=1, keepdims=True))
    return np.asarray(weights / weights.sum(axis=1, keepdims=True))


def newly_certain(posterior: Floats, without: Floats, certain: float) -> Flags:
    """(victims): posterior above `certain` for a cell to which public facts give that or less."""
    rows, guess = np.arange(len(posterior)), posterior.argmax(axis=1)
    return np.asarray((posterior[rows, guess] > certain) & (without[rows, guess] <= certain))


def _raised(score: Scored, odds: float) -> Flags:
    """(victims): the tables multiply the odds of the guess by `odds` or more: a Bayes factor.

    Where public facts already give .89, anything that tilts leads past .9, whatever the noise.
    """
    rows, guess = np.arange(score.size), score.posterior.argmax(axis=1)
    after, before = (
        np.clip(table[rows, guess], 1e-12, 1 - 1e-12) for table in (score.posterior, score.without)
    )
    return np.asarray(after / (1 - after) >= odds * before / (1 - before))


def _neighbours(found: Series, score: Scored) -> Ints:
    """(victims): a number for those of one node of the first level below the root: they share its noise."""
    level = min(1, found.places.shape[2] - 1)
    nodes = found.places[score.victims.year, score.victims.person, level]
    return np.asarray(np.unique(nodes, return_inverse=True)[1])


def _gains(score: Scored, rules: Rules, groups: Ints, telling: Flags) -> tuple[Measured, ...]:
    """`telling` (cells): a victim whose code tells no fact has nothing to be certain of."""
    cell = score.victims.cell
    right, right_without = (table.argmax(axis=1) == cell for table in (score.posterior, score.without))
    certain = newly_certain(score.posterior, score.without, rules.certain.posterior)
    certain &= _raised(score, rules.certain.odds) & right
    certain &= telling[cell]
    told = f"{score.size} victims, max posterior {score.posterior.max():.2f}, weight {score.weight:.2f}"
    gained = right.astype(np.float64) - right_without
    gain = resampled(
        lambda weights: weights @ gained / np.maximum(weights.sum(axis=1), 1), score.size, rules, groups
    )
    return (
        Measured("exact_cell_gain", gain, float(right_without.mean()), told),
        Measured("newly_certain", share(certain, rules), None, told),
    )


def _auc_gain(score: Scored, rules: Rules, found: Series, metric: str) -> Measured:
    """The larger gain of the sensitive columns; each is the mean over its codes, weighted by their victims."""
    gains = [(_column_gain(score, rules, found, column), column) for column in found.family.sensitive]
    (gain, baseline), column = max(gains, key=lambda pair: pair[0][0].value)
    return Measured(metric, gain, baseline, column)


def _column_gain(score: Scored, rules: Rules, found: Series, column: str) -> tuple[Estimate, float]:
    of_cell = found.column_code(column)
    held = of_cell[score.victims.cell]
    codes = [
        code for code in np.unique(held) if min((held == code).sum(), (held != code).sum()) >= rules.of_each
    ]
    after, before = (
        [table[:, of_cell == code].sum(axis=1) for code in codes]
        for table in (score.posterior, score.without)
    )

    def mean_auc(scores: list[Floats], weights: Floats) -> Floats:
        found = np.zeros(len(weights))
        for one, code in zip(scores, codes, strict=True):
            found += (weights @ (held == code)) * weighted_auc(one, held == code, weights)
        return found / np.maximum(weights @ np.isin(held, codes), 1) if codes else np.full(len(weights), 0.5)

    def gained(weights: Floats) -> Floats:
        """Over public facts, and over guessing where these do worse."""
        return mean_auc(after, weights) - np.maximum(mean_auc(before, weights), 0.5)

    gain = resampled(gained, score.size, rules, _neighbours(found, score))
    return gain, float(mean_auc(before, np.ones((1, score.size)))[0])


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
