"""Confidence intervals, area under the curve, and accuracy of a guess."""

from collections.abc import Callable

import numpy as np

from etl.privacy.attacks.model import Estimate, Rules
from etl.privacy.attacks.series import Flags, Floats, Ints

_MANY = 1_000_000


def share(hits: Flags | Floats, rules: Rules) -> Estimate:
    """Mean of one value per case, with the percentile bootstrap over the cases (Efron); 0 when there is no case."""
    if not len(hits):
        return Estimate.exact(0)
    values = np.asarray(hits, np.float64)
    return resampled(lambda rows: float(values[rows].mean()), len(values), rules)


def resampled(statistic: Callable[[Ints], float], cases: int, rules: Rules) -> Estimate:
    """A statistic of the cases with its percentile bootstrap interval; what belongs to one case stays together."""
    rng = np.random.default_rng(rules.seed)
    resamples = rules.resamples if cases <= _MANY else 50
    drawn = [statistic(rng.integers(0, cases, cases)) for _ in range(resamples)]
    tail = (1 - rules.confidence) / 2
    low, high = np.quantile(drawn, [tail, 1 - tail])
    return Estimate(statistic(np.arange(cases)), float(low), float(high))


def auc(score: Floats, positive: Flags) -> float:
    """Area under the receiver operating curve (Mann–Whitney, ties count half); .5 when one class is empty."""
    ones = int(positive.sum())
    zeros = len(positive) - ones
    if not ones or not zeros:
        return 0.5
    _, inverse, counts = np.unique(score, return_inverse=True, return_counts=True)
    rank = (np.cumsum(counts) - (counts - 1) / 2)[inverse]
    return float((rank[positive].sum() - ones * (ones + 1) / 2) / (ones * zeros))
