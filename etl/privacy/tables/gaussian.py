"""The discrete Gaussian by integers: no floating point stands between a random word and the noise.

Canonne, Kamath & Steinke 2020, arXiv 2004.00010. Their sampler draws anew at every call; here a word of 64 bits
is turned into noise by the inverse of a cumulative table, so that the same word gives the same noise on every
machine. The table is computed with decimals of 60 digits and rounded to 2**-64.
"""

from decimal import Decimal, localcontext
from functools import cache
from math import isqrt

import numpy as np
import numpy.typing as npt

from etl.errors import BadInput

WORD = 1 << 64
DEVIATIONS = 8
"""The support ends this many standard deviations from zero; what lies beyond has mass below 2e-15."""


def bound(variance: int) -> int:
    """The largest noise: eight standard deviations, rounded up."""
    square = DEVIATIONS**2 * variance
    return isqrt(square - 1) + 1


@cache
def masses(variance: int) -> tuple[int, ...]:
    """How many of the 2**64 words give each noise from -bound to bound; their sum is 2**64.

    Raises BadInput when the variance is not a positive integer.
    """
    if variance < 1:
        raise BadInput(f"方差须为正整数 | the variance must be a positive integer: {variance}")
    largest = bound(variance)
    with localcontext() as context:
        context.prec = 60
        weights = [(-Decimal(noise * noise) / (2 * variance)).exp() for noise in range(largest + 1)]
        total = weights[0] + 2 * sum(weights[1:])
        tail = [round(weight * WORD / total) for weight in weights[1:]]
    return (*reversed(tail), WORD - 2 * sum(tail), *tail)


@cache
def _cumulative(variance: int) -> npt.NDArray[np.uint64]:
    """Words below entry j give noise at most j - bound; the last entry, 2**64, is left out."""
    sums: list[int] = []
    total = 0
    for mass in masses(variance)[:-1]:
        total += mass
        sums.append(total)
    return np.array(sums, np.uint64)


def noise(words: npt.NDArray[np.uint64], variance: int) -> npt.NDArray[np.int64]:
    """The noise of each word, of the same shape: discrete Gaussian if the words are uniform."""
    position = np.searchsorted(_cumulative(variance), words.ravel(), side="right")
    return (position - bound(variance)).astype(np.int64).reshape(words.shape)
