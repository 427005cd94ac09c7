"""The build: exports in, one release out. Ties the rooms together and adds nothing of its own.

Stages: metadata, type-check, ingest, inputs, linking, models, protection, microdata, release. Whatever happens before
the last rename, the release being served stays as it was.
"""

import fcntl
import os
from collections import Counter
from collections.abc import Collection, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from datetime import date
from pathlib import Path
from typing import Any

import duckdb
import pyarrow.parquet as pq

from etl import kernel, keys, metadata
from etl.errors import BadInput, Refused
from etl.identity import linking
from etl.identity.rules import person_rules
from etl.inputs import table_columns, write_inputs
from etl.kernel import Model
from etl.metadata import Metadata
from etl.privacy.sensitivity import Declassifier
from etl.privacy.typecheck import check
from etl.publish.datasets import discover_datasets
from etl.publish.geography import divisions
from etl.publish.release import finish_promotion
from etl.publish.tables import literal
from etl.releasing import refuse_earlier, release
from etl.run import Report, Run, told
from etl.settings import DATASETS, SQL, Store
from etl.sources.ingest import ingest
from etl.sources.report import COUNTS
from etl.withdrawals import in_force

LOCATORS = frozenset({"source_name", "source_file", "source_row", "received_on"})
ZONES = ("core", "safe", "open", "served", "sensitive")


@dataclass(frozen=True)
class Job:
    """What to build: exports, store, the register's metadata; the as-of date (None: the newest export's)."""

    source: Path
    store: Store
    metadata: Path
    as_of: date | None = None
    key: Path | None = None
    select: tuple[str, ...] = ()


def build(job: Job, report: Report) -> dict[str, Any]:
    """Runs the whole build and returns its run report.

    Raises:
        BadInput: exports or metadata cannot be read.
        Refused: a leak, a failing check, a gate; or another build holds the store.
        StageError: an unforeseen error.
    """
    run = Run(report)
    with run.stage("metadata"):
        register = metadata.load(job.metadata)
        datasets = discover_datasets(DATASETS)
        models = kernel.discover(SQL)
        kernel.select(models, job.select)
        keys.check_key(job.store, job.key)
    run.tell("metadata", f"{register.register['id']}: {len(register.sources)} sources, {len(models)} models")
    judged = _type_check(models, register, run)
    with locked(job.store):
        with told("release"):
            finish_promotion(job.store)
        if job.as_of:
            _see_as_of(job, job.as_of)
        ingested = _ingest(job, register, run)
        as_of = job.as_of or _newest_export(job.store)
        _see_as_of(job, as_of)
        tables = _inputs(job.store, register, as_of, run)
        # The map is made beside the models, which leave one core idle where they are small.
        with ThreadPoolExecutor(1) as beside:
            boundaries = beside.submit(divisions, register, job.store.restricted / "geography")
            first, linked = _link(job, models, tables, register, run)
            built = _models(job, models, tables, register, run, first=first, judged=judged)
        with run.stage("map"):
            drawn = boundaries.result()
        outcome = (
            {}
            if job.select
            else release(job.store, register, datasets, as_of, run, boundaries=drawn, key=job.key)
        )
    return {
        "register": register.register["id"],
        "as_of": as_of.isoformat(),
        **outcome,
        "ingest": ingested,
        "linking": linked,
        "models": built,
        "seconds": run.seconds,
    }


def _ingest(job: Job, register: Metadata, run: Run) -> dict[str, int]:
    with run.stage("ingest"):
        done = ingest(job.source, job.store, register, job.as_of, run.report)
    total = {count: done.total(count) for count in COUNTS}
    run.tell("ingest", "  ".join(f"{count} {value:,}" for count, value in total.items()))
    return {
        "files": done.files,
        "read": done.read,
        "kept": done.files - done.read,
        "again": done.again,
        **total,
    }


def _see_as_of(job: Job, as_of: date) -> None:
    """Raises Refused when a release of that day would go back behind the one being served."""
    if not job.select:
        with told("release"):
            refuse_earlier(job.store, as_of)


def _newest_export(store: Store) -> date:
    """The newest snapshot date in staging: what "today" is when nobody says.

    Raises:
        BadInput: the exports carry no date.
    """
    files = literal(store.staging / "stg_registration" / "*.parquet")
    with duckdb.connect() as connection:
        row = connection.execute(f"SELECT max(received_on) FROM read_parquet({files})").fetchone()
    if row is None or row[0] is None:
        raise BadInput(
            "导出没有日期 | the exports carry no date", "--as-of", remedy="给出 --as-of | give --as-of"
        )
    newest: date = row[0]
    return newest


def _inputs(store: Store, register: Metadata, as_of: date, run: Run) -> dict[str, Path | list[Path]]:
    with run.stage("inputs"):
        down = in_force(store)
        written = write_inputs(
            store.restricted / "inputs", register, as_of, f"{as_of:%Y}.{as_of.month}", down
        )
        staged = {
            f"stg_{name}": sorted((store.staging / f"stg_{name}").glob("*.parquet"))
            for name in (*register.records, "snapshot", "sighting")
        }
    run.tell("inputs", f"{len(written)} tables, as of {as_of}")
    return {**written, **staged, "link_person": linking.person_links(store)}


def _type_check(models: Mapping[str, Model], register: Metadata, run: Run) -> Mapping[str, tuple[str, ...]]:
    """The columns of every model, none of which leaks. Raises Refused when one does."""
    with run.stage("privacy"):
        declared = [
            Declassifier(
                item["name"],
                item["accepts"],
                item["gives"],
                item["sql"],
                tuple(map(tuple, item.get("of", ()))),
                tuple(map(tuple, item.get("row", ()))),
            )
            for item in register.rules["declassifiers"]
        ]
        verdict = check(models, register.fields, declared, table_columns(register))
    if verdict.leaks:
        raise Refused(
            "\n".join(
                [
                    "私密内容会流入公开区 | what is private would reach the public zone:",
                    *map(str, verdict.leaks),
                ]
            ),
            where=str(SQL),
            rule="design: columns are unpublished unless opted in",
            remedy="去掉该列，或经声明的降级函数 | drop the column, or use a declared declassifier",
        )
    run.tell("privacy", f"{len(models)} models, no leak")
    return verdict.columns


def _link(
    job: Job,
    models: Mapping[str, Model],
    tables: Mapping[str, Path | list[Path]],
    register: Metadata,
    run: Run,
) -> tuple[kernel.BuildReport, dict[str, Any]]:
    """Builds what linking reads, then links certificates to persons."""
    with run.stage("linking"):
        first = _build_models(job, models, tables, register, run, select=linking.MODELS)
        done = linking.link(job.store, person_rules(register))
    counts = "  ".join(f"{how} {count:,}" for how, count in done.certificates.items())
    run.tell("linking", f"{done.persons:,} persons  {counts}  review {done.review:,}")
    return first, asdict(done)


def _models(
    job: Job,
    models: Mapping[str, Model],
    tables: Mapping[str, Path | list[Path]],
    register: Metadata,
    run: Run,
    *,
    first: kernel.BuildReport,
    judged: Mapping[str, tuple[str, ...]],
) -> list[dict[str, Any]]:
    """Builds the selected models that `first` did not."""
    with run.stage("models"):
        selected = kernel.select(models, job.select) if job.select else frozenset(models)
        rest = _build_models(job, models, tables, register, run, select=selected - linking.MODELS)
        made = (*first.models, *rest.models)
        check_columns(models, {item.name: item.path for item in made}, judged)
    kept = sum(item.state == "kept" for item in made)
    run.tell("models", f"{len(made)} models, {kept} kept, {first.checks + rest.checks} checks")
    if reasons := Counter(reason for item in made for reason in item.why):
        run.report("  因 because  " + "  ".join(f"{name} {count}" for name, count in reasons.most_common()))
    return [
        {
            "name": item.name,
            "state": item.state,
            "why": item.why,
            "rows": item.rows,
            "seconds": round(item.seconds, 3),
        }
        for item in made
    ]


def _build_models(
    job: Job,
    models: Mapping[str, Model],
    tables: Mapping[str, Path | list[Path]],
    register: Metadata,
    run: Run,
    *,
    select: Collection[str],
) -> kernel.BuildReport:
    return kernel.build(
        models,
        tables,
        {zone: job.store.models(zone) for zone in ZONES},
        functions=[macro["sql"] for macro in register.rules["declassifiers"]],
        secrets=keys.variables(keys.pseudonym_key(job.store, job.key)),
        select=select,
        report=run.report,
        printable=_printable(register),
    )


def check_columns(
    models: Mapping[str, Model], files: Mapping[str, Path], judged: Mapping[str, tuple[str, ...]]
) -> None:
    """That the files have the columns that the type-check judged, no other.

    Raises:
        Refused: the engine wrote other columns than the analysis saw.
    """
    for name, path in files.items():
        if tuple(pq.read_schema(path).names) != judged[name]:
            raise Refused(
                f"{name} 的列与所审查的不符 | the columns of {name} are not those that were judged",
                where=str(models[name].path),
                rule="所写即所审 | what is written is what was judged",
                remedy="写明各列，用小写名字 | name the columns, in lower case",
            )


def _printable(register: Metadata) -> frozenset[str]:
    """Columns whose values a failing check may show: keys but secret ones, public codes, where a row came from."""
    fields = register.fields.items()
    keys_shown = {name for name, entry in fields if entry.role == "key" and entry.sensitivity != "secret"}
    codes_shown = {name for name, entry in fields if entry.type == "code" and entry.sensitivity == "public"}
    return LOCATORS | keys_shown | codes_shown


@contextmanager
def locked(store: Store) -> Iterator[None]:
    """Holds the store: one build at a time. The lock ends with the process, however it ends.

    What is written meanwhile only this user may read; a release is opened to others when it is promoted.

    Raises:
        Refused: another build holds it.
    """
    store.restricted.mkdir(parents=True, exist_ok=True)
    store.restricted.chmod(0o700)
    with _private(), (store.restricted / "build.lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise Refused(
                "另一个构建正在使用这个库 | another build is using this store",
                where=str(store.root),
                remedy="等它结束 | wait for it to end",
            ) from None
        yield


@contextmanager
def _private() -> Iterator[None]:
    """Files that are made meanwhile, by this process and those it starts, are nobody else's."""
    mask = os.umask(0o077)
    try:
        yield
    finally:
        os.umask(mask)
