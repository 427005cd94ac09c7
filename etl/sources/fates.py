"""The files and counts of each sheet, once its rows are staged: accepted, quarantined, duplicate, out of scope."""

from collections.abc import Mapping, Sequence

from etl.clean.base import literal
from etl.sources.batch import Page, Unit
from etl.sources.rows import PAGE_BITS, Rows

# Staging is written once and read whole a few times: zstd and bloom filters take longer than they are worth.
_FORMAT = "FORMAT parquet, COMPRESSION snappy, PARQUET_VERSION v2, WRITE_BLOOM_FILTER false"
PARQUET = f"({_FORMAT})"
# Of a large file a dictionary of more values than this only costs time.
_LARGE = f"({_FORMAT}, DICTIONARY_SIZE_LIMIT 10000)"
# A small file is one row group: where a group is full depends on what else is in the batch.
_SMALL = f"({_FORMAT}, ROW_GROUP_SIZE {1 << 24})"


def write_units(rows: Rows, received: Sequence[int]) -> list[Unit]:
    """Write the results of every page, and count them."""
    reasons = rows.tally("failed", "concat_ws(' ', reason, nullif(field, ''))")
    outside = rows.tally("outside", "reason")
    repairs = {
        (page, f"{name} {rule}"): count
        for name, mapped in rows.maps.items()
        for (page, rule), count in sorted(mapped.rules.items())
    }
    if reasons:
        rows.sql("DELETE FROM staged WHERE source_row IN (SELECT source_row FROM failed)")
    accepted = _counts(rows)
    _drop_repeats(rows)
    kept = _counts(rows)
    units = []
    for place, page in enumerate(rows.pages):
        fresh, staged = kept.get(place, (0, 0))
        _write_accepted(rows, place, page)
        found = _of_page(place, reasons)
        if found:
            _write_quarantine(rows, place, page)
        units.append(
            Unit.of(
                page,
                received=received[place],
                accepted=fresh,
                duplicate=accepted.get(place, (0, 0))[0] - fresh,
                staged=staged,
                reasons=found,
                outside=_of_page(place, outside),
                repairs=_of_page(place, repairs),
            )
        )
    return units


def _counts(rows: Rows) -> dict[int, tuple[int, int]]:
    """Page -> rows of the file that have come to be staged rows, and the staged rows."""
    each = "DISTINCT source_row" if rows.split_fields else "*"
    found = rows.connection.execute(
        f"SELECT source_row >> {PAGE_BITS}, count({each}), count(*) FROM staged GROUP BY 1"
    ).fetchall()
    return {int(page): (int(accepted), int(staged)) for page, accepted, staged in found}


def _drop_repeats(rows: Rows) -> None:
    """Take away staged rows that repeat an earlier one of their sheet.

    Repeats of other sheets are found when all files are staged.
    """
    sheet = f"source_row >> {PAGE_BITS}"
    rows.sql(
        f"""DELETE FROM staged WHERE rowid IN (SELECT row FROM (
            SELECT rowid AS row, row_number() OVER (
                PARTITION BY {sheet}, {", ".join(rows.fields)} ORDER BY source_row, rowid) AS nth
            FROM staged WHERE rowid IN (SELECT rowid FROM staged WHERE row_hash IN (
                SELECT row_hash FROM staged GROUP BY row_hash HAVING count(*) > 1))) WHERE nth > 1)"""
    )


def _of_page(place: int, counts: Mapping[tuple[int, str], int]) -> dict[str, int]:
    return {label: count for (page, label), count in counts.items() if page == place}


def _rows_of(place: int, column: str) -> str:
    return f"{column} BETWEEN {place << PAGE_BITS} AND {((place + 1) << PAGE_BITS) - 1}"


def _write_accepted(rows: Rows, place: int, page: Page) -> None:
    fields = ", ".join(rows.fields)
    day = f"DATE {literal(page.received_on.isoformat())}" if page.received_on else "CAST(NULL AS DATE)"
    target = literal(str(page.job.out / f"{page.number}.parquet"))
    content = (
        f"SELECT {fields}, {literal(page.source.name)} AS source_name,"
        f" {literal(page.where)} AS source_file, source_row - {place << PAGE_BITS} AS source_row,"
        f" {day} AS received_on, row_hash FROM staged s"
        f" WHERE {_rows_of(place, 's.source_row')}"
    )
    if page.job.is_large:
        rows.sql(f"COPY ({content}) TO {target} {_LARGE}")
    else:
        # How rows are cut into chunks depends on what else is in the batch, and bytes on the chunks: cut them anew.
        rows.sql(f"CREATE OR REPLACE TABLE page AS {content}")
        rows.sql(f"COPY page TO {target} {_SMALL}")


def _write_quarantine(rows: Rows, place: int, page: Page) -> None:
    headers = page.sheet.headers
    keys = [header or f"column {number}" for number, header in enumerate(headers, start=1)]
    unique = [f"{key} ({spot + 1})" if keys.index(key) != spot else key for spot, key in enumerate(keys)]
    pairs = zip(unique, page.columns, strict=True)
    payload = f"json_object({', '.join(f'{literal(key)}, t.{column}' for key, column in pairs)})"
    failed = (
        f"SELECT * REPLACE (source_row - {place << PAGE_BITS} AS source_row) FROM failed"
        f" WHERE {_rows_of(place, 'source_row')}"
    )
    cells = f"SELECT * FROM {page.sheet.table} WHERE source_row IN (SELECT source_row FROM ({failed}))"
    joins = f" LEFT JOIN ({cells}) t ON t.source_row = f.source_row"
    if page.sheet.rejects:
        payload = f"CASE WHEN j.source_row IS NULL THEN {payload} ELSE json_object('line', j.payload) END"
        joins += f" LEFT JOIN {page.sheet.rejects} j ON j.source_row = f.source_row"
    target = literal(str(page.job.out / f"{page.number}.quarantine.parquet"))
    rows.sql(
        f"COPY (SELECT {literal(page.source.name)} AS source_name, {literal(page.where)} AS source_file,"
        f" f.source_row, {literal(page.source.record)} AS record, f.reason,"
        " nullif(f.field, '') AS field, f.responsible,"
        f" CAST({payload} AS VARCHAR) AS payload"
        f" FROM ({failed}) f{joins} ORDER BY f.source_row) TO {target} {PARQUET}"
    )
