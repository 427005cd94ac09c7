"""Frozen tables: a protected table of one year is made once, when first released, and copied into later releases.

Files stand in one folder as `<year>/<family>.parquet` beside the ledger, which holds the hash of everything that is
kept. Made anew, a table whose data was corrected would be a second answer about the same units. Beside a table stand
`<family>.json`, what it was made of, and `<family>.measures.parquet`, what was computed from it, both published; and,
so that later releases can be attacked with what was true on their day, `<family>.whole.parquet`, the table before
figures of the hidden class were taken out, and `<hash>.units.parquet`, the units that tables were made of, named by
their content: a build that was cut short may have left others.
"""

import hashlib
import json
import shutil
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from etl.durable import sync
from etl.errors import Refused
from etl.privacy import ledger
from etl.privacy.ledger import Entry, Ledger

STATEMENT = "disclosure.json"
_UNITS = ".units.parquet"
_RESTORE = (
    "从备份恢复 restricted/frozen 整个文件夹；不要重造 | "
    "restore the whole folder restricted/frozen from a backup; do not make it anew"
)


@dataclass(frozen=True)
class Protection:
    """What a release protects: its part of the ledger, and the file of every table in it, by entry.

    `made` are the tables that no release held before, `ledger` is the whole one with them.
    """

    tables: Mapping[Entry, Path]
    made: Mapping[Entry, Path]
    ledger: Ledger

    @property
    def charged(self) -> Ledger:
        """The ledger of this release, which may be of an earlier year than the newest frozen table."""
        return Ledger(tuple(self.tables))

    def freeze(self, folder: Path) -> None:
        """Freezes what was made: from here on it is part of every release."""
        if self.made:
            freeze(folder, self)


def path_of(folder: Path, entry: Entry) -> Path:
    """Where a frozen table stands."""
    return folder / str(entry.year) / f"{entry.family}.parquet"


def units_of(table: Path, entry: Entry) -> Path:
    """Where the units stand that a table was made of: column `unit`, public and sensitive columns."""
    return table.with_name(next(name for name, _ in entry.kept if name.endswith(_UNITS)))


def named_by_content(units: Path) -> Path:
    """Renames the units of a year, once they are written, to the name that they are kept by."""
    return units.rename(units.with_name(f"{digest(units)[:16]}{_UNITS}"))


def whole_of(table: Path) -> Path:
    """Where a table stands with all its figures."""
    return table.with_suffix(".whole.parquet")


def declared_of(table: Path) -> Path:
    """Where it stands what a table was made of."""
    return table.with_suffix(".json")


def measures_of(table: Path) -> Path:
    """Where the measures of a table stand, if it has any."""
    return table.with_suffix(".measures.parquet")


def noise_log_of(table: Path) -> Path:
    """Where the noise of a table that was made stands; it is not frozen."""
    return table.with_suffix(".noise.parquet")


def kept(table: Path, units: Path) -> tuple[tuple[str, str], ...]:
    """Name and hash of everything that is frozen with a table; `units` stand beside it."""
    beside = (units, whole_of(table), declared_of(table), measures_of(table))
    return tuple((path.name, digest(path)) for path in beside if path.exists())


def checked(folder: Path, releases: Path) -> Ledger:
    """The ledger, once it is seen that everything it names and every table of a release is there, untouched.

    Raises:
        BadInput: the ledger cannot be read.
        Refused: as `check` and `check_predecessors`.
    """
    held = ledger.read(folder)
    check(folder, held)
    check_predecessors(releases, held)
    return held


def check(folder: Path, held: Ledger) -> None:
    """That every file of the ledger is there, untouched.

    Raises:
        Refused: one is missing, or its bytes are not those that were frozen.
    """
    known = {item for entry in held.entries for item in _files(path_of(folder, entry), entry).items()}
    for path, mark in sorted(known):
        if not path.exists():
            raise _refused("缺少已冻结的文件 | a frozen file is missing", path)
        if digest(path) != mark:
            raise _refused("已冻结的文件被改动 | a frozen file was touched", path)


def check_predecessors(releases: Path, held: Ledger) -> None:
    """That the ledger has every table that a release of this store says it holds, told in the same words.

    Raises:
        Refused: the ledger is not that of the releases before.
    """
    for path in sorted(releases.glob(f"[0-9]*/open/{STATEMENT}")):
        for year in json.loads(path.read_text("utf-8"))["years"]:
            for table in year["tables"]:
                entry = held.find(year["year"], table["family"])
                if entry is None or ledger.told(entry) != table:
                    raise Refused(
                        f"台账没有已发布的表 | the ledger lacks a released table: {table['family']} {year['year']}",
                        where=str(path),
                        rule="frozen tables",
                        remedy=_RESTORE,
                    )


def freeze(folder: Path, protection: Protection) -> None:
    """Copies new tables, and what stands beside them, to their place, then writes the ledger.

    Cut short, the old ledger holds.
    """
    if not (folder / ledger.NAME).exists():
        ledger.write(folder, Ledger())
    for entry, table in protection.made.items():
        for path in _files(table, entry):
            target = path_of(folder, entry).with_name(path.name)
            target.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            temporary = target.with_suffix(".new")
            shutil.copyfile(path, temporary)
            sync(temporary)
            temporary.replace(target)
            sync(target.parent)
    ledger.write(folder, protection.ledger)


def _files(table: Path, entry: Entry) -> dict[Path, str]:
    """A table and what is kept with it, with the hash of each."""
    return {table: entry.sha256} | {table.with_name(name): mark for name, mark in entry.kept}


def _refused(message: str, path: Path) -> Refused:
    return Refused(
        f"{message}: {path.parent.name}/{path.name}", where=str(path), rule="frozen tables", remedy=_RESTORE
    )


def digest(path: Path) -> str:
    """SHA-256 of a file, in hexadecimal."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
