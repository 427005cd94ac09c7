"""Assembles a candidate: products, datasets, catalogue, and what they say; then has it judged."""

import shutil
from collections.abc import Mapping, Sequence
from concurrent.futures import Executor, ThreadPoolExecutor
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

import duckdb

from etl.metadata import Metadata
from etl.metadata.disclosure import ceiling
from etl.privacy.frozen import STATEMENT, Protection, declared_of, units_of
from etl.privacy.ledger import statement
from etl.privacy.microdata.ended import Ended
from etl.privacy.microdata.files import Microdata
from etl.privacy.microdata.frozen import CODEBOOK, PAGES, RECORDS
from etl.publish import gates, planes
from etl.publish.assessment import write_assessment
from etl.publish.attacks import attacks, ready
from etl.publish.catalogue import frame, write_catalogue
from etl.publish.datapackage import datapackage
from etl.publish.datasets import Dataset, Written, offered, write_dataset
from etl.publish.diff import compare
from etl.publish.edition import Edition
from etl.publish.leaks import no_leak
from etl.publish.lookup import lookup_name, write_lookup
from etl.publish.quality import Rows
from etl.publish.release import write_json, write_sums
from etl.publish.tables import Table, published_table, published_tables
from etl.publish.workforce import write_workforce
from etl.workers import workers

_APART_FROM = 1 << 20
"""Bytes of units from which starting a process takes less than it saves."""


@dataclass(frozen=True)
class Plan:
    """What a release is made of.

    `staging`, `core`, `open`, `protected` and `served` are folders of Parquet files; `left_out` is that of the
    certificates whose holders were taken down from the lookup; `boundaries` is the file of
    the map, if the register has one; `previous` is the release that the new one is compared with; `fingerprint`
    names the content, whatever its version; `quality` is what is told of the exports; `protection` what was protected,
    `microdata` the file of one record a person, or that there is none any more; `attacked` is the restricted
    file of what the attacks measured, and `keys` are those of protected years.
    """

    metadata: Metadata
    edition: Edition
    datasets: Sequence[Dataset]
    staging: Path
    core: Path
    open: Path
    protected: Path
    served: Path
    left_out: Path
    boundaries: Path | None
    previous: Path | None
    fingerprint: str
    quality: Mapping[str, Rows]
    protection: Protection
    microdata: Microdata | Ended | None
    attacked: Path
    keys: Mapping[int, bytes] = field(repr=False)

    @cached_property
    def protected_tables(self) -> dict[str, Table]:
        return published_tables(self.protected, self.metadata)

    @cached_property
    def exact_tables(self) -> dict[str, Table]:
        """The public plane."""
        return published_tables(self.open, self.metadata)

    @cached_property
    def tables(self) -> dict[str, Table]:
        """Everything that may leave as a table: the public plane, and what protection let through."""
        return self.exact_tables | self.protected_tables

    @property
    def file(self) -> Microdata | None:
        """The file of one record a person that this release has, if any."""
        return self.microdata if isinstance(self.microdata, Microdata) else None

    @cached_property
    def records(self) -> dict[str, Table]:
        """The file of microdata: a dataset, and no table of the dashboard."""
        if self.file is None:
            return {}
        name = self.metadata.rules["microdata"]["units"]
        return {name: published_table(name, self.file.folder / RECORDS, self.metadata)}

    @cached_property
    def charged(self) -> dict[str, Any]:
        """What is said of the ledger, and of microdata."""
        told = {"microdata": self.microdata.told} if self.microdata else {}
        return statement(self.protection.charged, ceiling(self.metadata.rules["disclosure"])) | told


def begin(release: Path, served: Path, metadata: Metadata, edition: Edition) -> int:
    """Writes the lookup, into which nothing protected goes, into a fresh candidate folder; returns its rows.

    `served`: a folder of Parquet files. It can be done while protection is at work.
    """
    folder = release / "served"
    folder.mkdir()
    tables = published_tables(served, metadata)
    write_lookup(folder / "lookup.sqlite", tables, metadata, edition)
    return sum(table.rows for table in tables.values())


def assemble(release: Path, plan: Plan) -> dict[str, Any]:
    """Fills the candidate folder that `begin` began and passes it through every gate; returns its manifest.

    Raises:
        Refused: a gate said no.
    """
    lookup = {lookup_name(t): t.rows for t in published_tables(plan.served, plan.metadata).values()}
    with _attackers(plan) as attackers:
        attackers.submit(ready)
        written = _write_products(release, plan)
        write_json(release / "open" / "diff.json", compare(plan.previous, release))
        write_sums(release / "open")
        gates.judge(release, _examine(release, plan, lookup, attackers))
    write_assessment(release, plan.metadata, plan.edition)
    write_sums(release / "open")
    manifest = _manifest(plan, written, lookup)
    write_json(release / "manifest.json", manifest)
    write_sums(release)
    return manifest


def _write_products(release: Path, plan: Plan) -> list[Written]:
    """Writes map, workforce database and datasets; returns the datasets."""
    folder = release / "served"
    if plan.boundaries:
        shutil.copyfile(plan.boundaries, folder / "divisions.geojson")
    about = (plan.tables.values(), plan.metadata, plan.edition, plan.quality)
    with ThreadPoolExecutor(1) as beside:
        workforce = beside.submit(write_workforce, folder / "workforce.duckdb", *about)
        written = _write_open(release / "open", plan)
    workforce.result()
    return written


def _write_open(root: Path, plan: Plan) -> list[Written]:
    root.mkdir()
    tables = plan.tables | plan.records
    with duckdb.connect() as connection:
        written = [
            write_dataset(
                connection,
                dataset,
                tables[dataset.table],
                plan.metadata,
                root / "datasets",
                documents=_codebook(plan) if dataset.table in plan.records else (),
            )
            for dataset in offered(plan.datasets, tables, plan.metadata)
        ]
    for item in written:
        write_json(item.folder / "datapackage.json", datapackage(item, plan.metadata, plan.edition))
    write_json(root / "balance.json", plan.quality)
    write_json(root / STATEMENT, plan.charged)
    for entry, path in plan.protection.tables.items():
        target = root / planes.vintage(entry.year, entry.family)
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(path, target)
        shutil.copyfile(declared_of(path), declared_of(target))
    write_catalogue(root, written, plan.quality, plan.metadata, plan.edition, charged=plan.charged)
    return written


def _codebook(plan: Plan) -> tuple[Path, ...]:
    return tuple(plan.file.folder / name for name in (CODEBOOK, PAGES)) if plan.file else ()


def _examine(release: Path, plan: Plan, lookup: Mapping[str, int], attackers: Executor) -> list[gates.Gate]:
    stock = plan.open / "mart_registration__quarterly.parquet"
    protected = plan.protected_tables | plan.records
    with ThreadPoolExecutor() as pool:
        judged = (
            pool.submit(gates.balance_closes, plan.quality["balance"]),
            pool.submit(gates.hashes, release / "open"),
            pool.submit(gates.contracts, release, plan.datasets, frozenset(protected), plan.metadata),
            pool.submit(planes.planes, plan.exact_tables, protected, plan.metadata),
            pool.submit(planes.totals, plan.open, plan.protection, plan.metadata),
            pool.submit(planes.vintages, release),
            pool.submit(no_leak, release, plan.staging, frozenset(protected), plan.metadata),
            attackers.submit(
                attacks,
                release,
                plan.previous,
                plan.protection,
                plan.metadata,
                keys=plan.keys,
                file=plan.file,
                full=plan.attacked,
            ),
            pool.submit(gates.counts_agree, plan.core, stock, plan.served, plan.left_out, plan.metadata),
            pool.submit(gates.lookup_answers, release, lookup),
            pool.submit(gates.workforce_answers, release),
        )
    return [gate.result() for gate in judged]


def _attackers(plan: Plan) -> Executor:
    """Where the attacks run: in a process of their own where there are many units, for they and the leak scan are
    both Python's work.
    """
    units = {units_of(path, entry) for entry, path in plan.protection.tables.items()}
    if sum(path.stat().st_size for path in units) < _APART_FROM:
        return ThreadPoolExecutor(1)
    return workers(1)


def _manifest(plan: Plan, written: Sequence[Written], lookup: Mapping[str, int]) -> dict[str, Any]:
    edition, tables = plan.edition, plan.tables | plan.records
    return {
        "version": edition.version,
        "as_of": edition.as_of.isoformat(),
        "register": plan.metadata.register["id"],
        "synthetic": edition.synthetic,
        "previous": plan.previous.name if plan.previous else None,
        "fingerprint": plan.fingerprint,
        "tables": {t.name: {"rows": t.rows, "columns": t.columns} for t in tables.values()},
        "lookup": lookup,
        "datasets": {item.dataset.slug: item.rows for item in written},
        "disclosure": plan.charged,
        "frame": {language: frame(plan.metadata, edition, language) for language in ("zh", "en")},
    }
