"""What the strongest attacker gains at given variances, averaged over simulated registers (docs/decisions/0012).

`python tests/perf/variances.py education 300000 8 10,40,40 10,60,60`: family, persons, number of registers, and for
each trial the variance of every level from the top. A single register has intervals too wide to choose by; the mean of
several has not. Results go to tests/perf/results/variances.json and docs/benchmarks.md.
"""

import json
import sys
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from statistics import mean, stdev
from typing import Any

import numpy as np
import pyarrow as pa

PROJECT = Path(__file__).resolve().parent.parent.parent
sys.path.insert(0, str(PROJECT))

from etl.metadata.reading import read_yaml  # noqa: E402
from etl.privacy.attacks import Rules  # noqa: E402
from etl.privacy.attacks.averaging import averaging  # noqa: E402
from etl.privacy.attacks.differencing import differencing  # noqa: E402
from etl.privacy.attacks.series import Series, series  # noqa: E402
from etl.privacy.tables.families import Family, Level  # noqa: E402
from etl.settings import METADATA  # noqa: E402
from tests.fixtures.vintages import AGE_SEX, EDUCATION, protect_table, simulate, vintage  # noqa: E402
from tests.perf import report  # noqa: E402

FAMILIES = {family.name: family for family in (AGE_SEX, EDUCATION)}
NAME = "variances"
SHOWN = ("exact_cell_gain", "auc_gain", "newly_certain", "averaged_variance")
VICTIMS, YEARS = 1_000, 5


def rules(seed: int) -> Rules:
    """The project's attacker with more victims, and the simulator's columns as his means."""
    found = Rules.of(read_yaml(METADATA / "rules/attacks.yaml", "attacks"))
    return replace(found, seed=seed, victims=VICTIMS, name_column="given_name", name_tells="sex")


def with_variances(family: Family, variances: tuple[int, ...]) -> Family:
    """The family with other variances, from the top."""
    pairs = zip(family.levels, variances, strict=True)
    return replace(family, levels=tuple(Level(level.name, level.by, variance) for level, variance in pairs))


def attack(family: Family, registers: list[tuple[int, pa.Table]], seed: int) -> Iterator[tuple[str, float]]:
    """Metric and value of one register: gains of A4, variance left by A7, and the error of every level."""
    vintages = [
        vintage(year, table, {family.name: protect_table(table, family, year).table}, [family])
        for year, table in registers
    ]
    found = series(family, vintages)
    for measured in (*differencing(found, rules(seed)), *averaging(found)):
        yield measured.metric, measured.estimate.value
    yield from _errors(found)


def _errors(found: Series) -> Iterator[tuple[str, float]]:
    for place, level in enumerate(found.family.levels):
        error = (found.figures - found.counts)[found.present & (found.level == place)]
        yield f"rmse_{level.name}", float(np.sqrt(np.nanmean(error**2)))


def trial(family: Family, persons: int, registers: int) -> dict[str, Any]:
    """Mean of every metric over registers of different seeds, and half of its 95 % interval."""
    values: dict[str, list[float]] = defaultdict(list)
    for seed in range(1, registers + 1):
        for metric, value in attack(family, simulate(persons, YEARS, seed), seed):
            values[metric].append(value)
    return {
        "family": family.name,
        "persons": persons,
        "registers": registers,
        "variances": [level.variance for level in family.levels],
        "metrics": {
            metric: [round(mean(found), 4), round(1.96 * stdev(found) / len(found) ** 0.5, 4)]
            for metric, found in values.items()
        },
    }


def section(results: list[dict[str, Any]]) -> list[str]:
    """The part of docs/benchmarks.md on what the attacker gains at given variances."""
    return [
        "## 方差 | Variances",
        "",
        "多个模拟册的平均 ± 95 % 区间的半宽。 | Mean over simulated registers ± half the 95 % interval.",
        "",
        f"| 表族 family | 人数 persons | 册 registers | 方差 variances | {' | '.join(SHOWN)} |",
        f"|---|---:|---:|---|{'---:|' * len(SHOWN)}",
        *(
            f"| {one['family']} | {one['persons']:,} | {one['registers']} | {', '.join(map(str, one['variances']))} | "
            + " | ".join("{} ± {}".format(*one["metrics"][metric]) for metric in SHOWN)
            + " |"
            for one in results
        ),
    ]


def main() -> None:
    name, persons, registers, *trials = sys.argv[1:]
    for text in trials:
        family = with_variances(FAMILIES[name], tuple(map(int, text.split(","))))
        made = trial(family, int(persons), int(registers))
        print(json.dumps(made, indent=1), flush=True)
        same = ("family", "persons", "variances")
        done = [one for one in report.known(NAME) if any(one[key] != made[key] for key in same)]
        report.keep(NAME, [*done, made])


if __name__ == "__main__":
    main()
