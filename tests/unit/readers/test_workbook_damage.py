"""Workbooks that would be misread: cut short, with errors for values, or written as calamine does not expect."""

import io
import re
import struct
from collections.abc import Callable
from datetime import date

import olefile
import pytest
import xlsxwriter
import xlwt
from xlwt import CompoundDoc

from tests.fixtures.books import edited, ods, xls, xlsx
from tests.fixtures.readers import Reading

HEADER = ["姓名", "注册号"]
ROWS = [HEADER, ["张三", "A1"], ["李四", "A2"]]
NAME = b' office:value-type="string" ><text:p>\xe5\xbc\xa0\xe4\xb8\x89</text:p>'
ROW = b"<table:table-row>"


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (NAME, b"><text:p>x</text:p>"),
        (NAME, b' office:value-type="odd"><text:p>x</text:p>'),
        (NAME, b' office:value-type="float"><text:p>12.50</text:p>'),
        (NAME, NAME.replace(b"</text", b"<text:tab/>x</text")),
        (NAME, NAME.replace(b"</text", b"<text:line-break/>x</text")),
        (ROW, b'<table:table-row table:number-rows-repeated="0">'),
        (ROW, b'<table:table-row table:number-rows-repeated="+2">'),
        (NAME, NAME + b"<table:table><table:table-row/></table:table>"),
        (b"table:", b"tb:"),
    ],
)
def test_an_ods_that_would_be_misread_is_refused(read: Reading, old: bytes, new: bytes) -> None:
    book = edited(
        ods({"甲": ROWS}),
        "content.xml",
        lambda text: (
            text.replace(old, new).replace(b"xmlns:table", b"xmlns:tb")
            if new == b"tb:"
            else text.replace(old, new, 1)
        ),
    )
    assert read.refusal("a.ods", book).rule == "ODS"


def test_remarks_on_a_cell_of_an_ods_are_no_part_of_it(read: Reading) -> None:
    remark = b"<office:annotation><text:p>x<text:tab/></text:p></office:annotation>"
    book = edited(
        ods({"甲": [*ROWS, ["", ""]]}),
        "content.xml",
        lambda text: text.replace(b"<text:p>A1", remark + b"<text:p>A1"),
    )
    assert read("a.ods", book)[0].rows[2] == ("张三", "A1")


def test_repeated_rows_of_an_ods_are_rows(read: Reading) -> None:
    three = b'</table:table-row><table:table-row table:number-rows-repeated="3">'
    book = edited(
        ods({"甲": ROWS}), "content.xml", lambda t: t.replace(b"</table:table-row>" + ROW, three, 1)
    )
    assert [row[1] for row in read("a.ods", book)[0].rows.values()] == ["A1", "A1", "A1", "A2"]


def test_a_password_is_told(read: Reading) -> None:
    sealed = b'<manifest:manifest><manifest:encryption-data manifest:checksum="x"/></manifest:manifest>'
    book = edited(ods({"甲": ROWS}), "META-INF/manifest.xml", lambda _: sealed)
    assert read.refusal("a.ods", book).rule == "no password"


@pytest.mark.parametrize("mark", [b't="e"', b"t='e'"])
def test_error_values_of_an_xlsx_are_refused(read: Reading, mark: bytes) -> None:
    cell = b'<c r="B2" ' + mark + b"><v>#N/A</v></c>"
    book = edited(
        xlsx({"甲": ROWS}),
        "xl/worksheets/sheet1.xml",
        lambda sheet: re.sub(rb'<c r="B2".*?</c>', cell, sheet),
    )
    assert "error values" in read.refusal("a.xlsx", book).message


def records(book: bytes) -> list[tuple[int, bytes]]:
    """The records of the stream of an XLS, behind which zeros may stand."""
    with olefile.OleFileIO(io.BytesIO(book)) as container:
        content = container.openstream("Workbook").read()
    found, place = [], 0
    while place + 4 <= len(content):
        kind, size = struct.unpack_from("<HH", content, place)
        found.append((kind, content[place + 4 : place + 4 + size]))
        place += 4 + size
    return found


def with_records(made: list[tuple[int, bytes]]) -> bytes:
    held = io.BytesIO()
    stream = b"".join(struct.pack("<HH", kind, len(data)) + data for kind, data in made)
    CompoundDoc.XlsDoc().save(held, stream)
    return held.getvalue()


def test_an_xls_cut_short_is_refused(read: Reading) -> None:
    whole = records(xls({"甲": ROWS}))
    assert len(read("a.xls", with_records(whole))[0].rows) == 2
    cells = [place for place, (kind, _) in enumerate(whole) if kind == 0x00FD]
    for place in cells:
        assert read.refusal("a.xls", with_records(whole[:place])).rule == "XLS"


@pytest.mark.parametrize(
    ("kind", "edit", "rule"),
    [
        (0x00FD, lambda data: data[:6] + b"\xff\0\0\0", "XLS"),
        (0x0085, lambda data: b"\1" + data[1:], "XLS"),
        (0x0809, lambda data: b"\0\5" + data[2:], "XLS"),
        (0x00FC, lambda data: data[:4] + b"\1" + data[5:], "XLS"),
    ],
)
def test_a_damaged_xls_is_refused(
    read: Reading, kind: int, edit: Callable[[bytes], bytes], rule: str
) -> None:
    damaged = [(found, edit(data) if found == kind else data) for found, data in records(xls({"甲": ROWS}))]
    assert read.refusal("a.xls", with_records(damaged)).rule == rule


def test_error_values_of_an_xls_are_refused(read: Reading) -> None:
    made = records(xls({"甲": [HEADER, ["张三", True]]}))
    wrong = [(kind, data[:6] + b"\x2a\1" if kind == 0x0205 else data) for kind, data in made]
    assert "error values" in read.refusal("a.xls", with_records(wrong)).message


def test_days_counted_from_1904_are_read(read: Reading) -> None:
    held, day = io.BytesIO(), date(2026, 5, 1)
    book = xlsxwriter.Workbook(held, {"in_memory": True, "date_1904": True})
    sheet = book.add_worksheet()
    sheet.write_row(0, 0, ["姓名", "有效期至"])
    sheet.write_string(1, 0, "张三")
    sheet.write_datetime(1, 1, day, book.add_format({"num_format": "yyyy-mm-dd"}))
    book.close()
    old_held, old = io.BytesIO(), xlwt.Workbook()
    old.dates_1904 = True
    old_sheet = old.add_sheet("a")
    for place, cell in enumerate(("姓名", "有效期至")):
        old_sheet.write(0, place, cell)
    old_sheet.write(1, 0, "张三")
    old_sheet.write(1, 1, day, xlwt.easyxf(num_format_str="YYYY-MM-DD"))
    old.save(old_held)
    for name, content in (("a.xlsx", held.getvalue()), ("a.xls", old_held.getvalue())):
        assert read(name, content)[0].rows == {2: ("张三", "2026-05-01")}
