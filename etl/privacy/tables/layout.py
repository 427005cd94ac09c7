"""Protected figures as Arrow tables: one row per node and joint sensitive code, and the restricted log of noise."""

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from etl.privacy.tables.drawn import Drawn
from etl.privacy.tables.families import OTHER, Family
from etl.privacy.tables.tree import Integers, Nodes
from etl.privacy.tables.units import Register

PERTURBED, MERGED, NOT_RELEASED, STRUCTURAL_ZERO = "perturbed", "merged", "not_released", "structural_zero"


def table(
    register: Register,
    drawn: Sequence[Drawn],
    figures: Sequence[tuple[Integers, npt.NDArray[np.float64]]],
    family: Family,
    year: int,
) -> pa.Table:
    """All levels of a family; `figures` holds the figures and their standard deviations, (nodes, cells) each."""
    levels = [_level(register, level, figure, family) for level, figure in zip(drawn, figures, strict=True)]
    joined = pa.concat_tables(levels)
    return joined.add_column(0, "year", pa.array(np.full(joined.num_rows, year, np.int64)))


def log(register: Register, drawn: Sequence[Drawn], family: Family) -> pa.Table:
    """One row per node: level, the public columns, membership and the noise of every cell."""
    levels = [
        pa.table(
            {
                "level": repeated(level.nodes.level.name, len(level.membership)),
                **public_columns(register, level.nodes, family.public, np.arange(len(level.membership))),
                "membership": pa.array(level.membership, pa.string()),
                "noise": pa.FixedSizeListArray.from_arrays(level.noise.ravel(), len(register.cells)),
            }
        )
        for level in drawn
    ]
    return pa.concat_tables(levels).combine_chunks()


def _level(
    register: Register, level: Drawn, figures: tuple[Integers, npt.NDArray[np.float64]], family: Family
) -> pa.Table:
    persons, deviations = figures
    nodes, cells = persons.shape
    state = np.where(level.allowed, np.where(level.nodes.merged[:, None], 1, 0), 2)
    states = pa.array([PERTURBED, MERGED, STRUCTURAL_ZERO])
    columns = {
        "level": repeated(level.nodes.level.name, nodes * cells),
        **public_columns(register, level.nodes, family.public, np.repeat(np.arange(nodes), cells)),
    }
    for place, name in enumerate(family.sensitive):
        codes = pa.array([cell[place] for cell in register.cells], pa.string())
        columns[name] = codes.take(pa.array(np.tile(np.arange(cells), nodes)))
    columns["persons"] = pa.array(persons.ravel())
    columns["persons_sd"] = pa.array(deviations.ravel())
    columns["cell_state"] = states.take(pa.array(state.ravel()))
    return pa.table(columns)


def public_columns(
    register: Register, nodes: Nodes, names: Sequence[str], row: Integers
) -> dict[str, pa.Array]:
    """The codes of the nodes in `row`, for all public columns of a tree."""
    columns = {name: pa.nulls(len(row), pa.string()) for name in names}
    for place, name in enumerate(nodes.level.by):
        words = pa.array([*register.vocabulary[place], OTHER], pa.string())
        columns[name] = words.take(pa.array(nodes.places[row, place]))
    return columns


def repeated(word: str, times: int) -> pa.Array:
    return pa.repeat(pa.scalar(word, pa.string()), times)
