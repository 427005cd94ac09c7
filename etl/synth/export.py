"""One chunk written: its exports, and the truth behind them."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from etl.metadata import Metadata
from etl.synth.arrays import Ints, generator
from etl.synth.calibration import Calibration, Layout
from etl.synth.career import Career
from etl.synth.dirt import Planted, spoil
from etl.synth.files import Heading, write
from etl.synth.records import columns, table
from etl.synth.render import render
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
        ("truth_file", pa.string()),
        ("truth_row", pa.int64()),
    ]
)


@dataclass(frozen=True)
class Written:
    """What one chunk wrote: rows of exports by record type (dirt included), files, dirty rows."""

    rows: dict[str, int]
    files: tuple[str, ...]
    dirt: pa.Table


def export(
    metadata: Metadata, career: Career, out: Path, truth: Path | None, wanted: frozenset[str]
) -> Written:
    """Write the wanted record types of one chunk."""
    rows: dict[str, int] = {}
    files: list[str] = []
    dirt = [DIRT.empty_table()]
    for order, (record, make) in enumerate(columns(career).items()):
        if record not in wanted:
            continue
        clean = make()
        chunk = career.chunk
        truth_file = f"{record}/{chunk.province.code}_{chunk.number:02d}.parquet"
        if truth is not None:
            target = truth / truth_file
            target.parent.mkdir(parents=True, exist_ok=True)
            pq.write_table(table(metadata, record, clean), target, compression="zstd")
        rng = generator(career.seed, *chunk.stream, 40 + order)
        for layout, folder, chosen in _sheets(career.calibration, career, record, clean):
            if len(chosen) == 0:
                continue
            name, count, planted = _one(career, layout, folder, clean, chosen, out, rng)
            rows[record] = rows.get(record, 0) + count
            files.append(name)
            dirt.append(_dirt_table(planted, name, record, truth_file))
    return Written(rows, tuple(files), pa.concat_tables(dirt))


def _sheets(
    calibration: Calibration, career: Career, record: str, clean: Columns
) -> Iterator[tuple[Layout, str, Ints]]:
    """(layout, folder, rows) of each file of a record type."""
    province, layouts = career.chunk.province, calibration.layouts
    everything = np.arange(len(next(iter(clean.values()))))
    if record == "event":
        yield layouts[province.event], province.folder, everything
    elif record != "registration":
        yield next(item for item in layouts.values() if item.record == record), province.folder, everything
    elif province.first_grade != _NATIONAL:
        yield layouts[province.roster], province.folder, _sorted(layouts[province.roster], clean, everything)
    else:
        first = calibration.code("category_code", calibration["registration"]["category"]["first"])
        is_first = pc.equal(clean["category_code"], first).to_numpy(zero_copy_only=False)
        own = everything[~is_first]
        yield layouts[province.roster], province.folder, _sorted(layouts[province.roster], clean, own)
        yield layouts[calibration["national_roster"]], _NATIONAL, everything[is_first]


def _sorted(layout: Layout, clean: Columns, rows: Ints) -> Ints:
    """Rows of a workbook grouped by the merged column; of other files as they are."""
    if "merged" not in layout.options:
        return rows
    field = next(fields[0] for header, fields in layout.columns if header == layout.options["merged"])
    values = clean[field].take(pa.array(rows)).dictionary_encode()
    ranks = pc.rank(values.dictionary).to_numpy()
    return rows[np.argsort(ranks[values.indices.to_numpy()], kind="stable")]


def _one(
    career: Career,
    layout: Layout,
    folder: str,
    clean: Columns,
    rows: Ints,
    out: Path,
    rng: np.random.Generator,
) -> tuple[str, int, list[tuple[int, Planted]]]:
    """Render, spoil and write one file. Returns its name, rows, and dirt by physical row."""
    calibration, chunk = career.calibration, career.chunk
    sheet, planted = spoil(render(calibration, layout, clean, rows), calibration.dirt, rng)
    label = chunk.province.code if folder == _NATIONAL else ""
    name = f"{folder}/{layout.name}_{label}{'_' if label else ''}{chunk.number:02d}.{layout.file_format}"
    texts = calibration["headings"]
    title = f"{chunk.province.label}{layout.zh}（{texts['label']}）"
    heading = Heading(title, texts["subtitle"], layout.options.get("total_rows", ""), texts["note"])
    physical = write(out / name, sheet, chunk.province.encoding, heading)
    return name, len(sheet), [(int(physical[item.row]), item) for item in planted]


def _dirt_table(planted: list[tuple[int, Planted]], file: str, record: str, truth_file: str) -> pa.Table:
    rows = [
        {
            "file": file,
            "row": row,
            "record": record,
            "field": item.field,
            "kind": item.kind,
            "fate": item.fate,
            "clean": item.clean,
            "truth_file": truth_file,
            "truth_row": item.truth,
        }
        for row, item in planted
    ]
    return pa.Table.from_pylist(rows, DIRT)
