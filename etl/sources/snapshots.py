"""Snapshot dates in file names, and which files a newer snapshot has superseded."""

import re
from calendar import monthrange
from collections.abc import Iterable
from datetime import date
from pathlib import PurePosixPath

from etl.errors import BadInput
from etl.metadata import Source
from etl.sources.layout import matches


def snapshot_date(source: Source, name: str) -> date | None:
    """The day whose state a file shows: from its name, else when the source was retrieved, else not known.

    `name` is the relative path, with or without `#sheet`. A missing month or day is the period's last.
    """
    found = re.search(source.date_pattern, PurePosixPath(name).name) if source.date_pattern else None
    if found is None:
        return source.origin.retrieved
    parts = {key: int(value) for key, value in found.groupdict().items() if value}
    year, month = parts["year"], parts.get("month", 12)
    try:
        return date(year, month, parts.get("day", monthrange(year, month)[1]))
    except ValueError:
        remedy = "改正文件名 | correct the file's name"
        raise BadInput(
            "文件名中的日期不存在 | no such date in the file name", name, "date_pattern", remedy
        ) from None


def superseded(sources: Iterable[Source], names: Iterable[str]) -> dict[str, frozenset[str]]:
    """File name -> sources (of `snapshots: newest`) for which a newer file has come."""
    every = list(names)
    older: dict[str, set[str]] = {name: set() for name in every}
    for source in sources:
        if source.snapshots == "newest":
            dated = [
                (snapshot_date(source, name) or date.min, name)
                for name in every
                if matches(name, source.files)
            ]
            newest = max((day for day, _ in dated), default=date.min)
            for day, name in dated:
                if day < newest:
                    older[name].add(source.name)
    return {name: frozenset(found) for name, found in older.items()}
