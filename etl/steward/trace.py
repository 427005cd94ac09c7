"""Where every value of a record came from: the received file is read again, in the way it was staged.

No lineage is stored. What the file gives now is compared with what staging holds, and a difference is told.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path
from tempfile import TemporaryDirectory

import duckdb

from etl.clean import SPLITS, Cleaned, Unclean
from etl.errors import BadInput, Refused
from etl.metadata import Metadata
from etl.settings import Store
from etl.sources.batch import Batch, Job, Page, read_batch
from etl.sources.corrections import Correction, read_corrections
from etl.sources.fates import CORRECTED, REPAIRED
from etl.sources.files import content_sha256
from etl.sources.layout import candidates
from etl.sources.receipts import read_receipts
from etl.sources.repairs import Repair, in_force, repair_history
from etl.sources.rows import Rows
from etl.sources.settings import ingest_rules
from etl.steward.held import require_access
from etl.steward.locate import Place, Received, locate, received

# The origin of a field that the source's own metadata give.
CONSTANT = "constant"
_REASON = "reason || coalesce(' ' || nullif(field, ''), '')"


@dataclass(frozen=True)
class Value:
    """How one field came about: from the cell `raw` under `header`, or `origin`, by `rules` in order.

    `origin` is the field that it was derived from, or `constant`. `reason` says why it is unclean.
    """

    field: str
    header: str | None
    raw: str | None
    origin: str | None
    rules: tuple[str, ...]
    value: str | None
    reason: str | None = None


@dataclass(frozen=True)
class TracedRow:
    """One row received. `fate` is accepted, quarantined, out_of_scope or duplicate; `reason` says why not accepted.

    `rows` has the values of each staged row that it became. `agrees`: the last
    build made the same of it; not so while a repair waits for the next. `repairs` were taken in for it, in that
    order, those that were undone included.
    """

    place: Place
    source: str
    record: str
    sha256: str
    fate: str
    reason: str | None
    agrees: bool
    rows: tuple[tuple[Value, ...], ...]
    repairs: tuple[Repair, ...] = ()


def trace(record: str, store: Store, metadata: Metadata, source: Path | None = None) -> list[TracedRow]:
    """Every row of a record (a number, a public identifier, or `file:row`), with the origin of every value.

    `source` is the directory of exports, by default that of the last build.

    Raises:
        BadInput: no such record, or the received file is missing.
        Refused: the file is no longer the one that was ingested.
    """
    require_access(store)
    known = received(store)
    if source is not None:
        known = replace(known, directory=source)
    places = locate(store, record, metadata)
    by_file: dict[str, list[Place]] = {}
    for place in places:
        by_file.setdefault(known.name_of(place), []).append(place)
    corrections = read_corrections(metadata, store)
    return [
        row
        for name, own in sorted(by_file.items())
        for row in _FileTrace(store, metadata, corrections).rows(known, name, own)
    ]


@dataclass(frozen=True)
class _FileTrace:
    store: Store
    metadata: Metadata
    corrections: Sequence[Correction]

    def rows(self, known: Received, name: str, places: Sequence[Place]) -> Iterator[TracedRow]:
        path = known.directory / known.paths[name]
        _check_bytes(path, name, known.files[name])
        history = repair_history(self.store).get(known.files[name], ())
        sources = candidates(name, self.metadata.sources.values())
        with TemporaryDirectory() as scratch, duckdb.connect() as connection:
            connection.execute("SET threads = 1; ATTACH ':memory:' AS work; USE work")
            held, day = in_force(history), self._day_of(name)
            job = Job(path, name, known.files[name], Path(scratch), frozenset(), False, held, day)
            batch = Batch((job,), tuple(sources), self.metadata, ingest_rules(self.metadata))
            pages = {page.where: page for page in read_batch(batch, connection, Path(scratch))}
            for number, place in enumerate(places):
                connection.execute(f"CREATE SCHEMA work.trace_{number}; USE work.trace_{number}")
                page = _only(connection, _page(pages, place), place.row)
                own = tuple(item for item in history if item.place == (page.number, place.row))
                yield replace(self._row(connection, page, place), repairs=own)

    def _day_of(self, name: str) -> date | None:
        """The day that a file without a date was taken to show when it was staged."""
        return dict(read_receipts(self.store.staging).values()).get(name)

    def _row(self, connection: duckdb.DuckDBPyConnection, page: Page, place: Place) -> TracedRow:
        corrections = [item for item in self.corrections if item.concerns(page.source)]
        rows = Rows(self.metadata, ingest_rules(self.metadata), connection, [page], corrections)
        if rows.gather() == [0]:
            raise BadInput(
                "文件没有这一行 | no such row in the file", f"{place.file}:{place.row}", "FILE:ROW"
            )
        rows.stage()
        stored = self._stored(connection, rows, page, place.row)
        held = self._held(page, place.row)
        fate, reason = _fate(connection, bool(stored or held))
        pairs = _pairs(rows)
        values = tuple(_values(rows, page, cells, staged) for cells, staged in pairs)
        made = [tuple(staged[name] for name in rows.fields) for _, staged in pairs]
        agrees = held == (reason if fate == "quarantined" else None) and (
            all(row in made for row in stored) if fate == "accepted" else not stored
        )
        own = Place(page.where, place.row)
        return TracedRow(
            own, page.source.name, page.source.record, page.job.sha256, fate, reason, agrees, values
        )

    def _stored(
        self, connection: duckdb.DuckDBPyConnection, rows: Rows, page: Page, row: int
    ) -> list[tuple[str | None, ...]]:
        """What staging holds of a row."""
        columns = ", ".join(f"CAST({name} AS VARCHAR)" for name in rows.fields)
        files = str(self.store.staging / f"stg_{page.source.record}" / "*.parquet")
        found = connection.execute(
            f"SELECT {columns} FROM read_parquet($files) WHERE source_file = $file AND source_row = $row",
            {"files": files, "file": page.where, "row": row},
        )
        return found.fetchall()

    def _held(self, page: Page, row: int) -> str | None:
        """Why the last build set a row aside; None where it did not."""
        if not any(self.store.quarantine.glob("*.parquet")):
            return None
        with duckdb.connect() as connection:
            found = connection.execute(
                f"SELECT {_REASON} FROM read_parquet($files) WHERE source_file = $file AND source_row = $row",
                {"files": str(self.store.quarantine / "*.parquet"), "file": page.where, "row": row},
            ).fetchone()
        return str(found[0]) if found else None


def _check_bytes(path: Path, name: str, sha256: str) -> None:
    if not path.is_file():
        remedy = "用 --source 指定导出文件目录 | name the directory of exports with --source"
        raise BadInput("找不到来报文件 | the received file is not there", str(path), "--source", remedy)
    if content_sha256(path, name) != sha256:
        remedy = "恢复原文件，或先用新文件构建 | restore the file, or build from the new one first"
        raise Refused("文件已不是所接收的那个 | the file is not the one ingested", name, "SHA-256", remedy)


def _page(pages: Mapping[str, Page], place: Place) -> Page:
    """The sheet of a place; of a file with one sheet that sheet need not be named."""
    if place.file in pages:
        return pages[place.file]
    if len(pages) == 1:
        return next(iter(pages.values()))
    remedy = "、".join(f"{name}:{place.row}" for name in pages)
    raise BadInput("文件有多张表，请指明 | several sheets, name one", place.file, "FILE#SHEET:ROW", remedy)


def _only(connection: duckdb.DuckDBPyConnection, page: Page, row: int) -> Page:
    """The page with one row."""

    def one(kind: str, table: str) -> str:
        connection.execute(f"CREATE VIEW one_{kind} AS SELECT * FROM {table} WHERE source_row = {row}")
        return f"one_{kind}"

    sheet = page.sheet
    rejects = sheet.rejects and one("rejects", sheet.rejects)
    damaged = sheet.damaged and one("damaged", sheet.damaged)
    own = replace(sheet, table=one("table", sheet.table), rejects=rejects, damaged=damaged)
    return replace(page, sheet=own, repairs=tuple(item for item in page.repairs if item.row == row))


def _fate(connection: duckdb.DuckDBPyConnection, is_known: bool) -> tuple[str, str | None]:
    """Fate and reason. `is_known`: staging or quarantine holds the row; one that is in neither repeats another."""
    outside = connection.execute("SELECT reason FROM outside").fetchone()
    if outside:
        return "out_of_scope", str(outside[0])
    failed = connection.execute(f"SELECT {_REASON} FROM failed").fetchone()
    if failed:
        return "quarantined", str(failed[0])
    return ("accepted", None) if is_known else ("duplicate", None)


def _pairs(rows: Rows) -> list[tuple[Mapping[str, str | None], Mapping[str, str | None]]]:
    """Each row of `cells` with the staged row that it became."""
    cells, staged = (_table(rows, name) for name in ("cells", "staged"))
    cleaned = [{name: _clean(rows, name, row[name]) for name in rows.split_fields} for row in cells]
    return [
        (row, next(item for item in staged if all(item[name] == text for name, text in own.items())))
        for row, own in zip(cells, cleaned, strict=True)
    ]


def _table(rows: Rows, name: str) -> list[dict[str, str | None]]:
    found = rows.connection.execute(f"SELECT CAST(COLUMNS(*) AS VARCHAR) FROM {name}")
    columns = [column[0] for column in found.description or ()]
    return [dict(zip(columns, row, strict=True)) for row in found.fetchall()]


def _clean(rows: Rows, name: str, text: str | None) -> str | None:
    outcome = rows.cleaner(name).clean(text) if text is not None else None
    return None if outcome is None or isinstance(outcome, Unclean) else outcome.value


def _values(
    rows: Rows, page: Page, cells: Mapping[str, str | None], staged: Mapping[str, str | None]
) -> tuple[Value, ...]:
    found = (_value(rows, page, name, cells, staged[name]) for name in rows.fields)
    return tuple(value for value in found if value is not None)


def _value(
    rows: Rows, page: Page, name: str, cells: Mapping[str, str | None], staged: str | None
) -> Value | None:
    """How one field came about; None for a field that the source does not have."""
    given = _given(rows, page, name, cells[name]) if name in cells else None
    if given is not None and (given.value is not None or staged is None):
        return given
    for item in page.source.derive:
        if item.field == name and staged is not None:
            return Value(name, None, None, item.source, (item.kind,), staged)
    if name in page.source.constants:
        return Value(name, None, None, CONSTANT, (), staged)
    return given


def _given(rows: Rows, page: Page, name: str, text: str | None) -> Value:
    """A field that a cell of the row feeds; `text` is the cell, or its part, as it was cleaned."""
    split = next(((item, column) for item, column in page.layout.splits if name in item.fields), None)
    place = page.columns.index(split[1] if split else page.layout.columns[name])
    raw, used = _cell(rows, page, place)
    rules = [REPAIRED] if used != raw else []
    known: set[str | None] = {used}
    outcome = Cleaned(None) if text is None else rows.cleaner(name).clean(text)
    if split:
        rules.append(split[0].kind)
        parts = SPLITS[split[0].kind](used or "")
        if isinstance(parts, Unclean):
            outcome = parts
        else:
            known = {None, *(part[split[0].fields.index(name)] for part in parts)}
    if text not in known:
        rules.append(CORRECTED)
    header = page.sheet.headers[place]
    if isinstance(outcome, Unclean):
        return Value(name, header, raw, None, tuple(rules), None, outcome.reason)
    rules += [outcome.rule] if outcome.rule else []
    return Value(name, header, raw, None, tuple(rules), outcome.value)


def _cell(rows: Rows, page: Page, place: int) -> tuple[str | None, str | None]:
    """A cell as received, and as its provider corrected it."""
    found = rows.connection.execute(f"SELECT c{place} FROM {page.sheet.table}").fetchone()
    used = found[0] if found else None
    raw = used
    for repair in page.repairs:
        raw = None if isinstance(repair.was, str) else repair.was[place]
    return raw, used
