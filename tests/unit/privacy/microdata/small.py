"""Small registers and hierarchies, and the lattice searched the long way, in plain Python."""

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from fractions import Fraction
from itertools import pairwise, product
from math import prod

import duckdb
import pyarrow as pa

from etl.privacy.microdata import Hierarchy, Tier
from etl.privacy.microdata.hierarchies import Value, nested

Row = Mapping[str, str]


def hierarchy(column: str, *paths: str) -> Hierarchy:
    """A hierarchy of paths written `leaf group all`."""
    found: dict[tuple[str, str], Value] = {}
    for path in paths:
        codes = [*path.split(), ""]
        for level, (code, parent) in enumerate(pairwise(codes)):
            found[str(level), code] = Value(str(level), code, parent, code, code)
    rows = sorted(found.values(), key=lambda value: value.level)
    return nested(column, list(enumerate(rows, 2)))


def register(rows: Sequence[Row]) -> duckdb.DuckDBPyConnection:
    """A connection whose table `person` has the rows."""
    connection = duckdb.connect(config={"threads": 1})
    connection.register("listed", pa.Table.from_pylist([dict(row) for row in rows]))
    connection.execute("CREATE TABLE person AS SELECT * FROM listed")
    return connection


def outcome(
    rows: Sequence[Row], tier: Tier, hierarchies: Mapping[str, Hierarchy], node: Sequence[int]
) -> tuple[float, int]:
    """Loss and suppressed records of a node, as the definitions say."""
    names = tier.identifiers
    level = dict(zip(names, node, strict=True))
    paths = {name: {path[0]: path for path in hierarchies[name].paths} for name in names}
    recoded = [{**row, **{name: paths[name][row[name]][level[name]] for name in names}} for row in rows]
    left = recoded
    for requirement in reversed(tier.requirements):
        grouped = defaultdict(list)
        for row in left:
            grouped[tuple(row[name] for name in requirement.identifiers)].append(row)
        left = [
            row
            for members in grouped.values()
            if len(members) >= requirement.size
            and all(_meets(members, recoded, item) for item in requirement.criteria)
            for row in members
        ]
    parts = []
    for name in names:
        domain = len(paths[name])
        leaves = Counter(path[level[name]] for path in paths[name].values())
        share = sum(Fraction(leaves[row[name]], domain) for row in left) + len(rows) - len(left)
        least = Fraction(len(rows), domain)
        parts.append((share - least) / (len(rows) - least) if domain > 1 else Fraction(0))
    return float(prod(1 + part for part in parts)) ** (1 / len(parts)) - 1, len(rows) - len(left)


def _meets(members: Sequence[Row], population: Sequence[Row], criterion) -> bool:
    held = Counter(row[criterion.column] for row in members)
    everybody = Counter(row[criterion.column] for row in population)
    if len(everybody) == 1:
        return True
    apart = sum(
        abs(Fraction(held[value], len(members)) - Fraction(number, len(population)))
        for value, number in everybody.items()
    )
    return (
        len(held) >= criterion.distinct
        and max(held.values()) <= Fraction(str(criterion.frequency)) * len(members)
        and apart <= 2 * Fraction(str(criterion.distance))
    )


def best(rows: Sequence[Row], tier: Tier, hierarchies: Mapping[str, Hierarchy]) -> float | None:
    """The least loss of all nodes that suppress few enough."""
    allowed = Fraction(str(tier.suppressed)) * len(rows)
    every = product(*(range(len(hierarchies[name].levels)) for name in tier.identifiers))
    losses = [
        loss
        for loss, suppressed in (outcome(rows, tier, hierarchies, node) for node in every)
        if suppressed <= allowed
    ]
    return min(losses, default=None)
