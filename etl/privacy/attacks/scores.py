"""What attackers make of log priors and log likelihoods: powers, posteriors, and their gains over a baseline."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from etl.privacy.attacks.chance import resampled, share, weighted_auc
from etl.privacy.attacks.model import Estimate, Measured, Rules
from etl.privacy.attacks.movers import Victims
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


@dataclass(frozen=True)
class Logs:
    """Log prior and log likelihood of every cell of every victim."""

    victims: Victims
    prior: Floats
    likelihood: Floats

    def with_names(self, told: Floats) -> "Logs":
        """The same, the given name being known; `told` (persons, cells)."""
        return replace(self, prior=self.prior + told[self.victims.person])


def halves_of(found: Series, rules: Rules) -> tuple[Ints, Ints]:
    """All persons in two halves at random."""
    order = np.random.default_rng(rules.seed).permutation(len(found.people))
    return order[: len(order) // 2], order[len(order) // 2 :]


def crossed(logs: Sequence[Logs]) -> Scored:
    """Each half with the powers that fit the other one best."""
    first, second = logs
    return fitted(second, first).joined(fitted(first, second))


def fitted(learned: Logs, attacked: Logs) -> Scored:
    """The power of the prior, then that of the likelihood, are fitted on those learned from (likeliest of a grid).

    Both attackers use the same power of the prior, so that all they differ by is what the tables tell.
    """
    cell = learned.victims.cell
    power = max(_POWERS[10:], key=lambda a: fit(a * learned.prior, cell))
    weight = max(_POWERS, key=lambda b: fit(power * learned.prior + b * learned.likelihood, cell))
    prior = power * attacked.prior
    both = prior + weight * attacked.likelihood
    return Scored(attacked.victims, normal(prior), normal(both), float(weight))


def fit(logs: Floats, cell: Ints) -> float:
    """Mean log posterior of the true cells."""
    return float(np.log(normal(logs)[np.arange(len(cell)), cell] + 1e-12).mean())


def normal(logs: Floats) -> Floats:
    """Posteriors of rows of logarithms."""
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


def neighbours(found: Series, score: Scored) -> Ints:
    """(victims): a number for those of one node of the first level below the root: they share its noise."""
    level = min(1, found.places.shape[2] - 1)
    nodes = found.places[score.victims.year, score.victims.person, level]
    return np.asarray(np.unique(nodes, return_inverse=True)[1])


def gains(score: Scored, rules: Rules, groups: Ints, telling: Flags) -> tuple[Measured, ...]:
    """Of the exact cell, and of certainty."""
    cell = score.victims.cell
    right, right_without = (table.argmax(axis=1) == cell for table in (score.posterior, score.without))
    gained = right.astype(np.float64) - right_without
    gain = resampled(
        lambda weights: weights @ gained / np.maximum(weights.sum(axis=1), 1), score.size, rules, groups
    )
    return (
        Measured("exact_cell_gain", gain, float(right_without.mean()), _told(score)),
        certain_share(score, rules, telling, "newly_certain"),
    )


def certain_share(score: Scored, rules: Rules, telling: Flags, metric: str) -> Measured:
    """Victims newly certain of their cell, rightly. `telling` (cells): of a code that tells no fact nobody can be."""
    cell = score.victims.cell
    certain = newly_certain(score.posterior, score.without, rules.certain.posterior)
    certain &= _raised(score, rules.certain.odds) & (score.posterior.argmax(axis=1) == cell) & telling[cell]
    return Measured(metric, share(certain, rules), None, _told(score))


def _told(score: Scored) -> str:
    return f"{score.size} victims, max posterior {score.posterior.max():.2f}, weight {score.weight:.2f}"


def auc_gain(score: Scored, rules: Rules, found: Series, metric: str) -> Measured:
    """The larger gain of the sensitive columns; each is the mean over its codes, weighted by their victims."""
    gains = [(_column_gain(score, rules, found, column), column) for column in found.family.sensitive]
    (gain, baseline), column = max(gains, key=lambda pair: np.nan_to_num(pair[0][0].value, nan=-np.inf))
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

    if not codes:
        return Estimate.unknown(), 0.5

    def mean_auc(scores: list[Floats], weights: Floats) -> Floats:
        found = np.zeros(len(weights))
        for one, code in zip(scores, codes, strict=True):
            found += (weights @ (held == code)) * weighted_auc(one, held == code, weights)
        return found / np.maximum(weights @ np.isin(held, codes), 1)

    def gained(weights: Floats) -> Floats:
        """Over public facts, and over guessing where these do worse."""
        return mean_auc(after, weights) - np.maximum(mean_auc(before, weights), 0.5)

    gain = resampled(gained, score.size, rules, neighbours(found, score))
    return gain, float(mean_auc(before, np.ones((1, score.size)))[0])
