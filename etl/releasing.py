"""The last stages of a build: see that all has arrived, compare with the release before, protect, assemble, judge,
promote.
"""

import hashlib
import json
import shutil
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pyarrow.parquet as pq

from etl import keys, withdrawals
from etl.errors import Refused
from etl.metadata import Metadata
from etl.privacy import frozen, ledger
from etl.privacy.frozen import Protection
from etl.privacy.microdata.frozen import check_frozen
from etl.publish import release as releases
from etl.publish.arrivals import arrivals, check_arrivals
from etl.publish.datasets import Dataset
from etl.publish.diff import vanished_certificates
from etl.publish.edition import Edition
from etl.publish.quality import Rows, exports_tables, quality_tables
from etl.publish.release import Version
from etl.run import Run, told
from etl.settings import DATASETS, METADATA, PROJECT, Store
from etl.sources.bounds import excesses
from etl.sources.compare import compare
from etl.sources.ingest import accepted_balances, last_ingest

if TYPE_CHECKING:
    from etl.privacy.microdata.ended import Ended
    from etl.privacy.microdata.files import Microdata
    from etl.publish.assemble import Plan

REPORT = "report.json"
_YEAR_END = (12, 31)


@dataclass(frozen=True)
class _Candidate:
    """A release that is to be made after `current`; `mark` names its content."""

    store: Store
    register: Metadata
    as_of: date
    run: Run
    mark: str
    current: Version | None
    version: Version

    @property
    def edition(self) -> Edition:
        return Edition.of(self.register, str(self.version), self.as_of)


@dataclass(frozen=True)
class _Made:
    """What a candidate is assembled from, beside the models: see `Plan`."""

    quality: Mapping[str, Rows]
    protection: Protection
    microdata: "Microdata | Ended | None"


def release(
    store: Store,
    register: Metadata,
    datasets: Sequence[Dataset],
    as_of: date,
    run: Run,
    *,
    boundaries: Path | None,
    key: Path | None = None,
) -> dict[str, Any]:
    """Protect, assemble, gate and promote a release; nothing of it when it would be the one being served.

    `key`: the key file that the keys of protected tables are derived from, if any.
    """
    with run.stage("release"):
        mark = _fingerprint(store, register, as_of)
        current = releases.current_version(store)
        unchanged = current is not None and _mark_of(store, current) == mark
    if current is not None and unchanged:
        return _unchanged(store, current, run)
    _refuse_rolled_back(store, current, mark)
    _see_arrivals(store, register, as_of, run)
    version = releases.next_version(store, as_of)
    candidate = _Candidate(store, register, as_of, run, mark, current, version)
    with told("release"), releases.candidate(store) as folder:
        made = _make(candidate, folder, key)
        _promote(candidate, folder, made, _plan(candidate, made, datasets, boundaries))
    forget(store, register.rules["retention"]["accepted"]["releases"])
    run.tell("release", str(version))
    return _released(store, version, new=True)


def refuse_earlier(store: Store, as_of: date) -> None:
    """Raises Refused for a day before that of the release being served, which would take its place unseen."""
    current = releases.current_version(store)
    served = date.fromisoformat(_manifest(store, current)["as_of"]) if current else as_of
    if as_of < served:
        raise Refused(
            f"截止日 {as_of} 早于正在服务的发布 {current} 的 {served} | "
            f"the as-of date {as_of} is before that of {current}, which is being served: {served}",
            where="--as-of",
            rule="发布不得倒退 | releases do not go back in time",
            remedy=f"以 --as-of 给出不早于 {served} 的日期；要启用更早的发布：jzs rollback VERSION | "
            f"give --as-of a day not before {served}; to serve an earlier release: jzs rollback VERSION",
        )


def _unchanged(store: Store, current: Version, run: Run) -> dict[str, Any]:
    """Leaves the release as it is, once everything frozen is seen to be untouched."""
    frozen.checked(store.frozen, store.releases)
    check_frozen(store.frozen_microdata, store.releases)
    run.tell("release", f"{current}  内容未变，无新发布 | unchanged, no new release")
    return _released(store, current, new=False)


def _make(candidate: _Candidate, folder: Path, key: Path | None) -> _Made:
    """Compares the exports with those before, makes what is protected, and writes the lookup into `folder`.

    Comparing and writing are the engines' work, protecting mostly Python's: together they take the time of one.
    """
    with ThreadPoolExecutor() as beside:
        written = beside.submit(_lookup, candidate, folder)
        compared = beside.submit(_quality, candidate)
        protection = _protect(candidate, key)
        microdata = _microdata(candidate, key)
        written.result()
        return _Made(compared.result(), protection, microdata)


def _plan(candidate: _Candidate, made: _Made, datasets: Sequence[Dataset], boundaries: Path | None) -> "Plan":
    # Imported here, as in `_protect`: pandas costs a second that an unchanged build does not need.
    from etl.publish.assemble import Plan  # noqa: PLC0415

    store, register = candidate.store, candidate.register
    return Plan(
        metadata=register,
        edition=candidate.edition,
        datasets=datasets,
        staging=store.staging,
        core=store.models("core"),
        open=store.models("open"),
        protected=store.models("protected"),
        served=store.models("served"),
        left_out=store.left_out,
        boundaries=boundaries,
        previous=releases.release_path(store, candidate.current) if candidate.current else None,
        fingerprint=candidate.mark,
        quality=made.quality,
        protection=made.protection,
        microdata=made.microdata,
        attacked=store.attacked(str(candidate.version)),
        keys=keys.held_disclosure_keys(store),
    )


def _promote(candidate: _Candidate, folder: Path, made: _Made, plan: "Plan") -> None:
    """Assembles the candidate, has it judged, freezes what it holds, and serves it."""
    from etl.publish.assemble import assemble  # noqa: PLC0415

    store, version = candidate.store, candidate.version
    with candidate.run.stage("release"):
        assemble(folder, plan)
        _remember(store, plan.previous, folder, version)
        made.protection.freeze(store.frozen)
        if made.microdata:
            made.microdata.freeze()
        withdrawals.publish(store)
        releases.promote(store, folder, version)


def _lookup(candidate: _Candidate, folder: Path) -> None:
    from etl.publish.assemble import begin  # noqa: PLC0415

    run = candidate.run
    with run.stage("lookup"):
        rows = begin(folder, candidate.store.models("served"), candidate.register, candidate.edition)
    run.tell("lookup", f"{rows:,} rows")


def _see_arrivals(store: Store, register: Metadata, as_of: date, run: Run) -> None:
    """Raises Refused when an accepted row neither reached the core model nor has a reason."""
    with run.stage("arrivals"):
        found = arrivals(store.staging, store.models("core"), register.records, as_of)
        elsewhere = check_arrivals(found)
    reached = sum(item.rows for item in found) - sum(elsewhere.values())
    told = {"reached": reached, **elsewhere}
    run.tell("arrivals", "  ".join(f"{why} {rows:,}" for why, rows in told.items()))


def _protect(candidate: _Candidate, key: Path | None) -> Protection:
    """Protected tables of the finished years; the keys of new ones are made here."""
    from etl.privacy.protect import Job, protect  # noqa: PLC0415

    store, as_of, run = candidate.store, candidate.as_of, candidate.run
    finished = as_of.year if (as_of.month, as_of.day) == _YEAR_END else as_of.year - 1
    with run.stage("protect"):
        held = ledger.read(store.frozen).years
        job = Job(
            sensitive=store.models("sensitive"),
            frozen=store.frozen,
            releases=store.releases,
            year=finished,
            release=str(candidate.version),
            key=lambda year: keys.disclosure_key(store, year, key, held),
        )
        protection = protect(job, store.models("protected"), candidate.register)
    run.tell("protect", f"{len(protection.tables)} tables, {len(protection.made)} new")
    return protection


def _microdata(candidate: _Candidate, key: Path | None) -> "Microdata | Ended | None":
    """The open file of one record a person, for a register that has rules for it, or that there is none any more."""
    from etl.delivery import microdata_job  # noqa: PLC0415
    from etl.privacy.attacks import problems  # noqa: PLC0415
    from etl.privacy.microdata.ended import Ended  # noqa: PLC0415
    from etl.privacy.microdata.files import microdata  # noqa: PLC0415

    store, register, run = candidate.store, candidate.register, candidate.run
    rules = register.rules.get("microdata")
    if rules is None:
        return None
    with run.stage("microdata"):
        job = microdata_job(store, register, key)
        made = microdata(job, rules, rules["released"], store.models("protected") / "microdata")
    if isinstance(made, Ended):
        run.tell("microdata", " | ".join(made.text.values()))
        for line in problems(made.findings, register.rules["attacks"]["metrics"]):
            run.report(f"  {line}")
    else:
        run.tell(
            "microdata", f"{made.year}" if made else "无文件可满足要求 | no file satisfies the requirements"
        )
    return made


def _quality(candidate: _Candidate) -> dict[str, list[dict[str, Any]]]:
    """What is told of the exports; what moved since the release being served is told to the operator, too."""
    store, register, run, current = candidate.store, candidate.register, candidate.run, candidate.current
    before = store.accepted(str(current)) if current else None
    shutil.rmtree(_comparing(store), ignore_errors=True)
    with run.stage("compare"):
        balances = last_ingest(store).balances
        changes = compare(store.staging, balances, register, before, _comparing(store))
        moved: dict[tuple[str, str | None], tuple[int, int, int]] = {
            (c.source_name, c.division_code): (c.changed, c.vanished, c.changed + c.vanished + c.stayed)
            for c in changes
        }
        found = excesses(balances, accepted_balances(store), moved, register)
    total = {name: sum(getattr(c, name) for c in changes) for name in ("appeared", "changed", "vanished")}
    run.tell("compare", "  ".join(f"{name} {value:,}" for name, value in total.items()))
    for item in found:
        where = f"{item.source_name} {item.division_code or ''}"
        run.report(f"注意 warning  {where}: {item.bound} {item.found:.1%} > {item.limit:.1%}")
    return quality_tables(balances, changes, found, register)


def _remember(store: Store, previous: Path | None, release: Path, version: Version) -> None:
    """Keeps, for the next comparison and for what asks after it, what the exports behind a release held."""
    folder = store.accepted(str(version))
    shutil.rmtree(folder, ignore_errors=True)
    _comparing(store).rename(folder)
    shutil.copyfile(store.staging / REPORT, folder / REPORT)
    gone = vanished_certificates(previous, release)
    pq.write_table(
        pa.table({"public_id": pa.array(gone, pa.string())}), folder / "vanished_certificates.parquet"
    )


def forget(store: Store, kept: int) -> None:
    """Removes what the exports behind earlier releases held, but their balance.

    The `kept` newest releases and that being served keep all. Cut short, it is made up for after the next release.
    """
    newest = {str(version) for version in releases.versions(store)[-kept:]}
    for folder in store.accepted("").iterdir():
        if releases.Version.parse(folder.name) and folder.name not in {*newest, store.served}:
            # Hashes go before the stamps beside them, without which they could not be compared.
            for path in sorted(folder.iterdir(), key=lambda path: (path.suffix != ".parquet", path.name)):
                if path.name != REPORT:
                    path.unlink()


def _comparing(store: Store) -> Path:
    return store.accepted(".new")


def _refuse_rolled_back(store: Store, current: Version | None, mark: str) -> None:
    """Raises Refused for the content of a release that was rolled back: only a person may serve it again."""
    for version in releases.versions(store):
        if current is not None and version > current and _mark_of(store, version) == mark:
            raise Refused(
                f"内容即已退回的发布 {version} | the content is that of {version}, which was rolled back",
                where=str(store.current),
                remedy=f"改正输入，或以 jzs rollback {version} 重新启用 | "
                f"correct the input, or serve it again: jzs rollback {version}",
            )


def _released(store: Store, version: Version, new: bool) -> dict[str, Any]:
    return {"version": str(version), "released": new, "path": str(releases.release_path(store, version))}


def _mark_of(store: Store, version: Version) -> str:
    return str(_manifest(store, version)["fingerprint"])


def _manifest(store: Store, version: Version) -> dict[str, Any]:
    manifest: dict[str, Any] = releases.read_json(releases.release_path(store, version) / "manifest.json")
    return manifest


def _fingerprint(store: Store, register: Metadata, as_of: date) -> str:
    """What a release would be made of: marts, balance, metadata, datasets, the code that writes products."""
    made = [store.models(zone) for zone in ("open", "sensitive", "served")]
    written = [path for folder in made for path in sorted(folder.glob("*.parquet"))]
    code = {PROJECT / "etl" / "publish", PROJECT / "etl" / "privacy"}
    folders = {METADATA, register.root.resolve(), DATASETS, *code}
    read = {path for folder in folders for path in folder.rglob("*")}
    told = sorted(path for path in read if path.is_file() and path.suffix != ".pyc")
    lines = [f"{path.name} {releases.sha256(path)}" for path in (*written, *told)]
    lines.append(json.dumps(exports_tables(last_ingest(store).balances, register), sort_keys=True))
    return hashlib.sha256("\n".join([as_of.isoformat(), *lines]).encode()).hexdigest()
