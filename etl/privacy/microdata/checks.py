"""Attacks A10 to A13 on microdata, by counting alone: nothing here uses the code that made the files."""

import time
from collections.abc import Mapping, Sequence

import duckdb
import pyarrow as pa

from etl.privacy.attacks import Finding
from etl.privacy.microdata.tiers import Criterion, Requirement


def linkage(records: pa.Table, persons: pa.Table, requirement: Requirement) -> Finding:
    """A10: the largest chance that a record is of a given person: 1/F, F the persons of the register alike.

    `records`: as published; `persons`: everybody of the register at the same levels.
    """
    by = ", ".join(requirement.identifiers)
    query = f"""
        SELECT max(1 / coalesce(alike.n, 1)) FROM records
        LEFT JOIN (SELECT {by}, count(*) AS n FROM persons GROUP BY {by}) AS alike USING ({by})
    """
    return _at_most(
        "A10", "microdata_linkage", 1 / requirement.size, by, query, records=records, persons=persons
    )


def homogeneity(persons: pa.Table, requirement: Requirement, criterion: Criterion) -> list[Finding]:
    """A11: what the classes of a requirement tell of a sensitive column: distinct values, largest share, distance."""
    by, value = ", ".join(requirement.identifiers), criterion.column
    counted = f"""
        WITH everybody AS (
            SELECT {value} AS v, count(*) / (SELECT count(*) FROM persons) AS share FROM persons GROUP BY 1
        ),
        class AS (SELECT {by}, count(*) AS size FROM persons GROUP BY {by}),
        cell AS (SELECT {by}, {value} AS v, count(*) AS n FROM persons GROUP BY {by}, {value}),
        shared AS (
            SELECT {by}, everybody.share, coalesce(cell.n, 0) AS n, class.size
            FROM class CROSS JOIN everybody LEFT JOIN cell USING ({by}, v)
        ),
        judged AS (
            SELECT count(*) FILTER (WHERE n > 0) AS distinct_values, max(n / size) AS frequency,
                sum(abs(n / size - share)) / 2 AS distance
            FROM shared GROUP BY {by}
        )
    """
    note = f"{value} | {by}"
    tell = {"persons": persons}
    return [
        _at_least(
            "A11",
            "microdata_distinct",
            criterion.distinct,
            note,
            f"{counted} SELECT min(distinct_values) FROM judged",
            **tell,
        ),
        _at_most(
            "A11",
            "microdata_frequency",
            criterion.frequency,
            note,
            f"{counted} SELECT max(frequency) FROM judged",
            **tell,
        ),
        _at_most(
            "A11",
            "microdata_distance",
            criterion.distance,
            note,
            f"{counted} SELECT max(distance) FROM judged",
            **tell,
        ),
    ]


def unicity(releases: Sequence[pa.Table], unit: str, requirement: Requirement) -> Finding:
    """A12: share of persons alone in what was held of them in all releases together, oldest first."""
    query = f"""
        SELECT count(*) FILTER (WHERE n = 1) / count(*)
        FROM ({_sequences(len(releases), unit, requirement)})
    """
    return _at_most("A12", "microdata_unique", 0, _note(requirement, releases), query, **_named(releases))


def intersection(releases: Sequence[pa.Table], unit: str, requirement: Requirement) -> Finding:
    """A13: the fewest persons alike in every one of the releases, by what was held of them."""
    query = f"SELECT min(n) FROM ({_sequences(len(releases), unit, requirement)})"
    return _at_least(
        "A13",
        "microdata_intersection",
        requirement.size,
        _note(requirement, releases),
        query,
        **_named(releases),
    )


def _sequences(number: int, unit: str, requirement: Requirement) -> str:
    """Persons, and how many have the same values in every release; one not in a release has none there."""
    columns = [f"release_{place}.{name}" for place in range(number) for name in requirement.identifiers]
    joined = "release_0"
    for place in range(1, number):
        joined += f" FULL JOIN release_{place} USING ({unit})"
    listed = ", ".join(f"{column} AS c{place}" for place, column in enumerate(columns))
    by = ", ".join(f"c{place}" for place in range(len(columns)))
    return f"SELECT count(*) OVER (PARTITION BY {by}) AS n FROM (SELECT {unit}, {listed} FROM {joined})"


def _named(releases: Sequence[pa.Table]) -> dict[str, pa.Table]:
    return {f"release_{place}": table for place, table in enumerate(releases)}


def _note(requirement: Requirement, releases: Sequence[pa.Table]) -> str:
    return f"{', '.join(requirement.identifiers)} | {len(releases)}"


def _at_most(attack: str, metric: str, limit: float, note: str, query: str, **tables: pa.Table) -> Finding:
    value, seconds = _measured(query, tables, when_empty=0.0)
    return Finding(attack, metric, value, limit, value, value, None, seconds, value <= limit + 1e-9, note)


def _at_least(attack: str, metric: str, limit: float, note: str, query: str, **tables: pa.Table) -> Finding:
    value, seconds = _measured(query, tables, when_empty=limit)
    return Finding(attack, metric, value, limit, value, value, None, seconds, value >= limit, note)


def _measured(query: str, tables: Mapping[str, pa.Table], when_empty: float) -> tuple[float, float]:
    started = time.perf_counter()
    with duckdb.connect() as connection:
        for name, table in tables.items():
            connection.register(name, table)
        (value,) = connection.execute(query).fetchone() or (None,)
    return when_empty if value is None else float(value), time.perf_counter() - started
