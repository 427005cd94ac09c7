"""Frozen tables: a protected table of one year is made once, when first released, and copied into later releases.

Files stand in one folder as `<year>/<family>.parquet` beside the ledger, which holds their hashes. Made anew, a
table whose data was corrected would be a second answer about the same persons. Two files stand beside a table, so that
later releases can be attacked with what was true on their day: `<family>.whole.parquet`, the table before figures of
the hidden class were taken out, and `<release>.units.parquet`, the units that the tables of a release were made of.
"""

import hashlib
import json
import shutil
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from etl.errors import Refused
from etl.privacy import ledger
from etl.privacy.ledger import Entry, Ledger

STATEMENT = "disclosure.json"
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


def units_of(table: Path, release: str) -> Path:
    """Where the units stand that a table of a release was made of: column `unit`, public and sensitive columns."""
    return table.with_name(f"{release}.units.parquet")


def whole_of(table: Path) -> Path:
    """Where a table stands with all its figures."""
    return table.with_suffix(".whole.parquet")


def noise_log_of(table: Path) -> Path:
    """Where the noise of a table that was made stands; it is not frozen."""
    return table.with_suffix(".noise.parquet")


def checked(folder: Path, releases: Path) -> Ledger:
    """The ledger, once it is seen that every table of it and of every release is there, untouched.

    Raises:
        BadInput: the ledger cannot be read.
        Refused: as `check` and `check_predecessors`.
    """
    held = ledger.read(folder)
    check(folder, held)
    check_predecessors(releases, held)
    return held


def check(folder: Path, held: Ledger) -> None:
    """That every table of the ledger is there, untouched.

    Raises:
        Refused: one is missing, or its bytes are not those that were released.
    """
    for entry in held.entries:
        path = path_of(folder, entry)
        for needed in _files(path, entry):
            if not needed.exists():
                raise Refused(
                    f"缺少已冻结的表 | a frozen table is missing: {entry.family} {entry.year}",
                    where=str(needed),
                    rule="frozen tables",
                    remedy=_RESTORE,
                )
        if digest(path) != entry.sha256:
            raise touched(path)


def touched(path: Path) -> Refused:
    """What to raise for a file that is not the one that was frozen."""
    return Refused(
        f"已冻结的表被改动 | a frozen table was touched: {path.stem} {path.parent.name}",
        where=str(path),
        rule="frozen tables",
        remedy=_RESTORE,
    )


def check_predecessors(releases: Path, held: Ledger) -> None:
    """That the ledger has every table that a release of this store says it holds, with the same hash.

    Raises:
        Refused: the ledger is not that of the releases before.
    """
    for path in sorted(releases.glob(f"[0-9]*/open/{STATEMENT}")):
        for year in json.loads(path.read_text("utf-8"))["years"]:
            for table in year["tables"]:
                entry = held.find(year["year"], table["family"])
                if entry is None or entry.sha256 != table["sha256"]:
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
    files: dict[Path, Path] = {}
    for entry, path in protection.made.items():
        files |= dict(zip(_files(path_of(folder, entry), entry), _files(path, entry), strict=True))
    for target, path in files.items():
        target.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        temporary = target.with_suffix(".new")
        shutil.copyfile(path, temporary)
        temporary.replace(target)
    ledger.write(folder, protection.ledger)


def _files(table: Path, entry: Entry) -> tuple[Path, ...]:
    """A table and what is kept with it."""
    return table, whole_of(table), units_of(table, entry.release)


def digest(path: Path) -> str:
    """SHA-256 of a file, in hexadecimal."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
