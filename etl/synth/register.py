"""The whole job: plan, work in chunks, collect, and put the result in place at once."""

import shutil
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from functools import partial
from multiprocessing import get_context
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from etl.errors import BadInput
from etl.metadata import Metadata
from etl.metadata import load as load_metadata
from etl.synth.arrays import Ints
from etl.synth.calibration import Calibration, days, load
from etl.synth.career import Numbering, simulate
from etl.synth.cohort import cells_before, cohort
from etl.synth.enterprises import Universe, universe
from etl.synth.export import Written, export
from etl.synth.national import Place, join
from etl.synth.plan import Chunk, chunks
from etl.synth.scene import scene


@dataclass(frozen=True)
class SynthReport:
    """What was written: persons, export rows by record type (dirt included), files, dirty rows by kind."""

    persons: int
    rows: dict[str, int]
    files: int
    dirt: dict[str, int]


@dataclass(frozen=True)
class _World:
    """What every chunk's work needs; made once in each process."""

    metadata: Metadata
    calibration: Calibration
    chunks: tuple[Chunk, ...]
    universe: Universe
    seed: int
    as_of: int


def write(
    out: Path,
    *,
    persons: int,
    seed: int,
    truth: Path | None,
    as_of: date,
    records: set[str] | None,
    divisions: set[str] | None,
    metadata: Metadata,
    processes: int = 2,
) -> SynthReport:
    """Write a synthetic register of `persons` under `out`, and the clean tables under `truth`.

    `records` and `divisions` (None = all) narrow what is written; `persons` are those of the divisions.
    The same arguments give the same bytes, whatever `processes` is. Raises BadInput when a folder exists.
    """
    wanted = _wanted(metadata, records)
    calibration = load(metadata, divisions)
    parts = chunks(calibration, persons)
    arguments = (metadata.root, divisions, persons, seed, days(as_of))
    with _fresh(out) as target, _fresh(truth) as clean, _workers(processes, arguments) as work:
        assert target is not None
        before = _numbering(work(_count, parts))
        jobs = list(zip(parts, before, strict=True))
        written = list(work(partial(_write, out=target, truth=clean, wanted=wanted), jobs))
        pieces = [piece for part in written for piece in part.pieces]
        places = join(target, pieces, calibration["national_file_bytes"])
        readme = metadata.root / "synth" / "README.txt"
        shutil.copyfile(readme, target / readme.name)
        dirt = pa.concat_tables([_placed(part.dirt, places) for part in written])
        if clean is not None:
            shutil.copyfile(readme, clean / readme.name)
            origin = pa.concat_tables([_placed(part.origin, places) for part in written])
            for name, found in (("dirt", dirt), ("origin", origin)):
                rows = found.sort_by([("file", "ascending"), ("row", "ascending")])
                pq.write_table(rows, clean / f"{name}.parquet", compression="zstd")
    return _report(persons, written, places, dirt)


def _report(
    persons: int, written: Iterable[Written], places: Mapping[str, Place], dirt: pa.Table
) -> SynthReport:
    rows: Counter[str] = Counter()
    files = len({place.file for place in places.values()})
    for part in written:
        rows.update(part.rows)
        files += part.files
    return SynthReport(persons, dict(rows), files, dict(Counter(dirt["kind"].to_pylist())))


def _placed(rows: pa.Table, places: Mapping[str, Place]) -> pa.Table:
    """Rows told by one chunk, by the file and row where they stand in the end."""
    files = rows["file"].combine_chunks().dictionary_encode()
    found = [places.get(name, Place(name, 0)) for name in files.dictionary.to_pylist()]
    names = pa.array([place.file for place in found], pa.string()).take(files.indices)
    before = pa.array([place.rows for place in found], pa.int64()).take(files.indices)
    columns = {"file": names, "row": pc.add(rows["row"], before)}
    return pa.table({name: columns.get(name, rows[name]) for name in rows.column_names}, schema=rows.schema)


def _wanted(metadata: Metadata, records: set[str] | None) -> frozenset[str]:
    known = frozenset(metadata.records)
    unknown = (records or set()) - known
    if unknown:
        raise BadInput(
            f"没有这种记录 | no such record type: {', '.join(sorted(unknown))}",
            where="--records",
            remedy="可选 | choose from: " + ", ".join(sorted(known)),
        )
    return known if records is None else frozenset(records)


@contextmanager
def _fresh(folder: Path | None) -> Iterator[Path | None]:
    """A folder beside the wanted one that takes its name once all is written."""
    if folder is None:
        yield None
        return
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise BadInput(
            "目标已存在且不为空 | exists and is not empty",
            where=str(folder),
            remedy="换一个目录或先删除 | choose another directory or remove it first",
        )
    partial_folder = folder.with_name(f".{folder.name}.partial")
    shutil.rmtree(partial_folder, ignore_errors=True)
    partial_folder.mkdir(parents=True)
    try:
        yield partial_folder
        if folder.exists():
            folder.rmdir()
        partial_folder.rename(folder)
    finally:
        shutil.rmtree(partial_folder, ignore_errors=True)


_world: _World


def _prepare(root: Path, divisions: set[str] | None, persons: int, seed: int, as_of: int) -> None:
    """Make the world of a process."""
    global _world  # noqa: PLW0603 - the one value that a worker process keeps between its jobs
    metadata = load_metadata(root)
    calibration = load(metadata, divisions)
    parts = chunks(calibration, persons)
    _world = _World(metadata, calibration, parts, universe(calibration, parts, seed, as_of), seed, as_of)


@contextmanager
def _workers(processes: int, arguments: tuple[Any, ...]) -> Iterator[Any]:
    """An ordered map over jobs, in this process or in several."""
    if processes == 1:
        _prepare(*arguments)
        yield map
        return
    with get_context("spawn").Pool(processes, _prepare, arguments) as pool:
        yield pool.imap


def _count(chunk: Chunk) -> tuple[Ints, Ints]:
    """Registration-number cells of a chunk and certificates in each."""
    people = cohort(scene(_world.calibration, chunk, _world.seed, _world.as_of))
    cells, sizes = np.unique(people.cells, return_counts=True)
    return cells.astype(np.int64), sizes.astype(np.int64)


def _numbering(counts: Iterator[tuple[Ints, Ints]]) -> list[Numbering]:
    known = list(counts)
    totals = np.cumsum([0, *(int(sizes.sum()) for _, sizes in known)])
    return [
        Numbering(before, int(total)) for before, total in zip(cells_before(known), totals[:-1], strict=True)
    ]


def _write(job: tuple[Chunk, Numbering], out: Path, truth: Path | None, wanted: frozenset[str]) -> Written:
    chunk, numbering = job
    here = scene(_world.calibration, chunk, _world.seed, _world.as_of)
    career = simulate(here, _world.universe, numbering)
    return export(_world.metadata, career, out, truth, wanted)
