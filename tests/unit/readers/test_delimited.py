"""Texts with delimiters: encodings, damage, lines without end."""

import csv
import io

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from etl.errors import BadInput
from etl.sources.readers import Limits, lines, read_file
from tests.fixtures.readers import Reading

HEADER = "姓名,注册号,有效期至\n"
ENCODINGS = ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "gb18030"]


@pytest.mark.parametrize("encoding", ENCODINGS)
def test_the_encoding_is_found_out(read: Reading, encoding: str) -> None:
    (table,) = read("a.csv", (HEADER + "䶮𬱖,A1,\n\n李四,A2,x\n").encode(encoding))
    assert table.rows == {2: ("䶮𬱖", "A1", None), 4: ("李四", "A2", "x")}
    assert table.sheet.headers == ("姓名", "注册号", "有效期至")


@pytest.mark.parametrize("encoding", ENCODINGS)
def test_the_delimiter_is_found_out_in_every_encoding(read: Reading, encoding: str) -> None:
    (table,) = read("a.txt", (HEADER + "张三,A1,\n").replace(",", "\t").encode(encoding))
    assert table.rows == {2: ("张三", "A1", None)}


def test_old_line_ends_are_read(read: Reading) -> None:
    (table,) = read("a.csv", (HEADER + "张三,A1,\n李四,A2,\n").replace("\n", "\r").encode())
    assert list(table.rows.values()) == [("张三", "A1", None), ("李四", "A2", None)]


@pytest.mark.parametrize("cell", ["张\ufffd", "锟斤拷", "鈥淎"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-16", "gb18030"])
def test_cells_damaged_before_they_were_sent_are_named(read: Reading, cell: str, encoding: str) -> None:
    (table,) = read("a.csv", (HEADER + f"张三,A1,\n李四,{cell},\n").encode(encoding))
    assert [(row, column) for row, column, _ in table.damaged] == [(3, "c1")]


def test_a_header_read_in_the_wrong_encoding_is_named(read: Reading) -> None:
    wrong = (HEADER + "张三,A1,\n").encode().decode("gb18030", "replace")
    assert "mojibake" in read.refusal("a.csv", wrong.encode()).message


TRADITIONAL = "xm,zcbh\n" + "陳大文註冊結構工程師,A1\n李國強屋宇裝備專業,A2\n" * 9


@pytest.mark.parametrize(
    ("text", "encoding"),
    [("姓名,註冊號\n陳大文,A1\n", "big5"), ("氏名,登録番号\n田中,A1\n", "shift_jis"), (TRADITIONAL, "big5")],
)
def test_an_encoding_that_we_do_not_take_is_told_as_such(read: Reading, text: str, encoding: str) -> None:
    error = read.refusal("a.csv", text.encode(encoding))
    assert error.rule == "encoding"
    assert "UTF-8、UTF-16、GB18030" in error.message


def test_a_file_is_refused_by_its_beginning_before_the_rest_is_decoded(read: Reading) -> None:
    beginning = ("姓名," * (1 << 18)).encode("gb18030")
    assert read.refusal("a.csv", beginning + b"\xff\xff\n").rule == "limits.line"


def test_a_few_names_in_big5_are_told_as_such(read: Reading) -> None:
    for names in (["黃建國"], ["陳大文", "李國強"], ["王家豪", "劉德華", "鄭秀文", "蔡依林", "洪金寶"]):
        text = "xm,zcbh\n" + "".join(f"{name},A1\n" for name in names)
        assert "Big5" in read.refusal("a.csv", text.encode("big5")).message


def test_a_character_that_the_sender_made_is_read(read: Reading) -> None:
    (table,) = read("a.csv", "xm,zcbh\n王\ue000,A1\n李玥,A2\n陳志偉,A3\n".encode("gb18030"))
    assert table.rows[2] == ("王\ue000", "A1")


def test_traditional_characters_in_gb18030_are_read(read: Reading) -> None:
    (table,) = read("a.csv", TRADITIONAL.encode("gb18030"))
    assert table.rows[2] == ("陳大文註冊結構工程師", "A1")


def test_an_endless_line_is_refused_before_it_is_read(read: Reading) -> None:
    line = HEADER.encode() + b"x" * (1 << 20)
    assert read.refusal("a.csv", line).rule == "limits.line"
    assert read.refusal("a.csv", line.replace(b"\n", b",")).rule == "limits.line"
    assert read.refusal("a.csv", (HEADER + '"').encode() + b"a\n" * (1 << 19)).rule == "limits.line"


@pytest.mark.parametrize("filling", [b",", b"x", b"\0"])
def test_a_line_of_two_gigabytes_is_refused_at_once(read: Reading, filling: bytes) -> None:
    path = read.root / "large.csv"
    with path.open("wb") as file:
        file.write(HEADER.rstrip().encode() + filling * (1 << 20))
        file.truncate(2 << 30)
    with pytest.raises(BadInput) as caught:
        next(read_file(read.source(path, "large.csv", Limits())))
    assert caught.value.where.startswith("large.csv")


def test_a_quote_of_two_gigabytes_is_refused_at_once(read: Reading) -> None:
    path = read.root / "large.csv"
    with path.open("wb") as file:
        file.write((HEADER + '张三,"').encode() + b"a\n" * (1 << 20))
        file.truncate(2 << 30)
    with pytest.raises(BadInput) as caught:
        next(read_file(read.source(path, "large.csv", Limits())))
    assert caught.value.rule == "limits.line"


def test_a_quote_inside_a_cell_opens_nothing(read: Reading) -> None:
    (table,) = read("a.csv", HEADER.encode() + '张三,A"1,\n'.encode() + "李四,A2,\n".encode() * 9_999)
    assert len(table.rows) + len(table.rejects) == 10_000


@pytest.mark.parametrize(("name", "line"), [("a.csv", "x"), ("a.jsonl", "{")])
def test_a_file_of_broken_lines_is_refused(
    read: Reading, monkeypatch: pytest.MonkeyPatch, name: str, line: str
) -> None:
    monkeypatch.setattr(lines, "MOST_BROKEN", 100)
    head = HEADER if name == "a.csv" else '{"姓名": "张三"}\n'
    assert len(read(name, (head + f"{line}\n" * 40).encode())[0].rejects) == 40
    assert read.refusal(name, (head + f"{line}\n" * 100).encode()).rule == "broken rows"


def test_delimiters_at_the_end_of_each_line_are_no_column(read: Reading) -> None:
    (table,) = read("a.csv", "姓名,注册号,,\n张三,A1,,\n".encode())
    assert table.sheet.headers == ("姓名", "注册号")
    (table,) = read("a.csv", "姓名,,注册号,\n张三,x,A1,\n".encode())
    assert table.sheet.headers == ("姓名", "", "注册号")
    assert table.rows == {2: ("张三", "x", "A1")}


def test_text_under_another_suffix_is_read_and_told(read: Reading) -> None:
    (table,) = read("a.xls", (HEADER + "张三,A1,\n").replace(",", "\t").encode("gb18030"))
    assert table.rows == {2: ("张三", "A1", None)}
    assert "named .xls" in table.sheet.notices[0]


CELLS = st.one_of(
    st.text(st.characters(codec="utf-8", exclude_characters="\0"), max_size=12),
    st.text("\r\n\",;\t '张A", max_size=6),
)


@settings(
    max_examples=settings().max_examples // 4,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(
    st.lists(st.lists(CELLS, min_size=1, max_size=5), min_size=1, max_size=12),
    st.sampled_from(ENCODINGS),
    st.sampled_from(["\n", "\r\n"]),
)
def test_no_row_is_lost_or_changed(read: Reading, rows: list[list[str]], encoding: str, end: str) -> None:
    held = io.StringIO(newline="")
    writer = csv.writer(held, lineterminator=end, quoting=csv.QUOTE_ALL)
    writer.writerow(["姓名", "注册号", "有效期至"])
    writer.writerows(rows)
    (table,) = read("a.csv", held.getvalue().encode(encoding))
    # Empty cells behind the last column are no cells.
    shapes = [(*row[:3], *"".join(row[3:])) for row in rows]
    full = [tuple(cell or None for cell in row) for row in shapes if len(row) == 3]
    assert list(table.rows.values()) == [row for row in full if any(row)]
    assert len(table.rejects) == len(shapes) - len(full)


def test_line_ends_of_two_kinds_are_read(read: Reading) -> None:
    (table,) = read("a.csv", (HEADER + "张三,A1,\r\n李四,A2,\n王五,A3,\r\n").encode())
    assert [row[1] for row in table.rows.values()] == ["A1", "A2", "A3"]


def test_a_quote_that_swallows_rows_is_refused(read: Reading) -> None:
    assert read.refusal("a.csv", (HEADER + '"张三,A1,\n李四,A2,\n').encode()).where == "a.csv:2"
