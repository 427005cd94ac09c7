"""Every node's exact counts, noise and possible cells: what is known before anything is made consistent."""

import json
from collections.abc import Sequence
from dataclasses import dataclass

import duckdb
import numpy as np
import numpy.typing as npt

from etl.privacy.tables import tree
from etl.privacy.tables.families import Family, check_families
from etl.privacy.tables.flow import Shares
from etl.privacy.tables.gaussian import noise
from etl.privacy.tables.noise import added, check_key, streams
from etl.privacy.tables.tree import Integers, Nodes
from etl.privacy.tables.units import Register, read

DITHER_BITS = 11
"""Dither of a cell is below 2**11 / 2**16 of a unit: ties are decided by the key, not by the order of codes."""


@dataclass(frozen=True)
class Task:
    """The units of one year (`units` a table or view, `unit` its column of names) and what is asked of them."""

    units: str
    unit: str
    family: Family
    year: int
    key: bytes


@dataclass(frozen=True)
class Drawn:
    """One level: its nodes; exact counts, noise, dither and possible cells, each of shape (nodes, cells)."""

    nodes: Nodes
    membership: list[str]
    counts: Integers
    noise: Integers
    dither: Integers
    shares: Shares
    allowed: npt.NDArray[np.bool_]


def draw(connection: duckdb.DuckDBPyConnection, task: Task) -> tuple[Register, list[Drawn]]:
    """The register and every level of the tree with its noise. Raises what `read` and the checks raise."""
    check_families([task.family])
    check_key(task.key)
    register = read(connection, task.units, task.unit, task.family, task.key)
    levels = tree.grow(register, task.family)
    kinds, sets = _kinds(register, levels)
    drawn = [_drawn(register, nodes, _shares(register, nodes, kinds, sets), task) for nodes in levels]
    return register, drawn


def _kinds(register: Register, levels: Sequence[Nodes]) -> tuple[Integers, npt.NDArray[np.bool_]]:
    """Which of the distinct sets of possible cells holds for each leaf of the register, and these sets.

    Leaves that end in one node are told as one there: a cell is impossible if it is so for all of them.
    """
    if register.allowed.all():
        return np.zeros(len(register.counts), np.int64), np.ones((1, len(register.cells)), np.bool_)
    end = np.zeros(len(register.counts), np.int64)
    first = 0
    for nodes in levels:
        reached = nodes.leaf_node >= 0
        end[reached] = first + nodes.leaf_node[reached]
        first += len(nodes.persons)
    allowed = np.zeros((first, len(register.cells)), np.bool_)
    np.logical_or.at(allowed, end, register.allowed)
    sets, kinds = np.unique(allowed, axis=0, return_inverse=True)
    return kinds.reshape(-1)[end], sets


def _shares(register: Register, nodes: Nodes, kinds: Integers, sets: npt.NDArray[np.bool_]) -> Shares:
    covered = nodes.leaf_node >= 0
    pairs, place = np.unique(nodes.leaf_node[covered] * len(sets) + kinds[covered], return_inverse=True)
    persons = np.zeros(len(pairs), np.int64)
    np.add.at(persons, place, register.counts.sum(axis=1)[covered])
    return Shares(row=pairs // len(sets), persons=persons, allowed=sets[pairs % len(sets)])


def _drawn(register: Register, nodes: Nodes, shares: Shares, task: Task) -> Drawn:
    cells = len(register.cells)
    membership = added(tree.summed(nodes, register.members))
    allowed = np.zeros((len(nodes.persons), cells), np.bool_)
    np.logical_or.at(allowed, shares.row, shares.allowed)
    question = (task.family.sensitive, nodes.level.by, nodes.level.variance, task.year)
    sown = seeds(question, tree.codes(register, nodes), membership)
    words = streams(sown, task.key, cells + -(-cells // 4))
    quarters = np.ascontiguousarray(words[:, cells:]).view(np.uint16)[:, :cells]
    return Drawn(
        nodes=nodes,
        membership=membership,
        counts=tree.summed(nodes, register.counts),
        noise=noise(words[:, :cells], nodes.level.variance),
        dither=(quarters >> (15 - DITHER_BITS)).astype(np.int64) - (1 << DITHER_BITS),
        shares=shares,
        allowed=allowed,
    )


def seeds(
    question: tuple[object, ...], codes: Sequence[tuple[str, ...]], membership: Sequence[str]
) -> list[bytes]:
    """What each node's noise depends on: the question, the node, who belongs to it; nothing sensitive.

    A question is told by its columns, its variance and the year, not by the family's name: two families that share
    their first levels give the same answers there.
    """
    encode = json.JSONEncoder(ensure_ascii=False).encode
    return [
        encode((question, node, members)).encode() for node, members in zip(codes, membership, strict=True)
    ]
