"""The ledger of protected tables: what each unit has been charged for each year, and the hash of what is frozen.

The charge is the rho of zero-concentrated differential privacy (Bun & Steinke 2016): for one unit and one year the
sum over the families of that year, over years the sum of these. It bounds what all frozen tables together can tell of
the unit's sensitive codes, whoever looks and whatever else is known.
"""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, fields
from fractions import Fraction
from pathlib import Path
from typing import Any

from etl.durable import replace_text
from etl.errors import BadInput, Refused

NAME = "ledger.json"


@dataclass(frozen=True, order=True)
class Entry:
    """One frozen table: `rho` that a unit of that year is charged, the `release` that first held it, its hash.

    `kept`: name and hash of each file that stands beside it.
    """

    year: int
    family: str
    rho: Fraction
    release: str
    rows: int
    sha256: str
    kept: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True)
class Ledger:
    """All frozen tables, by year and family."""

    entries: tuple[Entry, ...] = ()

    @property
    def years(self) -> frozenset[int]:
        return frozenset(entry.year for entry in self.entries)

    def find(self, year: int, family: str) -> Entry | None:
        return next((entry for entry in self.entries if (entry.year, entry.family) == (year, family)), None)

    def rho(self, year: int) -> Fraction:
        """What a unit is charged for one year."""
        return sum((entry.rho for entry in self.entries if entry.year == year), Fraction())

    def cumulated(self, year: int) -> Fraction:
        """What a unit that was there every year is charged up to one."""
        return sum((entry.rho for entry in self.entries if entry.year <= year), Fraction())

    def with_tables(self, entries: Iterable[Entry], ceiling: Fraction) -> "Ledger":
        """The ledger with more tables.

        Raises:
            Refused: a table would be charged twice, or a year pass the ceiling.
        """
        added = tuple(entries)
        charged = Ledger(tuple(sorted((*self.entries, *added))))
        for entry in added:
            if self.find(entry.year, entry.family):
                raise Refused(
                    f"{entry.year} 年的 {entry.family} 已冻结 | {entry.family} of {entry.year} is frozen already",
                    rule="ledger",
                    remedy="更正留待下一年的表 | a correction waits for next year's table",
                )
            if charged.rho(entry.year) > ceiling:
                raise Refused(
                    f"{entry.year} 年每个个体的隐私预算将达 {float(charged.rho(entry.year)):.3f}，超过上限"
                    f" {float(ceiling):.3f} | the charge of a unit for {entry.year} would pass the ceiling",
                    where="metadata/rules/disclosure.yaml",
                    rule="rho_ceiling",
                    remedy="不发布新的表族，或加大其方差 | leave the new family out, or raise its variances",
                )
        return charged


def read(folder: Path) -> Ledger:
    """The ledger of a folder of frozen tables; an empty one where there is no folder.

    Raises:
        BadInput: the ledger cannot be read, or tables stand there without it.
    """
    path = folder / NAME
    if not path.exists() and not any(folder.glob("*/*.parquet")):
        return Ledger()
    try:
        entries = json.loads(path.read_text("utf-8"))["entries"]
        if any({field.name for field in fields(Entry)} - item.keys() == {"kept"} for item in entries):
            raise _outdated(path)
        return Ledger(tuple(map(_entry, entries)))
    except (OSError, ValueError, KeyError, TypeError):
        raise BadInput(
            "台账缺失或已损坏 | the ledger is missing or damaged",
            where=str(path),
            rule="ledger",
            remedy="从备份恢复整个文件夹，不要重造 | restore the whole folder from a backup; do not make it anew",
        ) from None


def _entry(item: Mapping[str, Any]) -> Entry:
    kept = tuple((name, mark) for name, mark in item["kept"].items())
    return Entry(**{**item, "rho": Fraction(item["rho"]), "kept": kept})


def _outdated(path: Path) -> BadInput:
    return BadInput(
        "台账由早先的程序写成：表旁的文件没有校验值 | the ledger was written by an earlier version: what stands beside"
        " its tables has no hashes",
        where=str(path),
        rule="ledger",
        remedy="那样的库只用于试验：另建一个新库 | such a store was for trial only: build a new one elsewhere",
    )


def write(folder: Path, ledger: Ledger) -> None:
    """Replaces the ledger of a folder, in one step."""
    entries = [vars(entry) | {"rho": str(entry.rho), "kept": dict(entry.kept)} for entry in ledger.entries]
    replace_text(folder / NAME, json.dumps({"entries": entries}, indent=2) + "\n")


def statement(ledger: Ledger, ceiling: Fraction) -> dict[str, Any]:
    """What a release says of the ledger: every frozen table, the charge of each year, and the sum since the first."""
    return {
        "rho_ceiling": float(ceiling),
        "years": [
            {
                "year": year,
                "rho": float(ledger.rho(year)),
                "rho_cumulated": float(ledger.cumulated(year)),
                "tables": [told(entry) for entry in ledger.entries if entry.year == year],
            }
            for year in sorted(ledger.years)
        ],
    }


def told(entry: Entry) -> dict[str, Any]:
    """What a release says of a frozen table. Of what is restricted it tells no hash: guesses could be tried on it."""
    return {
        "family": entry.family,
        "rho": float(entry.rho),
        "release": entry.release,
        "rows": entry.rows,
        "sha256": entry.sha256,
        "declared": dict(entry.kept).get(f"{entry.family}.json"),
    }
