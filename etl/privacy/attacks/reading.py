"""Evidence from a release folder: its frozen vintages, and what a store adds to them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from etl.errors import BadInput
from etl.privacy.attacks.evidence import Evidence
from etl.privacy.attacks.joined import Microdata
from etl.privacy.attacks.model import UNIT, Vintage
from etl.privacy.declared import family_of, read_declared
from etl.privacy.tables.families import Family

_VINTAGES = Path("open/vintages")
_DATASETS = "open/datasets/*/*.parquet"
_PROTECTED = {"cell_state", "record_ref"}
"""Columns that only protected counts and microdata have."""


@dataclass(frozen=True)
class Kept:
    """What a store keeps of a protected table, Parquet files: `units`, those that it was made of, column `unit` and the
    public and sensitive columns; `whole`, the table with the figures that are not shown, too.
    """

    units: Path
    whole: Path


@dataclass(frozen=True)
class KeptFile:
    """What a store keeps of microdata, Parquet files: `records` as published, `persons` as held of everybody.

    `unit`: the column that names a person in the second. `columns`: name in the register -> as published.
    """

    year: int
    records: Path
    persons: Path
    unit: str
    columns: Mapping[str, str]


def evidence(
    release: Path,
    *,
    files: Sequence[KeptFile] = (),
    kept: Mapping[tuple[int, str], Kept] | None = None,
    logs: Mapping[str, Mapping[int, pa.Table]] | None = None,
    keys: Mapping[int, bytes] | None = None,
    earlier: Sequence[Path] = (),
) -> Evidence:
    """What the attacks read of a release.

    `kept`: what the store keeps, by year and family. With it the tables are attacked with all their figures, which is
    more than is published; without it nobody's class is known and nothing is scored. `logs`, `keys`: see `Evidence`.
    `files`: microdata. `earlier`: folders of earlier releases. Each year's tables are attacked as what they were
    declared to be.

    Raises BadInput when a release does not tell what a table was made of.
    """
    published = read_published(release)
    held = _held(kept or {})
    made = {year: [_made(release, year, name) for name in tables] for year, tables in published.items()}
    newest = {family.name: family for _, families in sorted(made.items()) for family in families}
    sensitive = frozenset(column for family in newest.values() for column in family.sensitive)
    schemas = {path.stem: pq.read_schema(path) for path in sorted(release.glob(_DATASETS))}
    return Evidence(
        vintages=[
            _vintage(year, family, tables[family.name], held.get((year, family.name)), sensitive)
            for year, tables in sorted(published.items())
            for family in made[year]
        ],
        families=list(newest.values()),
        published=by_family(published),
        logs=logs or {},
        keys=keys or {},
        earlier=[by_family(read_published(folder)) for folder in earlier],
        open_tables={name: schema for name, schema in schemas.items() if not _PROTECTED & {*schema.names}},
        release=release,
        files=[_microdata(file, sensitive) for file in files],
    )


def _microdata(file: KeptFile, sensitive: frozenset[str]) -> Microdata:
    records, persons = pq.read_table(file.records), pq.read_table(file.persons)
    held = [name for name in file.columns if file.columns[name] in records.column_names]
    return Microdata(
        year=file.year,
        records=records.select([file.columns[name] for name in held]).rename_columns(held),
        persons=persons.select([file.unit, *held]).rename_columns([UNIT, *held]),
        public=[name for name in held if name not in sensitive],
    )


def protects(release: Path) -> bool:
    """Whether a release holds protected tables. Raises BadInput for a folder that is none, such as `open/` of one."""
    found = any((release / _VINTAGES).glob("*/*.parquet"))
    if not found and not (release / "manifest.json").exists():
        raise BadInput(
            "不是发布文件夹 | not the folder of a release",
            str(release),
            remedy="给出如 STORE/public/releases/2026.10.0 | name one such as STORE/public/releases/2026.10.0",
        )
    return found


def read_published(release: Path) -> dict[int, dict[str, pa.Table]]:
    """Year and family -> protected table."""
    found: dict[int, dict[str, pa.Table]] = {}
    for path in sorted((release / _VINTAGES).glob("*/*.parquet")):
        found.setdefault(int(path.parent.name), {})[path.stem] = pq.read_table(path)
    return found


def _made(release: Path, year: int, name: str) -> Family:
    """The family of a table, as it is declared beside it."""
    path = release / _VINTAGES / str(year) / f"{name}.json"
    if not path.exists():
        raise BadInput(
            f"没有写明表的声明 | it is not told what a table was made of: {name} {year}",
            str(path),
            remedy="发布由早先的程序写成：重新构建 | the release was written by an earlier version: build it anew",
        )
    return family_of(read_declared(path))


def by_family(published: Mapping[int, Mapping[str, pa.Table]]) -> dict[str, pa.Table]:
    """All years of every family in one table."""
    names = sorted({name for tables in published.values() for name in tables})
    return {name: pa.concat_tables([t[name] for t in published.values() if name in t]) for name in names}


def _held(kept: Mapping[tuple[int, str], Kept]) -> dict[tuple[int, str], tuple[pa.Table, pa.Table]]:
    """Units and whole table of each; the families of a year are made of the same units, which are read once."""
    units = {path: pq.read_table(path) for path in {beside.units for beside in kept.values()}}
    return {of: (units[beside.units], pq.read_table(beside.whole)) for of, beside in kept.items()}


def _vintage(
    year: int,
    family: Family,
    published: pa.Table,
    held: tuple[pa.Table, pa.Table] | None,
    sensitive: frozenset[str],
) -> Vintage:
    if held is None:
        nobody = pa.table({name: pa.array([], pa.string()) for name in (UNIT, *family.public)})
        return Vintage(year, nobody, {family.name: published}, None, {family.name: family})
    register, whole = held
    public = [name for name in register.column_names if name not in sensitive]
    truth = register.select([UNIT, *family.sensitive])
    return Vintage(year, register.select(public), {family.name: whole}, truth, {family.name: family})
