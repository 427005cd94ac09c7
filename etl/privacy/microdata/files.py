"""Microdata of a year as files: made once, frozen when released, copied unchanged into every later release.

A frozen year is a folder `<tier>/<year>/` with `records.parquet`, `codebook.csv` and `codebook.md`, which are
published, `held.parquet` and `held.json`, which stay in the restricted zone.
"""

import hashlib
import json
import shutil
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv as pa_csv
import pyarrow.parquet as pq

from etl.errors import BadInput, Refused
from etl.privacy.attacks import Finding
from etl.privacy.microdata import checks, codebook
from etl.privacy.microdata.hierarchies import Hierarchy, read_hierarchy
from etl.privacy.microdata.inference import inference
from etl.privacy.microdata.lattice import NoRecoding
from etl.privacy.microdata.release import Held, Keys, Release, release
from etl.privacy.microdata.tiers import Tier, tier

RECORDS, CODEBOOK, PAGES = "records.parquet", "codebook.csv", "codebook.md"
_HELD, _LEVELS = "held.parquet", "held.json"
_UNITS = "units"


@dataclass(frozen=True)
class Job:
    """What to make: `units`, the sensitive table of a year; folders of the hierarchies and of what is frozen.

    `key` is that of the store: the same in every year.
    """

    units: Path
    hierarchies: Path
    frozen: Path
    key: bytes


@dataclass(frozen=True)
class Microdata:
    """Files of a year in `folder`, and the attacks on them; `home` is where they are frozen."""

    year: int
    folder: Path
    home: Path
    findings: tuple[Finding, ...]

    @property
    def is_new(self) -> bool:
        """Whether no release has held them yet."""
        return self.folder != self.home

    def freeze(self) -> None:
        """Freezes what was made, wholly or not at all: call it when the release that holds it is promoted."""
        if self.is_new:
            self.home.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            copied = self.home.with_name(f".{self.home.name}.new")
            shutil.rmtree(copied, ignore_errors=True)
            shutil.copytree(self.folder, copied)
            copied.rename(self.home)


def microdata(job: Job, rules: Mapping[str, Any], name: str, target: Path) -> Microdata | None:
    """The files of tier `name` for the year of the units, into folder `target` when they are not frozen yet.

    `rules`: content of `rules/microdata.yaml`. None when the table has nobody, when no file satisfies the tier and
    none ever did, and for a year without a file before one that has one: a file follows on those before it.

    Raises:
        BadInput: the table was not built, or a hierarchy cannot be read.
        Refused: a frozen file was touched, or the file can no longer be continued.
    """
    wanted = tier(name, rules["tiers"][name])
    year = _year(job, rules)
    if year is None:
        return None
    frozen = sorted(int(path.name) for path in (job.frozen / name).glob("[0-9]*"))
    home = job.frozen / name / str(year)
    for held in frozen:
        _check(job.frozen / name / str(held))
    if year in frozen:
        folder = home
    elif any(held > year for held in frozen):
        return None
    else:
        former = _held(job.frozen / name / str(frozen[-1])) if frozen else None
        try:
            _make(job, rules, wanted, year, former=former, folder=target)
        except NoRecoding:
            return None
        folder = target
    series = [_held(job.frozen / name / str(held)).persons for held in frozen if held < year]
    return Microdata(year, folder, home, _attacked(wanted, folder, [*series, _held(folder).persons], rules))


def _year(job: Job, rules: Mapping[str, Any]) -> int | None:
    """The year of the units."""
    if not job.units.exists():
        raise BadInput(
            f"敏感表没有生成 | the sensitive table was not built: {rules['units']}",
            str(job.units),
            rule="rules/microdata.yaml",
            remedy="先运行完整的构建 | run the whole build first",
        )
    year: int | None = pc.max(pq.read_table(job.units, columns=["year"])["year"]).as_py()
    return year


def _make(
    job: Job,
    rules: Mapping[str, Any],
    wanted: Tier,
    year: int,
    *,
    former: Held | None,
    folder: Path,
) -> None:
    hierarchies = {column: read_hierarchy(job.hierarchies / f"{column}.csv") for column in wanted.identifiers}
    present = ", ".join(
        f"coalesce({column}, '{rules['absent'][column]}') AS {column}" for column in rules["columns"]
    )
    with duckdb.connect() as connection:
        connection.execute(
            f"CREATE TABLE {_UNITS} AS SELECT {rules['unit']}, {present} FROM read_parquet(?)",
            [str(job.units)],
        )
        made = release(
            connection,
            _UNITS,
            rules["unit"],
            wanted,
            hierarchies,
            keys=Keys.of(job.key, wanted.name, year),
            former=former,
        )
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True, mode=0o700)
    _write(folder, made, rules["columns"], wanted, list(hierarchies.values()), year=year)


def _write(
    folder: Path,
    made: Release,
    names: Mapping[str, str],
    wanted: Tier,
    hierarchies: Sequence[Hierarchy],
    *,
    year: int,
) -> None:
    records = made.records.rename_columns([names.get(name, name) for name in made.records.column_names])
    pq.write_table(records, folder / RECORDS, compression="zstd")
    pq.write_table(made.held.persons, folder / _HELD, compression="zstd")
    pa_csv.write_csv(codebook.values(hierarchies, made.held.levels, names), folder / CODEBOOK)
    facts = {
        "year": year,
        "persons": made.recoding.persons,
        "records": records.num_rows,
        "suppressed": made.recoding.suppressed / made.recoding.persons,
    }
    (folder / PAGES).write_text(codebook.pages(wanted, made.held.levels, names, facts), "utf-8")
    hashes = {name: _digest(folder / name) for name in (RECORDS, _HELD, CODEBOOK, PAGES)}
    content = {"levels": dict(made.held.levels), "loss": made.recoding.loss, **facts, "sha256": hashes}
    (folder / _LEVELS).write_text(json.dumps(content, indent=2) + "\n", "utf-8")


def _held(folder: Path) -> Held:
    content = json.loads((folder / _LEVELS).read_text("utf-8"))
    return Held(content["levels"], pq.read_table(folder / _HELD))


def _check(folder: Path) -> None:
    """That the files of a frozen year are there, untouched."""
    try:
        known = json.loads((folder / _LEVELS).read_text("utf-8"))["sha256"]
        touched = [name for name, mark in known.items() if _digest(folder / name) != mark]
    except (OSError, ValueError, KeyError):
        touched = [_LEVELS]
    if touched:
        raise Refused(
            f"已冻结的微观数据缺失或被改动 | frozen microdata are missing or were touched: {', '.join(touched)}",
            where=str(folder),
            rule="frozen microdata",
            remedy="从备份恢复整个文件夹；不要重造 | restore the whole folder from a backup; do not make it anew",
        )


def _digest(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


def _attacked(
    wanted: Tier, folder: Path, series: Sequence[pa.Table], rules: Mapping[str, Any]
) -> tuple[Finding, ...]:
    """A10 to A14 on a year, given what was held of persons up to it."""
    persons = series[-1]
    published = pq.read_table(folder / RECORDS)
    source = {name: column for column, name in rules["columns"].items()}
    records = published.rename_columns([source.get(name, name) for name in published.column_names])
    findings = []
    for requirement in wanted.requirements:
        findings.append(checks.linkage(records, persons, requirement))
        for criterion in requirement.criteria:
            if len(persons[criterion.column].unique()) > 1:
                findings += checks.homogeneity(persons, requirement, criterion)
        findings.append(checks.unicity(series, rules["unit"], requirement))
        findings.append(checks.intersection(series, rules["unit"], requirement))
        findings += [
            inference(records, persons.num_rows, requirement.identifiers, secret, wanted.inference)
            for secret in (*wanted.identifiers, *wanted.sensitive)
            if secret not in requirement.identifiers
        ]
    return tuple(findings)
