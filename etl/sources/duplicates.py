"""Rows whose canonical content was already received in another sheet or file: only the first is kept."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import duckdb

from etl.clean.base import literal
from etl.sources.fates import PARQUET
from etl.sources.tables import sql_list


@dataclass(frozen=True)
class Part:
    """One staged sheet: its Parquet file, the precedence of its source, and where the final file goes.

    Its lost rows are counted under `division`, or under the division that the field `told_by` names in each.
    `day`: of a kept snapshot, whose rows repeat only rows of snapshots of that day; None where any row may.
    """

    path: Path
    precedence: int
    target: Path
    division: str | None
    told_by: str | None
    day: str | None = None


def keep_first(
    connection: duckdb.DuckDBPyConnection, parts: Sequence[Part], fields: Sequence[str]
) -> Mapping[tuple[Path, str | None], int]:
    """Write every part to its target without the rows that repeat an earlier one; untouched parts are linked.

    Earlier: lower precedence number, then order of `parts`, then place in the file. Returns the number of source
    rows of each part and division of which nothing is left. Rows are compared by hash first, by content where
    hashes agree.
    """
    repeated = _repeated(connection, parts, fields) if parts else set()
    for place, part in enumerate(parts):
        if place in repeated:
            _rewrite(connection, part, place)
        else:
            part.target.hardlink_to(part.path)
    return _lost(connection, [parts[place] for place in sorted(repeated)])


def _repeated(
    connection: duckdb.DuckDBPyConnection, parts: Sequence[Part], fields: Sequence[str]
) -> set[int]:
    """Table `repeats` (place, file_row_number): the rows to go. Returns the places of the parts concerned."""
    paths = sql_list(str(part.path) for part in parts)
    connection.execute(
        "CREATE OR REPLACE TABLE parts"
        " (filename VARCHAR, place INTEGER, precedence INTEGER, division VARCHAR, day DATE)"
    )
    connection.executemany(
        "INSERT INTO parts VALUES (?, ?, ?, ?, ?)",
        [
            [str(part.path), place, part.precedence, part.division, part.day]
            for place, part in enumerate(parts)
        ],
    )
    rows, same = f"read_parquet([{paths}])", "row_hash"
    if any(part.day for part in parts):
        rows, same = f"read_parquet([{paths}], filename = true) JOIN parts USING (filename)", "row_hash, day"
    connection.execute(
        f"CREATE OR REPLACE TABLE hashes AS SELECT DISTINCT row_hash FROM"
        f" (SELECT row_hash FROM {rows} GROUP BY {same} HAVING count(*) > 1)"
    )
    columns = ", ".join(fields)
    connection.execute(
        f"""CREATE OR REPLACE TABLE repeats AS SELECT place, file_row_number FROM (
            SELECT place, file_row_number, row_number() OVER (
                PARTITION BY row_hash, day, {columns} ORDER BY precedence, place, source_row, file_row_number) AS nth
            FROM read_parquet([{paths}], filename = true, file_row_number = true) JOIN parts USING (filename)
            WHERE row_hash IN (SELECT row_hash FROM hashes)) WHERE nth > 1"""
    )
    return {place for (place,) in connection.execute("SELECT DISTINCT place FROM repeats").fetchall()}


def _rewrite(connection: duckdb.DuckDBPyConnection, part: Part, place: int) -> None:
    path, target = literal(str(part.path)), literal(str(part.target))
    connection.execute(
        f"""COPY (SELECT * EXCLUDE (file_row_number) FROM read_parquet({path}, file_row_number = true)
        WHERE file_row_number NOT IN (SELECT file_row_number FROM repeats WHERE place = {place}))
        TO {target} {PARQUET}"""
    )


def _lost(
    connection: duckdb.DuckDBPyConnection, parts: Sequence[Part]
) -> Mapping[tuple[Path, str | None], int]:
    """Rows of the source of which no part is left, for each rewritten part and division."""
    lost: dict[tuple[Path, str | None], int] = {}
    for field in {part.told_by for part in parts}:
        paths = sql_list(str(part.path) for part in parts if part.told_by == field)
        found = connection.execute(
            f"""SELECT filename, whose, count(*) FROM (
                SELECT filename, source_row, any_value(coalesce(division, {field or "NULL"})) AS whose,
                    bool_and(r.place IS NOT NULL) AS is_lost
                FROM read_parquet([{paths}], filename = true, file_row_number = true) JOIN parts USING (filename)
                LEFT JOIN repeats r USING (place, file_row_number) GROUP BY filename, source_row)
            WHERE is_lost GROUP BY 1, 2"""
        ).fetchall()
        lost |= {(Path(name), division): int(count) for name, division, count in found}
    return lost
