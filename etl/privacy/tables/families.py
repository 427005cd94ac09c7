"""Families of protected tables: a tree of public classes, crossed with one joint sensitive code.

A family spends rho = sum of 1/V over its levels, in zero-concentrated differential privacy: one unit's sensitive
code moves one unit between two cells of every node on its path, so the squared L2 sensitivity of a level is 2
(Bun & Steinke 2016, arXiv 1605.02065; for discrete noise Canonne, Kamath & Steinke 2020, arXiv 2004.00010).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import combinations, pairwise, product
from operator import index
from typing import Any

from etl.errors import BadInput, Refused
from etl.privacy.reading import declaration_of

_FORM = "sensitive: [column…], merge_below: n, levels: [{name, by: [column…], variance: n}…]"
OTHER = "other"
"""The reserved code of small classes merged into one."""


@dataclass(frozen=True)
class Level:
    """One partition of the units: `by` names the public columns, `variance` the noise of each of its cells."""

    name: str
    by: tuple[str, ...]
    variance: int


@dataclass(frozen=True)
class Dominance:
    """When a class is dominated by those who know its units themselves, named in column `holder`.

    It is where the largest holder has more than the share `one` of the units, the two largest more than `two`, or
    where there are fewer than `fewest` holders (the dominance rules of the SDC Handbook, Hundepool et al. 2012). Who
    holds most of a class subtracts what it knows; then the others must be enough to be a class of their own, as must
    those beside the two who hold more than `two` together.
    """

    holder: str
    one: float
    two: float
    fewest: int


@dataclass(frozen=True)
class Family:
    """A tree of levels, coarsest first, times the sensitive columns and all their codes.

    `impossible` holds the structural zeros: combinations of public and sensitive codes (column to code) that
    cannot be. Classes under `merge_below` units, those of the holders who dominate it not counted, are
    merged with siblings into one class of code `other`. `absent` holds, for each sensitive column, the code (or
    None) that tells no fact: that a class has no other tells nothing of its units.
    """

    name: str
    levels: tuple[Level, ...]
    sensitive: tuple[str, ...]
    codes: tuple[tuple[str, ...], ...]
    impossible: tuple[Mapping[str, str], ...] = ()
    merge_below: int = 20
    dominance: Dominance | None = None
    absent: tuple[str | None, ...] = ()

    @classmethod
    def of(
        cls,
        name: str,
        declared: Mapping[str, Any],
        codes: Mapping[str, Sequence[str]],
        dominance: Dominance | None = None,
        absent: Mapping[str, str] | None = None,
    ) -> "Family":
        """From its declaration in the form of `rules/disclosure.yaml`, and the codes of every sensitive column.

        Raises:
            BadInput: something is missing, misspelt or of another form.
        """
        with declaration_of(name, _FORM):
            sensitive = _listed(declared["sensitive"])
            combined = [item["codes"] for item in declared.get("impossible", ())]
            return cls(
                name=name,
                levels=tuple(
                    Level(level["name"], _listed(level["by"]), index(level["variance"]))
                    for level in declared["levels"]
                ),
                sensitive=sensitive,
                codes=tuple(_listed(codes[column]) for column in sensitive),
                impossible=tuple(
                    dict(zip(listed, cell, strict=True))
                    for listed in combined
                    for cell in product(*listed.values())
                ),
                merge_below=index(declared["merge_below"]),
                dominance=dominance,
                absent=tuple((absent or {}).get(column) for column in sensitive),
            )

    @property
    def rho(self) -> Fraction:
        """What one unit spends in one year."""
        return sum((Fraction(1, level.variance) for level in self.levels), Fraction())

    @property
    def telling(self) -> tuple[bool, ...]:
        """Of every joint sensitive code, whether it has a value."""
        return tuple(cell != self.absent for cell in product(*self.codes))

    @property
    def public(self) -> tuple[str, ...]:
        """The public columns, in the order in which the tree uses them."""
        return self.levels[-1].by


def _listed(names: Sequence[str]) -> tuple[str, ...]:
    """Raises TypeError for a single name, whose letters would be taken for names."""
    if isinstance(names, str):
        raise TypeError(f"{names!r} is no list")
    return tuple(names)


def check_families(families: Sequence[Family]) -> None:
    """That every family is well formed and its tree nests, and that no two tell the same thing twice.

    Two families that share a sensitive column must have the same sensitive columns and codes, and may share only
    ancestors: the same first levels, and below them no class of one that is a union of classes of the other.
    Otherwise the two would give two answers to one question, and their average less noise than declared.

    Raises BadInput for a malformed family, Refused for a tree that does not nest or families that overlap.
    """
    names = [family.name for family in families]
    if len(set(names)) < len(names):
        raise BadInput("两个表族同名 | two families have the same name", ", ".join(names))
    for family in families:
        _check_levels(family)
        _check_codes(family)
        _check_impossible(family)
    for one, two in combinations(families, 2):
        _check_overlap(one, two)


def _check_levels(family: Family) -> None:
    names = [level.name for level in family.levels]
    if not names or len(set(names)) < len(names):
        raise BadInput(
            "表族至少要有一层，各层名称不得重复 | a family needs at least one level, each of its own name",
            family.name,
        )
    if any(level.variance < 1 for level in family.levels) or family.merge_below < 1:
        raise BadInput(
            "方差和合并界限须为正整数 | variances and the merging bound must be positive integers",
            family.name,
        )
    for parent, child in pairwise(family.levels):
        if len(child.by) <= len(parent.by) or child.by[: len(parent.by)] != parent.by:
            raise Refused(
                f"各层不相嵌套 | the levels do not nest: {parent.name} > {child.name}",
                family.name,
                rule="tree",
                remedy="下层的公开列须以上层的公开列开头并多出至少一列 | begin the lower level's public columns with "
                "those of the upper one, and add at least one",
            )


def _check_codes(family: Family) -> None:
    sizes_differ = len(family.sensitive) != len(family.codes)
    repeated = any(not codes or len(set(codes)) < len(codes) for codes in family.codes)
    if not family.sensitive or sizes_differ or repeated or len(set(family.sensitive)) < len(family.sensitive):
        raise BadInput(
            "每个敏感列须有一份不重复的代码表 | every sensitive column needs one list of distinct codes",
            family.name,
        )
    if set(family.sensitive) & set(family.public) or len(set(family.public)) < len(family.public):
        raise BadInput(
            "一列只能在树中或敏感列中出现一次 | a column stands once, in the tree or among the sensitive ones",
            family.name,
        )


def _check_impossible(family: Family) -> None:
    known = dict(zip(family.sensitive, family.codes, strict=True))
    for combination in family.impossible:
        strange = set(combination) - set(family.public) - set(known)
        unlisted = [name for name, code in combination.items() if name in known and code not in known[name]]
        if strange or unlisted or not set(combination) & set(known):
            raise BadInput(
                "结构零须用本族的列和代码，且至少含一个敏感列 | a structural zero is told in columns and codes of its "
                f"family, at least one of them sensitive: {dict(combination)}",
                family.name,
                rule="impossible",
            )


def _check_overlap(one: Family, two: Family) -> None:
    if not set(one.sensitive) & set(two.sensitive):
        return
    trunk = _trunk(one, two)
    shared = [
        (upper.name, lower.name)
        for upper in one.levels[trunk:]
        for lower in two.levels[trunk:]
        if set(upper.by) <= set(lower.by) or set(lower.by) <= set(upper.by)
    ]
    contained = trunk in {0, len(one.levels), len(two.levels)}
    if contained or shared or _question(one) != _question(two):
        raise Refused(
            "两个表族重复回答同一问题 | two families answer the same question twice"
            + "".join(f": {upper} / {lower}" for upper, lower in shared[:1]),
            f"{one.name}, {two.name}",
            rule="overlap",
            remedy="一个敏感列只用于一种联合代码；两棵树只可共有起头的各层 | keep a sensitive column to one joint "
            "code, and let two trees share only their first levels",
        )


def _trunk(one: Family, two: Family) -> int:
    """How many first levels are the same question in both."""
    same = [(a.by, a.variance) == (b.by, b.variance) for a, b in zip(one.levels, two.levels, strict=False)]
    return next((place for place, equal in enumerate(same) if not equal), len(same))


def _question(family: Family) -> tuple[object, ...]:
    impossible = {frozenset(combination.items()) for combination in family.impossible}
    return family.sensitive, family.codes, impossible, family.merge_below, family.dominance
