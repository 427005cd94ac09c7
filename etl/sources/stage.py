"""A batch of files: read, and staged together where their sheets have one layout.

A worker runs this alone on its own single-threaded DuckDB connection: the same bytes in give the same bytes
out, whichever files are staged together, and several batches go on at once.
"""

from bisect import bisect_right
from collections.abc import Sequence
from datetime import date
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory

import duckdb

from etl.clean.base import literal
from etl.errors import BadInput
from etl.sources.batch import Batch, Page, Share, Unit, read_batch
from etl.sources.divisions import turns
from etl.sources.fates import write_units
from etl.sources.rows import Rows

_MEMORY = "3GB"


def stage_batch(batch: Batch) -> list[list[Unit]]:
    """For each file of the batch, in order, what became of its sheets.

    Each sheet becomes `<n>.parquet` and, where rows failed, `<n>.quarantine.parquet` in the folder of its job.
    Raises BadInput when a file cannot be read, has no rows or its layout is not known.
    """
    home = batch.jobs[0].out.parent
    units: dict[Page, Unit] = {}
    with TemporaryDirectory(dir=home) as scratch, _engine(home).cursor() as connection:
        connection.execute("ATTACH ':memory:' AS work; USE work")
        try:
            pages = read_batch(batch, connection, Path(scratch))
            is_of_one_day = len({page.received_on for page in pages}) == 1
            for number, group in enumerate(_groups(pages, () if is_of_one_day else turns(batch.metadata))):
                connection.execute(f"CREATE SCHEMA work.group_{number}; USE work.group_{number}")
                units |= _stage_group(batch, connection, group)
                connection.execute(f"USE work; DROP SCHEMA work.group_{number} CASCADE")
        finally:
            connection.execute("USE memory; DETACH work")
    return [[units[page] for page in pages if page.job is job] for job in batch.jobs]


def _groups(pages: Sequence[Page], turns: Sequence[date]) -> list[list[Page]]:
    """Sheets that can be staged as one table: those of one source that feed the same fields.

    `turns`: the days from which divisions are read otherwise; sheets of different times are not one table.
    """
    groups: dict[tuple[str, bool, int, frozenset[str], frozenset[str]], list[Page]] = {}
    for page in pages:
        splits = frozenset(item.fields[0] for item, _ in page.layout.splits)
        era = bisect_right(turns, page.received_on or date.max)
        key = (page.source.name, page.is_superseded, era, frozenset(page.layout.columns), splits)
        groups.setdefault(key, []).append(page)
    return list(groups.values())


def _stage_group(
    batch: Batch, connection: duckdb.DuckDBPyConnection, pages: Sequence[Page]
) -> dict[Page, Unit]:
    rows = Rows(batch.metadata, batch.rules, connection, pages, batch.corrections)
    received = rows.gather()
    for page, count in zip(pages, received, strict=True):
        if count == 0:
            remedy = "删去空文件或补上数据 | remove the file or fill it"
            raise BadInput("只有表头，没有数据行 | a header but no rows", page.where, "not empty", remedy)
    if pages[0].is_superseded:
        return {
            page: Unit.of(
                page, count, 0, [Share(page.division, count, outside={"superseded_snapshot": count})]
            )
            for page, count in zip(pages, received, strict=True)
        }
    rows.stage()
    return dict(zip(pages, write_units(rows, received), strict=True))


@cache
def _engine(scratch: Path) -> duckdb.DuckDBPyConnection:
    """This process's DuckDB: one thread, and whatever does not fit in memory goes to `scratch`."""
    connection = duckdb.connect()
    connection.execute(f"SET threads = 1; SET memory_limit = '{_MEMORY}'")
    connection.execute(f"SET temp_directory = {literal(str(scratch))}")
    connection.execute("SET disabled_optimizers = 'join_order,build_side_probe_side'")
    return connection
