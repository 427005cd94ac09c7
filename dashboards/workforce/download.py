"""Any query of the dashboard as CSV: the same rows as the chart and the table, with names beside codes."""

import csv
import io
import re
from urllib.parse import urlencode

from dashboards.workforce.release import Release, Result, queries

CODE = re.compile(r"^(?P<list>\w+?)_code(?P<side>_from|_to)?$")


def code_list(column: str) -> str:
    """Name of the code list that a column's codes come from, empty for a column without codes."""
    match = CODE.match(column)
    return match["list"] if match else ""


def address(result: Result, lang: str, version: str) -> str:
    """URL of a result as CSV, the parameters in it."""
    values = {key: value for key, value in result.parameters if value is not None}
    return f"/data/{version}/{result.query}.csv?{urlencode({**values, 'lang': lang})}"


def to_csv(release: Release, name: str, arguments: dict[str, str], lang: str) -> str | None:
    """A query as CSV text with labelled columns; None when there is no such query in this release.

    Raises ValueError for a parameter value that does not fit the query.
    """
    if name not in queries() or not queries()[name].requires or not release.offers(name):
        return None
    wanted = {key: _typed(key, arguments[key]) for key in queries()[name].parameters if key in arguments}
    result = release.rows(name, **wanted)
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\r\n")
    writer.writerow([cell for column in result.columns for cell in _heads(release, column, lang)])
    for row in result:
        pairs = zip(result.columns, row, strict=True)
        writer.writerow([cell for column, value in pairs for cell in _cells(release, column, value, lang)])
    return out.getvalue()


def _typed(key: str, value: str) -> str | int:
    if key == "year":
        return int(value)
    return value[:32]


def _heads(release: Release, column: str, lang: str) -> list[str]:
    named = code_list(column)
    label = release.texts[lang].get(f"dashboard.column.{column}") or release.labels[lang].get(column, column)
    return [column, label] if named in release.codes else [label]


def _cells(release: Release, column: str, value: object, lang: str) -> list[object]:
    named = code_list(column)
    if named not in release.codes:
        return [value]
    entry = release.codes[named].get(str(value)) or release.codes.get("reserved", {}).get(str(value))
    return [value, getattr(entry, lang) if entry else value]
