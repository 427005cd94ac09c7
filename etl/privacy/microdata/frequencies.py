"""The base frequency set: how many persons have each combination, once, so that every recoding is a sum of it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property

import duckdb

from etl.errors import Refused
from etl.privacy.microdata.hierarchies import Hierarchy
from etl.privacy.microdata.tiers import Tier

Node = tuple[int, ...]
_BASE = "microdata_base"
_RECODED = "microdata_recoded"
# Looking a level up in a list costs four times as much a row as reading it from the base.
_LOOKUP = 4


@dataclass(frozen=True)
class Frequencies:
    """The register counted by quasi-identifiers and sensitive columns.

    Table `microdata_base` of `connection` has a column `q<i>_<j>` for the j-th level of the i-th quasi-identifier,
    `s<j>_<v>` and `n`, as `etl.privacy.microdata.classes` reads them. `sensitive`: values of the columns that are not
    generalised. `persons`: who was counted, in so many `rows`; `known`: nodes whose sizes have a table, and its rows.
    """

    connection: duckdb.DuckDBPyConnection
    tier: Tier
    hierarchies: tuple[Hierarchy, ...]
    sensitive: Mapping[str, tuple[str, ...]]
    persons: int
    rows: int
    known: dict[Node, int] = field(default_factory=dict)

    @cached_property
    def heights(self) -> Node:
        """Number of levels of each quasi-identifier."""
        return tuple(len(hierarchy.levels) for hierarchy in self.hierarchies)

    @cached_property
    def totals(self) -> list[list[list[int]]]:
        """Persons of each value, by quasi-identifier and level."""
        found = []
        for place, hierarchy in enumerate(self.hierarchies):
            rows = self.connection.execute(
                f"SELECT q{place}_0, CAST(sum(n) AS BIGINT) FROM {_BASE} GROUP BY 1"
            ).fetchall()
            counted = dict(rows)
            levels = []
            for level, codes in enumerate(hierarchy.codes):
                persons = dict.fromkeys(codes, 0)
                for leaf, path in enumerate(hierarchy.paths):
                    persons[path[level]] += counted.get(leaf, 0)
                levels.append(list(persons.values()))
            found.append(levels)
        return found

    @cached_property
    def _shares_as_they_are(self) -> dict[str, list[float]]:
        shares = {}
        for place, (column, values) in enumerate(self.sensitive.items()):
            sums = ", ".join(f"sum(s{place}_{value})" for value in range(len(values)))
            row = self.connection.execute(f"SELECT {sums} FROM {_BASE}").fetchone() or ()
            shares[column] = [float(count) / self.persons for count in row]
        return shares

    def shares(self, node: Node) -> dict[str, list[float]]:
        """The population's share of every value of every column, at the levels of a node."""
        generalised = {
            name: [count / self.persons for count in self.totals[place][node[place]]]
            for place, name in enumerate(self.tier.identifiers)
        }
        return self._shares_as_they_are | generalised

    def recoded(self, node: Node) -> str:
        """A table of the register at the levels of a node: `q<i>`, `n` and the sensitive counts."""
        names = [f"q{place}_{level} AS q{place}" for place, level in enumerate(node)]
        self._write(_RECODED, names, ["n", *sensitive_columns(self.sensitive)], _BASE)
        return _RECODED

    def sizes(self, node: Node) -> str:
        """As `recoded`, without the sensitive counts; summed from the smallest such table of a finer node."""
        finer = [(rows, known) for known, rows in self.known.items() if is_finer(known, node)]
        rows, source = min(finer, default=(self.rows, None))
        if source is None or rows * _LOOKUP > self.rows:
            source, names = None, [f"q{place}_{level} AS q{place}" for place, level in enumerate(node)]
        else:
            names = [
                f"({self.hierarchies[place].steps(source[place], level)})[q{place} + 1] AS q{place}"
                for place, level in enumerate(node)
            ]
        table = _name(node)
        self.known[node] = self._write(table, names, ["n"], _BASE if source is None else _name(source))
        return table

    def _write(self, table: str, names: list[str], counts: list[str], source: str) -> int:
        sums = [f"CAST(sum({name}) AS BIGINT) AS {name}" for name in counts]
        by = ", ".join(str(place + 1) for place in range(len(names)))
        query = f"SELECT {', '.join(names + sums)} FROM {source} GROUP BY {by}"
        row = self.connection.execute(f"CREATE OR REPLACE TEMP TABLE {table} AS {query}").fetchone() or (0,)
        return int(row[0])


def is_finer(node: Node, other: Node) -> bool:
    """Whether no level of a node is coarser than the other's."""
    return all(mine <= its for mine, its in zip(node, other, strict=True))


def _name(node: Node) -> str:
    return "_".join(["microdata_sizes", *map(str, node)])


def sensitive_columns(sensitive: Mapping[str, Sequence[str]]) -> list[str]:
    """The names of the counts of sensitive values."""
    return [
        f"s{place}_{value}" for place, codes in enumerate(sensitive.values()) for value in range(len(codes))
    ]


def count(
    connection: duckdb.DuckDBPyConnection, units: str, tier: Tier, hierarchies: Mapping[str, Hierarchy]
) -> Frequencies:
    """Counts table `units`, one row a person: a text column for every quasi-identifier and sensitive column.

    Raises:
        Refused: there are no persons, a column is empty somewhere, or a code is unknown to its hierarchy.
    """
    used = tuple(hierarchies[name] for name in tier.identifiers)
    sensitive = {name: _values(connection, units, name) for name in tier.sensitive}
    counts = [
        f"count(*) FILTER (WHERE {name} = {text(code)}) AS s{place}_{value}"
        for place, (name, codes) in enumerate(sensitive.items())
        for value, code in enumerate(codes)
    ]
    names = ", ".join(tier.identifiers)
    grouped = f"SELECT {', '.join([names, 'count(*) AS n', *counts])} FROM {units} GROUP BY {names}"
    places = [f"h{place}.* EXCLUDE (leaf)" for place in range(len(used))]
    joins = [
        f"LEFT JOIN ({_levels(place, item)}) AS h{place} ON h{place}.leaf = grouped.{item.column}"
        for place, item in enumerate(used)
    ]
    query = f"SELECT {', '.join(places)}, grouped.* FROM ({grouped}) AS grouped {' '.join(joins)}"
    connection.execute(f"CREATE OR REPLACE TEMP TABLE {_BASE} AS {query}")
    persons = _checked(connection, used)
    (rows,) = connection.execute(f"SELECT count(*) FROM {_BASE}").fetchone() or (0,)
    return Frequencies(connection, tier, used, sensitive, persons, rows)


def _levels(place: int, hierarchy: Hierarchy) -> str:
    """A row for each code of the finest level: the code, and the number of what stands for it at every level."""
    numbers = [{code: number for number, code in enumerate(codes)} for codes in hierarchy.codes]
    rows = [
        f"({text(path[0])}, {', '.join(str(found[code]) for found, code in zip(numbers, path, strict=True))})"
        for path in hierarchy.paths
    ]
    names = ", ".join(f"q{place}_{level}" for level in range(len(numbers)))
    kinds = ", ".join(
        f"CAST(q{place}_{level} AS USMALLINT) AS q{place}_{level}" for level in range(len(numbers))
    )
    return f"SELECT leaf, {kinds} FROM (VALUES {', '.join(rows)}) AS path(leaf, {names})"


def _values(connection: duckdb.DuckDBPyConnection, units: str, column: str) -> tuple[str, ...]:
    found = [
        row[0] for row in connection.execute(f"SELECT DISTINCT {column} FROM {units} ORDER BY 1").fetchall()
    ]
    if None in found:
        raise _unknown(column, "有空值 | is empty somewhere")
    return tuple(found)


def _checked(connection: duckdb.DuckDBPyConnection, hierarchies: Sequence[Hierarchy]) -> int:
    """The number of persons, all of whose codes are known."""
    unknown = [f"coalesce(sum(n) FILTER (WHERE q{place}_0 IS NULL), 0)" for place in range(len(hierarchies))]
    row = connection.execute(f"SELECT coalesce(sum(n), 0), {', '.join(unknown)} FROM {_BASE}").fetchone() or (
        0,
    )
    for hierarchy, persons in zip(hierarchies, row[1:], strict=True):
        if persons:
            raise _unknown(
                hierarchy.column,
                f"{persons} 人的代码不在层级中 | the codes of {persons} persons are not in the hierarchy",
            )
    if not row[0]:
        raise Refused(
            "没有任何人员 | there are no persons", rule="microdata", remedy="检查来源表 | look at the table"
        )
    return int(row[0])


def _unknown(column: str, message: str) -> Refused:
    return Refused(
        f"{column}：{message}",
        where=f"hierarchies/{column}.csv",
        rule="every code has its place in the hierarchy",
        remedy="补上代码，或在来源表中归入“不详” | add the code, or make it “unknown” in the table",
    )


def text(value: str) -> str:
    """A value as a SQL literal."""
    return "'" + value.replace("'", "''") + "'"
