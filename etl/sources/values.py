"""Cleaning a whole column: Python sees each distinct value that needs it once, SQL does the rest."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass

import duckdb
import pyarrow as pa

from etl.clean import SPLITS, Cleaned, Cleaner, Unclean
from etl.clean.base import literal

_BATCH = 100_000


@dataclass(frozen=True)
class ValueMap:
    """The table `name` (value, clean, reason, responsible) of one column's values that are not canonical.

    `rules` counts cells by the rule that changed them; `has_unclean` tells whether any value has a reason.
    """

    name: str
    rules: dict[str, int]
    has_unclean: bool


def map_values(
    connection: duckdb.DuckDBPyConnection, table: str, column: str, cleaner: Cleaner, name: str
) -> ValueMap | None:
    """Clean the distinct values of a column that are not canonical. None when all are."""
    values: list[str] = []
    outcomes: list[Cleaned | Unclean] = []
    rules: Counter[str] = Counter()
    canonical = cleaner.canonical(column)
    cursor = connection.execute(
        f"SELECT {column}, count(*) FROM {table} WHERE {column} IS NOT NULL"
        f" AND NOT coalesce({canonical}, FALSE) GROUP BY 1 ORDER BY 1"
    )
    while batch := cursor.fetchmany(_BATCH):
        for value, cells in batch:
            outcome = cleaner.clean(value)
            values.append(value)
            outcomes.append(outcome)
            if isinstance(outcome, Cleaned) and outcome.rule:
                rules[outcome.rule] += cells
    if not values:
        return None
    unclean = [outcome if isinstance(outcome, Unclean) else None for outcome in outcomes]
    create_table(
        connection,
        name,
        value=values,
        clean=[outcome.value if isinstance(outcome, Cleaned) else None for outcome in outcomes],
        reason=[outcome.reason if outcome else None for outcome in unclean],
        responsible=[outcome.responsible if outcome else None for outcome in unclean],
    )
    return ValueMap(name, dict(rules), any(unclean))


def map_parts(
    connection: duckdb.DuckDBPyConnection, table: str, column: str, *, kind: str, width: int, name: str
) -> None:
    """Table `name` (value, p0, p1, …, reason): one row for each part of each distinct cell of a column."""
    cells = connection.execute(f"SELECT DISTINCT {column} FROM {table} WHERE {column} IS NOT NULL ORDER BY 1")
    rows: list[tuple[str | None, ...]] = []
    for (value,) in cells.fetchall():
        parts = SPLITS[kind](value)
        if isinstance(parts, Unclean):
            rows.append((value, *[None] * width, parts.reason))
        else:
            rows.extend((value, *part[:width], None) for part in parts)
    columns = list(zip(*rows, strict=True)) or [()] * (width + 2)
    names = ["value", *(f"p{place}" for place in range(width)), "reason"]
    create_table(connection, name, **dict(zip(names, columns, strict=True)))


def sql_list(values: Iterable[str]) -> str:
    """Text literals with commas between."""
    return ", ".join(literal(value) for value in values)


def create_table(connection: duckdb.DuckDBPyConnection, name: str, **columns: Iterable[str | None]) -> None:
    """Table `name` of text columns, held by Arrow until the connection is closed."""
    content = {key: pa.array(list(values), pa.string()) for key, values in columns.items()}
    connection.register(name, pa.table(content))
