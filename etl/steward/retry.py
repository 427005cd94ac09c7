"""The corrected workbook taken back: what the provider changed becomes repairs that the next build reads."""

import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory
from zipfile import BadZipFile, ZipFile

import duckdb

from etl.clean.base import tidy
from etl.errors import BadInput, Refused
from etl.metadata import Metadata
from etl.settings import Store
from etl.sources.readers import Input, Sheet, header_key, read_file
from etl.sources.repairs import Cells, Repair, changing, in_force, repair_history, save_repairs
from etl.sources.settings import IngestRules, ingest_rules
from etl.steward.changes import unasked
from etl.steward.export import EXPLAINED, KEY, LEADING, LINE, ROW, WITHDRAW, YES, shown
from etl.steward.held import HeldRow, every_row, require_access, row_id
from etl.steward.keys import Seal

_YES = frozenset({YES, "yes", "y", "1", "true"})
_NO = frozenset({"", "否", "no", "n", "0", "false"})
_FORMAT = ".xlsx"
_MODIFIED = re.compile(rb"<dcterms:modified[^>]*>(\d{4}-\d{2}-\d{2})")
_PROPERTIES = "docProps/core.xml"
_MOST_PROPERTIES = 1 << 16
_AGAIN = "再次导出，在新的工作簿中改正 | export again and correct the new workbook"


@dataclass
class Outcome:
    """What became of the rows of one workbook. `unasked`: header -> changed cells to look at.

    `undone`: id of a row -> the same repair of it, which somebody undid before it came again.
    """

    path: Path
    corrected: int = 0
    withdrawn: int = 0
    unchanged: int = 0
    unasked: Counter[str] = field(default_factory=Counter)
    undone: dict[str, Repair] = field(default_factory=dict)
    repairs: dict[str, list[Repair]] = field(default_factory=dict)


def take_back(paths: Sequence[Path], store: Store, metadata: Metadata, by: str) -> list[Outcome]:
    """Keep what the providers changed in workbooks that `export` wrote; none of them where one is refused.

    Cut short while it writes, it may have kept some: the same workbooks taken back again complete the rest.
    `by` is who takes them back; the day of a repair is the one on which the workbook was last saved.

    Raises:
        BadInput: a file is not such a workbook.
        Refused: a row was added, repeated or renumbered, a header changed, it says that it is another one, a
            changed row is no longer set aside, or another repair of it, or the undoing of one, waits for a build.
    """
    require_access(store)
    with changing(store):
        reading = _Reading(store, metadata, by)
        outcomes = [reading.outcome(path) for path in paths]
        for outcome in outcomes:
            for sha256, repairs in outcome.repairs.items():
                save_repairs(store, sha256, repairs)
    return outcomes


class _Reading:
    """Workbooks being read: the rows set aside, the repairs that hold, the rows met so far."""

    def __init__(self, store: Store, metadata: Metadata, by: str) -> None:
        self.held = {Seal.place(row): row for row in every_row(store)}
        self.history: dict[str, list[Repair]] = {}
        for sha256, items in repair_history(store).items():
            for item in items:
                self.history.setdefault(f"{sha256}.{item.sheet}.{item.row}", []).append(item)
        held = ((place, in_force(items)) for place, items in self.history.items())
        self.repairs = {place: items[0] for place, items in held if items}
        self.rules: IngestRules = ingest_rules(metadata)
        self.seal, self.metadata, self.by = Seal(store), metadata, by
        self.seen: set[str] = set()

    def outcome(self, path: Path) -> Outcome:
        outcome, day = Outcome(path), _saved_on(path)
        for where, headers, cells in _rows(path):
            is_gone = _is_yes(where, cells[LEADING.index(WITHDRAW)])
            if self._is_taken(headers, cells, is_gone) or self._is_as_sent(headers, cells, is_gone):
                outcome.unchanged += 1
                continue
            self._check_built(where, cells[-1])
            row = _row(where, headers, cells, self.held, self.seal)
            if (place := Seal.place(row)) in self.seen:
                raise Refused(
                    "同一行出现两次 | the row comes twice", where, KEY, "只保留一行 | keep one of them"
                )
            self.seen.add(place)
            becomes = None if is_gone else _own(where, headers, cells, row)
            if becomes == row.cells:
                outcome.unchanged += 1
                continue
            self._check_waiting(where, row)
            if becomes is not None:
                outcome.unasked.update(self._unasked(where, row, becomes))
            if undone := self._undone(place, becomes):
                outcome.undone[row.id] = undone
            outcome.withdrawn += is_gone
            outcome.corrected += not is_gone
            was = row.cells if row.line is None else row.line
            repair = Repair(row.sheet, row.source_row, was, becomes, self.by, day, row.file)
            outcome.repairs.setdefault(row.file_sha256, []).append(repair)
        return outcome

    def _is_taken(self, headers: Sequence[str], cells: Sequence[str | None], is_gone: bool) -> bool:
        """Whether the row says what the repair that holds for it says: the same workbook has come again."""
        repair = self.repairs.get((cells[-1] or "").rpartition(".")[0])
        if repair is None or is_gone or repair.becomes is None:
            return repair is not None and is_gone and repair.becomes is None
        given = [tidy(cell or "") for cell in cells[_first(headers) : -1]]
        return given == [tidy(shown(cell)) for cell in repair.becomes]

    def _is_as_sent(self, headers: Sequence[str], cells: Sequence[str | None], is_gone: bool) -> bool:
        """Whether a row that was repaired since still says what it said when its workbook went out."""
        key = cells[-1] or ""
        place, first = key.rpartition(".")[0], _first(headers)
        given = [tidy(cell or "") for cell in cells[first:-1]]
        for repair in () if is_gone else self.history.get(place, ()):
            for state in (repair.was, repair.becomes):
                if state is None or self.seal.of_state(place, headers[first:-1], state) != key:
                    continue
                before = (None,) * len(given) if isinstance(state, str) else state
                return given == [tidy(shown(cell)) for cell in before]
        return False

    def _undone(self, place: str, becomes: Cells | None) -> Repair | None:
        """The same repair of a row that somebody undid."""
        same = (item for item in reversed(self.history.get(place, ())) if item.becomes == becomes)
        return next((item for item in same if item.undone_on), None)

    def _check_built(self, where: str, key: str | None) -> None:
        """Raises Refused when a repair, or its undoing, is why a changed row is not set aside."""
        place = (key or "").rpartition(".")[0]
        if place in self.held or place not in self.history:
            return
        last = self.history[place][-1]
        if last.undone_on:
            message = (
                f"这一行的改正已由 {last.undone_by} 于 {last.undone_on} 撤销 |"
                f" the repair of this row was undone by {last.undone_by} on {last.undone_on}"
            )
            remedy = "先运行 jzs build，再收回 | run `jzs build` first, then take it back"
            raise Refused(message, where, KEY, remedy)
        command = f"jzs quarantine undo {row_id(place.partition('.')[0], *last.place)}"
        raise Refused(
            "这一行已按另一处改正构建 | the row was built with another repair",
            where,
            KEY,
            f"要改用这一处，先撤销并构建：{command} | to use this one, undo the other and build first: `{command}`",
        )

    def _check_waiting(self, where: str, row: HeldRow) -> None:
        """Raises Refused when another repair of the row waits for a build."""
        repair = self.repairs.get(Seal.place(row))
        if repair is None or repair.becomes == row.cells:
            return
        remedy = (
            f"先运行 jzs build，或撤销先收回的：jzs quarantine undo {row.id} |"
            f" run `jzs build` first, or undo the earlier one: `jzs quarantine undo {row.id}`"
        )
        raise Refused(
            "这一行已有另一处改正，尚未构建 | another repair of the row waits for a build", where, KEY, remedy
        )

    def _unasked(self, where: str, row: HeldRow, becomes: Cells) -> tuple[str, ...]:
        """Headers to tell. Raises Refused when the row says that it is another one."""
        changed = unasked(row, becomes, self.metadata, self.rules)
        if changed.identity:
            names = "、".join(changed.identity)
            remedy = (
                "撤回这一行，正确的另行报送 | withdraw the row and send the right one in an export of its own"
            )
            raise Refused(
                f"识别这一行的单元格被改动 | cells by which the row is known were changed: {names}",
                where,
                "identity",
                remedy,
            )
        return changed.told


def _rows(path: Path) -> Iterator[tuple[str, tuple[str, ...], tuple[str | None, ...]]]:
    """Place for messages, headers and cells of every row of every sheet but the explanations."""
    if not path.is_file():
        raise BadInput("没有这个文件 | no such file", str(path), "WORKBOOK", "核对路径 | check the path")
    if path.suffix.lower() != _FORMAT:
        remedy = "退回的工作簿须存为 .xlsx | the workbook must be saved as .xlsx"
        raise BadInput("不是工作簿 | not a workbook", str(path), _FORMAT, remedy)
    labels = {header_key(label) for label in (*LEADING, KEY)}
    with TemporaryDirectory() as scratch, duckdb.connect() as connection:
        source = Input(connection, path, path.name, Path(scratch), lambda text: header_key(text) in labels)
        sheets = [sheet for sheet in read_file(source) if sheet.name != EXPLAINED]
        if not any(KEY in sheet.headers for sheet in sheets):
            remedy = "只收 jzs quarantine export 写出的工作簿 | only what that command wrote is taken back"
            raise BadInput("不是导出的工作簿 | not a workbook of the export", path.name, KEY, remedy)
        for sheet in sheets:
            where = f"{path.name}#{sheet.name}"
            _check_whole(where, sheet, connection)
            columns = ", ".join(f"c{place}" for place in range(len(sheet.headers)))
            found = connection.execute(f"SELECT source_row, {columns} FROM {sheet.table} ORDER BY source_row")
            for number, *cells in found.fetchall():
                yield f"{where}:{number}", sheet.headers, tuple(cells)


def _check_whole(where: str, sheet: Sheet, connection: duckdb.DuckDBPyConnection) -> None:
    """Raises Refused for a sheet of which not every cell stands under one of the headers that went out."""
    if tuple(sheet.headers[: len(LEADING)]) != LEADING or sheet.headers[-1] != KEY:
        raise Refused("表头被改动 | the header was changed", where, "header", _AGAIN)
    if sheet.rejects:
        found = connection.execute(f"SELECT min(source_row) FROM {sheet.rejects}").fetchone() or ()
        remedy = "删去表格右边另写的内容 | remove what was written right of the table"
        raise Refused("表格之外另有内容 | content outside the table", f"{where}:{found[0]}", "header", remedy)


def _row(
    where: str,
    headers: Sequence[str],
    cells: Sequence[str | None],
    held: Mapping[str, HeldRow],
    seal: Seal,
) -> HeldRow:
    """The row set aside that a row of the workbook is."""
    key = cells[-1]
    if key is None:
        remedy = "新的行请另行报送 | send new rows in an export of their own"
        raise Refused("多出的行 | an added row", where, KEY, remedy)
    row = held.get(key.rpartition(".")[0])
    if row is None:
        raise Refused(
            "编号被改动，或这一行已不在隔离区 | key changed, or row no longer held", where, KEY, _AGAIN
        )
    if seal.of(row) != key:
        raise Refused("编号被改动，或导出后已另行改正 | key changed, or corrected since", where, KEY, _AGAIN)
    if cells[LEADING.index(ROW)] != str(row.source_row):
        raise Refused("行号与编号不符 | row number and key disagree", where, ROW, _AGAIN)
    if tuple(headers[_first(headers) : -1]) != row.headers:
        raise Refused("表头被改动 | the header was changed", where, "header", _AGAIN)
    return row


def _first(headers: Sequence[str]) -> int:
    """Place of the provider's first own column."""
    return len(LEADING) + (headers[len(LEADING)] == LINE)


def _own(
    where: str, headers: Sequence[str], cells: Sequence[str | None], row: HeldRow
) -> tuple[str | None, ...]:
    """The provider's own cells; those left as they were shown keep what was received, character by character."""
    given = cells[_first(headers) : -1]
    return tuple(
        old if tidy(new or "") == tidy(shown(old)) else new for old, new in zip(row.cells, given, strict=True)
    )


def _is_yes(where: str, text: str | None) -> bool:
    answer = tidy(text or "").casefold()
    if answer not in _YES | _NO:
        remedy = f"填“{YES}”或留空 | write {YES} or leave it blank"
        raise Refused("撤回列只填“是”或留空 | Withdraw is 是 or blank", where, WITHDRAW, remedy)
    return answer in _YES


def _saved_on(path: Path) -> str:
    """The day on which the workbook was last saved, by its own properties; "" when it does not say."""
    try:
        with ZipFile(path) as parts, parts.open(_PROPERTIES) as properties:
            found = _MODIFIED.search(properties.read(_MOST_PROPERTIES))
    except (BadZipFile, KeyError, OSError):
        return ""
    return found[1].decode() if found else ""
