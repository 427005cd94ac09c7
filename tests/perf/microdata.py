"""The microdata search at size: five and seven quasi-identifiers over a seeded register without names.

    python tests/perf/microdata.py [--persons 200000 ...] [--runs 3] [--tiers open-5 ...]

Shares are skewed as a register's are: Zipf over divisions, prefectures and specialties, employment natures by
division, years in waves. Writes `microdata.json`: seconds (least of the runs) of the clock and of the processors, nodes
looked at, the recoding, its loss, what it suppresses, the peak memory of the process, and how many processes the
machine ran (a load above its cores makes the clock's seconds too many).
"""

import argparse
import json
import os
import resource
import sys
import time
from pathlib import Path
from typing import Any

import duckdb

from etl.privacy.microdata import Criterion, Hierarchy, Recoding, Requirement, Tier, count, search
from etl.privacy.microdata.hierarchies import Value, nested

PUBLIC = ("place", "category", "specialty", "nature", "year")
ALL = (*PUBLIC, "sex", "age")
EDUCATION = (Criterion("education", 3, 0.9, 0.2),)
TIERS = {
    "k10-l3-5": Tier("k10-l3-5", (Requirement(PUBLIC, 10, (Criterion("education", 3),)),), 0.02, 0.1),
    "open-5": Tier("open-5", (Requirement(PUBLIC, 20, EDUCATION),), 0.02, 0.1),
    "open-7": Tier("open-7", (Requirement(PUBLIC, 20, EDUCATION), Requirement(ALL, 5)), 0.02, 0.1),
    "contract-7": Tier("contract-7", (Requirement(ALL, 5, (Criterion("education", 2),)),), 0.02, 0.1),
}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--persons", type=int, nargs="+", default=[200_000])
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--tiers", nargs="+", choices=list(TIERS), default=list(TIERS))
    arguments = parser.parse_args()
    results = [
        measured(persons, TIERS[name], arguments.runs)
        for persons in arguments.persons
        for name in arguments.tiers
    ]
    sys.path.insert(0, str(Path(__file__).resolve().parents[2]))
    from tests.perf import report  # noqa: PLC0415  # found once sys.path is set

    report.keep("microdata", results)


def section(results: list[dict[str, Any]]) -> list[str]:
    """The part of docs/benchmarks.md on the search of the best recoding."""
    return [
        "## 微观数据 | Microdata",
        "",
        "| 人数 persons | 级别 tier | 秒 s | 其中计数 counting | CPU s | 负载 load | 峰值内存 peak MiB"
        " | 看过的方案 recodings | 损失 loss | 删去 suppressed |",
        "|---:|---|---:|---:|---:|---:|---:|---:|---:|---:|",
        *(
            f"| {r['persons']:,} | {r['tier']} | {r['seconds']} | {r['seconds_counting']} |"
            f" {r['cpu_seconds']} | {r['load']} | {r['peak_mib']} |"
            f" {r['evaluated']} | {r['loss']:.4f} | {r['suppressed']:.2%} |"
            for r in results
        ),
    ]


def measured(persons: int, tier: Tier, runs: int) -> dict[str, object]:
    """The least time of several searches; counting the register is part of it, making it is not."""
    connection = register(persons)
    seconds = []
    for _ in range(runs):
        started, worked = time.perf_counter(), time.process_time()
        frequencies = count(connection, "person", tier, HIERARCHIES)
        counted = time.perf_counter() - started
        found = search(frequencies)
        seconds.append((time.perf_counter() - started, counted, time.process_time() - worked))
    whole, counting, cpu = min(seconds)
    result = {
        "persons": persons,
        "tier": tier.name,
        "seconds": round(whole, 2),
        "seconds_counting": round(counting, 2),
        "cpu_seconds": round(cpu, 2),
        "load": round(os.getloadavg()[0], 1),
        **told(found, tier),
        "peak_mib": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024,
    }
    print(json.dumps(result))
    return result


def told(found: Recoding, tier: Tier) -> dict[str, object]:
    levels = zip(tier.identifiers, found.node, strict=True)
    return {
        "evaluated": found.evaluated,
        "levels": {name: HIERARCHIES[name].levels[level] for name, level in levels},
        "loss": round(found.loss, 9),
        "suppressed": round(found.suppressed / found.persons, 5),
    }


def hierarchy(column: str, levels: str, paths: list[list[str]]) -> Hierarchy:
    """A hierarchy of the levels named, and one value for all at the end."""
    names = [*levels.split(), "all"]
    found = {}
    for path in paths:
        codes = [*path, "*", ""]
        for level, code, parent in zip(names, codes, codes[1:], strict=False):
            found[level, code] = Value(level, code, parent, code, code)
    ordered = sorted(found.values(), key=lambda value: names.index(value.level))
    return nested(column, list(enumerate(ordered, 2)))


def steps(first: int, last: int, *widths: int) -> list[list[str]]:
    """Numbers, and the ranges of each width that they fall into."""
    return [
        [
            str(number),
            *(f"{number - number % width}-{number - number % width + width - 1}" for width in widths),
        ]
        for number in range(first, last + 1)
    ]


HIERARCHIES = {
    "place": hierarchy(
        "place",
        "prefecture division region",
        [[f"c{city}", f"d{city % 31}", f"r{city % 31 % 8}"] for city in range(340)],
    ),
    "category": hierarchy("category", "category", [["1"], ["2"]]),
    "specialty": hierarchy(
        "specialty", "specialty group", [[f"s{item}", f"g{item % 4}"] for item in range(10)]
    ),
    "nature": hierarchy("nature", "nature group", [[f"n{item}", f"h{item % 3}"] for item in range(5)]),
    "year": hierarchy("year", "year five ten", steps(2004, 2025, 5, 10)),
    "sex": hierarchy("sex", "sex", [["1"], ["2"]]),
    "age": hierarchy("age", "age five ten", steps(22, 64, 5, 10)),
}

_REGISTER = """
CREATE TABLE person AS
WITH drawn AS (
    SELECT
        CAST(floor(340 * pow((hash(i, 1) % 1000003) / 1000003.0, 2.2)) AS INTEGER) AS city,
        (hash(i, 2) % 1000003) / 1000003.0 AS grade, (hash(i, 3) % 1000003) / 1000003.0 AS specialty,
        (hash(i, 4) % 1000003) / 1000003.0 AS nature, (hash(i, 5) % 1000003) / 1000003.0 AS year,
        (hash(i, 6) % 1000003) / 1000003.0 AS sex, (hash(i, 7) % 1000003) / 1000003.0 AS age,
        (hash(i, 8) % 1000003) / 1000003.0 AS education
    FROM range(?) AS person(i)
)
SELECT
    'c' || city AS place,
    CASE WHEN grade < 0.2 THEN '1' ELSE '2' END AS category,
    's' || CAST(floor(10 * pow(specialty, 2.5)) AS INTEGER) AS specialty,
    'n' || CAST(floor(5 * pow(nature, 1 + city % 3)) AS INTEGER) AS nature,
    CAST(2004 + CAST(floor(22 * pow(year, 0.6)) AS INTEGER) AS VARCHAR) AS year,
    CASE WHEN sex < 0.22 THEN '2' ELSE '1' END AS sex,
    CAST(22 + CAST(floor(43 * pow(age, 1.3)) AS INTEGER) AS VARCHAR) AS age,
    CASE
        WHEN education < 0.5 + grade / 5 THEN '20' WHEN education < 0.85 THEN '30' WHEN education < 0.92 THEN '40'
        WHEN education < 0.98 THEN '11' ELSE '10'
    END AS education
FROM drawn
"""


def register(persons: int) -> duckdb.DuckDBPyConnection:
    """A connection whose table `person` has that many rows, the same at each call."""
    connection = duckdb.connect()
    connection.execute(_REGISTER, [persons])
    return connection


if __name__ == "__main__":
    main()
