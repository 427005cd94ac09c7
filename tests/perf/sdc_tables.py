"""Protected tables at size: seconds, memory, and the error of every level against the published formula.

    python tests/perf/sdc_tables.py [UNITS [REGIONS]]

A simulated register (seeded: regions, two grades, ten specialties and five employer types of very unequal size; two
sexes and nine age bands that depend on them) is protected in a process of its own; then the published counts are
held against the exact ones. Results are added to tests/perf/results/sdc_tables.json under the number of units.
Defaults: 200,000 units and 340 regions; 5,000,000 and 2,000 give nearly the three million cells of the goal.
"""

import json
import resource
import sys
import time
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from pathlib import Path
from typing import Any

PROJECT = Path(__file__).resolve().parent.parent.parent
sys.path.insert(0, str(PROJECT))

REGISTER = """
CREATE TABLE units AS
WITH drawn AS (
    SELECT number, hash('a' || number) / pow(2, 64) AS a,
        hash('b' || number) / pow(2, 64) AS b,
        hash('c' || number) / pow(2, 64) AS c,
        hash('d' || number) / pow(2, 64) AS d,
        hash('e' || number) / pow(2, 64) AS e,
        hash('f' || number) / pow(2, 64) AS f
    FROM range($units) AS numbers(number)
)
SELECT md5(number::VARCHAR) AS ref,
    (31 * pow(a, 2))::INTEGER::VARCHAR AS province,
    (31 * pow(a, 2))::INTEGER::VARCHAR || '-' || ($regions * a)::INTEGER::VARCHAR AS city,
    (b < 0.3)::INTEGER::VARCHAR AS grade,
    floor(10 * pow(c, 1.7))::INTEGER::VARCHAR AS specialty,
    floor(5 * pow(d, 1.7))::INTEGER::VARCHAR AS employer_type,
    (e < 0.1 + 0.3 * c)::INTEGER::VARCHAR AS sex,
    least(8, floor(9 * pow(f, 0.8 + b) * (0.7 + 0.5 * d)))::INTEGER::VARCHAR AS age
FROM drawn
"""


def family() -> Any:
    """Sex and age over province, city, and classes of a city: 18 cells in every node."""
    from etl.privacy.tables.families import Family, Level  # noqa: PLC0415  # found once sys.path is set

    trees = [("register", (), 10), ("province", ("province",), 10), ("city", ("city",), 10)]
    trees += [("class", ("grade", "specialty"), 8), ("type", ("employer_type",), 8)]
    levels, by = [], ()
    for name, added, variance in trees:
        by = (*by, *added)
        levels.append(Level(name, by, variance))
    codes = (("0", "1"), tuple(str(age) for age in range(9)))
    return Family("age_sex", tuple(levels), ("sex", "age"), codes)


def bench(units: int, regions: int) -> dict[str, Any]:
    """Seconds, peak memory and errors; memory less that of the register itself."""
    import duckdb  # noqa: PLC0415  # loaded in the process that is measured

    from etl.privacy.tables.protect import measure, protect  # noqa: PLC0415

    connection = duckdb.connect(config={"threads": 2})
    connection.execute(REGISTER, {"units": units, "regions": regions})
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    started = time.perf_counter()
    protected = protect(connection, "units", "ref", family(), 2025, b"a key of the benchmark, 32 bytes")
    seconds = time.perf_counter() - started
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    noisy = measure(connection, "units", "ref", family(), 2025, b"a key of the benchmark, 32 bytes")
    return {
        "units": units,
        "regions": regions,
        "cells": protected.table.num_rows,
        "seconds": round(seconds, 2),
        "peak_mib": peak // 1024,
        "peak_mib_before": before // 1024,
        "levels": errors(connection, protected, noisy),
    }


def errors(connection: Any, protected: Any, noisy: Any) -> list[dict[str, Any]]:
    """Of every level: cells, mean count, root mean square error, the formula's, and the bias of empty cells.

    The exact count is the measurement less its logged noise, so that merged classes need no second reckoning.
    """
    import pyarrow as pa  # noqa: PLC0415

    noise = pa.concat_arrays([chunk.flatten() for chunk in protected.noise_log["noise"].chunks])
    exact = pa.compute.subtract(noisy["persons"], noise)
    depth = pa.compute.index_in(noisy["level"], pa.array([level.name for level in family().levels]))
    connection.register(
        "compared", protected.table.append_column("exact", exact).append_column("depth", depth)
    )
    rows = connection.execute(
        "SELECT level, count(*), avg(exact), sqrt(avg((persons - exact) ** 2)), sqrt(avg(persons_sd ** 2)),"
        " avg(persons - exact) FILTER (exact = 0), avg((persons - exact) / persons_sd) FILTER (exact >= 20),"
        " sqrt(avg(((persons - exact) / persons_sd) ** 2) FILTER (exact >= 20)),"
        " avg((abs(persons - exact) <= 2 * persons_sd)::INTEGER)"
        " FROM compared GROUP BY level ORDER BY min(depth)"
    ).fetchall()
    names = (
        "level",
        "cells",
        "mean_count",
        "rmse",
        "formula",
        "bias_of_zeros",
        "bias_from_20",
        "rmse_from_20",
    )
    names = (*names, "within_two_sd")
    return [
        {
            name: round(value, 3) if isinstance(value, float) else value
            for name, value in zip(names, row, strict=True)
        }
        for row in rows
    ]


def section(results: dict[str, dict[str, Any]]) -> list[str]:
    """The part of docs/benchmarks.md on protected tables."""
    lines = [
        "## 受保护的表 | Protected tables",
        "",
        "| 单位 units | 单元格 cells | 秒 s | 峰值内存 peak MiB | 层 level | 均方根误差 RMSE | 公式 formula |",
        "|---:|---:|---:|---:|---|---:|---:|",
    ]
    for result in results.values():
        lines.append(
            f"| {result['units']:,} | {result['cells']:,} | {result['seconds']} | {result['peak_mib']} | | | |"
        )
        lines += [
            f"| | | | | {r['level']} | {r['rmse']:.2f} | {r['formula']:.2f} |" for r in result["levels"]
        ]
    return [
        *lines,
        "",
        "零为下限，小单元格的误差因此小于公式。 | Counts end at zero: the error of small cells is below the formula.",
    ]


def main(arguments: list[str]) -> None:
    from tests.perf import report  # noqa: PLC0415  # found once sys.path is set

    units, regions = [*map(int, arguments), *(200_000, 340)[len(arguments) :]]
    with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as pool:
        result = pool.submit(bench, units, regions).result()
    print(json.dumps(result, indent=1))
    report.keep("sdc_tables", (report.known("sdc_tables") or {}) | {f"{units}": result})


if __name__ == "__main__":
    main(sys.argv[1:])
