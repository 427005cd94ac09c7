"""The files and counts of each sheet, once its rows are staged: accepted, quarantined, duplicate, out of scope."""

from collections.abc import Mapping, Sequence

from etl.clean.base import literal
from etl.sources.batch import Page, Unit
from etl.sources.rows import PAGE_BITS, Rows

PARQUET = "(FORMAT parquet, COMPRESSION zstd)"


def write_units(rows: Rows, received: Sequence[int]) -> list[Unit]:
    """Write the results of every page, and count them."""
    reasons = rows.tally("failed", "concat_ws(' ', reason, nullif(field, ''))")
    outside = rows.tally("outside", "reason")
    repairs = {
        (page, f"{name} {rule}"): count
        for name, mapped in rows.maps.items()
        for (page, rule), count in sorted(mapped.rules.items())
    }
    passed = "source_row NOT IN (SELECT source_row FROM failed)" if reasons else "TRUE"
    new = "rowid NOT IN (SELECT row FROM repeats)" if _find_repeats(rows, passed) else "TRUE"
    counts = _counts(rows, passed, new)
    units = []
    for place, page in enumerate(rows.pages):
        accepted, duplicate, staged = counts.get(place, (0, 0, 0))
        _write_accepted(rows, place, page, f"{passed} AND {new}")
        found = _of_page(place, reasons)
        if found:
            _write_quarantine(rows, place, page)
        units.append(
            Unit.of(
                page,
                received=received[place],
                accepted=accepted,
                duplicate=duplicate,
                staged=staged,
                reasons=found,
                outside=_of_page(place, outside),
                repairs=_of_page(place, repairs),
            )
        )
    return units


def _find_repeats(rows: Rows, passed: str) -> bool:
    """Table `repeats` (row): rowids of rows that passed and repeat an earlier row of their sheet; whether any does.

    Repeats in other sheets are found when all files are staged.
    """
    same = f"source_row >> {PAGE_BITS}, row_hash"
    rows.sql(
        f"""CREATE TABLE repeats AS SELECT row FROM (
            SELECT rowid AS row, row_number() OVER (
                PARTITION BY {same}, {", ".join(rows.fields)} ORDER BY source_row, rowid) AS nth
            FROM staged WHERE {passed} AND ({same}) IN (
                SELECT ({same}) FROM staged WHERE {passed} GROUP BY {same} HAVING count(*) > 1)) WHERE nth > 1"""
    )
    return rows.connection.execute("SELECT count(*) FROM repeats").fetchone() != (0,)


def _counts(rows: Rows, passed: str, new: str) -> dict[int, tuple[int, int, int]]:
    """Page -> rows of the file that are accepted, those that only repeat others, and rows written."""
    each = "DISTINCT source_row" if rows.split_fields else "*"
    found = rows.connection.execute(
        f"SELECT source_row >> {PAGE_BITS}, count({each}), count({each}) FILTER ({new}), count(*) FILTER ({new})"
        f" FROM staged WHERE {passed} GROUP BY 1"
    ).fetchall()
    return {int(page): (int(fresh), int(every - fresh), int(staged)) for page, every, fresh, staged in found}


def _of_page(place: int, counts: Mapping[tuple[int, str], int]) -> dict[str, int]:
    return {label: count for (page, label), count in counts.items() if page == place}


def _rows_of(place: int, column: str) -> str:
    return f"{column} BETWEEN {place << PAGE_BITS} AND {((place + 1) << PAGE_BITS) - 1}"


def _write_accepted(rows: Rows, place: int, page: Page, kept: str) -> None:
    fields = ", ".join(rows.fields)
    day = f"DATE {literal(page.received_on.isoformat())}" if page.received_on else "CAST(NULL AS DATE)"
    target = literal(str(page.job.out / f"{page.number}.parquet"))
    content = (
        f"SELECT {fields}, {literal(page.source.name)} AS source_name,"
        f" {literal(page.where)} AS source_file, source_row - {place << PAGE_BITS} AS source_row,"
        f" {day} AS received_on, row_hash FROM staged s"
        f" WHERE {_rows_of(place, 's.source_row')} AND {kept}"
    )
    if not page.job.is_large:
        # Joins change the order within a chunk, and chunks depend on what else is in the batch; bytes must not.
        order = ", ".join(["s.source_row", *rows.split_fields])
        rows.sql(f"CREATE OR REPLACE TABLE page AS {content} ORDER BY {order}")
        content = "FROM page"
    rows.sql(f"COPY ({content}) TO {target} {PARQUET}")


def _write_quarantine(rows: Rows, place: int, page: Page) -> None:
    headers = page.sheet.headers
    keys = [header or f"column {number}" for number, header in enumerate(headers, start=1)]
    unique = [f"{key} ({spot + 1})" if keys.index(key) != spot else key for spot, key in enumerate(keys)]
    pairs = zip(unique, page.columns, strict=True)
    payload = f"json_object({', '.join(f'{literal(key)}, t.{column}' for key, column in pairs)})"
    joins = f" LEFT JOIN {page.sheet.table} t ON t.source_row = f.source_row"
    if page.sheet.rejects:
        payload = f"CASE WHEN j.source_row IS NULL THEN {payload} ELSE json_object('line', j.payload) END"
        joins += f" LEFT JOIN {page.sheet.rejects} j ON j.source_row = f.source_row"
    target = literal(str(page.job.out / f"{page.number}.quarantine.parquet"))
    rows.sql(
        f"COPY (SELECT {literal(page.source.name)} AS source_name, {literal(page.where)} AS source_file,"
        f" f.source_row, {literal(page.source.record)} AS record, f.reason,"
        " nullif(f.field, '') AS field, f.responsible,"
        f" CAST({payload} AS VARCHAR) AS payload"
        f" FROM (SELECT * REPLACE (source_row - {place << PAGE_BITS} AS source_row) FROM failed"
        f" WHERE {_rows_of(place, 'source_row')}) f{joins} ORDER BY f.source_row) TO {target} {PARQUET}"
    )
