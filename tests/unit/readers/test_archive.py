"""ZIP and GZ: every file inside is read under its own name; what could do harm is refused."""

import gzip
import io
import stat
import struct
import zipfile

import pytest

from etl.sources.readers import read_file
from tests.fixtures.books import ods, xls, xlsx
from tests.fixtures.readers import Reading, zipped

CSV = "姓名,注册号\n张三,A1\n".encode()
ROWS = {"甲": [["姓名", "注册号"], ["张三", "A1"]]}
MAKERS = {
    "csv": CSV,
    "txt": CSV.decode().encode("gb18030"),
    "xlsx": xlsx(ROWS),
    "xls": xls(ROWS),
    "ods": ods(ROWS),
    "html": "<table><tr><td>姓名<td>注册号<tr><td>张三<td>A1</table>".encode(),
    "json": '[{"姓名": "张三", "注册号": "A1"}]'.encode(),
    "jsonl": '{"姓名": "张三", "注册号": "A1"}\n'.encode(),
    "xml": "<r><ry><xm>张三</xm><zcbh>A1</zcbh></ry></r>".encode(),
}


def test_files_inside_are_located_by_archive_and_name(read: Reading) -> None:
    tables = read("a.zip", zipped({"乙/b.csv": CSV, "a.csv": CSV, "__MACOSX/._a.csv": b"\0"}))
    assert [(table.sheet.locator, table.rows) for table in tables] == [
        ("!a.csv", {2: ("张三", "A1")}),
        ("!乙/b.csv", {2: ("张三", "A1")}),
    ]


def test_one_file_at_a_time_lies_unpacked(read: Reading) -> None:
    inside = {f"{place}.{suffix}": MAKERS[suffix] for place, suffix in enumerate(MAKERS)}
    path = read.root / "a.zip"
    path.write_bytes(zipped(inside))
    source = read.source(path, "a.zip")
    tables = []
    for sheet in read_file(source):
        tables.append(sheet.table)
        assert len(list(source.scratch.iterdir())) == 1
    assert not list(source.scratch.iterdir())
    for table in tables:
        assert read.connection.table(table).fetchall()


def test_a_gz_holds_the_file_of_its_own_name(read: Reading) -> None:
    (table,) = read("a.csv.gz", gzip.compress(CSV))
    assert table.sheet.locator == "!a.csv"
    assert table.rows == {2: ("张三", "A1")}


def test_names_of_chinese_windows_are_decoded(read: Reading) -> None:
    name = "名单.csv"
    raw = zipped({"XXXX.csv": CSV}).replace(b"XXXX.csv", name.encode("gbk"))
    assert [table.sheet.locator for table in read("a.zip", raw)] == [f"!{name}"]


@pytest.mark.parametrize("name", ["../a.csv", "/a.csv", "C:/a.csv", "b/../../a.csv", "..\\a.csv"])
def test_paths_out_of_the_archive_are_refused(read: Reading, name: str) -> None:
    assert read.refusal("a.zip", zipped({name: CSV})).rule == "archive path"


def test_a_name_cut_short_by_a_nul_is_refused(read: Reading) -> None:
    assert read.refusal("a.zip", zipped({"a.csv": CSV}).replace(b"a.csv", b"\0.csv")).rule == "archive path"


def test_links_are_refused(read: Reading) -> None:
    link = zipfile.ZipInfo("a.csv")
    link.external_attr = (stat.S_IFLNK | 0o777) << 16
    held = io.BytesIO()
    with zipfile.ZipFile(held, "w") as container:
        container.writestr(link, "/etc/passwd")
    assert read.refusal("a.zip", held.getvalue()).rule == "archive link"


@pytest.mark.parametrize("inner", [zipped({"a.csv": CSV}), gzip.compress(CSV)], ids=["zip", "gzip"])
def test_an_archive_inside_an_archive_is_refused(read: Reading, inner: bytes) -> None:
    assert read.refusal("a.zip", zipped({"b.csv": inner})).rule == "one level"


def test_a_file_that_names_a_server_is_not_read_from_an_archive(read: Reading) -> None:
    assert read.refusal("a.zip", zipped({"b.pg.yaml": b"table: t"})).rule == "one level"


def test_encrypted_files_are_refused(read: Reading) -> None:
    raw = bytearray(zipped({"a.csv": CSV}))
    for mark, flags in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        raw[raw.index(mark) + flags] |= 1
    assert read.refusal("a.zip", bytes(raw)).rule == "no password"


@pytest.mark.parametrize(
    "pack", [lambda content: zipped({"a.csv": content}), gzip.compress], ids=["zip", "gzip"]
)
def test_bombs_are_refused(read: Reading, pack: object) -> None:
    content = CSV + b",\n" * (1 << 19)
    name = "a.csv.gz" if pack is gzip.compress else "a.zip"
    assert read.refusal(name, pack(content)).rule == "limits"  # type: ignore[operator]


def test_too_many_or_too_large_files_are_refused(read: Reading) -> None:
    assert read.refusal("a.zip", zipped({f"{place}.csv": CSV for place in range(21)})).rule == "limits"
    large = zipped({f"{place}.csv": bytes(1 << 20) for place in range(5)}, zipfile.ZIP_STORED)
    assert read.refusal("a.zip", large).rule == "limits"


def test_a_bomb_of_many_small_files_is_refused(read: Reading) -> None:
    content = CSV + b",\n" * (1 << 14)
    assert len(read("a.zip", zipped({"a.csv": content}))) == 1
    assert read.refusal("a.zip", zipped({f"{place}.csv": content for place in range(9)})).rule == "limits"


def test_a_size_that_is_not_the_declared_one_is_refused(read: Reading) -> None:
    raw = bytearray(zipped({"a.csv": CSV + b",\n" * 999}))
    struct.pack_into("<I", raw, raw.index(b"PK\x01\x02") + 24, len(CSV))
    assert read.refusal("a.zip", bytes(raw)).rule in {"limits", "ZIP"}


def test_two_files_of_one_name_are_refused(read: Reading) -> None:
    with pytest.warns(UserWarning, match="Duplicate"):
        raw = zipped([("a.csv", CSV), ("a.csv", CSV)])
    assert read.refusal("a.zip", raw).rule == "one file a name"


def test_two_files_of_one_name_once_decoded_are_refused(read: Reading) -> None:
    raw = zipped([("d\\b.csv", CSV), ("d/b.csv", CSV)])
    assert read.refusal("a.zip", raw).rule == "one file a name"
    in_gbk = zipped([("名.csv", CSV), ("XX.csv", CSV)]).replace(b"XX.csv", "名.csv".encode("gbk"))
    assert read.refusal("a.zip", in_gbk).rule == "one file a name"


@pytest.mark.parametrize(
    "raw", [zipped({"a.csv": CSV})[:-30], gzip.compress(CSV)[:-9], zipped({})], ids=["zip", "gzip", "empty"]
)
def test_damaged_or_empty_archives_are_refused(read: Reading, raw: bytes) -> None:
    read.refusal("a.zip", raw)


def test_an_empty_file_inside_is_named(read: Reading) -> None:
    assert read.refusal("a.zip", zipped({"a.csv": CSV, "b.csv": b""})).where == "a.zip!b.csv"


@pytest.mark.parametrize(
    ("raw", "name"), [(b"Rar!\x1a\x07\x01\x00", "RAR"), (b"%PDF-1.7", "PDF")], ids=["RAR", "PDF"]
)
def test_formats_that_are_met_but_not_read_are_named(read: Reading, raw: bytes, name: str) -> None:
    assert name in read.refusal("a.csv", raw).message
