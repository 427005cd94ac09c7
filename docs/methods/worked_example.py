"""保护另一登记册：加州结构工程师。 | Protecting another register: California's structural engineers.

    python docs/methods/worked_example.py REGISTERS/california_structural_engineers/licences.csv

See worked-example.md, which quotes this file.
"""

import secrets
import sys
from fractions import Fraction
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa
import yaml

from etl.privacy.api import ProtectedYear, Report, protect, report
from etl.privacy.attacks import Rules
from etl.privacy.tables.errors import Quality
from etl.privacy.tables.families import Family

# register
UNITS = """
    SELECT
        "License Number" AS licence,
        CASE "State" WHEN 'CA' THEN coalesce(nullif("County", ''), 'unknown') ELSE 'elsewhere' END AS county,
        "License Status" AS status,
        greatest(1950, year("Original Issue Date"::DATE) // 10 * 10) || 's' AS cohort
    FROM read_csv($file, all_varchar = true)
    WHERE year("Original Issue Date"::DATE) <= $year
"""


def read_units(file: Path, year: int) -> pa.Table:
    """One row per licence issued by the end of a year; its status is that of the file's day."""
    return duckdb.sql(UNITS, params={"file": str(file), "year": year}).to_arrow_table()


# family
COHORTS = [f"{decade}s" for decade in range(1950, 2030, 10)]
DECLARED = yaml.safe_load("""
sensitive: [cohort]
merge_below: 20
levels:
  - {name: register, by: [], variance: 10}
  - {name: county, by: [county], variance: 10}
  - {name: status, by: [county, status], variance: 10}
""")


def cohort_family(levels: int) -> Family:
    """The declared family with its first levels."""
    declared = DECLARED | {"levels": DECLARED["levels"][:levels]}
    return Family.of("cohort", declared, {"cohort": COHORTS})


# protect
RULES = Path(__file__).parents[2] / "metadata" / "rules"


def rules(name: str) -> Any:
    """This project's classes of quality and bounds of attacks; another office sets its own."""
    return yaml.safe_load((RULES / f"{name}.yaml").read_text("utf-8"))


def protect_and_attack(
    units: pa.Table, family: Family, year: int, key: bytes
) -> tuple[ProtectedYear, Report]:
    """The protected table of a year, and what was measured of it."""
    quality = Quality.of(rules("disclosure")["quality"])
    done = protect(units, "licence", [family], year, key, quality=quality, ceiling=Fraction(1))
    return done, report([done], Rules.of(rules("attacks")), {year: key})


# report
def lines(done: ProtectedYear, found: Report) -> list[str]:
    """What was measured, as text."""
    errors = [
        f"{e.level:<9}{e.cells:>5} cells   RMSE {e.measured:.2f}   formula {e.declared:.2f}"
        for e in found.errors
    ]
    findings = [
        f"{f.attack:<4}{f.metric:<20}{f.value:>7.3f}   bound {f.threshold:g}{'' if f.passed else '   FAILED'}"
        for f in found.findings
    ]
    return [f"{done.year}: {done.units.num_rows:,} licences, rho {float(done.rho):.3f}", *errors, *findings]


if __name__ == "__main__":
    year = 2025
    units, key = read_units(Path(sys.argv[1]), year), secrets.token_bytes(32)
    for levels in (3, 2):
        print("\n".join(lines(*protect_and_attack(units, cohort_family(levels), year, key))), "\n")
