"""Microdata of a year as files: made once, frozen when released, copied unchanged into every later release.

Where frozen files stand, and how they are checked, is in `frozen.py`.
"""

import json
import shutil
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import duckdb
import pyarrow.compute as pc
import pyarrow.csv as pa_csv
import pyarrow.parquet as pq

from etl.durable import sync
from etl.errors import BadInput, Refused
from etl.privacy.attacks import Finding
from etl.privacy.frozen import digest
from etl.privacy.microdata import checks, codebook
from etl.privacy.microdata.ended import Ended, by_attacks, by_levels, read_ended
from etl.privacy.microdata.frozen import (
    CODEBOOK,
    HELD,
    LEVELS,
    PAGES,
    RECORDS,
    check_frozen,
    check_one_tier,
)
from etl.privacy.microdata.hierarchies import Hierarchy, read_hierarchy
from etl.privacy.microdata.inference import inference
from etl.privacy.microdata.lattice import NoRecoding
from etl.privacy.microdata.release import Held, Keys, Release, release
from etl.privacy.microdata.tiers import Requirement, Tier, tier

_UNITS = "units"


@dataclass(frozen=True)
class Job:
    """What to make: `units`, the sensitive table of a year; folders of the hierarchies, of what is frozen and of the
    releases. `key` is that of the store: the same in every year.
    """

    units: Path
    hierarchies: Path
    frozen: Path
    releases: Path
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

    @property
    def told(self) -> dict[str, Any]:
        """What a release says of them."""
        return {"tier": self.home.parent.name, "year": self.year, "sha256": digest(self.folder / RECORDS)}

    def freeze(self) -> None:
        """Freezes what was made, wholly or not at all: call it when the release that holds it is promoted."""
        if self.is_new:
            self.home.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            copied = self.home.with_name(f".{self.home.name}.new")
            shutil.rmtree(copied, ignore_errors=True)
            shutil.copytree(self.folder, copied)
            for path in (*copied.iterdir(), copied):
                sync(path)
            copied.rename(self.home)
            sync(self.home.parent)


def microdata(job: Job, rules: Mapping[str, Any], name: str, target: Path) -> Microdata | Ended | None:
    """The files of tier `name` for the year of the units, into folder `target` when they are not frozen yet.

    `rules`: content of `rules/microdata.yaml`. A file follows on those before it; where none that satisfies the tier
    can, the tier has ended. None when the table has nobody, when no file satisfies the tier and none ever did, and for
    a year without a file before one that has one.

    Raises:
        BadInput: the table was not built, or a hierarchy cannot be read.
        Refused: a frozen file is missing or was touched, another tier than the one of `rules` was released, or the tier
            is not declared as it was.
    """
    check_frozen(job.frozen, job.releases)
    check_one_tier(job.releases, rules["released"])
    home, year = job.frozen / name, _year(job, rules)
    if year is None:
        return None
    frozen = sorted(home.glob("[0-9]*"), key=lambda path: int(path.name))
    for folder in frozen:
        _check_declared(folder, rules, name)
    before = [folder for folder in frozen if int(folder.name) < year]
    held = home / str(year)
    if held in frozen:
        return Microdata(year, held, held, _attacked(rules, name, [*before, held]))
    if before != frozen:
        return None
    return read_ended(home) or _following(job, rules, name, year, before, folder=target)


def _following(
    job: Job, rules: Mapping[str, Any], name: str, year: int, before: Sequence[Path], *, folder: Path
) -> Microdata | Ended | None:
    """The files of a year in a new folder, after those of the frozen folders `before`."""
    home = job.frozen / name
    try:
        _make(job, rules, name, year, former=_held(before[-1]) if before else None, folder=folder)
    except NoRecoding:
        return by_levels(home, year) if before else None
    findings = _attacked(rules, name, [*before, folder])
    failed = [finding for finding in findings if not finding.passed]
    if before and failed:
        return by_attacks(home, year, failed)
    return Microdata(year, folder, home / str(year), findings)


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
    name: str,
    year: int,
    *,
    former: Held | None,
    folder: Path,
) -> None:
    wanted = tier(name, rules["tiers"][name])
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
    _write(folder, made, rules, wanted, list(hierarchies.values()), year=year)


def _write(
    folder: Path,
    made: Release,
    rules: Mapping[str, Any],
    wanted: Tier,
    hierarchies: Sequence[Hierarchy],
    *,
    year: int,
) -> None:
    names = rules["columns"]
    records = made.records.rename_columns([names.get(name, name) for name in made.records.column_names])
    pq.write_table(records, folder / RECORDS, compression="zstd")
    pq.write_table(made.held.persons, folder / HELD, compression="zstd")
    pa_csv.write_csv(codebook.values(hierarchies, made.held.levels, names), folder / CODEBOOK)
    facts = {
        "year": year,
        "persons": made.recoding.persons,
        "records": records.num_rows,
    }
    (folder / PAGES).write_text(codebook.pages(wanted, made.held.levels, names, facts), "utf-8")
    content = {
        "declared": _declared(rules, wanted.name),
        "levels": dict(made.held.levels),
        "shares": made.held.shares,
        "loss": made.recoding.loss,
        **facts,
        "sha256": {name: digest(folder / name) for name in (RECORDS, HELD, CODEBOOK, PAGES)},
    }
    (folder / LEVELS).write_text(json.dumps(content, indent=2) + "\n", "utf-8")


def _held(folder: Path) -> Held:
    content = json.loads((folder / LEVELS).read_text("utf-8"))
    return Held(content["levels"], pq.read_table(folder / HELD), content["shares"])


def _declared(rules: Mapping[str, Any], name: str) -> dict[str, Any]:
    """What a file of a tier is made by."""
    return {"tier": rules["tiers"][name], "columns": rules["columns"], "absent": rules["absent"]}


def _check_declared(folder: Path, rules: Mapping[str, Any], name: str) -> None:
    """That a tier is declared as it was when the file of a frozen year was made."""
    then, now = json.loads((folder / LEVELS).read_text("utf-8"))["declared"], _declared(rules, name)
    different = [part for part in now if now[part] != then[part]]
    if different:
        raise Refused(
            f"{name} 的声明与已冻结的 {folder.name} 年不同 | {name} is declared otherwise than its frozen file of "
            f"{folder.name}: {', '.join(different)}",
            where="rules/microdata.yaml",
            rule="一档微观数据不变 | a tier of microdata never changes",
            remedy="改回；按合同交付的，也可另起新名的一档 | put it back; one that is handed over under contract can"
            " also be followed by a tier of another name",
        )


def attackable(file: Microdata, rules: Mapping[str, Any]) -> frozenset[str]:
    """What of a file its findings have to tell, by the names of `needs` in `rules/attacks.yaml`."""
    wanted = tier(file.home.parent.name, rules["tiers"][file.home.parent.name])
    shares = json.loads((file.folder / LEVELS).read_text("utf-8"))["shares"]
    found = {
        "file": True,
        "criteria": any(
            _varies(shares[criterion.column])
            for requirement in wanted.requirements
            for criterion in requirement.criteria
        ),
        "secrets": any(_secrets(wanted, requirement) for requirement in wanted.requirements),
    }
    return frozenset(name for name, held in found.items() if held)


def _varies(register: Mapping[str, float]) -> bool:
    """Whether the register has more than one value of a column: else a class tells nothing of it."""
    return sum(share > 0 for share in register.values()) > 1


def _secrets(wanted: Tier, requirement: Requirement) -> list[str]:
    """The columns that somebody who knows the identifiers of a requirement could infer."""
    columns = (*wanted.identifiers, *wanted.sensitive)
    return [name for name in columns if name not in requirement.identifiers]


def _attacked(rules: Mapping[str, Any], name: str, folders: Sequence[Path]) -> tuple[Finding, ...]:
    """A10 to A14 on the file in the last folder, given what was held of persons up to it."""
    wanted, releases = tier(name, rules["tiers"][name]), [_held(folder) for folder in folders]
    series = [held.persons for held in releases]
    persons, shares = series[-1], releases[-1].shares
    published = pq.read_table(folders[-1] / RECORDS)
    source = {name: column for column, name in rules["columns"].items()}
    records = published.rename_columns([source.get(name, name) for name in published.column_names])
    findings = []
    for requirement in wanted.requirements:
        findings.append(checks.linkage(records, persons, requirement))
        for criterion in requirement.criteria:
            register = shares[criterion.column]
            if _varies(register):
                findings += checks.homogeneity(persons, register, requirement, criterion)
        findings.append(checks.unicity(series, rules["unit"], requirement))
        findings.append(checks.intersection(series, rules["unit"], requirement))
        findings += [
            inference(records, persons.num_rows, requirement.identifiers, secret, wanted.inference)
            for secret in _secrets(wanted, requirement)
        ]
    return tuple(findings)
