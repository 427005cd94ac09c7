"""Generalisation hierarchies, read from data: what stands for a code at each coarser level."""

import csv
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from etl.errors import BadInput

COLUMNS = ("level", "code", "parent", "zh", "en")


@dataclass(frozen=True)
class Value:
    """A code of a level; `parent`: what stands for it at the next level (empty at the last); its names."""

    level: str
    code: str
    parent: str
    zh: str
    en: str


@dataclass(frozen=True)
class Hierarchy:
    """The levels of a column, finest first, and the values of each; every value has one parent: levels nest.

    A level that does not nest would make a coarser file tell more than a finer one, and break the pruning of the
    search.
    """

    column: str
    levels: tuple[str, ...]
    values: tuple[Value, ...]

    @cached_property
    def codes(self) -> tuple[tuple[str, ...], ...]:
        """The codes of each level."""
        return tuple(
            tuple(value.code for value in self.values if value.level == level) for level in self.levels
        )

    @cached_property
    def paths(self) -> tuple[tuple[str, ...], ...]:
        """For each code of the finest level what stands for it at every level, itself first."""
        parents = {(value.level, value.code): value.parent for value in self.values}
        paths = [[code] for code in self.codes[0]]
        for path in paths:
            for level in self.levels[:-1]:
                path.append(parents[level, path[-1]])
        return tuple(map(tuple, paths))

    @cached_property
    def numbers(self) -> tuple[npt.NDArray[np.integer[Any]], ...]:
        """For each level, by code of the finest one, the number of what stands for it."""
        kind = np.min_scalar_type(len(self.paths))
        places = [{code: number for number, code in enumerate(codes)} for codes in self.codes]
        return tuple(
            np.array([found[path[level]] for path in self.paths], dtype=kind)
            for level, found in enumerate(places)
        )

    def leaves(self, level: int) -> npt.NDArray[np.intp]:
        """How many codes of the finest level each code of a level stands for."""
        return np.bincount(self.numbers[level])

    def step(self, finer: int, coarser: int) -> npt.NDArray[np.integer[Any]]:
        """For each code of a level the number of what stands for it at a coarser one."""
        found = np.empty(len(self.codes[finer]), dtype=self.numbers[coarser].dtype)
        found[self.numbers[finer]] = self.numbers[coarser]
        return found


def read_hierarchy(path: Path) -> Hierarchy:
    """The hierarchy of the column that a CSV file is named after: level, code, parent, zh, en, finest level first.

    Raises:
        BadInput: naming file and line: a column is missing, a level does not nest, a parent is unknown.
    """
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            reader = csv.DictReader(file)
            if tuple(reader.fieldnames or ()) != COLUMNS:
                raise _bad(path, 1, f"列应为 | the columns must be: {', '.join(COLUMNS)}")
            rows = [(reader.line_num, Value(**row)) for row in reader]
    except (OSError, UnicodeDecodeError, TypeError) as error:
        raise _bad(path, 1, f"读不出 | cannot be read: {type(error).__name__}") from None
    return nested(path.stem, rows, path)


def nested(column: str, rows: Sequence[tuple[int, Value]], path: Path = Path()) -> Hierarchy:
    """A hierarchy of numbered lines. Raises BadInput as `read_hierarchy` does."""
    levels = tuple(dict.fromkeys(value.level for _, value in rows))
    known: dict[tuple[str, str], int] = {}
    for line, value in rows:
        earlier = known.setdefault((value.level, value.code), line)
        if earlier != line:
            raise _bad(
                path,
                line,
                f"不嵌套：{value.level} 的 {value.code} 在第 {earlier} 行已有上级 | "
                f"does not nest: {value.code} of {value.level} has a parent on line {earlier} already",
            )
    used = {(levels[0], value.code) for _, value in rows if value.level == levels[0]} if rows else set()
    following = dict(pairwise(levels))
    for line, value in rows:
        parent = (following.get(value.level, ""), value.parent)
        if value.level in following and parent not in known:
            raise _bad(path, line, f"上一层没有 {value.parent} | no {value.parent} in {parent[0]}")
        if value.level not in following and value.parent:
            raise _bad(path, line, "最后一层没有上级 | the last level has no parent")
        used.add(parent)
    for line, value in rows:
        if (value.level, value.code) not in used:
            raise _bad(path, line, f"{value.code} 不代表任何代码 | {value.code} stands for no code")
    if not rows:
        raise _bad(path, 1, "没有任何代码 | no codes")
    return Hierarchy(column, levels, tuple(value for _, value in rows))


def _bad(path: Path, line: int, message: str) -> BadInput:
    return BadInput(
        message,
        where=f"{path}:{line}",
        rule="hierarchies nest",
        remedy="每一层的每个代码只有一个上级 | give every code of a level one parent of the next level",
    )
