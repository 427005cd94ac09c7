"""Workbooks: headers below titles and of two rows, merged cells, sheets; nothing that acts is opened."""

import io
import re
import zipfile

import pytest
import xlsxwriter
import xlwt

from etl.sources.readers import Limits, inspect_xlsx
from tests.fixtures.books import WRITERS, edited, ods, xls, xlsx
from tests.fixtures.readers import Reading, zipped

HEADER = ["姓名", "注册号"]
ROWS = [HEADER, ["张三", "A1"], ["李四", "A2"]]
every_format = pytest.mark.parametrize("suffix", WRITERS)


def with_part(name: str, content: bytes = b"x") -> bytes:
    held = io.BytesIO(xlsx({"甲": ROWS}))
    with zipfile.ZipFile(held, "a") as container:
        container.writestr(name, content, zipfile.ZIP_DEFLATED)
    return held.getvalue()


@every_format
def test_titles_above_the_header_are_passed_over(read: Reading, suffix: str) -> None:
    (table,) = read(f"a.{suffix}", WRITERS[suffix]({"甲": [["附件1 名单", ""], ["", ""], *ROWS]}))
    assert table.sheet.headers == ("姓名", "注册号")
    assert table.rows == {4: ("张三", "A1"), 5: ("李四", "A2")}
    assert table.sheet.name == "甲"
    assert table.sheet.locator == ""


@every_format
def test_every_sheet_is_read_under_its_name(read: Reading, suffix: str) -> None:
    tables = read(f"a.{suffix}", WRITERS[suffix]({"朝阳区": ROWS, "海淀区": ROWS}))
    assert [(table.sheet.locator, len(table.rows)) for table in tables] == [("#朝阳区", 2), ("#海淀区", 2)]


@every_format
def test_the_lower_row_of_a_header_of_two_names_the_columns(read: Reading, suffix: str) -> None:
    rows = [["姓名", "注册信息", ""], ["", "注册号", "专业"], ["张三", "A1", "建筑"]]
    merges = [(0, 1, 0, 0), (0, 0, 1, 2)]
    (table,) = read(f"a.{suffix}", WRITERS[suffix]({"甲": [["附件", "", ""], *rows]}))
    assert table.sheet.headers == ("姓名", "注册号", "专业")
    assert table.rows == {4: ("张三", "A1", "建筑")}
    (table,) = read(f"a.{suffix}", WRITERS[suffix]({"甲": rows}, merges))
    assert table.sheet.headers == ("姓名", "注册号", "专业")
    assert table.rows == {3: ("张三", "A1", "建筑")}


@every_format
def test_a_lower_name_that_is_not_clear_takes_its_group_before_it(read: Reading, suffix: str) -> None:
    rows = [
        ["姓名", "原单位", "", "现单位", ""],
        ["", "名称", "代码", "名称", "代码"],
        ["张三", "甲", "1", "乙", "2"],
    ]
    (table,) = read(f"a.{suffix}", WRITERS[suffix]({"甲": rows}))
    assert table.sheet.headers == ("姓名", "原单位/名称", "原单位/代码", "现单位/名称", "现单位/代码")


@every_format
def test_merged_cells_are_filled_down(read: Reading, suffix: str) -> None:
    rows = [HEADER, ["张三", "A1"], ["", "A2"], ["李四", "A3"]]
    (table,) = read(f"a.{suffix}", WRITERS[suffix]({"甲": rows}, [(1, 2, 0, 0)]))
    assert table.rows == {2: ("张三", "A1"), 3: ("张三", "A2"), 4: ("李四", "A3")}


@every_format
def test_a_row_with_cells_beside_the_table_is_rejected(read: Reading, suffix: str) -> None:
    (table,) = read(f"a.{suffix}", WRITERS[suffix]({"甲": [*ROWS, ["王五", "A3", "", "x"]]}))
    assert list(table.rows) == [2, 3]
    assert list(table.rejects) == [4]


@every_format
def test_a_hidden_sheet_with_a_known_header_is_read_and_others_are_told(read: Reading, suffix: str) -> None:
    book = WRITERS[suffix]({"甲": ROWS, "乙": ROWS, "字典": [["男"], ["女"]]}, hidden=["乙", "字典"])
    tables = read(f"a.{suffix}", book)
    assert [table.sheet.name for table in tables] == ["甲", "乙"]
    assert "字典" in tables[0].sheet.notices[0]


@every_format
def test_a_visible_sheet_without_known_header_is_refused(read: Reading, suffix: str) -> None:
    book = WRITERS[suffix]({"甲": ROWS, "说明": [["填表说明"], ["x"]]})
    assert read.refusal(f"a.{suffix}", book).where == f"a.{suffix}#说明"


@every_format
def test_an_empty_workbook_is_refused(read: Reading, suffix: str) -> None:
    assert "empty" in read.refusal(f"a.{suffix}", WRITERS[suffix]({"甲": []})).message


@every_format
def test_a_truncated_workbook_is_refused(read: Reading, suffix: str) -> None:
    read.refusal(f"a.{suffix}", WRITERS[suffix]({"甲": ROWS})[:-300])


@pytest.mark.parametrize(("book", "suffix"), [(xlsx({"甲": ROWS}), ".csv"), (ods({"甲": ROWS}), ".xls")])
def test_a_workbook_under_another_suffix_is_read_as_what_it_is(
    read: Reading, book: bytes, suffix: str
) -> None:
    (table,) = read(f"a{suffix}", book)
    assert len(table.rows) == 2


def test_a_workbook_in_an_archive_is_located_by_all_three_names(read: Reading) -> None:
    tables = read("a.zip", zipped({"b.xlsx": xlsx({"朝阳区": ROWS, "海淀区": ROWS})}))
    assert [table.sheet.locator for table in tables] == ["!b.xlsx#朝阳区", "!b.xlsx#海淀区"]


@pytest.mark.parametrize(
    "part",
    [
        "xl/vbaProject.bin",
        "xl/externalLinks/externalLink1.xml",
        "xl/macrosheets/sheet1.xml",
        "xl/connections.xml",
        "xl/embeddings/oleObject1.bin",
        "xl/activeX/activeX1.xml",
        "xl/workbook.bin",
    ],
)
def test_parts_that_act_or_lead_elsewhere_are_refused(read: Reading, part: str) -> None:
    assert read.refusal("a.xlsx", with_part(part)).rule == "values only"


@pytest.mark.parametrize("part", ["Basic/Standard/script.xml", "Scripts/python/a.py", "Object 1/content.xml"])
def test_the_same_parts_of_an_ods_are_refused(read: Reading, part: str) -> None:
    held = io.BytesIO(ods({"甲": ROWS}))
    with zipfile.ZipFile(held, "a") as container:
        container.writestr(part, b"x")
    assert read.refusal("a.ods", held.getvalue()).rule == "values only"


@pytest.mark.parametrize("value", ["A9", ""])
def test_formulas_are_refused_with_or_without_a_value(read: Reading, value: str) -> None:
    held = io.BytesIO()
    book = xlsxwriter.Workbook(held, {"in_memory": True})
    sheet = book.add_worksheet()
    sheet.write_row(0, 0, HEADER)
    sheet.write_formula(1, 0, "=A9", None, value)
    book.close()
    assert "formulas" in read.refusal("a.xlsx", held.getvalue()).message


def test_formulas_of_xls_and_ods_are_refused(read: Reading) -> None:
    book = xlwt.Workbook()
    book.add_sheet("a").write(0, 0, xlwt.Formula("1+1"))
    held = io.BytesIO()
    book.save(held)
    assert "formulas" in read.refusal("a.xls", held.getvalue()).message
    assert "formulas" in read.refusal("a.ods", ods({"甲": ROWS}, extra='table:formula="of:=1"')).message


def test_a_formula_under_a_name_space_prefix_is_found(read: Reading) -> None:
    book = edited(
        xlsx({"甲": ROWS}),
        "xl/worksheets/sheet1.xml",
        lambda sheet: sheet.replace(b"<sheetData>", b'<sheetData xmlns:x="urn:x"><x:f>1</x:f>'),
    )
    assert "formulas" in read.refusal("a.xlsx", book).message


@pytest.mark.parametrize("cell", [b'<c r="XFD1048576"', b"<c r='XFD1048576'", b'<c  r="zz99999"'])
def test_a_rectangle_too_large_for_memory_is_refused(read: Reading, cell: bytes) -> None:
    book = edited(
        xlsx({"甲": ROWS}), "xl/worksheets/sheet1.xml", lambda sheet: sheet.replace(b'<c r="B3"', cell)
    )
    assert read.refusal("a.xlsx", book, Limits()).rule == "limits"


def moved(book: bytes, part: str) -> bytes:
    """The workbook with its sheet as another part."""
    with zipfile.ZipFile(io.BytesIO(book)) as container:
        parts = {name: container.read(name) for name in container.namelist()}
    relations = "xl/_rels/workbook.xml.rels"
    parts[relations] = parts[relations].replace(b"worksheets/sheet1.xml", part.encode())
    parts[f"xl/{part}"] = parts.pop("xl/worksheets/sheet1.xml")
    return zipped(parts)


@pytest.mark.parametrize("part", ["s/sheet1.xml", "worksheets/sheet1.dat"])
def test_a_sheet_is_inspected_wherever_it_stands(read: Reading, part: str) -> None:
    assert len(read("a.xlsx", moved(xlsx({"甲": ROWS}), part))[0].rows) == 2
    sheet = "xl/worksheets/sheet1.xml"
    formula = edited(xlsx({"甲": ROWS}), sheet, lambda s: s.replace(b"<v>", b"<f>1</f><v>", 1))
    assert "formulas" in read.refusal("a.xlsx", moved(formula, part)).message
    far = edited(xlsx({"甲": ROWS}), sheet, lambda s: s.replace(b'<c r="B3"', b'<c r="XFD1048576"'))
    assert read.refusal("a.xlsx", moved(far, part), Limits()).rule == "limits"


@pytest.mark.parametrize("target", [b"worksheets/none.xml", b"../s.xml", b"/other/s.xml"])
def test_a_sheet_that_is_missing_or_outside_is_refused(read: Reading, target: bytes) -> None:
    book = edited(
        xlsx({"甲": ROWS}),
        "xl/_rels/workbook.xml.rels",
        lambda text: text.replace(b"worksheets/sheet1.xml", target),
    )
    assert read.refusal("a.xlsx", book).rule == "workbook"


def test_a_few_cells_far_apart_are_refused(read: Reading) -> None:
    book = edited(
        xlsx({"甲": ROWS}), "xl/worksheets/sheet1.xml", lambda s: s.replace(b'<c r="B3"', b'<c r="BE1048576"')
    )
    assert read.refusal("a.xlsx", book, Limits()).rule == "limits.spread"


def test_a_few_cells_far_apart_in_xls_and_ods_are_refused(read: Reading) -> None:
    rows = [*ROWS, *[[]] * 100, [*[""] * 30, "x"]]
    few = Limits(spread_from=1_000)
    assert read.refusal("a.xls", xls({"甲": rows}), few).rule == "limits.spread"
    assert read.refusal("a.ods", ods({"甲": rows}), few).rule == "limits.spread"


def test_a_long_text_repeated_in_an_ods_is_refused(read: Reading) -> None:
    book = ods({"甲": ROWS}, extra='table:number-columns-repeated="1000"')
    assert read.refusal("a.ods", book, Limits(text=5_000)).rule == "limits.text"


def test_a_long_text_used_often_is_refused(read: Reading) -> None:
    book = xlsx({"甲": [HEADER, *[["长" * 1_000, "A1"]] * 100]})
    assert len(read("a.xlsx", book, Limits(text=310_000))[0].rows) == 100
    assert read.refusal("a.xlsx", book, Limits(text=300_000)).rule == "limits.text"


@pytest.mark.parametrize("attribute", [b"t='s'", b't = "s"', b'\tt="s"', b't="&#115;"'])
def test_a_long_text_used_often_in_unusual_ways_is_refused(read: Reading, attribute: bytes) -> None:
    book = xlsx({"甲": [HEADER, *[["长" * 1_000, "A1"]] * 100]})
    odd = edited(book, "xl/worksheets/sheet1.xml", lambda s: s.replace(b't="s"', attribute))
    assert read.refusal("a.xlsx", odd, Limits(text=300_000)).rule == "limits.text"


def test_a_long_text_used_once_in_a_large_sheet_is_not_looked_for_cell_by_cell(
    read: Reading, monkeypatch: pytest.MonkeyPatch
) -> None:
    book = xlsx({"甲": [HEADER, ["长" * 1_000, "A1"], *[["张三", "A1"]] * 999]})
    monkeypatch.setattr(inspect_xlsx, "_extent", None)
    assert len(read("a.xlsx", book, Limits(text=300_000))[0].rows) == 1_000


def test_rows_and_cells_without_reference_are_counted(read: Reading) -> None:
    few = edited(
        xlsx({"甲": ROWS}), "xl/worksheets/sheet1.xml", lambda sheet: re.sub(rb'<c r="[AB]3"', b"<c", sheet)
    )
    (table,) = read("a.xlsx", few)
    assert table.rows[3] == ("李四", "A2")
    many = edited(few, "xl/worksheets/sheet1.xml", lambda s: s.replace(b'<row r="3"', b'<row r="1048576"'))
    assert read.refusal("a.xlsx", many).rule == "limits"


def test_repeats_of_an_ods_are_counted(read: Reading) -> None:
    book = ods({"甲": ROWS}, extra='table:number-columns-repeated="16384"')
    assert read.refusal("a.ods", book, Limits(cells=10_000)).rule == "limits"
    tail = (
        b'<table:table-row table:number-rows-repeated="1048000"><table:table-cell'
        b' table:number-columns-repeated="16384"/></table:table-row></table:table>'
    )
    usual = edited(ods({"甲": ROWS}), "content.xml", lambda text: text.replace(b"</table:table>", tail))
    assert len(read("a.ods", usual)[0].rows) == 2


def test_a_bomb_in_a_workbook_is_refused(read: Reading) -> None:
    assert read.refusal("a.xlsx", with_part("xl/media/a.png", bytes(1 << 21))).rule == "limits"


def test_a_document_type_in_an_ods_is_refused(read: Reading) -> None:
    book = edited(
        ods({"甲": ROWS}),
        "content.xml",
        lambda text: text.replace(b"?>", b'?><!DOCTYPE a [<!ENTITY b "c">]>', 1),
    )
    assert read.refusal("a.ods", book).rule == "no DOCTYPE, no entities"


def test_numbers_and_dates_keep_their_digits(read: Reading) -> None:
    rows = [HEADER, ["张三", 1234567], ["李四", 1.5], ["王五", 110101199001011234]]
    (table,) = read("a.xlsx", xlsx({"甲": rows}))
    assert [row[1] for row in table.rows.values()] == ["1234567", "1.5", "1.10101199001011E+17"]


def test_a_bomb_of_columns_in_an_xls_is_refused(read: Reading) -> None:
    assert (
        read.refusal("a.xls", xls({"甲": [HEADER, *[[*"x" * 30]] * 300]}), Limits(cells=5_000)).rule
        == "limits"
    )
