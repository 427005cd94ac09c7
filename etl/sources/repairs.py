"""Rows that providers corrected or withdrew: kept in the restricted zone, read in place of what was received.

A repair belongs to the bytes of a file: when another file comes in its place, the repair no longer applies. What
was taken in stays on record, also when it was undone: of one row the last repair that was not undone holds.
"""

import fcntl
import hashlib
import json
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

import duckdb

from etl.durable import replace_text
from etl.settings import Store
from etl.sources.readers import Sheet
from etl.sources.tables import create_table

Cells = tuple[str | None, ...]


@dataclass(frozen=True)
class Repair:
    """A row of a received file as its provider gave it back.

    `sheet` counts the sheets of the file, `row` is its row there. `was` are its cells as received, or the whole
    line where the row was broken; the repair holds only where they are still so. `becomes` are the cells as
    corrected, None when the provider withdrew the row. `by`, `on`: who took it back, when it was corrected.
    `file` is the received file's name. `undone_by`, `undone_on`: who undid it and when; None while it holds.
    """

    sheet: int
    row: int
    was: Cells | str
    becomes: Cells | None
    by: str
    on: str
    file: str
    undone_by: str | None = None
    undone_on: str | None = None

    @property
    def place(self) -> tuple[int, int]:
        """Sheet and row."""
        return self.sheet, self.row


def repair_history(store: Store) -> dict[str, tuple[Repair, ...]]:
    """SHA-256 of a received file -> every repair ever taken in for it, in that order."""
    return {path.stem: _read(path) for path in sorted(store.repairs.glob("*.json"))}


def read_repairs(store: Store) -> dict[str, tuple[Repair, ...]]:
    """SHA-256 of a received file -> the repairs that hold, by sheet and row."""
    return {sha256: held for sha256, items in repair_history(store).items() if (held := in_force(items))}


def in_force(history: Sequence[Repair]) -> tuple[Repair, ...]:
    """Of each row the last repair that was not undone, by sheet and row."""
    return tuple(history[number] for _, number in sorted(holding(history).items()))


def holding(history: Sequence[Repair]) -> dict[tuple[int, int], int]:
    """Sheet and row -> the number in the history, from 0, of the repair that holds for it."""
    return {item.place: number for number, item in enumerate(history) if item.undone_on is None}


@contextmanager
def changing(store: Store) -> Iterator[None]:
    """Holds the repairs, to read and change them; waits for whoever holds them. It ends with the process."""
    with (store.restricted / "repairs.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def save_repairs(store: Store, sha256: str, repairs: Iterable[Repair]) -> None:
    """Add repairs of one file; `was` stays what was received where a row is repaired again.

    To be called by who holds the repairs (`changing`), as is `undo_repairs`.
    """
    history = list(repair_history(store).get(sha256, ()))
    first = {item.place: item.was for item in reversed(history)}
    history += [replace(item, was=first.get(item.place, item.was)) for item in repairs]
    _write(store, sha256, history)


def undo_repairs(store: Store, sha256: str, places: Collection[tuple[int, int]], by: str, on: str) -> None:
    """Mark the repairs that hold for these rows of one file as undone; those before them hold again."""
    history = repair_history(store)[sha256]
    last = holding(history)
    gone = {last[place] for place in places}
    _write(
        store,
        sha256,
        [
            replace(item, undone_by=by, undone_on=on) if number in gone else item
            for number, item in enumerate(history)
        ],
    )


def _write(store: Store, sha256: str, history: Sequence[Repair]) -> None:
    content = [asdict(item) for item in history]
    text = json.dumps(content, ensure_ascii=False, indent=1)
    replace_text(store.repairs / f"{sha256}.json", text, mode=0o600)


def digest(repairs: Sequence[Repair]) -> str:
    """What a file that is staged with these repairs depends on."""
    return hashlib.sha256(repr(tuple(repairs)).encode()).hexdigest() if repairs else ""


def with_repairs(
    connection: duckdb.DuckDBPyConnection, sheet: Sheet, repairs: Sequence[Repair]
) -> tuple[Sheet, tuple[Repair, ...]]:
    """The sheet with the repaired rows in place of those received, and the repairs that applied to it.

    A withdrawn row keeps its cells. Where what was received is no longer so, the repair does not apply.
    """
    if not repairs:
        return sheet, ()
    places = range(len(sheet.headers))
    fitting = [item for item in repairs if isinstance(item.was, str) or len(item.was) == len(places)]
    table = f"{sheet.table}_repairs"
    _create(connection, table, fitting, len(places))
    same = " AND ".join(f"t.c{place} IS NOT DISTINCT FROM r.was{place}" for place in places)
    found = f"SELECT r.source_row FROM {sheet.table} t JOIN {table} r USING (source_row) WHERE line IS NULL AND {same}"
    if sheet.rejects:
        found += f" UNION ALL SELECT source_row FROM {sheet.rejects} j JOIN {table} r USING (source_row)"
        found += " WHERE r.line = j.payload"
    applied = {row for (row,) in connection.execute(found).fetchall()}
    connection.execute(f"DELETE FROM {table} WHERE NOT list_contains(?, source_row)", [sorted(applied)])
    kept = tuple(item for item in fitting if item.row in applied)
    return (_repaired(connection, sheet, table) if kept else sheet), kept


def _create(connection: duckdb.DuckDBPyConnection, table: str, repairs: Sequence[Repair], width: int) -> None:
    """Table (source_row, line, was0, …, c0, …) of the repairs of one sheet."""
    empty = (None,) * width
    was = [empty if isinstance(item.was, str) else item.was for item in repairs]
    becomes = [old if item.becomes is None else item.becomes for item, old in zip(repairs, was, strict=True)]
    columns: dict[str, list[Any]] = {
        "source_row": [item.row for item in repairs],
        "line": [item.was if isinstance(item.was, str) else None for item in repairs],
    }
    columns |= {f"was{place}": [cells[place] for cells in was] for place in range(width)}
    columns |= {f"c{place}": [cells[place] for cells in becomes] for place in range(width)}
    create_table(connection, table, columns, source_row="BIGINT")


def _repaired(connection: duckdb.DuckDBPyConnection, sheet: Sheet, table: str) -> Sheet:
    columns = [f"c{place}" for place in range(len(sheet.headers))]
    picked = ", ".join(
        f"CASE WHEN r.source_row IS NULL THEN t.{name} ELSE r.{name} END AS {name}" for name in columns
    )
    view = f"{sheet.table}_repaired"
    connection.execute(
        f"CREATE VIEW {view} AS SELECT {picked}, t.source_row FROM {sheet.table} t"
        f" LEFT JOIN (SELECT * FROM {table} WHERE line IS NULL) r ON r.source_row = t.source_row"
        f" UNION ALL SELECT {', '.join(columns)}, source_row FROM {table} WHERE line IS NOT NULL"
    )
    if sheet.rejects is None:
        return replace(sheet, table=view)
    rejects = f"{sheet.table}_still_broken"
    connection.execute(
        f"CREATE VIEW {rejects} AS SELECT * FROM {sheet.rejects}"
        f" WHERE source_row NOT IN (SELECT source_row FROM {table})"
    )
    return replace(sheet, table=view, rejects=rejects)


def changed_places(repair: Repair) -> list[int]:
    """Places of the cells that the provider changed; none of a withdrawn row."""
    if repair.becomes is None:
        return []
    if isinstance(repair.was, str):
        return [place for place, cell in enumerate(repair.becomes) if cell is not None]
    return [place for place, cell in enumerate(repair.becomes) if cell != repair.was[place]]


def stale_lines(
    repairs: Mapping[str, Sequence[Repair]], names: Mapping[str, str], applied: Mapping[str, int]
) -> list[str]:
    """What to tell of repairs that did not apply.

    `names`: SHA-256 -> name of a file that has come; `applied`: SHA-256 -> repairs that applied to it.
    """
    lines = []
    for sha256, items in sorted(repairs.items()):
        idle = len(items) - applied.get(sha256, 0)
        if idle:
            where = names.get(sha256, items[0].file)
            why = (
                "所修复的文件已由新文件取代 | the file they repair was replaced"
                if sha256 not in names
                else "行的内容已不同 | the rows read otherwise now"
            )
            lines.append(f"修复未采用 | repairs not applied: {where}: {idle}（{why}）")
    return lines


def _read(path: Path) -> tuple[Repair, ...]:
    return tuple(
        Repair(
            item["sheet"],
            item["row"],
            item["was"] if isinstance(item["was"], str) else tuple(item["was"]),
            None if item["becomes"] is None else tuple(item["becomes"]),
            item["by"],
            item["on"],
            item["file"],
            item.get("undone_by"),
            item.get("undone_on"),
        )
        for item in json.loads(path.read_text("utf-8"))
    )
