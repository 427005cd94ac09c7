"""Snapshots: whose state of which day a file shows, and which files newer ones have superseded.

All of it follows from the names of the files that are there, never from the order in which they came.
"""

import re
from calendar import monthrange
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import pairwise
from pathlib import Path, PurePosixPath

import duckdb

from etl.clean.base import literal
from etl.errors import BadInput, Refused
from etl.metadata import Metadata, Source
from etl.sources.layout import matches, paths_of
from etl.sources.tables import create_table, sql_list

# What may stand between the cells of a line that could not be split into a row.
_CELL_ENDS = "'[,;|\\t\"]+'"


@dataclass(frozen=True)
class Taken:
    """A staged sheet: the series and day of the snapshot that it is part of, and its rows."""

    source: str
    file: str
    series: str
    day: str | None
    rows: int


def snapshot_date(source: Source, name: str) -> date | None:
    """The day whose state a file shows: from its name, else when the source was retrieved, else not known.

    `name` is the relative path, with or without `#sheet`. A missing month or day is the period's last.
    """
    parts = _numbers(source, name)
    if "year" not in parts:
        return source.origin.retrieved
    year, month = parts["year"], parts.get("month", 12)
    try:
        return date(year, month, parts.get("day", monthrange(year, month)[1]))
    except ValueError:
        remedy = "改正文件名 | correct the file's name"
        raise BadInput(
            "文件名中的日期不存在 | no such date in the file name", name, "date_pattern", remedy
        ) from None


def series_of(source: Source, name: str) -> str:
    """The series that a file belongs to: what the groups of `series` match in its path, "" without."""
    found = re.search(source.series, paths_of(name)[0]) if source.series else None
    return "/".join(text or "" for text in found.groups()) if found else ""


def revision_of(source: Source, name: str) -> int:
    """Which correction of a snapshot a file is; 0 for the first."""
    return _numbers(source, name).get("revision", 0)


def superseded(sources: Iterable[Source], names: Iterable[str]) -> dict[str, Mapping[str, str]]:
    """File name -> source -> the file that stands in its place for this source.

    A file in an archive stands for itself: its name is the archive's, `!`, its own. Of one series and day the
    highest revision holds; of a `newest` source, only the newest day of each series.
    """
    every = list(names)
    older: dict[str, dict[str, str]] = {name: {} for name in every}
    for source in sources:
        rivals: dict[tuple[str, date | None], list[tuple[date, int, str]]] = defaultdict(list)
        for name in every:
            if any(matches(path, source.files) for path in paths_of(name)):
                day = snapshot_date(source, name) or date.min
                among = (series_of(source, name), None if source.snapshots == "newest" else day)
                rivals[among].append((day, revision_of(source, name), name))
        for files in rivals.values():
            *newest, holder = max(files)
            for *rank, name in files:
                if rank < newest:
                    older[name][source.name] = str(holder)
    return dict(older)


def check_snapshots(taken: Sequence[Taken], metadata: Metadata) -> Iterator[str]:
    """Warnings about snapshots: several files of one, and one that grew beyond the ceiling of its source.

    Raises Refused for one below the source's floor: what was cut off would look like a mass exit.
    """
    files: dict[tuple[str, str], dict[str, list[Taken]]] = defaultdict(lambda: defaultdict(list))
    for sheet in taken:
        if sheet.day and metadata.sources[sheet.source].has_history:
            files[sheet.source, sheet.series][sheet.day].append(sheet)
    for (source, _), days in sorted(files.items()):
        for sheets in days.values():
            if len(sheets) > 1:
                names = ", ".join(sheet.file for sheet in sheets)
                yield f"同一快照的各部分 | parts of one snapshot: {names}"
        for former, present in pairwise(sorted(days)):
            yield from _compare(days[former], days[present], metadata.sources[source])


def write_snapshots(connection: duckdb.DuckDBPyConnection, taken: Sequence[Taken], folder: Path) -> None:
    """`stg_snapshot`: source_name, source_file, series, received_on; a row for each sheet."""
    columns: dict[str, list[str | None]] = {
        "source_name": [sheet.source for sheet in taken],
        "source_file": [sheet.file for sheet in taken],
        "series": [sheet.series for sheet in taken],
        "received_on": [sheet.day for sheet in taken],
    }
    folder.mkdir(mode=0o700)
    create_table(connection, "snapshots", columns, received_on="DATE")
    connection.execute(f"COPY snapshots TO {literal(str(folder / 'sheets.parquet'))} (FORMAT parquet)")


def write_sightings(
    connection: duckdb.DuckDBPyConnection, staged: Iterable[Path], rejected: Iterable[Path], folder: Path
) -> None:
    """`stg_sighting`: source_name, source_file, registration_no, certificate_no that a row set aside names there.

    A row names a certificate if one of its cells is a number that its source lists in any snapshot: it is no
    reason to say that the certificate has left. `staged` and `rejected` are the files of the sheets of kept
    snapshots, where they exist.
    """
    read = [path for path in staged if path.exists()]
    aside = [path for path in rejected if path.exists()]
    columns = ("source_name", "source_file", "registration_no", "certificate_no")
    create_table(connection, "sightings", dict.fromkeys(columns, ()))
    if read and aside:
        connection.execute(
            f"""INSERT INTO sightings
            WITH cell AS (
                SELECT source_name, source_file, trim(unnest(CASE WHEN line IS NULL
                    THEN json_extract_string(payload, '$[*][1]') ELSE regexp_split_to_array(line, {_CELL_ENDS})
                    END)) AS number
                FROM read_parquet([{sql_list(map(str, aside))}])),
            known AS (
                SELECT DISTINCT source_name, registration_no, certificate_no
                FROM read_parquet([{sql_list(map(str, read))}]))
            SELECT DISTINCT source_name, source_file, registration_no, certificate_no
            FROM cell JOIN known USING (source_name)
            WHERE number = coalesce(registration_no, certificate_no) ORDER BY ALL"""
        )
    folder.mkdir(mode=0o700)
    connection.execute(f"COPY sightings TO {literal(str(folder / 'rows.parquet'))} (FORMAT parquet)")


def _numbers(source: Source, name: str) -> dict[str, int]:
    """What the groups of `date_pattern` match in a file's name.

    Of a file in an archive the day is told by its own name, or by the archive's; the revision is the higher one.
    """
    if not source.date_pattern:
        return {}
    found = [re.search(source.date_pattern, PurePosixPath(path).name) for path in paths_of(name)]
    told = [{key: int(value) for key, value in each.groupdict().items() if value} for each in found if each]
    dated: dict[str, int] = next((numbers for numbers in told if "year" in numbers), {})
    return dated | {"revision": max((numbers.get("revision", 0) for numbers in told), default=0)}


def _compare(former: Sequence[Taken], present: Sequence[Taken], source: Source) -> Iterator[str]:
    """Judge a snapshot by the one before it. Shares are of the rows of that one."""
    before, now = sum(sheet.rows for sheet in former), sum(sheet.rows for sheet in present)
    name, counts = present[0].file, f"{before} → {now}"
    if now < before * source.bounds.floor_share:
        message = f"快照比上一份少得多，像是残缺 | a snapshot far smaller than the one before: {counts}"
        remedy = (
            "补齐或移走该文件，或说明理由调低下限 | complete or remove it, or lower the floor with a reason"
        )
        raise Refused(message, f"{source.name}: {name}", "bounds.floor.share", remedy)
    if source.bounds.growth is not None and now > before * (1 + source.bounds.growth):
        yield f"快照比上一份多得多 | a snapshot far larger than the one before: {name} {counts}"
