"""The nodes of a tree: classes of units by public columns, small ones merged with siblings.

Merging looks at public totals only, so whoever holds the register can repeat it: of the children of a node, those
under the bound become one node of code `other`; while that holds fewer units than the bound, the next smallest
sibling joins it; a node whose children would all be in it is not split. Of a dominated class the units of its largest
holder do not count, nor those of the second where the two dominate it; where children of a node are merged and one is
dominated, these holders count in none of them: what is left of several together is never less than the sum of what is
left of each.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from etl.privacy.tables.families import OTHER, Family, Level
from etl.privacy.tables.units import Register

Integers = npt.NDArray[np.int64]


@dataclass(frozen=True)
class Nodes:
    """The nodes of one level, sorted by parent, then by code, `other` last.

    `places` (nodes, columns of the level): each code's place in the register's vocabulary; one past its end means
    `other`. `parent`: the node's place in the level above. `persons`: public total. `leaf_node` (leaves): the node
    of each leaf, -1 where a node above was not split.
    """

    level: Level
    places: Integers
    parent: Integers
    persons: Integers
    merged: npt.NDArray[np.bool_]
    leaf_node: Integers

    @property
    def starts(self) -> Integers:
        """Where the children of each split parent begin."""
        return np.flatnonzero(np.diff(self.parent, prepend=-1))


def grow(register: Register, family: Family) -> list[Nodes]:
    """The nodes of every level, coarsest first. A level's parents are the nodes of the level above; of the first
    level, one imagined node of all units. Of an empty register, no level has a node."""
    everything = np.zeros(len(register.counts), np.int64)
    levels: list[Nodes] = []
    for level in family.levels:
        above = (
            (levels[-1].places, levels[-1].leaf_node) if levels else (np.zeros((1, 0), np.int64), everything)
        )
        levels.append(_split(register, family, level, *above))
    return levels


def _split(register: Register, family: Family, level: Level, parents: Integers, parent_of: Integers) -> Nodes:
    """Children of nodes with places `parents` by the level's added columns; `parent_of`: the node of each leaf."""
    persons = register.counts.sum(axis=1)
    sizes = np.array([len(words) for words in register.vocabulary[: len(level.by)]], np.int64)
    first_added = parents.shape[1]
    covered = np.flatnonzero(parent_of >= 0)
    keys = np.column_stack([parent_of, register.places[:, first_added : len(level.by)]])
    children, child_of_leaf = _unique(keys[covered])
    totals = _sums(child_of_leaf, persons[covered], len(children))
    counted = totals
    if family.dominance is not None:
        child_of = np.full(len(parent_of), -1, np.int64)
        child_of[covered] = child_of_leaf
        counted = _counted(children[:, 0], totals, _holdings(register, child_of, len(children)), family)
    merged, dissolved = _small(children[:, 0], counted, family.merge_below)
    children[merged, 1:] = sizes[first_added:]
    nodes, node_of_child = _unique(children[~dissolved])
    node_of = np.full(len(children), -1, np.int64)
    node_of[~dissolved] = node_of_child
    leaf_node = np.full(len(parent_of), -1, np.int64)
    leaf_node[covered] = node_of[child_of_leaf]
    places = np.column_stack([parents[nodes[:, 0]], nodes[:, 1:]])
    return Nodes(
        level=level,
        places=places,
        parent=nodes[:, 0],
        persons=_sums(node_of_child, totals[~dissolved], len(nodes)),
        merged=(places == sizes).any(axis=1),
        leaf_node=leaf_node,
    )


@dataclass(frozen=True)
class _Holdings:
    """Of every child: units of its largest and second largest holder, and how many holders there are."""

    largest: Integers
    second: Integers
    holders: Integers


def _holdings(register: Register, child_of: Integers, children: int) -> _Holdings:
    """`child_of`: the child that each leaf belongs to, -1 for none."""
    leaf, holder, units = register.held.T
    inside = child_of[leaf] >= 0
    pairs, pair_of = _unique(np.column_stack([child_of[leaf], holder])[inside])
    child, held = pairs[:, 0], _sums(pair_of, units[inside], len(pairs))
    order = np.lexsort((-held, child))
    child, held = child[order], held[order]
    rank = np.arange(len(child)) - np.searchsorted(child, child)
    largest, second = np.zeros(children, np.int64), np.zeros(children, np.int64)
    largest[child[rank == 0]], second[child[rank == 1]] = held[rank == 0], held[rank == 1]
    return _Holdings(largest, second, np.bincount(child, minlength=children))


def _counted(parent: Integers, totals: Integers, held: _Holdings, family: Family) -> Integers:
    """How many units of each child count towards the bound."""
    rule = family.dominance
    assert rule is not None
    pair = held.largest + held.second > rule.two * totals
    dominated = pair | (held.largest > rule.one * totals) | (held.holders < rule.fewest)
    beside_one, beside_two = totals - held.largest, totals - held.largest - held.second
    merging = totals < family.merge_below
    for known, left in ((dominated, beside_one), (pair, beside_two)):
        merging |= known & (left > 0) & (left < family.merge_below)
    merged = np.isin(parent, parent[merging])
    counted = np.where(merged & np.isin(parent, parent[dominated]), beside_one, totals)
    return np.where(merged & np.isin(parent, parent[pair]), beside_two, counted)


def _small(
    parent: Integers, totals: Integers, bound: int
) -> tuple[npt.NDArray[np.bool_], npt.NDArray[np.bool_]]:
    """Of children in the order of their codes: which are merged, and which belong to a parent that is not split."""
    order = np.lexsort((totals, parent))
    first = np.flatnonzero(np.diff(parent[order], prepend=-1))
    family = np.cumsum(np.diff(parent[order], prepend=-1) != 0) - 1
    before = np.cumsum(totals[order]) - totals[order]
    before -= before[first][family]
    has_small = (totals[order] < bound)[first][family]
    joins = has_small & ((totals[order] < bound) | (before < bound))
    whole = np.logical_and.reduceat(joins, first)[family] if len(first) else joins
    merged, dissolved = np.zeros(len(parent), np.bool_), np.zeros(len(parent), np.bool_)
    merged[order], dissolved[order] = joins, whole
    return merged, dissolved


def _unique(keys: Integers) -> tuple[Integers, Integers]:
    """Distinct rows in order, and the place of every row among them."""
    order = np.lexsort(keys.T[::-1])
    first = np.ones(len(keys), np.bool_)
    first[1:] = (keys[order[1:]] != keys[order[:-1]]).any(axis=1)
    places = np.empty(len(keys), np.int64)
    places[order] = np.cumsum(first) - 1
    return keys[order[first]], places


def _sums(group: Integers, values: Integers, groups: int) -> Integers:
    sums = np.zeros(groups, np.int64)
    np.add.at(sums, group, values)
    return sums


def codes(register: Register, nodes: Nodes) -> list[tuple[str, ...]]:
    """The codes of every node, in the order of its level's columns."""
    words = [(*vocabulary, OTHER) for vocabulary in register.vocabulary[: nodes.places.shape[1]]]
    columns = [np.array(known, object)[nodes.places[:, place]] for place, known in enumerate(words)]
    return list(zip(*columns, strict=True)) if columns else [()] * len(nodes.persons)


def summed(nodes: Nodes, values: npt.NDArray[Any]) -> npt.NDArray[Any]:
    """Rows of `values`, one per leaf of the register, added up over each node."""
    covered = np.flatnonzero(nodes.leaf_node >= 0)
    order = covered[np.argsort(nodes.leaf_node[covered], kind="stable")]
    starts = np.searchsorted(nodes.leaf_node[order], np.arange(len(nodes.persons)))
    return np.add.reduceat(values[order], starts, axis=0) if len(starts) else values[:0]
