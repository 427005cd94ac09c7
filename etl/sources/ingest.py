"""From a directory of exports to staging: plan, stage what changed, drop duplicates, balance, swap in.

Staging is built beside the old one and swapped in at the end: a killed ingest leaves the old one. What a file
became is kept under `.files/<key>/`, where the key is the hash of everything it depends on: bytes, name,
source metadata, code lists, rules and this code. Final files are hard links to it wherever no duplicate was dropped.
"""

import hashlib
import json
import os
import shutil
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from functools import partial
from itertools import chain
from pathlib import Path

import duckdb

from etl.errors import Refused
from etl.metadata import Metadata, Source
from etl.settings import Store
from etl.sources.assemble import Placed, assemble, taken
from etl.sources.batch import Batch, Job, Unit, division_of_file, file_of
from etl.sources.bounds import check_budgets, check_floors
from etl.sources.corrections import Correction, check_corrections, read_corrections
from etl.sources.files import Received, received_files
from etl.sources.layout import candidates, is_data
from etl.sources.readers import Limits, names_inside
from etl.sources.receipts import Receipt, read_receipts, settle, undated_lines, write_receipts
from etl.sources.repairs import Repair, digest, read_repairs, stale_lines
from etl.sources.report import Balance, IngestReport, write_balance
from etl.sources.settings import IngestRules, ingest_rules
from etl.sources.snapshots import check_snapshots, revision_of, series_of, snapshot_date, superseded
from etl.sources.stage import stage_batch
from etl.workers import workers

# Below this many bytes starting more processes costs more than it saves.
_PARALLEL_FROM = 1 << 24
# Files up to this many bytes together are staged as one: most of the cost of a small file is not its rows.
_BATCH_BYTES = 1 << 24
_CODE = Path(__file__).resolve().parents[1]


@dataclass(frozen=True)
class _Task:
    file: Received
    key: str
    sources: tuple[Source, ...]
    superseded: Mapping[tuple[str, str], str]
    repairs: tuple[Repair, ...]
    corrections: tuple[Correction, ...]
    received_on: date | None


@dataclass(frozen=True)
class _Packed:
    """A file that may be an archive."""

    path: Path
    name: str
    limits: Limits


def ingest(
    source: Path,
    store: Store,
    metadata: Metadata,
    as_of: date | None = None,
    report: Callable[[str], None] = lambda line: None,
) -> IngestReport:
    """Stage a directory of exports: `stg_<record>/*.parquet` and `balance.parquet` in the store's staging.

    Rows that cannot be accepted go, with payload, to the store's quarantine. `as_of` stands in for the
    snapshot date of files that carry none. Raises BadInput when a file cannot be read or understood, Refused
    when a balance does not close, a source exceeds its drop budget or falls below its floor; staging is then
    as it was before, and the rows that a source had too many of set aside are kept in `store.refused`.
    """
    staging, quarantine = store.staging, store.quarantine
    _recover(staging)
    _recover(quarantine)
    rules = ingest_rules(metadata)
    repairs, corrections = read_repairs(store), read_corrections(metadata, store)
    receipts, again = settle(
        received_files(source, rules), read_receipts(staging), partial(_identity, metadata=metadata), as_of
    )
    for name, first in again.items():
        report(f"{name}: 与 {first} 内容相同，不再读取 | same bytes as {first}, not read again")
    tasks = _plan(receipts, metadata, repairs=repairs, corrections=corrections)
    run_key = _digest(*(f"{task.file.name} {task.key}" for task in tasks), *metadata.records)
    previous = last_ingest(store) if _is_whole(store) else None
    if previous is not None and previous.key == run_key:
        _tell_repairs(repairs, tasks, staging, report)
        shutil.rmtree(store.refused, ignore_errors=True)
        report(f"来源未变 | sources unchanged: {len(tasks)} files")
        return replace(previous, read=0, again=len(again))
    building, held = _beside(staging), _beside(quarantine)
    try:
        done, read = _stage_all(tasks, staging, building, metadata=metadata, rules=rules, report=report)
        _tell_repairs(repairs, tasks, building, report)
        for line in undated_lines(unit for _, units in done for unit in units):
            report(line)
        check_corrections(corrections, _met(done))
        placed = _placed(done, building)
        balances = assemble(placed, building, held, metadata)
        try:
            check_budgets(balances, metadata)
            check_floors(balances, accepted_balances(store), metadata)
            for line in check_snapshots(taken(placed, metadata), metadata):
                report(line)
        except Refused as refusal:
            _swap(held, store.refused)
            raise _with_rows(refusal, store.refused) from None
        result = IngestReport(run_key, tuple(balances), len(tasks), read, len(again))
        write_balance(balances, building / "balance.parquet")
        _write_sources(source, tasks, building / "sources.json")
        write_receipts(receipts, building)
        (building / "report.json").write_text(
            json.dumps(result.to_json(), ensure_ascii=False), encoding="utf-8"
        )
        _swap(held, quarantine)
        _swap(building, staging)
        shutil.rmtree(store.refused, ignore_errors=True)
    finally:
        shutil.rmtree(building, ignore_errors=True)
        shutil.rmtree(held, ignore_errors=True)
    return result


def accepted_balances(store: Store) -> tuple[Balance, ...]:
    """The balances behind the release being served; none when there is none."""
    path = store.accepted(store.served or "") / "report.json"
    if store.served is None or not path.exists():
        return ()
    return IngestReport.from_json(json.loads(path.read_text(encoding="utf-8"))).balances


def _with_rows(refusal: Refused, rows: Path) -> Refused:
    """The refusal, saying also where the rows set aside are kept."""
    kept = f"被隔离的行保留在 | the rows set aside are kept in: {rows}"
    return Refused(refusal.message, refusal.where, refusal.rule, f"{refusal.remedy}；{kept}")


def last_ingest(store: Store) -> IngestReport:
    """What the ingest that made the present staging reported."""
    path = store.staging / "report.json"
    return IngestReport.from_json(json.loads(path.read_text(encoding="utf-8")))


def _is_whole(store: Store) -> bool:
    return (store.staging / "report.json").exists() and store.quarantine.is_dir()


def _identity(file: Received, metadata: Metadata) -> str:
    """Hash of a file's bytes and of what its name says."""
    every = [metadata.sources[name] for name in sorted(metadata.sources)]
    said = [
        (
            item.name,
            str(snapshot_date(item, file.name)),
            series_of(item, file.name),
            str(revision_of(item, file.name)),
            str(division_of_file(item.sender, file.name, metadata.codes)),
        )
        for item in candidates(file.name, every)
    ]
    return _digest(file.sha256, file.path.suffix.lower(), json.dumps(said))


def _plan(
    receipts: Sequence[Receipt],
    metadata: Metadata,
    *,
    repairs: Mapping[str, tuple[Repair, ...]],
    corrections: Sequence[Correction],
) -> list[_Task]:
    every = [metadata.sources[name] for name in sorted(metadata.sources)]
    held = {receipt.file.name: _files_in(receipt.file, metadata) for receipt in receipts}
    older = superseded(every, chain.from_iterable(held.values()))
    shared = _shared_digest(metadata)
    digests = {item.name: hashlib.sha256(item.path.read_bytes()).hexdigest() for item in every}
    tasks = []
    for receipt in receipts:
        file = receipt.file
        sources = tuple(candidates(file.name, every))
        days = tuple(snapshot_date(item, file.name) or receipt.on for item in sources)
        newer = {(name, item): by for name in held[file.name] for item, by in older[name].items()}
        parts = (*(digests[item.name] for item in sources), *map(str, days), *map(str, sorted(newer)))
        own = repairs.get(file.sha256, ())
        asked = tuple(item for item in corrections if any(map(item.concerns, sources)))
        told = (digest(own), *(item.id for item in asked))
        key = _digest(shared, file.name, file.sha256, *told, *parts)
        tasks.append(_Task(file, key, sources, newer, own, asked, receipt.on))
    return tasks


def _files_in(file: Received, metadata: Metadata) -> list[str]:
    """The name of a file; of an archive those of the data files in it."""
    rules = ingest_rules(metadata)
    inside = names_inside(_Packed(file.path, file.name, rules.limits), lambda name: is_data(name, rules))
    return [file.name] if inside is None else [f"{file.name}!{name}" for name in inside]


def _write_sources(source: Path, tasks: Sequence[_Task], path: Path) -> None:
    """Where the files were and what their bytes are, for `jzs trace`."""
    content = {
        "directory": str(source.resolve()),
        "files": {task.file.name: task.file.sha256 for task in tasks},
        "paths": {task.file.name: task.file.path.relative_to(source).as_posix() for task in tasks},
    }
    path.write_text(json.dumps(content, ensure_ascii=False), encoding="utf-8")


def _met(done: Sequence[tuple[_Task, list[Unit]]]) -> dict[str, tuple[int, int]]:
    """Correction -> rows with its key in all files, and those of them with the value that it expects."""
    found: dict[str, tuple[int, int]] = {}
    for _, units in done:
        for unit in units:
            for name, (rows, expecting) in unit.corrections.items():
                before = found.get(name, (0, 0))
                found[name] = (before[0] + rows, before[1] + expecting)
    return found


def _tell_repairs(
    repairs: Mapping[str, tuple[Repair, ...]],
    tasks: Sequence[_Task],
    folder: Path,
    report: Callable[[str], None],
) -> None:
    """Say which repairs applied and which did not; `folder` holds what the files became."""
    names = {task.file.sha256: task.file.name for task in tasks}
    applied = {
        task.file.sha256: sum(unit.repaired for unit in _units(folder, task))
        for task in tasks
        if task.repairs
    }
    for sha256, rows in applied.items():
        report(f"{names[sha256]}: 提供方改正或撤回 repaired or withdrawn by the provider: {rows}")
    for line in stale_lines(repairs, names, applied):
        report(line)


def _shared_digest(metadata: Metadata) -> str:
    """Hash of what every file depends on: this code, the engine, and the metadata other than sources."""
    code = [path for folder in ("clean", "sources") for path in sorted((_CODE / folder).rglob("*.py"))]
    about = [
        repr(metadata.fields),
        repr(metadata.records),
        repr(metadata.codes),
        repr(metadata.division_changes),
        metadata.register["time_zone"],
    ]
    rules = repr(ingest_rules(metadata))
    return _digest(duckdb.__version__, rules, *about, *(path.read_text(encoding="utf-8") for path in code))


def _digest(*parts: str) -> str:
    return hashlib.sha256("\0".join(parts).encode()).hexdigest()


def _stage_all(
    tasks: Sequence[_Task],
    staging: Path,
    building: Path,
    *,
    metadata: Metadata,
    rules: IngestRules,
    report: Callable[[str], None],
) -> tuple[list[tuple[_Task, list[Unit]]], int]:
    """Units of every task, in order, and how many files were read; results of unchanged files are linked."""
    fresh: list[_Task] = []
    for task in tasks:
        old, new = staging / ".files" / task.key, building / ".files" / task.key
        if (old / "units.json").exists():
            shutil.copytree(old, new, copy_function=os.link)
        else:
            new.mkdir(parents=True, mode=0o700)
            fresh.append(task)
    batches = [
        Batch(
            tuple(_job(task, building) for task in group),
            group[0].sources,
            metadata,
            rules,
            group[0].corrections,
        )
        for group in _batches(fresh)
    ]
    for line in _run(batches, sum(task.file.size for task in fresh)):
        report(line)
    return [(task, _units(building, task)) for task in tasks], len(fresh)


def _units(folder: Path, task: _Task) -> list[Unit]:
    """What became of the sheets of a file, from what is kept of it in `folder`."""
    text = (folder / ".files" / task.key / "units.json").read_text(encoding="utf-8")
    return [Unit.from_json(item) for item in json.loads(text)]


def _job(task: _Task, building: Path) -> Job:
    out = building / ".files" / task.key
    file, is_large, old = task.file, task.file.size > _BATCH_BYTES, frozenset(task.superseded)
    return Job(file.path, file.name, file.sha256, out, old, is_large, task.repairs, task.received_on)


def _batches(tasks: Sequence[_Task]) -> list[list[_Task]]:
    """Files that ask for the same sources together, up to a size; the largest batch first."""
    batches: list[list[_Task]] = []
    for task in sorted(tasks, key=lambda task: [source.name for source in task.sources]):
        last = batches[-1] if batches else []
        if last and last[0].sources == task.sources and _size([*last, task]) <= _BATCH_BYTES:
            last.append(task)
        else:
            batches.append([task])
    return sorted(batches, key=lambda batch: -_size(batch))


def _size(tasks: Sequence[_Task]) -> int:
    return sum(task.file.size for task in tasks)


def _run(batches: Sequence[Batch], size: int) -> list[str]:
    count = min(len(batches), len(os.sched_getaffinity(0)))
    if count < 2 or size < _PARALLEL_FROM:
        return [line for batch in batches for line in _stage(batch)]
    with workers(count) as pool:
        futures = [pool.submit(_stage, batch) for batch in batches]
        try:
            return [line for future in futures for line in future.result()]
        except BaseException:
            pool.shutdown(cancel_futures=True)
            raise


def _stage(batch: Batch) -> list[str]:
    lines = []
    for job, units in zip(batch.jobs, stage_batch(batch), strict=True):
        content = json.dumps([unit.to_json() for unit in units], ensure_ascii=False)
        (job.out / "units.json").write_text(content, encoding="utf-8")
        # In the columns of the lines that models get, but for the seconds, which files of a batch share.
        lines.append(f"{'file':<6}{sum(unit.received for unit in units):>12,} {'':>12}{job.name}")
        lines += [f"{unit.file}: {notice}" for unit in units for notice in unit.notices]
    return lines


def _placed(done: Sequence[tuple[_Task, list[Unit]]], building: Path) -> list[Placed]:
    return [
        Placed(
            unit,
            building / ".files" / task.key,
            file_of(unit.file, task.file.name),
            task.key,
            task.superseded.get((file_of(unit.file, task.file.name), unit.source)),
        )
        for task, units in done
        for unit in units
    ]


def _beside(folder: Path) -> Path:
    """An empty private folder beside `folder`, to become it."""
    new = folder.with_name(f".{folder.name}.building")
    shutil.rmtree(new, ignore_errors=True)
    new.mkdir(parents=True, mode=0o700)
    return new


def _swap(new: Path, folder: Path) -> None:
    old = folder.with_name(f".{folder.name}.old")
    shutil.rmtree(old, ignore_errors=True)
    if folder.exists():
        folder.rename(old)
    new.rename(folder)
    shutil.rmtree(old, ignore_errors=True)


def _recover(folder: Path) -> None:
    """Put back the old folder when a swap was cut short between its two renames."""
    old = folder.with_name(f".{folder.name}.old")
    if old.exists() and not folder.exists():
        old.rename(folder)
