"""The library for any register: tables and trees in, protected tables and a report out.

`protect` makes the protected tables of one year; `report` attacks them and compares their error with the formula.
The product does the same year by year from its own metadata, with a ledger and frozen files (`protect.py`).
`docs/methods/worked-example.md` shows the whole on a register that is not ours.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction

import duckdb
import numpy as np
import pyarrow as pa

from etl.errors import Refused
from etl.privacy.attacks import Evidence, Finding, Rules, Vintage, attack_gate
from etl.privacy.attacks.model import UNIT
from etl.privacy.attacks.series import series
from etl.privacy.tables.errors import Quality, with_errors
from etl.privacy.tables.families import Family, check_families
from etl.privacy.tables.protect import Protected
from etl.privacy.tables.protect import protect as protect_units

_UNITS = "units"


@dataclass(frozen=True)
class ProtectedYear:
    """A register of one year with its protected tables.

    `units`: one row per unit, named in column `unit`, with the public and sensitive columns: restricted.
    `protected`: by family, the whole table and its log of noise: restricted. `published`: by family, what may leave:
    year, level, the public columns (NULL above their level), the sensitive columns, persons (NULL in the hidden class),
    persons_sd, quality_class, cell_state.
    """

    year: int
    units: pa.Table
    unit: str
    families: tuple[Family, ...]
    protected: Mapping[str, Protected]
    published: Mapping[str, pa.Table]

    @property
    def rho(self) -> Fraction:
        """What one unit is charged for the year, in zero-concentrated differential privacy."""
        return sum((family.rho for family in self.families), Fraction())


@dataclass(frozen=True)
class LevelError:
    """Root mean squared error of a level's figures, and what the tables declare (persons_sd), in units."""

    family: str
    year: int
    level: str
    cells: int
    measured: float
    declared: float


@dataclass(frozen=True)
class Report:
    """What was measured of protected years, all figures before any is hidden; `passed`: no attack passes its bound."""

    errors: tuple[LevelError, ...]
    findings: tuple[Finding, ...]

    @property
    def passed(self) -> bool:
        return all(finding.passed for finding in self.findings)


def protect(
    units: pa.Table,
    unit: str,
    families: Sequence[Family],
    year: int,
    key: bytes,
    *,
    quality: Quality,
    ceiling: Fraction,
) -> ProtectedYear:
    """Protect a register of one year. `key`: 16 to 64 secret bytes of that year, to be kept and never published.

    Raises BadInput for a family, key, column or code that is not as declared; Refused for families that overlap, a
    tree that does not nest, units in cells declared impossible, or a charge over `ceiling`.
    """
    check_families(families)
    charged = sum((family.rho for family in families), Fraction())
    if charged > ceiling:
        raise Refused(
            f"各族合计 ρ 超过上限 | the families together pass the ceiling: {float(charged):.3f}",
            rule="ceiling",
            remedy="加大方差，或减少一层、一族 | raise a variance, or drop a level or a family",
        )
    with duckdb.connect() as connection:
        connection.register(_UNITS, units)
        protected = {
            family.name: protect_units(connection, _UNITS, unit, family, year, key) for family in families
        }
    published = {
        family.name: with_errors(protected[family.name].table, family, quality) for family in families
    }
    return ProtectedYear(year, units, unit, tuple(families), protected, published)


def report(years: Sequence[ProtectedYear], rules: Rules, keys: Mapping[int, bytes]) -> Report:
    """Attack years of one register, all with the same families, as somebody who holds the whole lookup of each.

    `keys`: the key of each year that still has one; some attacks draw noise again with it.
    """
    families = years[0].families
    vintages = [_vintage(year) for year in years]
    evidence = Evidence(
        vintages=vintages,
        families=families,
        logs={
            family.name: {year.year: year.protected[family.name].noise_log for year in years}
            for family in families
        },
        keys=keys,
    )
    errors = tuple(error for family in families for error in _errors(family, vintages))
    return Report(errors, attack_gate(evidence, rules))


def _vintage(year: ProtectedYear) -> Vintage:
    public = dict.fromkeys(column for family in year.families for column in family.public)
    sensitive = dict.fromkeys(column for family in year.families for column in family.sensitive)
    named = year.units.rename_columns([UNIT if n == year.unit else n for n in year.units.column_names])
    tables = {name: done.table for name, done in year.protected.items()}
    made = {family.name: family for family in year.families}
    return Vintage(year.year, named.select([UNIT, *public]), tables, named.select([UNIT, *sensitive]), made)


def _errors(family: Family, vintages: Sequence[Vintage]) -> list[LevelError]:
    found = series(family, vintages)
    wrong = np.where(found.possible, (found.figures - found.counts) ** 2, np.nan)
    stated = np.where(found.possible, found.spread**2, np.nan)
    measured = []
    for at, year in enumerate(found.years):
        for place, level in enumerate(family.levels):
            here = found.present[at] & (found.level == place)
            if here.any():
                cells = int((~np.isnan(wrong[at, here])).sum())
                sizes = (float(np.sqrt(np.nanmean(square[at, here]))) for square in (wrong, stated))
                measured.append(LevelError(family.name, year, level.name, cells, *sizes))
    return measured
