"""HTML tables, which systems save as `.xls`: spans, cells never closed, formulas."""

import pytest

from etl.errors import BadInput
from etl.sources.readers import Limits, read_file
from tests.fixtures.readers import Reading

HEADER = "<tr><th>姓名</th><th>注册号</th></tr>"
ROWS = HEADER + "<tr><td>张三</td><td>A1</td></tr><tr><td>李四</td><td>A2</td></tr>"


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "gb18030"])
@pytest.mark.parametrize("declared", ["gb2312", "utf-8"])
def test_a_table_is_read_whatever_encoding_it_declares(read: Reading, encoding: str, declared: str) -> None:
    page = f'<html><meta charset="{declared}"><table>{ROWS}</table></html>'
    (table,) = read("a.xls", page.encode(encoding))
    assert table.rows == {2: ("张三", "A1"), 3: ("李四", "A2")}
    assert "is html" in table.sheet.notices[0]


def test_spans_are_filled_as_merged_cells_are(read: Reading) -> None:
    page = (
        "<table><tr><td colspan=3>附件1 名单</td></tr>"
        "<tr><td rowspan=2>姓名</td><td colspan=2>注册信息</td></tr><tr><td>注册号</td><td>专业</td></tr>"
        "<tr><td rowspan=2>张三</td><td>A1</td><td>甲</td></tr><tr><td>A2</td><td>乙</td></tr></table>"
    )
    (table,) = read("a.xls", page.encode())
    assert table.sheet.headers == ("姓名", "注册号", "专业")
    assert table.rows == {4: ("张三", "A1", "甲"), 5: ("张三", "A2", "乙")}


def test_cells_and_rows_that_are_not_closed_are_read(read: Reading) -> None:
    page = "<TABLE><TR><TD>姓名<TD>注册号<TR><TD>张三<TD>A&amp;1<BR>x<TR><TD>李四<TD>A2</TABLE>"
    (table,) = read("a.htm", page.encode())
    assert table.rows == {2: ("张三", "A&1\nx"), 3: ("李四", "A2")}


def test_tables_without_known_header_are_told(read: Reading) -> None:
    page = f"<table><tr><td>标题</td></tr></table><table>{ROWS}</table><table>{ROWS}</table>"
    tables = read("a.xls", page.encode())
    assert [(len(table.rows), table.sheet.locator) for table in tables] == [(2, ""), (2, "#3")]
    assert any("table without known header" in notice for notice in tables[0].sheet.notices)


def test_a_table_laid_out_inside_another_is_read(read: Reading) -> None:
    page = f"<table><tr><td>页眉</td></tr><tr><td><table>{ROWS}</table></td></tr></table>"
    (table,) = read("a.html", page.encode())
    assert table.rows == {2: ("张三", "A1"), 3: ("李四", "A2")}


def test_rows_behind_a_cell_with_a_table_inside_are_kept(read: Reading) -> None:
    inner = "<td>王五<table><tr><td>备注<td>二</table>末</td><td>A3</td>"
    page = f"<table>{HEADER}<tr>{inner}</tr>{ROWS.removeprefix(HEADER)}</table>"
    (table,) = read("a.html", page.encode())
    assert table.rows == {2: ("王五\n备注 二\n末", "A3"), 3: ("张三", "A1"), 4: ("李四", "A2")}


def test_a_register_inside_a_cell_of_another_is_a_sheet_of_its_own(read: Reading) -> None:
    cells = f"<td>王五<table>{ROWS}{'<tr><td>x<td>A9</tr>' * 40}</table></td><td>A3</td>"
    outer, inner = read("a.html", f"<table>{HEADER}<tr>{cells}</tr><tr><td>赵六<td>A4</table>".encode())
    assert outer.rows == {2: ("王五", "A3"), 3: ("赵六", "A4")}
    assert (inner.sheet.locator, len(inner.rows)) == ("#2", 42)


def test_scripts_are_neither_run_nor_read(read: Reading) -> None:
    page = f"<table>{ROWS.replace('张三', '张三<script>alert(1)</script>')}</table>"
    (table,) = read("a.xls", page.encode())
    assert table.rows[2] == ("张三", "A1")


@pytest.mark.parametrize(
    "cut",
    [
        "<!--",
        "<!-- a -- >",
        "<script>",
        "<style>",
        "<textarea>",
        "<title>",
        "<xmp>",
        "<td class='",
    ],
)
def test_what_swallows_the_rows_behind_it_is_refused(read: Reading, cut: str) -> None:
    page = f"<table>{HEADER}<tr><td>张三</td><td>A1{cut}</td></tr><tr><td>李四</td><td>A2</td></tr></table>"
    assert read.refusal("a.xls", page.encode()).rule == "HTML"


@pytest.mark.parametrize("end", ["", "<tr><td>王五", "<tr><td>王五</td></tr>", "<tr><td cl", "<!-- ", "&am"])
def test_a_table_cut_short_is_refused(read: Reading, end: str) -> None:
    assert read.refusal("a.xls", f"<html><table>{ROWS}{end}".encode()).rule == "HTML"


@pytest.mark.parametrize("cut", ["<!--", "<td class='", "<td", "<script>"])
def test_what_never_ends_is_refused_before_it_is_held(read: Reading, cut: str) -> None:
    path = read.root / "large.html"
    with path.open("wb") as file:
        file.write(f"<table>{ROWS}{cut}".encode() + b"x" * (2 << 20))
        file.truncate(2 << 30)
    with pytest.raises(BadInput) as caught:
        next(read_file(read.source(path, "large.html", Limits())))
    assert caught.value.rule == "limits"


def test_a_document_that_does_not_close_its_table_but_ends_is_read(read: Reading) -> None:
    (table,) = read("a.xls", f"<html><body><table>{ROWS}</body></html>\n".encode())
    assert len(table.rows) == 2


def test_rows_outside_of_any_table_are_refused(read: Reading) -> None:
    for row in ("<tr><td>王五</td></tr>", "<![CDATA[<tr><td>王五</td></tr>]]>"):
        page = f"<div><table>{ROWS}</table></div>{row}"
        assert read.refusal("a.xls", page.encode()).rule == "HTML"


@pytest.mark.parametrize(
    "hiding",
    [
        "<!--{}-->",
        "<script>{}</script>",
        "<style>{}</style>",
        "<i title='{}'></i>",
        "<template>{}</template>",
        "<template>{}",
    ],
)
def test_rows_that_a_browser_does_not_show_are_told(read: Reading, hiding: str) -> None:
    hidden = hiding.format("<tr><td>王五</td></tr>")
    (table,) = read("a.xls", f"<table>{ROWS.replace('A1', 'A1' + hidden)}</table>".encode())
    assert table.rows[2] == ("张三", "A1")
    assert "not read: 2" in table.sheet.notices[-1]


def test_formulas_are_refused(read: Reading) -> None:
    page = f"<table>{ROWS.replace('<td>A1', '<td x:fmla=' + chr(34) + '=A9' + chr(34) + '>A1')}</table>"
    assert "formulas" in read.refusal("a.xls", page.encode()).message


@pytest.mark.parametrize(
    ("page", "rule"),
    [
        ("<table><tr><td>甲</td></tr></table>", "header"),
        ("<html>nothing</html>", "header"),
        (f"<table>{HEADER}" + "<table><tr><td>" * 999, "limits"),
        (f"<table>{HEADER}" + "<div>" * 999, "limits"),
        (f"<table>{HEADER}<tr><td colspan=9999999>x</td></tr></table>", "limits"),
        (f"<table>{HEADER}<tr><td>{'x' * 99_999}</td></tr></table>", "limits"),
    ],
)
def test_what_is_no_such_table_is_refused(read: Reading, page: str, rule: str) -> None:
    assert read.refusal("a.html", page.encode()).rule == rule
