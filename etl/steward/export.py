"""The workbook that goes back to a provider: its own layout, with the reasons beside the rows."""

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from itertools import chain, count, groupby
from pathlib import Path
from tempfile import TemporaryDirectory

import xlsxwriter
from xlsxwriter.format import Format
from xlsxwriter.worksheet import Worksheet

from etl.errors import BadInput
from etl.metadata import Metadata, Source
from etl.settings import Store
from etl.sources.readers import header_key
from etl.steward.held import HeldRow
from etl.steward.keys import Seal
from etl.steward.reasons import Words, reason_words

REASON, FIELD, ROW, WITHDRAW = "问题 | Problem", "字段 | Field", "行号 | Row", "撤回 | Withdraw"
LINE, KEY = "原文 | Line", "编号 | Key"
LEADING = (REASON, FIELD, ROW, WITHDRAW)
YES = "是"
EXPLAINED = "说明 read me"
# A cell of Excel holds no more.
MOST_CHARACTERS = 32_767
_MOST_ROWS = 1_000_000
_FORMULA = ("=", "+", "-", "@", "\t")
_DATA_SHEET = "数据 data"
# What Excel asks of the name of a sheet, and file systems of that of a file.
_UNSAFE = re.compile(r"[\[\]:*?/\\\x00-\x1f]")
_RESERVED = ("History",)
_MOST_UNITS = 31
_MOST_BYTES = 255

_LEGEND = {
    REASON: "这一行为何未被接收，怎么办 | why the row was not accepted, and what to do",
    FIELD: "问题所在的列，其单元格标为黄色 | the column concerned; its cell is yellow",
    ROW: "在来报文件中的行号，请勿改动 | the row in the file you sent; do not change it",
    WITHDRAW: f"不再报送这一行的，填“{YES}” | write {YES} to take the row back altogether",
    LINE: "单元格数目不对的行，来报时的原文 | a row with too many or few cells, as you sent it",
    KEY: "隐藏列，供收回时核对，请勿改动 | a hidden column by which the row is known; do not change it",
}
_ADVICE = (
    "请在后面各表中直接改正单元格，存为 .xlsx 后退回。不要增加行，不要改动表头和本页所列的各列（撤回除外）。",
    "Correct the cells on the following sheets, save as .xlsx and send the file back. Add no rows; leave the"
    " headers and the columns listed here as they are (Withdraw apart).",
    "未改动的行仍不接收。全部单元格均为文本，号码和日期请按文本填写。",
    "Rows left as they are stay out. Every cell is text: type numbers and dates as text.",
)


def export(rows: Sequence[HeldRow], out: Path, store: Store, metadata: Metadata) -> list[tuple[Path, int]]:
    """One workbook for each received file, and its number of rows. Only the owner may read them.

    Raises BadInput when a sheet cannot hold the rows of one; no part of a workbook is left.
    """
    out.mkdir(parents=True, exist_ok=True, mode=0o700)
    seal, words = Seal(store), reason_words(metadata)
    written: dict[str, int] = {}
    with TemporaryDirectory(dir=out) as scratch:
        for (name, _), group in groupby(rows, lambda row: (row.file, row.file_sha256)):
            own = list(group)
            title = _unused(name.replace("/", "__").lstrip("."), written, _is_file_name)
            path = Path(scratch, f"{title}.xlsx")
            path.touch(mode=0o600)
            with xlsxwriter.Workbook(
                str(path), {"strings_to_formulas": False, "strings_to_urls": False}
            ) as book:
                Writer(book, seal, words, metadata).write(name, own)
            path.replace(out / path.name)
            written[title] = len(own)
    return [(out / f"{title}.xlsx", number) for title, number in written.items()]


def _unused(name: str, used: Iterable[str], fits: Callable[[str], bool]) -> str:
    """The name, cut until it fits, and numbered where another is the same but for case."""
    taken = {item.casefold() for item in used}
    for ending in chain([""], (f"~{number}" for number in count(2))):
        text = name
        while not fits(text + ending):
            text = text[:-1]
        if (text + ending).casefold() not in taken:
            break
    return text + ending


def _is_file_name(title: str) -> bool:
    return len(f"{title}.xlsx".encode()) <= _MOST_BYTES


def _is_sheet_name(name: str) -> bool:
    return len(name.encode("utf-16-le")) <= 2 * _MOST_UNITS and not name.endswith("'")


def place_of(field: str | None, source: Source, headers: Sequence[str]) -> int | None:
    """Place of the column that feeds a field."""
    known = {header_key(text) for item in source.fields if item.field == field for text in item.headers}
    known |= {header_key(text) for item in source.split if field in item.fields for text in item.headers}
    return next((place for place, text in enumerate(headers) if header_key(text) in known), None)


def shown(text: str | None) -> str:
    """A cell as the workbook shows it."""
    return (text or "")[:MOST_CHARACTERS]


class Writer:
    """Writes one workbook. Every cell is a text that no program takes for a formula or a number."""

    def __init__(
        self, book: xlsxwriter.Workbook, seal: Seal, words: Mapping[str, Words], metadata: Metadata
    ) -> None:
        self.book, self.seal, self.words, self.metadata = book, seal, words, metadata
        text = {"num_format": "@", "valign": "top"}
        self.plain = book.add_format(text)
        self.literal = book.add_format(text | {"quote_prefix": True})
        self.wrong = book.add_format(text | {"bg_color": "#FFF2CC", "quote_prefix": True})
        self.head = book.add_format(text | {"bold": True, "bg_color": "#E7E6E6", "text_wrap": True})
        self.wrapped = book.add_format(text | {"text_wrap": True})

    def write(self, name: str, rows: Sequence[HeldRow]) -> None:
        self._explain(name, len(rows))
        used = [EXPLAINED, *_RESERVED]
        for (_, sheet), group in groupby(rows, lambda row: (row.sheet, row.sheet_name)):
            safe = _UNSAFE.sub("_", sheet).strip("' ") or _DATA_SHEET
            used.append(_unused(safe, used, _is_sheet_name))
            self._sheet(used[-1], list(group))

    def _explain(self, name: str, count: int) -> None:
        sheet = self.book.add_worksheet(EXPLAINED)
        sheet.set_column(0, 0, 22, self.wrapped)
        sheet.set_column(1, 1, 90, self.wrapped)
        for line, (label, text) in enumerate((("文件 | File", name), ("行数 | Rows", str(count)))):
            sheet.write_string(line, 0, label, self.head)
            sheet.write_string(line, 1, text, self.literal)
        for line, text in enumerate(_ADVICE, start=3):
            sheet.write_string(line, 1, text, self.wrapped)
        for line, (label, text) in enumerate(_LEGEND.items(), start=8):
            sheet.write_string(line, 0, label, self.head)
            sheet.write_string(line, 1, text, self.wrapped)

    def _sheet(self, name: str, rows: Sequence[HeldRow]) -> None:
        if len(rows) > _MOST_ROWS:
            remedy = "用 --reason 分次导出 | export in parts with --reason"
            raise BadInput(
                "行数超过一张表的上限 | more rows than a sheet holds", rows[0].source_file, "XLSX", remedy
            )
        sheet = self.book.add_worksheet(name)
        has_lines = any(row.line is not None for row in rows)
        headers = [*LEADING, *([LINE] if has_lines else []), *rows[0].headers, KEY]
        for place, header in enumerate(headers):
            sheet.write_string(0, place, header, self.head)
        sheet.freeze_panes(1, len(LEADING))
        sheet.set_column(0, 1, 32, self.wrapped)
        sheet.set_column(2, len(headers) - 1, 18, self.plain)
        sheet.set_column(len(headers) - 1, len(headers) - 1, 18, self.plain, {"hidden": True})
        sheet.data_validation(1, 3, len(rows), 3, {"validate": "list", "source": [YES]})
        for line, row in enumerate(rows, start=1):
            self._row(sheet, line, row, has_lines)

    def _row(self, sheet: Worksheet, line: int, row: HeldRow, has_lines: bool) -> None:
        wrong = place_of(row.field, self.metadata.sources[row.source_name], row.headers)
        leading = [self._reason(row), self._field(row, wrong), str(row.source_row), ""]
        leading += [shown(row.line)] if has_lines else []
        formats = [self.wrong if place == wrong else None for place in range(len(row.cells))]
        self._write(sheet, line, 0, zip(leading, [self.wrapped] * 2 + [None] * 3, strict=False))
        self._write(sheet, line, len(leading), zip(map(shown, row.cells), formats, strict=True))
        sheet.write_string(line, len(leading) + len(row.cells), self.seal.of(row), self.plain)

    def _write(
        self, sheet: Worksheet, line: int, first: int, cells: Iterable[tuple[str, Format | None]]
    ) -> None:
        for place, (text, look) in enumerate(cells, start=first):
            usual = self.literal if text.startswith(_FORMULA) else self.plain
            if text:
                sheet.write_string(line, place, text, look or usual)
            else:
                sheet.write_blank(line, place, None, look or usual)

    def _reason(self, row: HeldRow) -> str:
        words = self.words[row.reason]
        return f"{words.zh}。{words.remedy_zh}。\n{words.en}. {words.remedy_en}."

    def _field(self, row: HeldRow, place: int | None) -> str:
        if row.field is None:
            return ""
        field = self.metadata.fields[row.field]
        header = "" if place is None else f"{row.headers[place]}\n"
        return f"{header}{field.zh} | {field.en}"
