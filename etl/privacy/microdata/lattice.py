"""The least generalisation that satisfies a tier: exact search of the lattice of full-domain recodings.

A node gives every quasi-identifier a level. Loss is that of ARX (Prasser et al.): of each column the mean share of
the domain that a published value stands for, a suppressed record standing for all of it, scaled from 0 (nothing
recoded) to 1; of the columns the geometric mean of 1 + loss, less 1. Nodes are looked at in the order of their loss
without suppression, which bounds their loss from below; the search ends when the bound of the next is no less than
the best loss. A node is passed over only where a coarser one suppresses too many *by size alone*: sizes grow with
generalisation, whereas alpha and t may fail of a union of a class that meets them and one that does not.
"""

from dataclasses import dataclass
from itertools import product
from math import prod

from etl.errors import Refused
from etl.privacy.microdata import classes
from etl.privacy.microdata.frequencies import Frequencies, Node


@dataclass(frozen=True)
class Recoding:
    """A node of the lattice, its loss, and how many of `persons` it suppresses; `evaluated`: nodes looked at."""

    node: Node
    loss: float
    suppressed: int
    persons: int
    evaluated: int


@dataclass(frozen=True)
class Outcome:
    """What a node costs."""

    loss: float
    suppressed: int


def search(frequencies: Frequencies) -> Recoding:
    """The recoding of least loss, the first by bound and levels where several have it.

    Raises:
        Refused: no recoding satisfies the tier within its bound on suppression.
    """
    allowed = int(frequencies.tier.suppressed * frequencies.persons + 1e-9)
    best: tuple[float, Node, int] | None = None
    failed: list[Node] = []
    evaluated = 0
    for bound, node in sorted((bound_of(frequencies, node), node) for node in nodes(frequencies)):
        if best is not None and bound >= best[0]:
            break
        if any(is_finer(node, coarser) for coarser in failed):
            continue
        evaluated += 1
        by_size = evaluate(frequencies, node, sizes_only=True)
        if by_size.suppressed > allowed:
            failed.append(node)
        elif best is None or by_size.loss < best[0]:
            found = evaluate(frequencies, node)
            if found.suppressed <= allowed and (best is None or found.loss < best[0]):
                best = (found.loss, node, found.suppressed)
    if best is None:
        raise Refused(
            f"没有满足 {frequencies.tier.name} 的概化 | no generalisation satisfies {frequencies.tier.name}",
            where="rules/microdata.yaml",
            rule=f"suppressed <= {frequencies.tier.suppressed}",
            remedy="加一个更粗的层级，或少发布一列 | add a coarser level, or publish a column less",
        )
    loss, node, suppressed = best
    return Recoding(node, loss, suppressed, frequencies.persons, evaluated)


def nodes(frequencies: Frequencies) -> list[Node]:
    """All recodings."""
    return list(product(*map(range, frequencies.heights)))


def is_finer(node: Node, other: Node) -> bool:
    """Whether no level of a node is coarser than the other's."""
    return all(mine <= its for mine, its in zip(node, other, strict=True))


def bound_of(frequencies: Frequencies, node: Node) -> float:
    """The loss of a node if it suppressed nobody."""
    stands = [
        sum(
            persons * leaves
            for persons, leaves in zip(
                frequencies.totals[place][level], frequencies.hierarchies[place].leaves(level), strict=True
            )
        )
        for place, level in enumerate(node)
    ]
    return loss_of(frequencies, stands)


def evaluate(frequencies: Frequencies, node: Node, *, sizes_only: bool = False) -> Outcome:
    """What a node costs; by the sizes of classes alone where told."""
    recoded = frequencies.recoded(node, sizes_only=sizes_only)
    tier = frequencies.tier
    query = (
        classes.large(tier, recoded) if sizes_only else classes.kept(tier, recoded, frequencies.shares(node))
    )
    stands = [
        f"sum(n * ({list(frequencies.hierarchies[place].leaves(level))})[q{place} + 1])"
        for place, level in enumerate(node)
    ]
    found = frequencies.connection.execute(f"SELECT sum(n), {', '.join(stands)} FROM ({query})").fetchone()
    numbers = [int(number or 0) for number in found or ()]
    suppressed = frequencies.persons - numbers[0]
    whole = [suppressed * len(hierarchy.paths) for hierarchy in frequencies.hierarchies]
    return Outcome(
        loss_of(frequencies, [kept + lost for kept, lost in zip(numbers[1:], whole, strict=True)]), suppressed
    )


def loss_of(frequencies: Frequencies, stands: list[int]) -> float:
    """Loss, given for each column how many codes all records stand for together."""
    parts = []
    for hierarchy, number in zip(frequencies.hierarchies, stands, strict=True):
        domain = len(hierarchy.paths)
        least = frequencies.persons
        parts.append((number - least) / (least * (domain - 1)) if domain > 1 else 0.0)
    return float(prod(1 + part for part in parts) ** (1 / len(parts)) - 1)
