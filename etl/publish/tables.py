"""The tables that a release may publish, and what of them this register can fill.

A register that lacks a fact lacks its table or column in every product: an empty table is absent, and so is a
column without a single value that no source of the register maps.
"""

from dataclasses import dataclass
from pathlib import Path

import pyarrow.parquet as pq

from etl.metadata import Metadata


@dataclass(frozen=True)
class Table:
    """One mart to publish: its Parquet file, and the columns that are there, in the order of the model."""

    name: str
    path: Path
    columns: tuple[str, ...]
    rows: int

    @property
    def source(self) -> str:
        """SQL that reads exactly the published columns."""
        columns = ", ".join(f'"{name}"' for name in self.columns)
        return f"(SELECT {columns} FROM read_parquet({literal(self.path)}))"


def published_tables(folder: Path, metadata: Metadata) -> dict[str, Table]:
    """The tables of one folder of marts that hold anything, by name."""
    tables = [published_table(path.stem, path, metadata) for path in sorted(folder.glob("*.parquet"))]
    return {table.name: table for table in tables if table.rows and table.columns}


def published_table(name: str, path: Path, metadata: Metadata) -> Table:
    """The table of one file, with the columns that this register fills."""
    footer = pq.read_metadata(path)
    groups = [footer.row_group(place) for place in range(footer.num_row_groups)]
    columns = tuple(
        column
        for place, column in enumerate(footer.schema.names)
        if column in metadata.available or any(_has_value(group.column(place)) for group in groups)
    )
    return Table(name, path, columns, footer.num_rows)


def _has_value(column: pq.ColumnChunkMetaData) -> bool:
    """Whether a column of a row group has a value: all files of the store say how many are null, but empty ones."""
    return bool(column.num_values and column.statistics.null_count < column.num_values)


def literal(value: object) -> str:
    """A value as an SQL text literal."""
    return "'" + str(value).replace("'", "''") + "'"
