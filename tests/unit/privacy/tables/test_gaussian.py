"""The discrete Gaussian by integers: its masses, and noise drawn by them."""

from decimal import Decimal, localcontext
from math import exp, sqrt

import numpy as np
import opendp.prelude as dp
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import chisquare

from etl.errors import BadInput
from etl.privacy.tables.families import Family, Level
from etl.privacy.tables.gaussian import WORD, bound, masses, noise
from etl.privacy.tables.noise import streams

VARIANCES = st.integers(1, 60)
DRAWS = 200_000


@given(VARIANCES)
def test_the_masses_are_symmetric_and_use_every_word(variance: int) -> None:
    assert sum(masses(variance)) == WORD
    assert masses(variance) == masses(variance)[::-1]
    assert len(masses(variance)) == 2 * bound(variance) + 1


@given(VARIANCES)
def test_neighbouring_masses_stand_in_the_ratio_of_the_gaussian(variance: int) -> None:
    """exp(-k**2 / 2V), as far as masses of 64 bits can tell it, over the six deviations that ever occur."""
    middle = bound(variance)
    for k in range(int(6 * sqrt(variance))):
        ratio = masses(variance)[middle + k + 1] / masses(variance)[middle + k]
        assert ratio == pytest.approx(exp(-(2 * k + 1) / (2 * variance)), rel=1e-9)


@given(st.integers(2, 60))
def test_the_variance_of_the_masses_is_the_one_declared(variance: int) -> None:
    with localcontext() as context:
        context.prec = 60
        middle = bound(variance)
        second = sum(Decimal(mass) * (k - middle) ** 2 for k, mass in enumerate(masses(variance))) / WORD
    assert float(second) == pytest.approx(variance, rel=1e-7)


@pytest.mark.parametrize("variance", [1, 8, 10])
def test_the_first_and_last_words_of_each_noise_give_that_noise(variance: int) -> None:
    edges = np.cumsum([0, *masses(variance)], dtype=object)
    first = np.array([int(edge) for edge in edges[:-1]], np.uint64)
    last = np.array([int(edge) - 1 for edge in edges[1:]], np.uint64)
    values = list(range(-bound(variance), bound(variance) + 1))
    assert noise(first, variance).tolist() == noise(last, variance).tolist() == values


@pytest.mark.parametrize("variance", [2, 8, 10])
def test_noise_of_a_keyed_stream_follows_the_masses(variance: int) -> None:
    """Chi-square over all values expected at least five times; the stream is fixed, so the test is too."""
    words = streams([b"%d" % seed for seed in range(DRAWS // 8)], b"k" * 32, 8)
    drawn = noise(words, variance).ravel()
    expected = np.array([mass / WORD * DRAWS for mass in masses(variance)])
    common = expected >= 5
    counted = np.bincount(drawn + bound(variance), minlength=len(expected))
    seen = np.append(counted[common], counted[~common].sum())
    assert chisquare(seen, np.append(expected[common], expected[~common].sum())).pvalue > 0.01
    assert drawn.var() == pytest.approx(variance, rel=4 * sqrt(2 / DRAWS))


@pytest.mark.parametrize("variance", [1, 8, 10, 20])
def test_a_level_spends_what_opendp_computes_for_the_discrete_gaussian(variance: int) -> None:
    """One unit moves between two cells: a squared distance of two."""
    dp.enable_features("contrib")
    mechanism = dp.m.make_gaussian(
        dp.vector_domain(dp.atom_domain(T=int)), dp.l2_distance(T=float), scale=sqrt(variance)
    )
    family = Family("f", (Level("register", (), variance),), ("sex",), (("1", "2"),))
    assert mechanism.map(sqrt(2)) == pytest.approx(float(family.rho), rel=1e-12)


def test_a_variance_that_is_not_positive_is_bad_input() -> None:
    with pytest.raises(BadInput, match="the variance must be a positive integer"):
        masses(0)
