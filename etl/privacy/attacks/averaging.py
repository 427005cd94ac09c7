"""A7: averaging over levels and vintages; and whether the error is what the tables declare."""

import numpy as np

from etl.privacy.attacks.chance import share
from etl.privacy.attacks.errors import Errors
from etl.privacy.attacks.model import Estimate, Measured, Rules
from etl.privacy.attacks.posterior import Attacker
from etl.privacy.attacks.series import Floats, Series


def averaging(found: Series, rules: Rules) -> tuple[Measured, ...]:
    """The error that is left to an attacker who averages all vintages of a class whose members hardly changed.

    `averaged_variance` (closed form): the least, over all leaves, of the variance of the generalised least-squares
    estimate of a newest count from all vintages; an older vintage counts with the variance of what changed in between:
    joiners and leavers, known by name but not by code, and stayers whose code changed (their rate is learned from the
    truth; without it codes are taken as fixed, which favours the attacker). The levels above tell nothing new of a
    leaf: they are sums of the leaves that were published.
    `error_ratio` (measured): mean squared error of the figures over what the declared variances leave after the
    top-down steps, the least over levels: noise that is absent, halved or drawn once shows here. `declared_sd`: the
    largest ratio of measured to declared standard error.
    """
    least = Measured("averaged_variance", Estimate.exact(_least(found)))
    if found.truth is None:
        return (least,)
    return (least, *_declared(found, rules))


def _least(found: Series) -> float:
    """Inverse of the summed information of the vintages about the newest one, least over leaves."""
    attacker = Attacker(found, np.arange(len(found.people)))
    newest = len(found.years) - 1
    leaves = found.present[newest] & ~np.isin(
        np.arange(len(found.level)), found.parent[found.present[newest]]
    )
    own = found.variance[:, found.level]
    drawn, changing = _spread(attacker)
    information, drift = 1 / own[newest], np.zeros(len(found.level))
    for year in range(newest - 1, -1, -1):
        if len(found.people):
            stayed = attacker.stayed[year]
            moved = found.totals[year] + found.totals[year + 1] - 2 * stayed
            drift = drift + moved * drawn + stayed * changing
        information = information + np.where(found.present[year], 1 / (own[year] + drift), 0.0)
    return float((1 / information[leaves]).min()) if leaves.any() else 0.0


def _spread(attacker: Attacker) -> tuple[float, float]:
    """Variance that one person adds to a cell, mean over cells: one who came or left, and one who stayed a year."""
    found = attacker.found
    usual = found.filled[:, found.level == 0].sum(axis=(0, 1))
    shares = usual / max(usual.sum(), 1)
    changed = shares + shares @ attacker.forward - 2 * shares * np.diag(attacker.forward)
    return float((shares * (1 - shares)).mean()), float(changed.mean())


def _declared(found: Series, rules: Rules) -> tuple[Measured, ...]:
    error = np.where(found.possible, found.figures - found.counts, np.nan)
    expected = _expected(found)
    typical = found.totals[:, :, None] / found.cells >= 1  # a cell at zero has hardly any room for error
    ratios: list[tuple[Estimate, str]] = []
    sds: list[tuple[Estimate, str]] = []
    for level, declared in enumerate(found.family.levels):
        large = found.counts > 2 * np.sqrt(found.variance[:, level])[:, None, None]
        at = (found.level == level)[None, :, None] & typical & large
        at &= ~np.isnan(error)
        squares = error[at] ** 2
        if len(squares) < 20:
            continue
        ratios.append((share(squares / expected[at], rules), declared.name))
        stated = found.spread[at]
        sds.append((_ratio(squares, stated**2, rules), declared.name))
    if not ratios:
        return ()
    worst, level_name = min(ratios, key=lambda pair: pair[0].value)
    ratio, ratio_level = max(sds, key=lambda pair: pair[0].value)
    return (
        Measured("error_ratio", worst, 1.0, level_name),
        Measured("declared_sd", ratio, 1.0, ratio_level),
    )


def _ratio(squares: Floats, stated: Floats, rules: Rules) -> Estimate:
    """Measured over stated standard error, with the normal interval of a ratio of means (delta method)."""
    total = max(float(stated.sum()), 1e-18)
    ratio = float(squares.sum()) / total
    width = rules.quantile * float(np.sqrt(((squares - ratio * stated) ** 2).sum())) / total
    return Estimate(*(max(end, 0.0) ** 0.5 for end in (ratio, ratio - width, ratio + width)))


def _expected(found: Series) -> Floats:
    """(years, nodes, cells): variance of the error by the declared variances: the cells of a node add up exactly."""
    nodes = np.arange(len(found.level))
    possible = np.maximum(found.possible.sum(axis=2), 2)
    variance = Errors(found).covariance(nodes, nodes) * (1 - 1 / possible)
    return np.broadcast_to(variance[:, :, None], found.figures.shape)
