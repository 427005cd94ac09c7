"""The rows set aside: find, count, show."""

import json
import os
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import duckdb

from etl.errors import BadInput
from etl.settings import Store


@dataclass(frozen=True)
class HeldRow:
    """One row set aside: where it stands in what was received, why, who must act, and its cells.

    `line` is the whole row as received where it was broken; it then has no cells.
    """

    file_sha256: str
    sheet: int
    sheet_name: str
    source_row: int
    source_name: str
    source_file: str
    division_code: str | None
    reason: str
    field: str | None
    responsible: str
    payload: str
    line: str | None

    @property
    def id(self) -> str:
        """The name of the row for a steward."""
        return row_id(self.file_sha256, self.sheet, self.source_row)

    @property
    def file(self) -> str:
        """The received file, without the sheet."""
        return self.source_file.removesuffix(f"#{self.sheet_name}") if self.sheet_name else self.source_file

    @property
    def headers(self) -> tuple[str, ...]:
        return tuple(header for header, _ in json.loads(self.payload))

    @property
    def cells(self) -> tuple[str | None, ...]:
        """In the order of `headers`."""
        return tuple(cell for _, cell in json.loads(self.payload))


@dataclass(frozen=True)
class Which:
    """Of which rows: None = any. `file` is a glob on the received file's name.

    `accepted`: those of the last build that was accepted, where a later one was refused.
    """

    source: str | None = None
    file: str | None = None
    reason: str | None = None
    responsible: str | None = None
    division: str | None = None
    accepted: bool = False

    def condition(self) -> tuple[str, dict[str, str]]:
        """A SQL condition and its parameters."""
        columns = {
            "source_name": self.source,
            "reason": self.reason,
            "responsible": self.responsible,
            "division_code": self.division,
        }
        given = {name: value for name, value in columns.items() if value is not None}
        parts = [f"{name} = ${name}" for name in given]
        if self.file is not None:
            given["file"] = self.file
            parts.append("(source_file GLOB $file OR source_file GLOB ($file || '#*'))")
        return " AND ".join(parts) or "TRUE", given


def held_rows(store: Store, which: Which) -> list[HeldRow]:
    """The rows set aside by the last build, also where it was refused for them, by file, sheet and row.

    Raises:
        BadInput: this user may not read the restricted zone, or nothing was received yet.
    """
    require_access(store)
    folder = store.refused if was_refused(store) and not which.accepted else store.quarantine
    if not folder.is_dir():
        raise _nothing(folder)
    if not any(folder.glob("*.parquet")):
        return []
    condition, given = which.condition()
    columns = ", ".join(HeldRow.__dataclass_fields__)
    with duckdb.connect() as connection:
        found = connection.execute(
            f"SELECT {columns} FROM read_parquet($files) WHERE {condition}"
            " ORDER BY source_file, sheet, source_row",
            given | {"files": str(folder / "*.parquet")},
        ).fetchall()
    return [HeldRow(*row) for row in found]


def was_refused(store: Store) -> bool:
    """Whether the last ingest was refused: its rows are then told apart from those of the one before."""
    return store.refused.is_dir()


def every_row(store: Store) -> list[HeldRow]:
    """Rows set aside by the last ingest and, where it was refused, before them those of the last accepted one."""
    last = held_rows(store, Which())
    has_both = was_refused(store) and store.quarantine.is_dir()
    return [*held_rows(store, Which(accepted=True)), *last] if has_both else last


def find_row(store: Store, name: str) -> HeldRow:
    """The row of this id.

    Raises:
        BadInput: there is none.
    """
    for row in reversed(every_row(store)):
        if row.id == name:
            return row
    remedy = "jzs quarantine list --rows 列出编号 | `jzs quarantine list --rows` lists the ids"
    raise BadInput(
        f"隔离区没有这一行 | no such row is set aside: {name}", str(store.quarantine), "ID", remedy
    )


def counts(rows: Sequence[HeldRow]) -> list[tuple[int, str, str, str, str]]:
    """(rows, reason, field, who must act, file), most frequent first."""
    found = Counter((row.reason, row.field or "-", row.responsible, row.source_file) for row in rows)
    return [(count, *key) for key, count in sorted(found.items(), key=lambda item: (-item[1], item[0]))]


def row_id(file_sha256: str, sheet: int, source_row: int) -> str:
    """The name of a received row for a steward."""
    return f"{file_sha256[:8]}-{sheet}-{source_row}"


def require_access(store: Store) -> None:
    """Raises BadInput unless this user may read the restricted zone of an existing store."""
    folder = store.restricted
    if not folder.is_dir():
        raise _nothing(folder)
    if not os.access(folder, os.R_OK | os.X_OK):
        remedy = "用有权限的账户运行 | run as a user who may"
        raise BadInput("无权读取受限区 | no access to the restricted zone", str(folder), "0700", remedy)


def _nothing(folder: Path) -> BadInput:
    remedy = "核对 --store，或先运行 jzs build | check --store, or run `jzs build` first"
    return BadInput("库中还没有数据 | nothing in the store yet", str(folder), "--store", remedy)
