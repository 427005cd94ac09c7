"""The register of one year, read once: the finest public classes, their counts, memberships and structural zeros."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import product
from typing import Any

import duckdb
import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute

from etl.errors import BadInput, Refused
from etl.privacy.tables.families import OTHER, Family
from etl.privacy.tables.noise import LIMBS, memberships

_BATCH = 1 << 18
"""So many limbs of 32 bits add up to 2**50 at most: floating point holds their sum exactly."""

_LEAVES = "_leaves_of_a_tree"


@dataclass(frozen=True)
class Register:
    """Arrays over the finest public classes ("leaves"), in the order of their codes.

    `vocabulary`: the codes of each public column, sorted; `places` (leaves, columns): the place of each leaf's code
    there. `cells`: the joint sensitive codes, the order of every second axis. `counts` (leaves, cells): exact.
    `members` (leaves, 4): sums of unit hashes. `allowed` (leaves, cells): False where a structural zero is declared.
    `held` (pairs of leaf and holder, 3): leaf, number of the holder, units; no rows where no holder is named.
    """

    vocabulary: tuple[tuple[str, ...], ...]
    places: npt.NDArray[np.int64]
    cells: tuple[tuple[str, ...], ...]
    counts: npt.NDArray[np.int64]
    members: npt.NDArray[np.uint64]
    allowed: npt.NDArray[np.bool_]
    held: npt.NDArray[np.int64]


def quoted(name: str) -> str:
    """A name as SQL identifier."""
    return '"' + name.replace('"', '""') + '"'


def read(
    connection: duckdb.DuckDBPyConnection, units: str, unit: str, family: Family, key: bytes
) -> Register:
    """Read table or view `units`, one row per unit, into a Register.

    Raises BadInput for a missing column or public code, a code outside its list, the reserved code, or a unit that
    stands twice; Refused for a unit in a cell declared impossible.
    """
    holder = (family.dominance.holder,) if family.dominance else ()
    _check_columns(connection, units, (unit, *family.public, *family.sensitive, *holder))
    cells = tuple(product(*family.codes))
    vocabulary, places = _leaves(connection, units, unit, family)
    counts = np.zeros((len(places), len(cells)), np.int64)
    members = np.zeros((len(places), LIMBS), np.uint64)
    seen = [np.zeros(0, np.uint64)]
    with _leaves_registered(connection, _codes_table(family.public, vocabulary, places)):
        held = _held(connection, units, family)
        for batch in _batches(connection, units, unit, family):
            leaf, cell = (column.to_numpy(zero_copy_only=False) for column in batch.columns[:2])
            np.add.at(counts.reshape(-1), leaf * len(cells) + cell, 1)
            limbs = memberships(batch.column(2).to_pylist(), key)
            for limb in range(LIMBS):
                members[:, limb] += np.bincount(leaf, limbs[:, limb], len(places)).astype(np.uint64)
            seen.append(limbs[:, 0] | limbs[:, 1] << np.uint64(32))
    _check_distinct(connection, units, unit, np.concatenate(seen))
    allowed = _allowed(family, vocabulary, places, cells)
    if counts[~allowed].any():
        raise Refused(
            "有个体落在声明为不可能的格子里 | units stand in cells declared impossible: "
            f"{int(counts[~allowed].sum())}",
            family.name,
            rule="impossible",
            remedy="更正数据或结构零的声明 | correct the data or the declared structural zeros",
        )
    return Register(vocabulary, places, cells, counts, members, allowed, held)


def _check_columns(connection: duckdb.DuckDBPyConnection, units: str, needed: Sequence[str]) -> None:
    found = {row[0] for row in connection.execute(f"DESCRIBE SELECT * FROM {quoted(units)}").fetchall()}
    if missing := [name for name in needed if name not in found]:
        raise BadInput(
            f"缺少列 | columns are missing: {', '.join(missing)}",
            units,
            rule="columns",
            remedy="使表与表族的声明一致 | make the table agree with the declared family",
        )


def _leaves(
    connection: duckdb.DuckDBPyConnection, units: str, unit: str, family: Family
) -> tuple[tuple[tuple[str, ...], ...], npt.NDArray[np.int64]]:
    """The vocabulary of every public column and the leaves in it, sorted."""
    columns = ", ".join(["0", *(_text(name) for name in family.public)])
    failures = {f"{name}: {OTHER}": f"{_text(name)} = '{OTHER}'" for name in family.public}
    failures |= {name: f"{quoted(name)} IS NULL" for name in (unit, *family.public)}
    for place, name in enumerate(family.sensitive):
        failures[f"{name} (not in its list)"] = f"list_position($codes_{place}, {_text(name)}) IS NULL"
    counted = [f"count(*) FILTER ({failure})" for failure in failures.values()]
    rows = connection.sql(
        f"SELECT {', '.join([columns, *counted])} FROM {quoted(units)} GROUP BY ALL ORDER BY ALL",
        params=_parameters(family),
    ).to_arrow_table()
    for subject, failed in zip(failures, rows.columns[1 + len(family.public) :], strict=True):
        _check_none(int(pa.compute.sum(failed).as_py() or 0), subject, units)
    vocabulary: list[tuple[str, ...]] = []
    places = np.zeros((rows.num_rows, len(family.public)), np.int64)
    for place, column in enumerate(rows.columns[1 : 1 + len(family.public)]):
        words = sorted(column.unique().to_pylist())
        vocabulary.append(tuple(words))
        places[:, place] = pa.compute.index_in(column, pa.array(words, pa.string())).to_numpy()
    return tuple(vocabulary), places


def _check_none(failed: int, subject: str, units: str) -> None:
    if failed:
        raise BadInput(
            f"有 {failed} 行的代码缺失、保留或不在代码表中 | a code is missing, reserved or not in its list in "
            f"{failed} rows: {subject}",
            units,
            rule="codes",
            remedy="每行都须有表中的代码，不详亦然 | give every row a listed code; unknown needs one too",
        )


def _check_distinct(
    connection: duckdb.DuckDBPyConnection, units: str, unit: str, seen: npt.NDArray[np.uint64]
) -> None:
    """Halves of hashes that differ prove units distinct; only where they do not are the units themselves counted."""
    ordered = np.sort(seen)
    if (ordered[1:] != ordered[:-1]).all():
        return
    ((repeated,),) = connection.execute(
        f"SELECT count(*) - count(DISTINCT {_text(unit)}) FROM {quoted(units)}"
    ).fetchall()
    if repeated:
        raise BadInput(
            f"有个体出现不止一次 | units stand more than once: {repeated}",
            units,
            rule="unit",
            remedy="每个个体每年只占一行 | keep one row per unit and year",
        )


def _codes_table(
    columns: Sequence[str], vocabulary: Sequence[Sequence[str]], places: npt.NDArray[np.int64]
) -> pa.Table:
    codes = {
        f"code_{place}": pa.array(vocabulary[place], pa.string()).take(pa.array(places[:, place]))
        for place in range(len(columns))
    }
    return pa.table({"leaf": np.arange(len(places)), **codes})


def _held(connection: duckdb.DuckDBPyConnection, units: str, family: Family) -> npt.NDArray[np.int64]:
    """Leaf, number of the holder and units, for every pair of a leaf and a holder."""
    if family.dominance is None:
        return np.zeros((0, 3), np.int64)
    holder = quoted(family.dominance.holder)
    rows = connection.sql(
        f"SELECT leaf, dense_rank() OVER (ORDER BY {holder}) - 1 AS holder, count(*) AS units FROM {quoted(units)}"
        f" JOIN {_LEAVES} ON {_on_leaf(family)} WHERE {holder} IS NOT NULL GROUP BY leaf, {holder}"
    ).to_arrow_table()
    return np.column_stack([column.to_numpy() for column in rows.columns]).astype(np.int64).reshape(-1, 3)


def _on_leaf(family: Family) -> str:
    joined = (f"{_text(name)} = code_{place}" for place, name in enumerate(family.public))
    return " AND ".join(joined) or "TRUE"


def _batches(connection: duckdb.DuckDBPyConnection, units: str, unit: str, family: Family) -> Any:
    """Record batches of leaf, cell and unit (as bytes); the order does not matter, everything is added up."""
    cell = "0"
    for place, (name, codes) in enumerate(zip(family.sensitive, family.codes, strict=True)):
        cell = f"({cell}) * {len(codes)} + list_position($codes_{place}, {_text(name)}) - 1"
    return connection.sql(
        f"SELECT leaf, {cell}, encode({_text(unit)}) FROM {quoted(units)} JOIN {_LEAVES} ON {_on_leaf(family)}",
        params=_parameters(family),
    ).to_arrow_reader(_BATCH)


def _allowed(
    family: Family,
    vocabulary: Sequence[Sequence[str]],
    places: npt.NDArray[np.int64],
    cells: Sequence[tuple[str, ...]],
) -> npt.NDArray[np.bool_]:
    allowed = np.ones((len(places), len(cells)), np.bool_)
    for combination in family.impossible:
        leaves = np.ones(len(places), np.bool_)
        for place, name in enumerate(family.public):
            if name in combination:
                leaves &= np.array(vocabulary[place])[places[:, place]] == combination[name]
        forbidden = [
            all(
                combination.get(name, code) == code for name, code in zip(family.sensitive, cell, strict=True)
            )
            for cell in cells
        ]
        allowed &= ~np.outer(leaves, np.array(forbidden))
    return allowed


def _parameters(family: Family) -> dict[str, list[str]]:
    return {f"codes_{place}": list(codes) for place, codes in enumerate(family.codes)}


def _text(name: str) -> str:
    return f"CAST({quoted(name)} AS VARCHAR)"


@contextmanager
def _leaves_registered(connection: duckdb.DuckDBPyConnection, leaves: pa.Table) -> Iterator[None]:
    connection.register(_LEAVES, leaves)
    try:
        yield
    finally:
        connection.unregister(_LEAVES)
