"""Attacks A10 to A13 on microdata, by counting alone: nothing here uses the code that made the files.

A14 is in inference.py.
"""

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
    (chance,), seconds = _measured(query, {"records": records, "persons": persons})
    return _at_most("A10", "microdata_linkage", 1 / requirement.size, by, (chance, seconds))


def homogeneity(
    persons: pa.Table, register: Mapping[str, float], requirement: Requirement, criterion: Criterion
) -> list[Finding]:
    """A11: what the classes of a requirement tell of a sensitive column: distinct values, largest share, distance.

    `register`: the share of each value of the column among all persons of the register, those suppressed too.
    """
    by, value = ", ".join(requirement.identifiers), criterion.column
    query = f"""
        WITH everybody AS (
            SELECT v, max(share) AS share
            FROM (SELECT v, share FROM register UNION ALL SELECT DISTINCT {value}, 0 FROM persons) GROUP BY v
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
        SELECT min(distinct_values), max(frequency), max(distance) FROM judged
    """
    shares = pa.table({"v": list(register), "share": list(register.values())})
    (distinct, frequency, distance), seconds = _measured(query, {"persons": persons, "register": shares})
    note = f"{value} | {by}"
    return [
        _at_least("A11", "microdata_distinct", criterion.distinct, note, (distinct, seconds)),
        _at_most("A11", "microdata_frequency", criterion.frequency, note, (frequency, seconds)),
        _at_most("A11", "microdata_distance", criterion.distance, note, (distance, seconds)),
    ]


def unicity(releases: Sequence[pa.Table], unit: str, requirement: Requirement) -> Finding:
    """A12: share of persons alone in what was held of them in all releases together, oldest first."""
    query = (
        f"SELECT sum(n) FILTER (WHERE n = 1) / sum(n) FROM ({_sequences(len(releases), unit, requirement)})"
    )
    (share,), seconds = _measured(query, _named(releases))
    return _at_most("A12", "microdata_unique", 0, _note(requirement, releases), (share, seconds))


def intersection(releases: Sequence[pa.Table], unit: str, requirement: Requirement) -> Finding:
    """A13: the fewest persons alike in every one of the releases, by what was held of them."""
    query = f"SELECT min(n) FROM ({_sequences(len(releases), unit, requirement)})"
    (fewest,), seconds = _measured(query, _named(releases))
    return _at_least(
        "A13", "microdata_intersection", requirement.size, _note(requirement, releases), (fewest, seconds)
    )


def _sequences(number: int, unit: str, requirement: Requirement) -> str:
    """How many persons have the same values in every release; one not in a release has none there."""
    columns = [f"release_{place}.{name}" for place in range(number) for name in requirement.identifiers]
    joined = "release_0"
    for place in range(1, number):
        joined += f" FULL JOIN release_{place} USING ({unit})"
    return f"SELECT count(*) AS n FROM {joined} GROUP BY {', '.join(columns)}"


def _named(releases: Sequence[pa.Table]) -> dict[str, pa.Table]:
    return {f"release_{place}": table for place, table in enumerate(releases)}


def _note(requirement: Requirement, releases: Sequence[pa.Table]) -> str:
    return f"{', '.join(requirement.identifiers)} | {len(releases)}"


def _at_most(attack: str, metric: str, limit: float, note: str, found: tuple[float | None, float]) -> Finding:
    value, seconds = float(found[0] or 0), found[1]
    return Finding(attack, metric, value, limit, value, value, None, seconds, value <= limit + 1e-9, note)


def _at_least(
    attack: str, metric: str, limit: float, note: str, found: tuple[float | None, float]
) -> Finding:
    value, seconds = limit if found[0] is None else float(found[0]), found[1]
    return Finding(attack, metric, value, limit, value, value, None, seconds, value >= limit, note)


def _measured(query: str, tables: Mapping[str, pa.Table]) -> tuple[tuple[float | None, ...], float]:
    """The one row of a query on the tables (nothing where these are empty), and the seconds it took."""
    started = time.perf_counter()
    # A cursor of the connection that a process has anyway: to open another takes longer than to count.
    with duckdb.default_connection().cursor() as connection:
        for name, table in tables.items():
            connection.register(name, table)
        row = connection.execute(query).fetchone() or ()
    return row, time.perf_counter() - started
