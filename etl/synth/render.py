"""Clean tables as a province exports them: headers, spellings, date styles, cells with several values."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import lru_cache

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from etl.synth.arrays import Ints, pick
from etl.synth.calibration import Calibration, Layout
from etl.synth.tables import Columns

_FIRST_DAY, _LAST_DAY = -15000, 33000
_MS_PER_DAY, _MS_EAST_8 = 86_400_000, 28_800_000
_STYLES = {
    "dash": "{y:04d}-{m:02d}-{d:02d}",
    "slash": "{y}/{m}/{d}",
    "dot": "{y:04d}.{m:02d}.{d:02d}",
    "compact": "{y:04d}{m:02d}{d:02d}",
    "chinese": "{y}年{m}月{d}日",
    "stamp": "{y:04d}-{m:02d}-{d:02d} 00:00:00",
    "month": "{y:04d}{m:02d}",
}


@dataclass(frozen=True)
class Sheet:
    """The rows of one file: cells by header, and the row of the clean table each row tells."""

    layout: Layout
    cells: Mapping[str, pa.Array]
    truth: Ints

    def __len__(self) -> int:
        return len(self.truth)

    def take(self, rows: Ints) -> "Sheet":
        """The given rows, in the given order."""
        index = pa.array(rows)
        cells = {header: column.take(index) for header, column in self.cells.items()}
        return replace(self, cells=cells, truth=self.truth[rows])


def render(calibration: Calibration, layout: Layout, clean: Columns, rows: Ints) -> Sheet:
    """The given rows of a clean table in a layout; one row a certificate where the layout says so."""
    columns = {name: column.take(pa.array(rows)) for name, column in clean.items()}
    texts = {name: _text(calibration, layout, name, column) for name, column in columns.items()}
    heads = np.arange(len(rows))
    if layout.grain == "certificate":
        heads, texts = _by_certificate(texts)
    cells = {}
    for header, fields in layout.columns:
        if fields:
            cells[header] = _cell(fields, texts)
        else:
            cells[header] = _filler(layout.options.get("fill", {}).get(header, ""), texts, len(heads))
    return Sheet(layout, cells, rows[heads])


def _text(calibration: Calibration, layout: Layout, name: str, column: pa.Array) -> pa.Array:
    if pa.types.is_date32(column.type):
        return date_texts(layout.dates, column)
    if name in calibration.lists:
        return _spelled(calibration, layout, name, column)
    return column.cast(pa.string())


def _spelled(calibration: Calibration, layout: Layout, name: str, column: pa.Array) -> pa.Array:
    """Codes as the words of the layout: its own spelling, or the label of the code list."""
    spellings = {
        calibration.code(name, text): spelling
        for text, spelling in layout.options.get("spellings", {}).get(name, {}).items()
    }
    encoded = column.dictionary_encode()
    labels = calibration.lists[name].by_code
    words = [spellings.get(code, labels[code].zh) for code in encoded.dictionary.to_pylist()]
    return pa.array(words, pa.string()).take(encoded.indices)


@lru_cache(maxsize=8)
def _calendar_texts(style: str) -> pa.Array:
    dates = np.arange(_FIRST_DAY, _LAST_DAY).astype("M8[D]").tolist()
    pattern = _STYLES[style]
    return pa.array([pattern.format(y=day.year, m=day.month, d=day.day) for day in dates])


def date_texts(style: str, column: pa.Array) -> pa.Array:
    """Dates as text of a style, or as integers (milliseconds, midnight at UTC+8)."""
    number = column.cast(pa.int32())
    if style == "epoch_ms":
        return pc.subtract(pc.multiply(number.cast(pa.int64()), _MS_PER_DAY), _MS_EAST_8)
    return _calendar_texts(style).take(pc.subtract(number, _FIRST_DAY))


def _by_certificate(texts: Mapping[str, pa.Array]) -> tuple[Ints, dict[str, pa.Array]]:
    """One row a certificate; its specialties and their ends joined into one cell. Rows come sorted by it."""
    pieces = pc.binary_join_element_wise(texts["specialty_code"], "（", texts["valid_to"], "）", "")
    number = texts["registration_no"]
    changes = pc.not_equal(number[1:], number[:-1]).to_numpy(zero_copy_only=False) if len(number) else []
    heads = np.flatnonzero(np.r_[[True] * min(1, len(number)), changes]).astype(np.int64)
    sizes = np.diff(np.r_[heads, len(number)])
    joined = pieces.take(pa.array(heads))
    for further in range(1, int(sizes.max(initial=0))):
        more = pick(pieces, np.where(sizes > further, heads + further, -1))
        joined = pc.binary_join_element_wise(joined, pc.fill_null(more, ""), "")
    result = {name: column.take(pa.array(heads)) for name, column in texts.items()}
    return heads, result | {"specialty_code+valid_to": joined}


def _cell(fields: tuple[str, ...], texts: Mapping[str, pa.Array]) -> pa.Array:
    name = "+".join(fields)
    if name in texts:
        return texts[name]
    first, second = fields
    return pc.binary_join_element_wise(texts[first], texts[second], "至")


def _filler(rule: str, texts: Mapping[str, pa.Array], count: int) -> pa.Array:
    """Cells of no use here: a running number, another field, or a fixed text."""
    if rule == "serial":
        return pa.array(np.arange(1, count + 1))
    if rule.startswith("@"):
        return texts[rule[1:]]
    return pick([rule], np.zeros(count, np.int64))
