"""Accepted requests for the authority that keeps the record: a workbook for each division."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path
from typing import Any

import xlsxwriter
from pysqlite3 import dbapi2 as sqlite3

from etl.metadata import Metadata
from etl.settings import Store
from etl.steward.requests import Rules, Waiting

_FORWARDED = ("accepted", "partly")
_UNKNOWN = "unknown"
_HEADERS = (
    ("编号 | Request", 20),
    ("收到 | Received", 12),
    ("记录 | Record", 28),
    ("号码 | Number", 24),
    ("公开标识 | Public identifier", 22),
    ("何处有误 | What is wrong", 24),
    ("字段 | Fields", 36),
    ("为什么 | Why", 20),
    ("应当是 | It should say", 60),
    ("证据 | Evidence", 40),
    ("决定 | Decision", 16),
    ("理由 | Reason", 40),
)
# Where a record is found in the lookup: table, key, columns of its name, number and division.
_RECORDS = {
    "person": ("certificate", "public_id", "person_name", "registration_no"),
    "enterprise": ("enterprise", "enterprise_key", "enterprise_name", "enterprise_code"),
    "project": ("project", "project_key", "project_name", "project_no"),
}
_TEXTS_ONLY = {"strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False}


@dataclass(frozen=True)
class Subject:
    """The record of a request in the release being served; empty where it has it no more."""

    name: str = ""
    number: str = ""
    division: str = _UNKNOWN


def export(
    items: Sequence[Waiting], store: Store, metadata: Metadata, out: Path, division: str | None = None
) -> Iterator[tuple[Path, list[str]]]:
    """Writes the accepted requests about records of each division, or of one; yields the files with their requests.

    Objections do not concern the authority, and are not among them. Only the owner may read them.
    A record that the release has no more is under `unknown`.
    """
    bases = Rules.of(metadata).content["bases"]
    accepted = [
        item
        for item in items
        if item.decision
        and item.decision.decision in _FORWARDED
        and "forwarded" in bases.get(item.decision.basis, {})
    ]
    told = [(subject_of(store, item), item) for item in accepted]
    told = [one for one in told if division in (None, one[0].division)]
    out.mkdir(parents=True, exist_ok=True, mode=0o700)
    for code, group in groupby(sorted(told, key=lambda one: one[0].division), lambda one: one[0].division):
        path = out / f"corrections_{code}.xlsx"
        path.unlink(missing_ok=True)
        path.touch(mode=0o600)
        written = list(group)
        _write(path, [_cells(subject, item, metadata) for subject, item in written])
        yield path, [item.request.id for _, item in written]


def subject_of(store: Store, item: Waiting) -> Subject:
    """What the release being served tells of the record of a request."""
    table, key, name, number = _RECORDS[item.request.record]
    path = store.current / "served" / "lookup.sqlite"
    if not path.exists():
        return Subject()
    with closing(sqlite3.connect(f"{path.resolve().as_uri()}?mode=ro", uri=True)) as connection:
        has = {row[0] for row in connection.execute("SELECT name FROM pragma_table_info(?)", (table,))}
        if key not in has:
            return Subject()
        told = [column if column in has else "NULL" for column in (name, number, "division_code")]
        query = f"SELECT {', '.join(told)} FROM {table} WHERE {key} = ?"
        found = connection.execute(query, (item.request.key,)).fetchone()
    return Subject(found[0] or "", found[1] or "", found[2] or _UNKNOWN) if found else Subject()


def _cells(subject: Subject, item: Waiting, metadata: Metadata) -> list[str]:
    request, decision = item.request, item.decision
    rules = Rules.of(metadata).content
    groups = rules["groups"].get(request.record, {})
    fields = [metadata.fields[name] for name in groups.get(request.group, {"fields": []})["fields"]]
    return [
        request.id,
        request.on,
        subject.name,
        subject.number,
        request.key,
        _both(groups, request.group),
        "; ".join(f"{field.zh} {field.name}" for field in fields),
        _both(rules["grounds"], request.ground),
        request.says,
        request.evidence,
        _both(rules["decisions"], decision.decision) if decision else "",
        decision.reason if decision else "",
    ]


def _both(entries: Mapping[str, Any], code: str) -> str:
    """The words of a code in both languages; the code itself where the rules have it no more."""
    return f"{entries[code]['zh']} | {entries[code]['en']}" if code in entries else code


def _write(path: Path, rows: Sequence[Sequence[str]]) -> None:
    """One sheet of texts: what a stranger typed is no formula and no link."""
    with xlsxwriter.Workbook(str(path), _TEXTS_ONLY) as book:
        text = {"num_format": "@", "valign": "top", "text_wrap": True}
        plain, head = book.add_format(text | {"quote_prefix": True}), book.add_format(text | {"bold": True})
        sheet = book.add_worksheet("更正申请 corrections")
        sheet.freeze_panes(1, 1)
        for column, (header, width) in enumerate(_HEADERS):
            sheet.set_column(column, column, width)
            sheet.write_string(0, column, header, head)
        for line, row in enumerate(rows, 1):
            for column, cell in enumerate(row):
                sheet.write_string(line, column, cell, plain)
