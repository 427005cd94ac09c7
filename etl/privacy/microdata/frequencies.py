"""The base frequency set: how many persons have each combination, once, so that every recoding is a sum of it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

import duckdb
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from etl.errors import Refused
from etl.privacy.microdata.classes import Classes, Codes, Counts
from etl.privacy.microdata.hierarchies import Hierarchy
from etl.privacy.microdata.tiers import Tier

Node = tuple[int, ...]
# Classes kept beside the base: some 60 bytes each.
_ROOM = 2_000_000


@dataclass(frozen=True)
class Frequencies:
    """The register counted by quasi-identifiers and sensitive columns.

    `sensitive`: values of the columns that are not generalised. `base`: the classes where nothing is recoded.
    """

    tier: Tier
    hierarchies: tuple[Hierarchy, ...]
    sensitive: Mapping[str, tuple[str, ...]]
    base: Classes

    @cached_property
    def known(self) -> "Known":
        """What is remembered of nodes."""
        return Known(self.base, self.heights)

    @cached_property
    def persons(self) -> int:
        """How many were counted."""
        return int(self.base.persons.sum())

    @cached_property
    def heights(self) -> Node:
        """Number of levels of each quasi-identifier."""
        return tuple(len(hierarchy.levels) for hierarchy in self.hierarchies)

    @cached_property
    def totals(self) -> list[list[Counts]]:
        """Persons of each value, by quasi-identifier and level."""
        found = []
        for hierarchy, codes in zip(self.hierarchies, self.base.codes, strict=True):
            levels = []
            for numbers, values in zip(hierarchy.numbers, hierarchy.codes, strict=True):
                persons = np.zeros(len(values), dtype=np.int64)
                np.add.at(persons, numbers[codes], self.base.persons)
                levels.append(persons)
            found.append(levels)
        return found

    @cached_property
    def stands(self) -> list[list[int]]:
        """How many codes all persons stand for together, by quasi-identifier and level."""
        return [
            [int(persons @ hierarchy.leaves(level)) for level, persons in enumerate(levels)]
            for hierarchy, levels in zip(self.hierarchies, self.totals, strict=True)
        ]

    @cached_property
    def _shares_as_they_are(self) -> dict[str, list[float]]:
        found = zip(self.sensitive, self.base.sensitive, strict=True)
        return {column: (counts.sum(axis=1) / self.persons).tolist() for column, counts in found}

    def shares(self, node: Node) -> dict[str, list[float]]:
        """The population's share of every value of every column, at the levels of a node."""
        generalised = {
            name: (self.totals[place][node[place]] / self.persons).tolist()
            for place, name in enumerate(self.tier.identifiers)
        }
        return self._shares_as_they_are | generalised

    def named_shares(self, node: Node) -> dict[str, dict[str, float]]:
        """The same with the values."""
        generalised = {
            hierarchy.column: hierarchy.codes[level]
            for hierarchy, level in zip(self.hierarchies, node, strict=True)
        }
        values = {**self.sensitive, **generalised}
        return {
            column: dict(zip(values[column], found, strict=True))
            for column, found in self.shares(node).items()
        }

    def recoded(self, node: Node) -> Classes:
        """The register at the levels of a node, summed from the fewest known classes of a finer one."""
        if node in self.known.classes:
            return self.known.classes[node]
        finer = self.known.least(node)
        steps = [
            hierarchy.step(former, level)
            for hierarchy, former, level in zip(self.hierarchies, finer, node, strict=True)
        ]
        found = self.known.classes[finer].recoded(steps)
        self.known.keep(node, found)
        return found


class Known:
    """Classes that those of coarser nodes are summed from: the base and, as far as there is room, other nodes."""

    def __init__(self, base: Classes, heights: Node) -> None:
        self.base: Node = (0,) * len(heights)
        self.classes = {self.base: base}
        self.sizes = np.full(heights, np.inf)
        self.sizes[self.base] = len(base)
        self.room = _ROOM

    def least(self, node: Node) -> Node:
        """The node of fewest classes of those that are nowhere coarser than this one."""
        finer = self.sizes[tuple(slice(level + 1) for level in node)]
        return tuple(map(int, np.unravel_index(finer.argmin(), finer.shape)))

    def keep(self, node: Node, found: Classes) -> None:
        """Adds a node; where room is short, those of most classes go."""
        self.classes[node] = found
        self.sizes[node] = len(found)
        self.room -= len(found)
        while self.room < 0:
            largest = max(self.classes.keys() - {self.base}, key=lambda known: len(self.classes[known]))
            self.room += len(self.classes.pop(largest))
            self.sizes[largest] = np.inf


def count(
    connection: duckdb.DuckDBPyConnection, units: str, tier: Tier, hierarchies: Mapping[str, Hierarchy]
) -> Frequencies:
    """Counts table `units`, one row a person: a text column for every quasi-identifier and sensitive column.

    Raises:
        Refused: there are no persons, a column is empty somewhere, or a code is unknown to its hierarchy.
    """
    used = tuple(hierarchies[name] for name in tier.identifiers)
    sensitive = {name: _values(connection, units, name) for name in tier.sensitive}
    numbers = [
        f"enum_code(TRY_CAST({item.column} AS ENUM ({', '.join(map(text, item.codes[0]))}))) AS q{place}"
        for place, item in enumerate(used)
    ]
    names = ", ".join(tier.identifiers)
    grouped = f"SELECT {', '.join([names, *counting(sensitive)])} FROM {units} GROUP BY {names}"
    table = connection.sql(
        f"SELECT * EXCLUDE ({names}), {', '.join(numbers)} FROM ({grouped})"
    ).to_arrow_table()
    _check(table, used)
    codes = tuple(table[f"q{place}"].to_numpy() for place in range(len(used)))
    return Frequencies(tier, used, sensitive, counted(table, codes, sensitive).merged())


def counting(sensitive: Mapping[str, Sequence[str]]) -> list[str]:
    """What `counted` reads, in SQL: `n`, how many; `s<j>_<v>`, how many have the v-th value of the j-th column."""
    return [
        "count(*) AS n",
        *(
            f"count(*) FILTER (WHERE {column} = {text(value)}) AS s{place}_{number}"
            for place, (column, values) in enumerate(sensitive.items())
            for number, value in enumerate(values)
        ),
    ]


def counted(table: pa.Table, codes: tuple[Codes, ...], sensitive: Mapping[str, Sequence[str]]) -> Classes:
    """Classes of those codes, in the order of a table that has the columns of `counting`."""
    counts = [
        np.stack([table[f"s{place}_{number}"].to_numpy() for number in range(len(values))])
        for place, values in enumerate(sensitive.values())
    ]
    return Classes(codes, table["n"].to_numpy(), tuple(counts))


def _values(connection: duckdb.DuckDBPyConnection, units: str, column: str) -> tuple[str, ...]:
    found = [
        row[0] for row in connection.execute(f"SELECT DISTINCT {column} FROM {units} ORDER BY 1").fetchall()
    ]
    if None in found:
        raise unknown(column, "有空值 | is empty somewhere")
    return tuple(found)


def _check(table: pa.Table, hierarchies: Sequence[Hierarchy]) -> None:
    """That there are persons, and all their codes are known."""
    if not len(table):
        raise Refused(
            "没有任何人员 | there are no persons", rule="microdata", remedy="检查来源表 | look at the table"
        )
    for place, hierarchy in enumerate(hierarchies):
        persons = pc.sum(table["n"].filter(table[f"q{place}"].is_null())).as_py()
        if persons:
            raise unknown(
                hierarchy.column,
                f"{persons} 人的代码不在层级中 | the codes of {persons} persons are not in the hierarchy",
            )


def unknown(column: str, message: str) -> Refused:
    """What to say of a code that has no place in a hierarchy."""
    return Refused(
        f"{column}：{message}",
        where=f"hierarchies/{column}.csv",
        rule="every code has its place in the hierarchy",
        remedy="补上代码，或在来源表中归入“不详” | add the code, or make it “unknown” in the table",
    )


def text(value: str) -> str:
    """A value as a SQL literal."""
    return "'" + value.replace("'", "''") + "'"
