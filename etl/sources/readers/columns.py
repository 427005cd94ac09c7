"""Columns without a header: those without a value are no columns; others stay, and the layout will refuse them."""

from dataclasses import replace

import duckdb

from etl.sources.readers.base import Sheet


def named_columns(connection: duckdb.DuckDBPyConnection, sheet: Sheet) -> Sheet:
    """The sheet without its columns that have neither header nor value, as delimiters at the end of each line give."""
    nameless = [place for place, header in enumerate(sheet.headers) if not header.strip()]
    if not nameless:
        return sheet
    counts = ", ".join(f"count(c{place})" for place in nameless)
    found = connection.execute(f"SELECT {counts} FROM {sheet.table}").fetchone() or ()
    empty = {place for place, count in zip(nameless, found, strict=True) if not count}
    kept = [place for place in range(len(sheet.headers)) if place not in empty]
    if not empty or not kept:
        return sheet
    picked = ", ".join(f"c{place} AS c{new}" for new, place in enumerate(kept))
    view = f"{sheet.table}_named"
    connection.execute(f"CREATE VIEW {view} AS SELECT {picked}, source_row FROM {sheet.table}")
    return replace(sheet, table=view, headers=tuple(sheet.headers[place] for place in kept))
