"""Dirt on purpose: what exports suffer from, planted at declared rates and written down.

Each way is a function of one cell, the other cells it `needs`, the options of the kind and random numbers.
It answers the spoilt cell, or None where it does not apply. A row is spoilt at most once.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, TypeAlias

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from etl.synth.arrays import Ints
from etl.synth.calibration import DirtKind
from etl.synth.render import Sheet

Way: TypeAlias = Callable[
    [str | None, Sequence[str | None], Mapping[str, Any], np.random.Generator], str | None
]

_DATE = re.compile(r"(\d{4})([-/.年]?)(\d{1,2})[-/.月]?(\d{1,2})日?(?: 00:00:00)?")
_FULL_WIDTH = {ord("0") + digit: ord("０") + digit for digit in range(10)}


@dataclass(frozen=True)
class Planted:
    """One spoilt row of a sheet: `row` counts from 0 in the sheet as it is written."""

    row: int
    field: str
    kind: str
    fate: str
    clean: str | None


def spoil(sheet: Sheet, kinds: Sequence[DirtKind], rng: np.random.Generator) -> tuple[Sheet, list[Planted]]:
    """The sheet with dirt in it, and what was done where."""
    chosen = _choose(sheet, kinds, rng)
    cells = dict(sheet.cells)
    planted: list[Planted] = []
    repeated: list[int] = []
    for kind, rows in chosen:
        if kind.how == "duplicate":
            repeated.extend(rows.tolist())
            continue
        header = _header(sheet, kind.field)
        column = cells[header]
        values = column.take(pa.array(rows)).to_pylist()
        needs = [
            cells[_header(sheet, name)].take(pa.array(rows)).to_pylist()
            for name in kind.options.get("needs", ())
        ]
        mask = np.zeros(len(column), bool)
        changed = []
        for position, (row, value) in enumerate(zip(rows.tolist(), values, strict=True)):
            spoilt = WAYS[kind.how](value, [other[position] for other in needs], kind.options, rng)
            if spoilt is not None and spoilt != value:
                mask[row] = True
                changed.append(spoilt)
                planted.append(Planted(row, kind.field, kind.name, kind.fate, value))
        cells[header] = pc.replace_with_mask(column, pa.array(mask), pa.array(changed, column.type))
    spoilt_sheet = Sheet(sheet.layout, cells, sheet.truth)
    return _repeat(spoilt_sheet, sorted(repeated), planted, kinds)


def _choose(sheet: Sheet, kinds: Sequence[DirtKind], rng: np.random.Generator) -> list[tuple[DirtKind, Ints]]:
    """Rows for each kind that the layout can show, ascending, no row twice."""
    fitting = [kind for kind in kinds if _fits(sheet, kind)]
    counts = [int(rng.binomial(len(sheet), kind.rate)) for kind in fitting]
    rows = rng.choice(len(sheet), min(sum(counts), len(sheet)), replace=False)
    edges = np.cumsum([0, *counts])
    return [
        (kind, np.sort(rows[start:end]))
        for kind, start, end in zip(fitting, edges[:-1], edges[1:], strict=True)
    ]


def _fits(sheet: Sheet, kind: DirtKind) -> bool:
    layout = sheet.layout
    if layout.record not in kind.records or layout.name in kind.options.get("not_in", ()):
        return False
    if kind.how == "duplicate":
        return True
    present = {name for _, names in layout.columns for name in names}
    if not present.issuperset({kind.field, *kind.options.get("needs", ())}):
        return False
    return bool(pa.types.is_string(sheet.cells[_header(sheet, kind.field)].type))


def _header(sheet: Sheet, field: str) -> str:
    return next(header for header, names in sheet.layout.columns if field in names)


def _repeat(
    sheet: Sheet, repeated: list[int], planted: list[Planted], kinds: Sequence[DirtKind]
) -> tuple[Sheet, list[Planted]]:
    """Repeat rows right after themselves, and count the planted rows anew."""
    rows = np.sort(np.r_[np.arange(len(sheet)), np.array(repeated, np.int64)], kind="stable")
    moved = [replace(item, row=item.row + int(np.searchsorted(repeated, item.row))) for item in planted]
    duplicate = next((kind for kind in kinds if kind.how == "duplicate"), None)
    if duplicate is not None:
        moved += [
            Planted(row + order + 1, "", duplicate.name, duplicate.fate, None)
            for order, row in enumerate(repeated)
        ]
    return sheet.take(rows), sorted(moved, key=lambda item: item.row)


def _text_only(change: Callable[[str], str | None]) -> Way:
    def way(
        value: str | None, needs: Sequence[str | None], options: Mapping[str, Any], rng: np.random.Generator
    ) -> str | None:
        return change(value) if value else None

    return way


def _with_options(change: Callable[[str, Mapping[str, Any], np.random.Generator], str | None]) -> Way:
    def way(
        value: str | None, needs: Sequence[str | None], options: Mapping[str, Any], rng: np.random.Generator
    ) -> str | None:
        return change(value, options, rng) if value else None

    return way


def _choice(rng: np.random.Generator, values: Sequence[str]) -> str:
    return values[int(rng.integers(0, len(values)))]


def _words(value: str, options: Mapping[str, Any], rng: np.random.Generator) -> str | None:
    """Another spelling of the first word that has one."""
    for word, variants in options["words"].items():
        if word in value:
            return value.replace(word, _choice(rng, variants), 1)
    return None


def _restyled(value: str, options: Mapping[str, Any], rng: np.random.Generator) -> str | None:
    """The (last) date of the cell in another style."""
    found = list(_DATE.finditer(value))
    if not found:
        return None
    last = found[-1]
    year, month, day = int(last[1]), int(last[3]), int(last[4])
    text = _choice(rng, options["styles"]).format(y=year, m=month, d=day)
    return value[: last.start()] + text + value[last.end() :]


def _earlier(value: str) -> str | None:
    """The (last) date of the cell ten years earlier."""
    found = list(_DATE.finditer(value))
    if not found:
        return None
    start = found[-1].start()
    return f"{value[:start]}{int(value[start : start + 4]) - 10}{value[start + 4 :]}"


def _foreign_specialty(
    value: str | None, needs: Sequence[str | None], options: Mapping[str, Any], rng: np.random.Generator
) -> str | None:
    """A specialty that the grade of the registration number does not have."""
    number = needs[0]
    if not value or not number or number[1] != options["grade_digit"]:
        return None
    word = _choice(rng, options["specialties"])
    return word + value[value.index("（") :] if "（" in value else word


def _open_end(
    value: str | None, needs: Sequence[str | None], options: Mapping[str, Any], rng: np.random.Generator
) -> str | None:
    return None if value else str(options["text"])


def _short_identity(value: str) -> str | None:
    return value[:6] + value[8:17] if value[6:8] == "19" else None


def _confused(value: str) -> str | None:
    return value.replace("0", "O", 1) if "0" in value[2:] else None


def _wrong_check(value: str) -> str:
    return value[:-1] + ("1" if value[-1] != "1" else "2")


WAYS: Mapping[str, Way] = {
    "full_width": _text_only(lambda value: value.translate(_FULL_WIDTH)),
    "lower_case": _text_only(str.lower),
    "inner_space": _text_only(lambda value: f"{value[0]}\u3000{value[1]}" if len(value) == 2 else None),
    "trailing_space": _with_options(lambda value, options, rng: value + _choice(rng, options["spaces"])),
    "leading": _with_options(lambda value, options, rng: options["text"] + value),
    "words": _with_options(_words),
    "restyled_date": _with_options(_restyled),
    "earlier": _text_only(_earlier),
    "confused": _text_only(_confused),
    "short_identity": _text_only(_short_identity),
    "float": _text_only(lambda value: None if value.endswith("X") else f"{float(value):.5E}"),
    "wrong_check": _text_only(_wrong_check),
    "foreign_specialty": _foreign_specialty,
    "replaced": _with_options(lambda value, options, rng: options["text"]),
    "first_character": _with_options(
        lambda value, options, rng: _choice(rng, options["characters"]) + value[1:]
    ),
    "missing": _text_only(lambda value: ""),
    "open_end": _open_end,
}
