"""XML with pinyin short names: records, attributes, encodings; no document type."""

import pytest

from tests.fixtures.readers import Reading

RECORD = "<ryxx><xm>张三</xm><zcbh>A1</zcbh></ryxx><ryxx><xm>李四</xm><zcbh>A2</zcbh><xl/></ryxx>"
READ = {1: ("张三", "A1", None), 2: ("李四", "A2", None)}


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16", "gb18030"])
def test_records_are_found_in_every_encoding(read: Reading, encoding: str) -> None:
    declared = {"gb18030": "GBK"}.get(encoding, encoding)
    text = f'<?xml version="1.0" encoding="{declared}"?><sb><tou><dw>x</dw></tou><rys>{RECORD}</rys></sb>'
    (table,) = read("a.xml", text.encode(encoding))
    assert table.sheet.headers == ("xm", "zcbh", "xl")
    assert table.rows == READ
    assert "tou" in table.sheet.notices[0]


def test_fields_may_be_attributes(read: Reading) -> None:
    (table,) = read("a.xml", '<r><ry xm="张三" zcbh="A1"/><ry xm="李四" zcbh="A2"/></r>'.encode())
    assert table.rows == {1: ("张三", "A1"), 2: ("李四", "A2")}


def test_an_attribute_of_a_field_is_a_column_of_its_own(read: Reading) -> None:
    (table,) = read("a.xml", '<r><ry><xm>张三</xm><zczy dm="01">建筑</zczy></ry></r>'.encode())
    assert table.sheet.headers == ("xm", "zczy", "zczy@dm")
    assert table.rows == {1: ("张三", "建筑", "01")}


def test_records_under_every_path_are_read(read: Reading) -> None:
    text = "<r><p><xm>张三</xm><zcbh>A1</zcbh></p><q><xm>李四</xm><zcbh>A2</zcbh></q></r>"
    tables = read("a.xml", text.encode())
    assert [table.rows for table in tables] == [{1: ("张三", "A1")}, {1: ("李四", "A2")}]
    assert [table.sheet.locator for table in tables] == ["#r/p", "#r/q"]


@pytest.mark.parametrize("unknown", ["<q><b>1</b></q><q><b>2</b></q>", "<p><xm>王五</xm><q><b>1</b></q></p>"])
def test_records_without_known_field_are_refused(read: Reading, unknown: str) -> None:
    error = read.refusal("a.xml", f"<r><p><xm>张三</xm></p>{unknown}</r>".encode())
    assert error.rule == "known fields"


@pytest.mark.parametrize(
    ("head", "told"),
    [
        ("<kt><dw>x</dw></kt>", "r/kt (dw)"),
        ("<kt dw='x'/>", "r (kt, kt@dw)"),
        ("<kt><bz>x</bz><dw>x</dw></kt>", "r/kt (bz, dw)"),
    ],
)
def test_a_head_that_no_source_ignores_is_refused(read: Reading, head: str, told: str) -> None:
    error = read.refusal("a.xml", f"<r>{head}{RECORD}</r>".encode())
    assert (error.rule, error.message.rpartition(": ")[2]) == ("known fields", told)


def test_attributes_of_the_root_are_not_dropped(read: Reading) -> None:
    assert read.refusal("a.xml", f"<r rq='2026'>{RECORD}</r>".encode()).rule == "known fields"


@pytest.mark.parametrize(
    "head", ["<kt><bz>x</bz></kt>", "<tou><dw>x</dw><a><b>1</b></a></tou>", "<kt bz='x'/>"]
)
def test_what_a_source_ignores_is_told(read: Reading, head: str) -> None:
    (table,) = read("a.xml", f"<r>{head}{RECORD}</r>".encode())
    assert table.rows == READ
    assert all("as the source says" in notice for notice in table.sheet.notices)
    assert table.sheet.notices


def test_name_spaces_are_left_aside(read: Reading) -> None:
    text = '<j:r xmlns:j="urn:j"><j:ry><j:xm>张三</j:xm></j:ry></j:r>'
    (table,) = read("a.xml", text.encode())
    assert table.sheet.headers == ("xm",)


def test_a_record_that_names_a_field_twice_is_rejected(read: Reading) -> None:
    (table,) = read("a.xml", f"<r>{RECORD}<ryxx><xm>王五</xm><xm>赵六</xm></ryxx></r>".encode())
    assert table.rows == READ
    assert list(table.rejects) == [3]


def test_text_beside_fields_is_not_dropped(read: Reading) -> None:
    (table,) = read("a.xml", "<r><ry><xm>张三</xm>备注</ry></r>".encode())
    assert table.sheet.headers == ("xm", "")


@pytest.mark.parametrize(
    "kind",
    [
        '<!DOCTYPE r [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;&a;">]>',
        '<!DOCTYPE r [<!ENTITY x SYSTEM "file:///etc/passwd">]>',
        '<!DOCTYPE r SYSTEM "http://example.org/a.dtd">',
    ],
)
def test_document_types_are_refused(read: Reading, kind: str) -> None:
    error = read.refusal("a.xml", f'<?xml version="1.0"?>{kind}<r>{RECORD}</r>'.encode())
    assert error.rule == "no DOCTYPE, no entities"


@pytest.mark.parametrize(
    ("text", "rule"),
    [
        (f"<r>{RECORD}", "XML"),
        (f"<r>{RECORD}</r><r/>", "XML"),
        ("<r><a><b>1</b></a></r>", "header"),
        ("<r>" + "<a>" * 50 + "</a>" * 50 + "</r>", "limits"),
        (f"<r><ry><xm>{'x' * 99_999}</xm></ry></r>", "limits"),
        (f"<r><ry xm='{'x' * 99_999}'/></r>", "limits"),
        ("<r><ry " + " ".join(f"a{n}='1'" for n in range(99)) + "/></r>", "limits"),
        (f"<r><ry xm='{'x' * 999_999}", "limits"),
        ("<r><ry>" + "".join(f"<a{n}/>" for n in range(99)) + "</ry></r>", "limits"),
    ],
)
def test_what_is_no_such_document_is_refused(read: Reading, text: str, rule: str) -> None:
    assert read.refusal("a.xml", text.encode()).rule == rule
