"""The least generalisation that satisfies a tier: exact search of the lattice of full-domain recodings.

A node gives every quasi-identifier a level. Loss is that of ARX (Prasser et al.): of each column the mean share of
the domain that a published value stands for, a suppressed record standing for all of it, scaled from 0 (nothing
recoded) to 1; of the columns the geometric mean of 1 + loss, less 1. The loss of a node without suppression bounds
its loss from below; the search ends when no open node has a bound below the best loss. From the open node of least
bound it climbs by halves, as Flash does (Kohlmayer et al. 2012). A node is passed over only where a coarser one
suppresses too many *by size alone*: sizes grow with generalisation, whereas alpha and t may fail of a union of a
class that meets them and one that does not.
"""

from dataclasses import dataclass
from itertools import product
from math import prod

from etl.errors import Refused
from etl.privacy.microdata import classes
from etl.privacy.microdata.frequencies import Frequencies, Node


class NoRecoding(Refused):
    """The register is too small, or too uneven, for a file of that tier."""


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
        NoRecoding: none satisfies the tier within its bound on suppression.
    """
    found = _Search(frequencies)
    while (node := found.following()) is not None:
        found.climb(node)
    if found.best is None:
        raise NoRecoding(
            f"没有满足 {frequencies.tier.name} 的概化 | no generalisation satisfies {frequencies.tier.name}",
            where="rules/microdata.yaml",
            rule=f"suppressed <= {frequencies.tier.suppressed}",
            remedy="加一个更粗的层级，或少发布一列 | add a coarser level, or publish a column less",
        )
    loss, _, node, suppressed = found.best
    return Recoding(node, loss, suppressed, frequencies.persons, found.evaluated)


class _Search:
    """What is known of the lattice: nodes still open by ascending bound, and the best one so far."""

    def __init__(self, frequencies: Frequencies) -> None:
        self.frequencies = frequencies
        self.bounds = {node: bound_of(frequencies, node) for node in nodes(frequencies)}
        self.open = sorted(self.bounds, key=self._place, reverse=True)
        self.closed: set[Node] = set()
        self.allowed = int(frequencies.tier.suppressed * frequencies.persons + 1e-9)
        self.best: tuple[float, float, Node, int] | None = None
        self.evaluated = 0

    def following(self) -> Node | None:
        """The open node of least bound; none when it cannot be better than the best."""
        while self.open and self.open[-1] in self.closed:
            self.open.pop()
        return self.open[-1] if self.open and self._may_be_best(self.open[-1]) else None

    def climb(self, node: Node) -> None:
        """Look at nodes on a way up from an open one, halving it each time, until the open one is closed.

        Where a node fails by size, so does the way below it; else the way above it is of no use any more.
        """
        path = self._way_up(node)
        while path:
            middle = len(path) // 2
            path = path[:middle] if self._look_at(path[middle]) else path[middle + 1 :]

    def _way_up(self, node: Node) -> list[Node]:
        """A node and coarser ones that may yet be best, each a step coarser at the least bound."""
        path = [node]
        while True:
            above = [
                (*path[-1][:place], level + 1, *path[-1][place + 1 :])
                for place, level in enumerate(path[-1])
                if level + 1 < self.frequencies.heights[place]
            ]
            above = [coarser for coarser in above if self._may_be_best(coarser)]
            if not above:
                return path
            path.append(min(above, key=self._place))

    def _look_at(self, node: Node) -> bool:
        """Whether few enough are suppressed by size; closes the node, or all finer ones where they are not."""
        if node in self.closed:
            return True
        self.evaluated += 1
        by_size = evaluate(self.frequencies, node, sizes_only=True)
        if by_size.suppressed > self.allowed:
            self.closed.update(product(*(range(level + 1) for level in node)))
            return False
        self.closed.add(node)
        if self._may_be_best(node, by_size.loss):
            found = evaluate(self.frequencies, node)
            if found.suppressed <= self.allowed and self._may_be_best(node, found.loss):
                self.best = (found.loss, *self._place(node), found.suppressed)
        return True

    def _place(self, node: Node) -> tuple[float, Node]:
        return self.bounds[node], node

    def _may_be_best(self, node: Node, loss: float | None = None) -> bool:
        """Whether a node of that loss, or at least of its bound, comes before the best."""
        least = self.bounds[node] if loss is None else loss
        return self.best is None or (least, *self._place(node)) < self.best[:3]


def nodes(frequencies: Frequencies) -> list[Node]:
    """All recodings."""
    return list(product(*map(range, frequencies.heights)))


def bound_of(frequencies: Frequencies, node: Node) -> float:
    """The loss of a node if it suppressed nobody."""
    return loss_of(frequencies, [frequencies.stands[place][level] for place, level in enumerate(node)])


def evaluate(frequencies: Frequencies, node: Node, *, sizes_only: bool = False) -> Outcome:
    """What a node costs; by the sizes of classes alone where told."""
    tier, found = frequencies.tier, frequencies.recoded(node)
    keep = classes.large(tier, found) if sizes_only else classes.kept(tier, found, frequencies.shares(node))
    persons = found.persons[keep]
    suppressed = frequencies.persons - int(persons.sum())
    stands = [
        int(persons @ hierarchy.leaves(level)[codes[keep]]) + suppressed * len(hierarchy.paths)
        for hierarchy, level, codes in zip(frequencies.hierarchies, node, found.codes, strict=True)
    ]
    return Outcome(loss_of(frequencies, stands), suppressed)


def loss_of(frequencies: Frequencies, stands: list[int]) -> float:
    """Loss, given for each column how many codes all records stand for together."""
    parts = []
    for hierarchy, number in zip(frequencies.hierarchies, stands, strict=True):
        domain = len(hierarchy.paths)
        least = frequencies.persons
        parts.append((number - least) / (least * (domain - 1)) if domain > 1 else 0.0)
    return float(prod(1 + part for part in parts) ** (1 / len(parts)) - 1)
