"""Confidence intervals, area under the curve, and accuracy of a guess."""

from collections.abc import Callable

import numpy as np
from scipy.special import ndtr, stdtrit

from etl.privacy.attacks.model import Estimate, Rules
from etl.privacy.attacks.series import Flags, Floats, Ints

_MANY = 5_000
_FEWEST_GROUPS = 4


def share(hits: Flags | Floats, rules: Rules) -> Estimate:
    """Mean of one value per case with its interval; 0 when there is no case.

    The interval of a share of hits is Wilson's (1927), which has width even where all cases agree; that of other values
    that of a bootstrap over the cases, and for many cases the normal one.
    """
    values = np.asarray(hits, np.float64)
    if not len(values):
        return Estimate.exact(0)
    if hits.dtype == np.bool_:
        return _wilson(float(values.mean()), len(values), rules)
    if len(values) <= _MANY:
        return resampled(lambda weights: weights @ values / len(values), len(values), rules)
    mean = float(values.mean())
    width = rules.quantile * float(values.std()) / len(values) ** 0.5
    return Estimate(mean, mean - width, mean + width)


def _wilson(mean: float, cases: int, rules: Rules) -> Estimate:
    spread = rules.quantile**2 / cases
    middle = (mean + spread / 2) / (1 + spread)
    width = (mean * (1 - mean) * spread + spread**2 / 4) ** 0.5 / (1 + spread)
    return Estimate(mean, middle - width, middle + width)


def resampled(
    statistic: Callable[[Floats], Floats], cases: int, rules: Rules, groups: Ints | None = None
) -> Estimate:
    """A statistic of weighted cases with its interval: bootstrap error (Efron) times a quantile of Student's t.

    A group of cases stays together, and with few groups little is known of the error: the t has as many degrees of
    freedom as there are groups, less one. Below four groups it is not known. `statistic`: (resamples, cases)
    weights -> (resamples), all weights 1 for the value itself. `groups` (cases): the number of the group of each,
    from 0; without it each case is one.
    """
    rng = np.random.default_rng(rules.seed)
    drawn = np.arange(cases) if groups is None else groups
    many = int(drawn.max()) + 1
    weights = np.array(
        [np.bincount(rng.integers(0, many, many), minlength=many)[drawn] for _ in range(rules.resamples)],
        np.float64,
    )
    value = float(statistic(np.ones((1, cases)))[0])
    if many < _FEWEST_GROUPS:
        return Estimate.unknown()
    error = float(statistic(weights).std()) * (many / (many - 1)) ** 0.5
    width = student(rules.quantile, many - 1) * error
    return Estimate(value, value - width, value + width)


def student(normal: float, freedom: int) -> float:
    """Quantile of Student's t at the probability of a normal quantile."""
    return float(stdtrit(freedom, ndtr(normal)))


def auc(score: Floats, positive: Flags) -> float:
    """Area under the receiver operating curve (Mann-Whitney, ties count half); .5 when one class is empty."""
    return float(weighted_auc(score, positive, np.ones((1, len(score))))[0])


def weighted_auc(score: Floats, positive: Flags, weights: Floats) -> Floats:
    """(resamples): the same for cases with weights (resamples, cases)."""
    order = np.argsort(score, kind="stable")
    starts = np.flatnonzero(np.diff(score[order], prepend=-np.inf))
    ordered, held = weights[:, order], positive[order]
    ones, zeros = (np.add.reduceat(ordered * rows, starts, axis=1) for rows in (held, ~held))
    pairs = ones.sum(axis=1) * zeros.sum(axis=1)
    above = (ones * (np.cumsum(zeros, axis=1) - zeros / 2)).sum(axis=1)
    return np.asarray(np.where(pairs > 0, above / np.maximum(pairs, 1), 0.5))
