"""Who is one person: pairs put together one after another, unless something forbids it. Knows no table.

A node is what an ID number already holds together, or a certificate without one. Order: the steward's decisions,
then scores from the highest. Not put together, unless a steward said so: two nodes with different ID numbers, two
nodes that share an exclusive value (a person holds one certificate of a category), a pair that a steward called
different. Where two such candidates compete for one node, none of them is taken: a steward looks at both.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TypeAlias

Pair: TypeAlias = tuple[int, int]


@dataclass(frozen=True)
class Node:
    """`rank` orders the nodes of a person: the least gives the person its key. `held`: its exclusive values."""

    identified: bool
    rank: tuple[object, ...]
    held: frozenset[str]


@dataclass(frozen=True)
class Edge:
    """A scored pair of nodes, and the two certificates that it was scored on."""

    nodes: Pair
    certificates: Pair
    probability: float


@dataclass(frozen=True)
class Joined:
    """How a node came to its person: `probability`, `steward` or `id`, and the score where there is one."""

    person: int
    how: str
    probability: float | None


@dataclass(frozen=True)
class Persons:
    """Nodes that are not alone, pairs for the steward (edge, reason), decisions that contradict earlier ones."""

    joined: Mapping[int, Joined]
    review: Sequence[tuple[Edge, str]]
    contradictions: int


@dataclass
class _Forest:
    """Disjoint sets of nodes with what each holds."""

    nodes: Mapping[int, Node]
    foes: Mapping[int, Collection[int]]
    parent: dict[int, int] = field(default_factory=dict)
    members: dict[int, list[int]] = field(default_factory=dict)
    how: dict[int, tuple[str, float | None]] = field(default_factory=dict)

    def root(self, node: int) -> int:
        while (parent := self.parent.get(node, node)) != node:
            node = parent
        return node

    def group(self, node: int) -> list[int]:
        root = self.root(node)
        return self.members.get(root, [root])

    def hostile(self, pair: Pair) -> bool:
        """Whether a steward called members of the two groups different."""
        other = set(self.group(pair[1]))
        return any(not other.isdisjoint(self.foes.get(node, ())) for node in self.group(pair[0]))

    def exclude(self, pair: Pair) -> bool:
        """Whether the two groups cannot be one person by score."""
        one, other = ([self.nodes[node] for node in self.group(each)] for each in pair)
        if any(node.identified for node in one) and any(node.identified for node in other):
            return True
        held = frozenset().union(*(node.held for node in one))
        return any(node.held & held for node in other)

    def join(self, pair: Pair, how: str, probability: float | None) -> None:
        for node in pair:
            self.how.setdefault(node, (how, probability))
        one, other = self.root(pair[0]), self.root(pair[1])
        if one != other:
            self.members[one] = self.group(one) + self.group(other)
            self.parent[other] = one


def persons(
    nodes: Mapping[int, Node],
    edges: Iterable[Edge],
    link: float,
    *,
    same: Sequence[Pair] = (),
    different: Sequence[Pair] = (),
    held_by_id: Sequence[Pair] = (),
) -> Persons:
    """Puts nodes together.

    `edges`: scored pairs. `same`, `different`: the steward's pairs of nodes. `held_by_id`: pairs with one ID
    number that stand as nodes of their own because a steward called others of that number different.
    """
    foes = defaultdict(set)
    for one, other in different:
        foes[one].add(other)
        foes[other].add(one)
    forest = _Forest(nodes, foes)
    contradictions = 0
    for how, pairs in (("steward", same), ("id", held_by_id)):
        for pair in pairs:
            if forest.hostile(pair):
                contradictions += how == "steward"
            else:
                forest.join(pair, how, None)
    ordered = sorted(edges, key=lambda edge: (-edge.probability, edge.certificates))
    open_edges = [edge for edge in ordered if not forest.hostile(edge.nodes)]
    rivals = _rivals(nodes, open_edges)
    review: list[tuple[Edge, str]] = []
    for edge in open_edges:
        one, other = edge.nodes
        if forest.root(one) == forest.root(other) or forest.hostile(edge.nodes):
            continue
        if edge.probability < link:
            review.append((edge, "band"))
        elif edge.certificates in rivals:
            review.append((edge, "rival"))
        elif forest.exclude(edge.nodes):
            review.append((edge, "excluded"))
        else:
            forest.join(edge.nodes, "probability", edge.probability)
    left = [item for item in review if forest.root(item[0].nodes[0]) != forest.root(item[0].nodes[1])]
    return Persons(_joined(forest), left, contradictions)


def _rivals(nodes: Mapping[int, Node], edges: Sequence[Edge]) -> set[Pair]:
    """Certificates of the edges that compete with another for a node: their far ends exclude each other."""
    around: dict[int, list[tuple[int, Edge]]] = defaultdict(list)
    for edge in edges:
        for near, far in (edge.nodes, edge.nodes[::-1]):
            around[near].append((far, edge))
    rivals: set[Pair] = set()
    for ends in around.values():
        for place, (far, edge) in enumerate(ends):
            for other_far, other in ends[:place]:
                if far != other_far and _exclusive(nodes[far], nodes[other_far]):
                    rivals |= {edge.certificates, other.certificates}
    return rivals


def _exclusive(one: Node, other: Node) -> bool:
    return (one.identified and other.identified) or bool(one.held & other.held)


def _joined(forest: _Forest) -> dict[int, Joined]:
    joined = {}
    for node, (how, probability) in forest.how.items():
        group = forest.group(node)
        person = min(group, key=lambda each: forest.nodes[each].rank)
        identified = forest.nodes[node].identified and how == "probability"
        joined[node] = Joined(person, "id" if identified else how, None if identified else probability)
    return joined
