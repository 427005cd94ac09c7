"""A7: averaging over levels and vintages."""

import numpy as np

from etl.privacy.attacks.model import Estimate, Measured
from etl.privacy.attacks.posterior import Attacker
from etl.privacy.attacks.series import Series


def averaging(found: Series) -> tuple[Measured, ...]:
    """The error that is left to an attacker who averages all vintages of a class whose members hardly changed.

    `averaged_variance` (closed form): the least, over all leaves, of the variance of the generalised least-squares
    estimate of a newest count from all vintages; an older vintage counts with the variance of what changed in between:
    joiners and leavers, known by name but not by code, and stayers whose code changed (their rate is learned from the
    truth; without it codes are taken as fixed, which favours the attacker). The levels above tell nothing new of a
    leaf: they are sums of the leaves that were published.
    """
    return (Measured("averaged_variance", Estimate.exact(_least(found))),)


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
