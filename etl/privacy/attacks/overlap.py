"""A6: two tables that answer one question twice, and a tree that does not nest."""

from collections.abc import Collection, Mapping, Sequence
from itertools import combinations, pairwise

import pyarrow as pa

from etl.privacy.attacks.model import Estimate, Measured
from etl.privacy.tables.families import Family


def overlaps(
    families: Sequence[Family], years: Mapping[str, Collection[int]] | None = None
) -> tuple[Measured, ...]:
    """Edges of the overlap graph: pairs of levels of two families that tell of the same sensitive column, one class
    a union of the other's, below the first levels that both share; and levels that do not nest in the one above.

    `years`: those that each family has tables of; families without a common year tell nothing twice.
    Written apart from `check_families`, which refuses such families at build time.
    """
    edges = [
        edge
        for one, two in combinations(families, 2)
        if years is None or not set(years[one.name]).isdisjoint(years[two.name])
        for edge in _edges(one, two)
    ]
    loose = [
        f"{family.name}: {above.name} / {below.name}"
        for family in families
        for above, below in pairwise(family.levels)
        if below.by[: len(above.by)] != above.by or len(below.by) == len(above.by)
    ]
    return (
        Measured("overlaps", Estimate.exact(len(edges) + len(loose)), None, "; ".join([*edges, *loose][:3])),
    )


def _edges(one: Family, two: Family) -> list[str]:
    if not set(one.sensitive) & set(two.sensitive):
        return []
    trunk = 0
    for first, second in zip(one.levels, two.levels, strict=False):
        if first != second or one.sensitive != two.sensitive or one.codes != two.codes:
            break
        trunk += 1
    return [
        f"{one.name}.{first.name} / {two.name}.{second.name}"
        for first in one.levels[trunk:]
        for second in two.levels[trunk:]
        if set(first.by) <= set(second.by) or set(second.by) <= set(first.by)
    ]


def beside(
    tables: Mapping[str, pa.Schema], families: Sequence[Family], protected: Sequence[str]
) -> tuple[Measured, ...]:
    """Tables that show a sensitive column although no family protects them: `tables` gives schemas by name."""
    sensitive = {column for family in families for column in family.sensitive}
    found = [
        name for name, schema in tables.items() if name not in protected and sensitive & set(schema.names)
    ]
    return (Measured("beside", Estimate.exact(len(found)), None, "; ".join(sorted(found)[:3])),)
