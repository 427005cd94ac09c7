"""The two planes as a release holds them: what the lookup shows is counted exactly, everything else is protected.

A table with a column of the sensitive plane has come through protection, and protection made no other table; the
totals of what it made are those of the public plane, and a frozen table is the file that was first released.
"""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import duckdb

from etl.metadata import Metadata
from etl.privacy.frozen import STATEMENT, Protection, declared_of, digest
from etl.publish.gates import Gate
from etl.publish.release import read_json
from etl.publish.tables import Table, literal

EXACT = "mart_person__yearly_main.parquet"


def vintage(year: int, family: str) -> str:
    """Where a frozen table stands below `open/`."""
    return f"vintages/{year}/{family}.parquet"


def planes(exact: Mapping[str, Table], protected: Mapping[str, Table], metadata: Metadata) -> Gate:
    """No exact table has a column of the sensitive plane, and every protected one has."""
    touched = {name: _sensitive(table, metadata) for name, table in {**exact, **protected}.items()}
    problems = [
        f"{name}: 精确的表触及敏感面 an exact table touches the sensitive plane: {', '.join(touched[name])}"
        for name in exact
        if touched[name]
    ]
    problems += [
        f"{name}: 加了噪声的表不触及敏感面 a table with noise does not touch the sensitive plane"
        for name in protected
        if not touched[name]
    ]
    return Gate("planes", {"exact": len(exact), "protected": len(protected)}, problems)


def _sensitive(table: Table, metadata: Metadata) -> list[str]:
    return [name for name in table.columns if metadata.fields[name].plane == "sensitive"]


def totals(exact: Path, protection: Protection, metadata: Metadata) -> Gate:
    """The cells of every public class of a table made for this release add up to its exact count.

    Cells that are not shown may be missing from the sum, so that it is at most the count. A table frozen earlier
    keeps the totals of its day.
    """
    compared, problems = 0, []
    rules = metadata.rules["disclosure"]
    with duckdb.connect() as connection:
        for entry, path in protection.made.items():
            for level in rules["families"][entry.family]["levels"]:
                classes, wrong = connection.execute(
                    _comparison(exact / EXACT, path, level, rules["absent"]), {"year": entry.year}
                ).fetchone() or (0, 0)
                compared += classes
                if wrong:
                    problems.append(
                        f"{entry.family} {entry.year} {level['name']}: {wrong} 个合计与公开面不符 "
                        "totals differ from the public plane"
                    )
    return Gate("totals", {"classes": compared}, problems)


def _comparison(exact: Path, protected: Path, level: Mapping[str, Any], absent: Mapping[str, str]) -> str:
    """Classes compared, and those whose total differs; classes that were merged have no exact row of their own."""
    named = [f"coalesce({name}, '{absent[name]}') AS {name}" for name in level["by"]]
    by = "".join(f", {name}" for name in level["by"])
    return f"""
        WITH counted AS (
            SELECT {", ".join(["persons", *named])} FROM read_parquet({literal(exact)}) WHERE year = $year
        ),
        exact AS (SELECT sum(persons) AS all_persons{by} FROM counted GROUP BY ALL),
        shown AS (
            SELECT sum(persons) AS persons, count(*) > count(persons) AS is_partial{by}
            FROM read_parquet({literal(protected)}) WHERE level = '{level["name"]}' AND cell_state <> 'merged'
            GROUP BY ALL HAVING count(*) > 0
        )
        SELECT count(*), count(*) FILTER (persons > all_persons OR NOT is_partial AND persons <> all_persons)
        FROM shown JOIN exact {f"USING ({by.removeprefix(', ')})" if by else "ON TRUE"}
    """


def vintages(release: Path) -> Gate:
    """Every frozen table that the release tells of is in it, with what it was made of, hashes as told, and no other."""
    root = release / "open"
    years = read_json(root / STATEMENT)["years"]
    told = _told(years)
    found = {path.relative_to(root).as_posix() for path in root.glob("vintages/*/*")}
    problems = [f"缺少或未说明的文件 missing or untold file: {name}" for name in sorted(found ^ told.keys())]
    problems += [
        f"内容已改变 changed file: {name}"
        for name in sorted(found & told.keys())
        if digest(root / name) != told[name]
    ]
    return Gate("vintages", {"tables": sum(len(year["tables"]) for year in years)}, problems)


def _told(years: Sequence[Mapping[str, Any]]) -> dict[str, str]:
    """The files that a statement tells of, with the hash of each."""
    found = {}
    for year in years:
        for table in year["tables"]:
            path = vintage(year["year"], table["family"])
            found[path] = table["sha256"]
            found[declared_of(Path(path)).as_posix()] = table.get("declared", "")
    return found
