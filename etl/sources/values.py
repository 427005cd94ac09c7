"""Cleaning a whole column: Python sees each distinct value that needs it once, SQL does the rest."""

from collections import Counter
from dataclasses import dataclass

import duckdb

from etl.clean import SPLITS, Cleaned, Cleaner, Unclean
from etl.sources.tables import create_table

_BATCH = 100_000


@dataclass(frozen=True)
class ValueMap:
    """The table `map_<column>` (value, clean, reason) of one column's values that are not canonical.

    `rules` counts cells by page, the cell that tells whose row it is, and the rule that changed them;
    `has_unclean`: whether any value has a reason.
    """

    rules: dict[tuple[int, str | None, str], int]
    has_unclean: bool


def map_values(
    connection: duckdb.DuckDBPyConnection,
    table: str,
    column: str,
    cleaner: Cleaner,
    *,
    page: str,
    whose: str = "NULL",
) -> ValueMap | None:
    """Clean the distinct values of a column that are not canonical. None when all are.

    `page` and `whose` are the SQL expressions by which the repaired cells are counted apart.
    """
    outcomes: dict[str, Cleaned | Unclean] = {}
    rules: Counter[tuple[int, str | None, str]] = Counter()
    unclean = f"NOT coalesce({cleaner.canonical(column)}, FALSE)"
    early, late = ("TRUE", unclean) if cleaner.values_repeat else (unclean, "TRUE")
    cursor = connection.execute(
        f"SELECT {column}, page, whose, cells FROM (SELECT {column}, {page} AS page, {whose} AS whose,"
        f" count(*) AS cells FROM {table} WHERE {column} IS NOT NULL AND {early} GROUP BY 1, 2, 3)"
        f" WHERE {late} ORDER BY ALL"
    )
    while batch := cursor.fetchmany(_BATCH):
        for value, place, owner, cells in batch:
            outcome = outcomes.get(value) or outcomes.setdefault(value, cleaner.clean(value))
            if isinstance(outcome, Cleaned) and outcome.rule:
                rules[place, owner, outcome.rule] += cells
    if not outcomes:
        return None
    failures = [outcome if isinstance(outcome, Unclean) else None for outcome in outcomes.values()]
    create_table(
        connection,
        f"map_{column}",
        {
            "value": outcomes,
            "clean": [item.value if isinstance(item, Cleaned) else None for item in outcomes.values()],
            "reason": [item.reason if item else None for item in failures],
        },
    )
    return ValueMap(dict(rules), any(failures))


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
    create_table(connection, name, dict(zip(names, columns, strict=True)))
