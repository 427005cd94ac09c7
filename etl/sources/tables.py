"""Values of Python as tables and literals of SQL."""

from collections.abc import Iterable, Mapping

import duckdb

from etl.clean.base import literal


def create_table(
    connection: duckdb.DuckDBPyConnection, name: str, columns: Mapping[str, Iterable[object]], **types: str
) -> None:
    """Table `name` with these columns: VARCHAR, where `types` does not say otherwise."""
    # Arrow would do as well, but imports NumPy and pandas: half a second in every process.
    picked = ", ".join(f"unnest(?::{types.get(key, 'VARCHAR')}[]) AS {key}" for key in columns)
    connection.execute(
        f"CREATE TABLE {name} AS SELECT {picked}", [list(values) for values in columns.values()]
    )


def sql_list(values: Iterable[str]) -> str:
    """Text literals with commas between."""
    return ", ".join(literal(value) for value in values)
