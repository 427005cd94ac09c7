"""Microdata: one record a person, generalised until nobody stands out, a sample of them published.

    hierarchies.py   what stands for a code at each coarser level
    tiers.py         what a file must satisfy: k, l, alpha, t
    frequencies.py   the register counted once
    classes.py       which classes satisfy the requirements
    lattice.py       the recoding of least loss
    release.py       what is held of every person over the releases; sample, pseudonyms, order
    checks.py        attacks A10 to A13
    inference.py     attack A14
    codebook.py      what the values mean and how the file was made
    files.py         the files of a year; what the release step calls
    frozen.py        where released files stand, and that they are untouched
    ended.py         the end of a tier that nothing can follow

Nothing here knows of constructors: columns, levels and limits come in as data.
"""

from etl.privacy.microdata.frequencies import count
from etl.privacy.microdata.hierarchies import Hierarchy, read_hierarchy
from etl.privacy.microdata.lattice import NoRecoding, Recoding, search
from etl.privacy.microdata.release import Held, Keys, Release, release
from etl.privacy.microdata.tiers import Criterion, Requirement, Tier, tier

__all__ = [
    "Criterion",
    "Held",
    "Hierarchy",
    "Keys",
    "NoRecoding",
    "Recoding",
    "Release",
    "Requirement",
    "Tier",
    "count",
    "read_hierarchy",
    "release",
    "search",
    "tier",
]
