"""One chunk written: its exports, and the truth behind them."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from etl.metadata import Metadata
from etl.synth.arrays import Ints
from etl.synth.calibration import Layout
from etl.synth.career import Career
from etl.synth.dirt import Planted, spoil
from etl.synth.files import Heading, write
from etl.synth.national import Piece
from etl.synth.records import columns, table
from etl.synth.render import Sheet, render
from etl.synth.tables import Columns

_NATIONAL = "national"
DIRT = pa.schema(
    [
        ("file", pa.string()),
        ("row", pa.int64()),
        ("record", pa.string()),
        ("field", pa.string()),
        ("kind", pa.string()),
        ("fate", pa.string()),
        ("clean", pa.string()),
    ]
)
ORIGIN = pa.schema(
    [
        ("file", pa.string()),
        ("row", pa.int64()),
        ("truth_file", pa.string()),
        ("truth_row", pa.int64()),
    ]
)


@dataclass(frozen=True)
class Written:
    """What one chunk wrote: rows of exports by record type (dirt included), files, pieces of files, dirty rows.

    `origin` has, for every row of an export, the (first) row of the truth that it tells, where truth is kept.
    """

    rows: dict[str, int]
    files: int
    pieces: tuple[Piece, ...]
    dirt: pa.Table
    origin: pa.Table


@dataclass(frozen=True)
class _Target:
    """One file to write: its layout and rows of the clean table."""

    layout: Layout
    rows: Ints


def export(
    metadata: Metadata, career: Career, out: Path, truth: Path | None, wanted: frozenset[str]
) -> Written:
    """Write the wanted record types of one chunk."""
    rows: dict[str, int] = {}
    files, pieces = 0, list[Piece]()
    dirt, origin = [DIRT.empty_table()], [ORIGIN.empty_table()]
    for order, (record, make) in enumerate(columns(career).items()):
        if record not in wanted:
            continue
        clean = make()
        chunk = career.chunk
        truth_file = f"{record}/{chunk.province.code}_{chunk.number:02d}.parquet"
        if truth is not None:
            path = truth / truth_file
            path.parent.mkdir(parents=True, exist_ok=True)
            pq.write_table(table(metadata, record, clean), path, compression="zstd")
        rng = career.rng(40 + order)
        for target in _targets(career, record, clean):
            if len(target.rows) == 0:
                continue
            name, sheet, physical, planted = _one(career, target, clean, out, rng)
            count = len(sheet)
            rows[record] = rows.get(record, 0) + count
            if target.layout.folder is None:
                files += 1
            else:
                pieces.append(Piece(target.layout.name, name, count))
            dirt.append(_dirt_table(planted, physical, name, record))
            if truth is not None:
                origin.append(_origin_table(sheet, physical, name, truth_file))
    return Written(rows, files, tuple(pieces), pa.concat_tables(dirt), pa.concat_tables(origin))


def _targets(career: Career, record: str, clean: Columns) -> Iterator[_Target]:
    """The files of a record type."""
    calibration = career.calibration
    province, layouts = career.chunk.province, calibration.layouts
    rows = np.arange(len(next(iter(clean.values()))))
    if record == "event":
        yield _Target(layouts[province.event], rows)
        return
    if record != "registration":
        yield _Target(next(item for item in layouts.values() if item.record == record), rows)
        return
    roster = layouts[province.roster]
    if province.first_grade == _NATIONAL:
        first = calibration.code("category_code", calibration["registration"]["category"]["first"])
        is_first = pc.equal(clean["category_code"], first).to_numpy(zero_copy_only=False)
        yield _Target(layouts[calibration["national_roster"]], rows[is_first])
        rows = rows[~is_first]
    yield _Target(roster, _sorted(roster, clean, rows))


def _sorted(layout: Layout, clean: Columns, rows: Ints) -> Ints:
    """Rows of a workbook grouped by the merged column; of other files as they are."""
    if "merged" not in layout.options:
        return rows
    field = next(fields[0] for header, fields in layout.columns if header == layout.options["merged"])
    values = clean[field].take(pa.array(rows)).dictionary_encode()
    ranks = pc.rank(values.dictionary).to_numpy()
    return rows[np.argsort(ranks[values.indices.to_numpy()], kind="stable")]


def _one(
    career: Career, target: _Target, clean: Columns, out: Path, rng: np.random.Generator
) -> tuple[str, Sheet, Ints, list[Planted]]:
    """Render, spoil and write one file. Returns its name, its rows, where each stands, and the dirt."""
    calibration, chunk, layout = career.calibration, career.chunk, target.layout
    province = chunk.province
    sheet, planted = spoil(render(calibration, layout, clean, target.rows), calibration.dirt, rng)
    part = f"{chunk.number:02d}" if layout.folder is None else f"{province.code}_{chunk.number:02d}"
    name = f"{layout.folder or province.folder}/{layout.name}_{part}.{layout.file_format}"
    texts = calibration["headings"]
    title = f"{province.label}{layout.zh}（{texts['label']}）"
    heading = Heading(title, texts["subtitle"], layout.options.get("total_rows", ""), texts["note"])
    physical = write(out / name, sheet, layout.encoding or province.encoding, heading)
    return name, sheet, physical, planted


def _dirt_table(planted: list[Planted], physical: Ints, file: str, record: str) -> pa.Table:
    rows = [
        {
            "file": file,
            "row": int(physical[item.row]),
            "record": record,
            "field": item.field,
            "kind": item.kind,
            "fate": item.fate,
            "clean": item.clean,
        }
        for item in planted
    ]
    return pa.Table.from_pylist(rows, DIRT)


def _origin_table(sheet: Sheet, physical: Ints, file: str, truth_file: str) -> pa.Table:
    names = [pa.repeat(name, len(sheet)) for name in (file, truth_file)]
    return pa.table([names[0], physical, names[1], sheet.truth], schema=ORIGIN)
