"""The files and counts of each sheet, once its rows are staged: accepted, quarantined, duplicate, out of scope."""

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from functools import cache, partial

from etl.clean import Cleaned
from etl.clean.base import literal
from etl.sources.batch import Page, Share, Unit
from etl.sources.repairs import changed_places
from etl.sources.rows import PAGE_BITS, Rows

# The rules of cells that the provider corrected, and of those that the register's corrections did.
REPAIRED, CORRECTED = "repaired_by_provider", "corrected"
# Staging is written once and read whole a few times: zstd and bloom filters take longer than they are worth.
_FORMAT = "FORMAT parquet, COMPRESSION snappy, PARQUET_VERSION v2, WRITE_BLOOM_FILTER false"
PARQUET = f"({_FORMAT})"
# Of a large file a dictionary of more values than this only costs time.
_LARGE = f"({_FORMAT}, DICTIONARY_SIZE_LIMIT 10000)"
# A small file is one row group: where a group is full depends on what else is in the batch.
_SMALL = f"({_FORMAT}, ROW_GROUP_SIZE {1 << 24})"


# A page and the division that its rows count under.
Whose = tuple[int, str | None]


def write_units(rows: Rows, received: Sequence[int]) -> list[Unit]:
    """Write the results of every page, and count them by division."""
    division = rows.source.sender.field or "NULL"
    whole = _counts(rows, division)
    reasons = _failures(rows, division, "concat_ws(' ', reason, nullif(field, ''))")
    broken = _failures(rows, division, "'rows'", "is_staged IS NULL")
    if reasons:
        rows.sql("DELETE FROM staged WHERE source_row IN (SELECT source_row FROM failed)")
    accepted = _counts(rows, division)
    _drop_repeats(rows)
    kept = _counts(rows, division)
    staged = _staged(rows)
    outside = _whole_pages(rows, rows.tally("outside", "reason"))
    repairs = _repairs(rows)
    whose = dict.fromkeys(key for table in (whole, broken, outside, repairs) for key in table)
    units = []
    for place, page in enumerate(rows.pages):
        shares = [
            Share(
                division=key[1],
                received=whole[key]["rows"] + broken[key]["rows"] + outside[key].total(),
                accepted=kept[key]["rows"],
                duplicate=accepted[key]["rows"] - kept[key]["rows"],
                reasons=dict(reasons[key]),
                outside=dict(outside[key]),
                repairs=dict(repairs[key]),
            )
            for key in whose
            if key[0] == place
        ]
        _write_accepted(rows, place, page)
        if any(share.reasons for share in shares):
            _write_quarantine(rows, place, page)
        met = {name: pages[place] for name, pages in rows.met.items() if place in pages}
        units.append(Unit.of(page, received[place], staged.get(place, 0), shares, met))
    return units


def _staged(rows: Rows) -> dict[int, int]:
    """Page -> staged rows."""
    found = rows.connection.execute(f"SELECT source_row >> {PAGE_BITS}, count(*) FROM staged GROUP BY 1")
    return {int(place): int(count) for place, count in found.fetchall()}


def _repairs(rows: Rows) -> defaultdict[Whose, Counter[str]]:
    """Cells by "field rule", under the division that the row names, else that of the page."""
    found: defaultdict[Whose, Counter[str]] = defaultdict(Counter)
    division = cache(partial(_division_of, rows))
    for name, mapped in rows.maps.items():
        for (place, cell, rule), count in mapped.rules.items():
            found[place, division(cell) or rows.pages[place].division][f"{name} {rule}"] += count
    for place, page in enumerate(rows.pages):
        fields = {column: name for name, column in page.layout.columns.items()}
        fields |= {column: item.fields[0] for item, column in page.layout.splits}
        told = page.layout.columns.get(rows.source.sender.field or "")
        for repair in page.repairs:
            cell = repair.becomes[page.columns.index(told)] if told and repair.becomes else None
            changed = [page.columns[spot] for spot in changed_places(repair)]
            found[place, division(cell) or page.division].update(
                f"{fields[column]} {REPAIRED}" for column in changed if column in fields
            )
    for item in rows.corrections:
        for place, (_, expecting) in rows.met.get(item.id, {}).items():
            found[place, rows.pages[place].division][f"{item.field} {CORRECTED}"] += expecting
    ordered = ((whose, Counter(dict(sorted((+counts).items())))) for whose, counts in found.items())
    return defaultdict(Counter, {whose: counts for whose, counts in ordered if counts})


def _division_of(rows: Rows, cell: str | None) -> str | None:
    """The division that a cell of the sender's field names."""
    outcome = rows.cleaner(rows.source.sender.field or "").clean(cell) if cell else None
    return outcome.value if isinstance(outcome, Cleaned) else None


def _by_whose(rows: Rows, select: str) -> defaultdict[Whose, Counter[str]]:
    """Counts (source page, division, label, rows) by page and division; the page's own where a row tells none."""
    found: defaultdict[Whose, Counter[str]] = defaultdict(Counter)
    for place, division, label, count in rows.connection.execute(select).fetchall():
        found[place, division or rows.pages[place].division][label] += count
    return found


def _counts(rows: Rows, division: str) -> defaultdict[Whose, Counter[str]]:
    """`rows`: rows of the file that have come to be staged rows."""
    each = "DISTINCT source_row" if rows.split_fields else "*"
    page = f"source_row >> {PAGE_BITS}"
    return _by_whose(rows, f"SELECT {page}, {division}, 'rows', count({each}) FROM staged GROUP BY 1, 2")


def _failures(rows: Rows, division: str, label: str, which: str = "TRUE") -> defaultdict[Whose, Counter[str]]:
    """Failed rows by label. A row that could not be split into cells is not staged and tells no division."""
    return _by_whose(
        rows,
        f"""SELECT source_row >> {PAGE_BITS}, s.division, {label}, count(*) FROM failed
        LEFT JOIN (SELECT source_row, any_value({division}) AS division, TRUE AS is_staged FROM staged
            WHERE source_row IN (SELECT source_row FROM failed) GROUP BY 1) s USING (source_row)
        WHERE {which} GROUP BY 1, 2, 3 ORDER BY ALL""",
    )


def _whole_pages(rows: Rows, counts: Mapping[tuple[int, str], int]) -> defaultdict[Whose, Counter[str]]:
    """Counts that are known by page only, under the division of the page."""
    found: defaultdict[Whose, Counter[str]] = defaultdict(Counter)
    for (place, label), count in counts.items():
        found[place, rows.pages[place].division][label] += count
    return found


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
    """The failed rows of a page, sealed: where each stands, why it failed, its headers and cells as received.

    Of a broken row there are no cells but the `line`.
    """
    pairs = zip(page.sheet.headers, page.columns, strict=True)
    payload = ", ".join(f"json_array({literal(header)}, t.{column})" for header, column in pairs)
    failed = (
        f"SELECT * REPLACE (source_row - {place << PAGE_BITS} AS source_row) FROM failed"
        f" WHERE {_rows_of(place, 'source_row')}"
    )
    cells = f"SELECT * FROM {page.sheet.table} WHERE source_row IN (SELECT source_row FROM ({failed}))"
    joins, line = f" LEFT JOIN ({cells}) t ON t.source_row = f.source_row", "CAST(NULL AS VARCHAR)"
    if page.sheet.rejects:
        joins += f" LEFT JOIN {page.sheet.rejects} j ON j.source_row = f.source_row"
        line = "j.payload"
    target = literal(str(page.job.out / f"{page.number}.quarantine.parquet"))
    division = literal(page.division) if page.division else "CAST(NULL AS VARCHAR)"
    rows.sql(
        f"COPY (SELECT {literal(page.source.name)} AS source_name, {literal(page.where)} AS source_file,"
        f" f.source_row, {literal(page.source.record)} AS record, f.reason,"
        f" nullif(f.field, '') AS field, f.responsible, {literal(page.job.sha256)} AS file_sha256,"
        f" {page.number} AS sheet, {literal(page.sheet.name)} AS sheet_name, {division} AS division_code,"
        f" CAST(json_array({payload}) AS VARCHAR) AS payload, {line} AS line"
        f" FROM ({failed}) f{joins} ORDER BY f.source_row) TO {target} {PARQUET}"
    )
