"""All vintages of one family as arrays: who stands where in which year, and what was published of it."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from etl.privacy.attacks.model import UNIT, Vintage
from etl.privacy.tables.families import OTHER, Family
from etl.privacy.tables.layout import NOT_RELEASED, STRUCTURAL_ZERO

Ints = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]
Flags = npt.NDArray[np.bool_]

ABSENT = -1
_SEPARATOR = "\x1f"


@dataclass(frozen=True)
class Series:
    """One family over all vintages; nodes are numbered over all years, and keep their number while their key stays.

    Shapes: `level`, `parent` (nodes); `figures`, `spread` (years, nodes, cells), NaN where nothing is shown;
    `possible` (years, nodes, cells), false where no row or a structural zero stands; `repeated` rows beyond one a
    cell; `withheld` (years, nodes, cells): no figure, and not for its quality, so that nothing else protects it;
    `places` (years, persons, levels): node of a person, -1 when absent; `truth` (years, persons): true cell or -1,
    None when it is not held; `variance` (years, levels): of the noise; `people`: unit identifiers; `known`: the
    newest public row of every person.
    """

    family: Family
    years: tuple[int, ...]
    keys: tuple[tuple[str, ...], ...]
    level: Ints
    parent: Ints
    figures: Floats
    spread: Floats
    possible: Flags
    repeated: int
    withheld: Flags
    places: Ints
    truth: Ints | None
    variance: Floats
    people: pa.Array
    known: pa.Table

    @property
    def cells(self) -> int:
        return int(self.figures.shape[2])

    @cached_property
    def present(self) -> Flags:
        """(years, nodes): the node is published in that year."""
        return np.asarray(self.possible.any(axis=2) | ~np.isnan(self.figures).all(axis=2))

    @cached_property
    def leaf(self) -> Ints:
        """(years, persons): the deepest node of everybody, -1 when absent."""
        depth = (self.places >= 0).sum(axis=2) - 1
        deepest = np.take_along_axis(self.places, np.maximum(depth, 0)[..., None], axis=2)[..., 0]
        return np.where(depth >= 0, deepest, ABSENT)

    @cached_property
    def totals(self) -> Floats:
        """(years, nodes): persons of a node by the lookup; without a lookup, the sum of its figures."""
        if not len(self.people):
            return np.asarray(np.nansum(self.figures, axis=2))
        return np.asarray(self._counted(None)[:, :, 0])

    @cached_property
    def counts(self) -> Floats:
        """(years, nodes, cells): true counts; only to be asked for when the truth is held."""
        assert self.truth is not None
        return self._counted(self.truth)

    @cached_property
    def filled(self) -> Floats:
        """(years, nodes, cells): figures, those not shown guessed: what is left of the total, shared as in the node
        above."""
        filled = np.array(self.figures)
        for year in range(len(self.years)):
            for node in np.argsort(self.level, kind="stable"):
                hidden = np.isnan(filled[year, node]) & self.possible[year, node]
                if hidden.any():
                    left = max(self.totals[year, node] - np.nansum(filled[year, node]), 0.0)
                    above = (
                        filled[year, self.parent[node], hidden]
                        if self.parent[node] >= 0
                        else np.ones(hidden.sum())
                    )
                    usual = np.nan_to_num(above) + 1e-6
                    filled[year, node, hidden] = left * usual / usual.sum()
        return np.nan_to_num(filled)

    def _counted(self, cells: Ints | None) -> Floats:
        width = self.cells if cells is not None else 1
        found = np.zeros((len(self.years), len(self.level), width))
        for year in range(len(self.years)):
            cell = cells[year] if cells is not None else np.zeros(len(self.people), np.int64)
            for level in range(self.places.shape[2]):
                node = self.places[year, :, level]
                held = (node >= 0) & (cell >= 0)
                flat = np.bincount(node[held] * width + cell[held], minlength=found[year].size)
                found[year] += flat.reshape(found[year].shape)
        return found

    def column_code(self, column: str) -> Ints:
        """(cells): the position, in the codes of one sensitive column, of every cell."""
        position = self.family.sensitive.index(column)
        sizes = [len(codes) for codes in self.family.codes]
        return np.asarray(np.unravel_index(np.arange(self.cells), sizes)[position])


def series(family: Family, vintages: Sequence[Vintage]) -> Series:
    """The arrays of one family; vintages in the order of their years."""
    ordered = sorted(vintages, key=lambda vintage: vintage.year)
    nodes = _Nodes(family)
    tables = [nodes.read(vintage.published[family.name]) for vintage in ordered]
    people, known, rows = _people(family, ordered)
    places = np.full((len(ordered), len(people), len(family.levels)), ABSENT)
    for year, (vintage, at) in enumerate(zip(ordered, rows, strict=True)):
        places[year, at] = nodes.place(vintage.units, tables[year][1])
    shape = (len(ordered), len(nodes.index), int(np.prod([len(codes) for codes in family.codes])))
    figures, spread = np.full(shape, np.nan), np.full(shape, np.nan)
    possible, withheld = np.zeros(shape, bool), np.zeros(shape, bool)
    repeated = 0
    for year, (columns, node, cell) in enumerate(tables):
        figures[year, node, cell] = columns["persons"]
        spread[year, node, cell] = columns["persons_sd"]
        possible[year, node, cell] = columns["possible"]
        repeated += len(node) - len(np.unique(node * shape[2] + cell))
        withheld[year, node, cell] = columns["withheld"]
    return Series(
        family=family,
        years=tuple(vintage.year for vintage in ordered),
        keys=tuple(nodes.index),
        level=np.array([nodes.level_of(key) for key in nodes.index]),
        parent=np.array([nodes.parent_of(key) for key in nodes.index]),
        figures=figures,
        spread=spread,
        possible=possible,
        repeated=repeated,
        withheld=withheld,
        places=places,
        truth=_truth(family, ordered, people),
        variance=np.array(
            [[level.variance for level in v.as_made(family).levels] for v in ordered], np.float64
        ),
        people=people,
        known=known,
    )


def cell_of(family: Family, table: pa.Table) -> Ints:
    """The cell of every row by its sensitive codes, in the order of the product of the code lists; -1 if unlisted."""
    cell = np.zeros(table.num_rows, np.int64)
    unlisted = np.zeros(table.num_rows, bool)
    for column, codes in zip(family.sensitive, family.codes, strict=True):
        found = pc.index_in(table[column].combine_chunks().cast(pa.string()), pa.array(codes, pa.string()))
        position = found.fill_null(ABSENT).to_numpy(zero_copy_only=False).astype(np.int64)
        unlisted |= position < 0
        cell = cell * len(codes) + position
    cell[unlisted] = ABSENT
    return cell


class _Nodes:
    """Numbers of nodes by their key: the name of the level, then the code of each of its columns."""

    def __init__(self, family: Family) -> None:
        self.family = family
        self.index: dict[tuple[str, ...], int] = {}
        self._levels = {level.name: position for position, level in enumerate(family.levels)}

    def level_of(self, key: tuple[str, ...]) -> int:
        return self._levels[key[0]]

    def parent_of(self, key: tuple[str, ...]) -> int:
        """Number of the parent; -1 at the root, and where the parent is not published."""
        position = self.level_of(key)
        if not position:
            return ABSENT
        above = self.family.levels[position - 1]
        values = dict(zip(self.family.levels[position].by, key[1:], strict=True))
        return self.index.get((above.name, *(values.get(column, "") for column in above.by)), ABSENT)

    def read(self, table: pa.Table) -> tuple[dict[str, npt.NDArray[Any]], Ints, Ints]:
        """Figures, node and cell of every row of a published table."""
        node = np.full(table.num_rows, ABSENT)
        for level in self.family.levels:
            rows = np.flatnonzero(
                pc.equal(table["level"], level.name).combine_chunks().to_numpy(zero_copy_only=False)
            )
            joined = _joined(table.take(rows), level.by)
            numbers = np.array(
                [
                    self._number((level.name, *_split(text, level.by)))
                    for text in joined.dictionary.to_pylist()
                ],
                np.int64,
            )
            node[rows] = numbers[joined.indices.to_numpy()] if len(rows) else 0
        state = table["cell_state"].combine_chunks()
        columns: dict[str, npt.NDArray[Any]] = {
            name: _floats(table[name]) for name in ("persons", "persons_sd")
        }
        columns["possible"] = ~_flags(pc.equal(state, STRUCTURAL_ZERO))
        shown = ~np.isnan(columns["persons"]) | _flags(pc.equal(state, NOT_RELEASED))
        columns["withheld"] = columns["possible"] & ~shown
        return columns, node, cell_of(self.family, table)

    def place(self, units: pa.Table, published: Ints) -> Ints:
        """(units, levels): the node of every unit among those published; a class that was merged stands in `other`."""
        shown = np.zeros(len(self.index), bool)
        shown[published] = True
        deepest = self.family.levels[-1].by
        joined = _joined(units, deepest)
        paths = [
            self._path(dict(zip(deepest, _split(text, deepest), strict=True)), shown)
            for text in joined.dictionary.to_pylist()
        ]
        table = np.array(paths, np.int64).reshape(len(paths), len(self.family.levels))
        return np.asarray(table[joined.indices.to_numpy()])

    def _path(self, codes: dict[str, str], shown: Flags) -> list[int]:
        path: list[int] = []
        values: dict[str, str] = {}
        above: tuple[str, ...] = ()
        for level in self.family.levels:
            own = [column for column in level.by if column not in above]
            number = ABSENT
            if not path or path[-1] >= 0:
                for new in ({c: codes[c] for c in own}, dict.fromkeys(own, OTHER)):
                    key = (level.name, *((values | new)[column] for column in level.by))
                    found = self.index.get(key, ABSENT)
                    if found >= 0 and shown[found]:
                        number, values = found, values | new
                        break
            path.append(number)
            above = level.by
        return path

    def _number(self, key: tuple[str, ...]) -> int:
        return self.index.setdefault(key, len(self.index))


def _people(family: Family, vintages: Sequence[Vintage]) -> tuple[pa.Array, pa.Table, list[Ints]]:
    """All units of all years, their newest public row, and the position of every year's units among them."""
    units = [vintage.units for vintage in vintages]
    ids = pa.chunked_array([table[UNIT].combine_chunks() for table in units]).combine_chunks()
    encoded = ids.dictionary_encode()
    position = encoded.indices.to_numpy().astype(np.int64)
    newest = np.zeros(len(encoded.dictionary), np.int64)
    newest[position] = np.arange(len(position))  # a later year overwrites an earlier one
    known = pa.concat_tables(units, promote_options="default").take(newest)
    rows = np.split(position, np.cumsum([table.num_rows for table in units])[:-1])
    return encoded.dictionary, known, rows


def _truth(family: Family, vintages: Sequence[Vintage], people: pa.Array) -> Ints | None:
    if any(vintage.truth is None for vintage in vintages):
        return None
    truth = np.full((len(vintages), len(people)), ABSENT)
    for year, vintage in enumerate(vintages):
        assert vintage.truth is not None
        at = pc.index_in(vintage.truth[UNIT].combine_chunks(), people)
        truth[year, at.to_numpy(zero_copy_only=False).astype(np.int64)] = cell_of(family, vintage.truth)
    return truth


def _joined(table: pa.Table, columns: Sequence[str]) -> pa.DictionaryArray:
    parts = [pc.fill_null(table[column].combine_chunks().cast(pa.string()), "") for column in columns]
    if not parts:
        return pa.array([""] * table.num_rows, pa.string()).dictionary_encode()
    return pc.binary_join_element_wise(*parts, _SEPARATOR).dictionary_encode()


def _split(text: str, columns: Sequence[str]) -> list[str]:
    return text.split(_SEPARATOR) if columns else []


def _floats(column: pa.ChunkedArray) -> Floats:
    return np.asarray(column.combine_chunks().cast(pa.float64()).to_numpy(zero_copy_only=False), np.float64)


def _flags(column: pa.Array) -> Flags:
    return np.asarray(column.to_numpy(zero_copy_only=False), bool)
