"""Ways in which a value may leave: each puts one into a release, where the scan must find it."""

import base64
import gzip
import io
import json
import lzma
import struct
import zipfile
import zlib
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq
import xlsxwriter
from pysqlite3 import dbapi2 as sqlite3

LOOKUP = "served/lookup.sqlite"
WORKFORCE = "served/workforce.duckdb"
EVENTS = "open/datasets/registration-events/registration-events"
Plant = Callable[[Path, str], str]


def parquet_column(release: Path, value: str) -> str:
    path = release / f"{EVENTS}.parquet"
    table = pq.read_table(path)
    pq.write_table(table.append_column("note", pa.array([value] * table.num_rows)), path, compression="zstd")
    return f"{EVENTS}.parquet"


def parquet_metadata(release: Path, value: str) -> str:
    path = release / f"{EVENTS}.parquet"
    pq.write_table(pq.read_table(path).replace_schema_metadata({"made_by": value}), path)
    return f"{EVENTS}.parquet"


def csv_cell(release: Path, value: str) -> str:
    with (release / f"{EVENTS}.csv").open("a", encoding="utf-8") as file:
        file.write(f"2026-09,110000,1,{value},2\n")
    return f"{EVENTS}.csv"


def csv_in_gb18030(release: Path, value: str) -> str:
    (release / "open/old.csv").write_bytes(f"姓名,备注\n某人,{value}\n".encode("gb18030"))
    return "open/old.csv"


def csv_in_utf_16(release: Path, value: str) -> str:
    (release / "open/excel.csv").write_bytes(f"姓名,备注\n某人,{value}\n".encode("utf-16"))
    return "open/excel.csv"


def html_with_references(release: Path, value: str) -> str:
    spelled = "".join(f"&#{ord(symbol)};" for symbol in value)
    (release / "open/catalogue/note.html").write_text(f"<p>{spelled}</p>", encoding="utf-8")
    return "open/catalogue/note.html"


def json_with_escapes(release: Path, value: str) -> str:
    (release / "open/note.json").write_text(json.dumps({"note": value}), encoding="utf-8")
    return "open/note.json"


def log(release: Path, value: str) -> str:
    (release / "open/build.log").write_text(f"12:00:01 row 7 {value} refused\n", encoding="utf-8")
    return "open/build.log"


def file_name(release: Path, value: str) -> str:
    name = f"open/{value}.txt"
    (release / name).write_text("", encoding="utf-8")
    return name


def sqlite_cell(release: Path, value: str) -> str:
    with closing(sqlite3.connect(release / LOOKUP)) as connection, connection:
        connection.execute("UPDATE enterprise SET enterprise_name = ?", (value,))
    return LOOKUP


def sqlite_index(release: Path, value: str) -> str:
    with closing(sqlite3.connect(release / LOOKUP)) as connection, connection:
        connection.execute(
            f"CREATE INDEX hidden ON enterprise (enterprise_key) WHERE enterprise_key <> '{value}'"
        )
    return LOOKUP


def sqlite_free_page(release: Path, value: str) -> str:
    with closing(sqlite3.connect(release / LOOKUP)) as connection:
        connection.execute("PRAGMA secure_delete = OFF")
        connection.execute("CREATE TABLE worked (content TEXT)")
        connection.executemany("INSERT INTO worked VALUES (?)", [(f"{value} {'.' * 200}",)] * 200)
        connection.commit()
        connection.execute("DROP TABLE worked")
        connection.commit()
        assert connection.execute("PRAGMA freelist_count").fetchone()[0] > 0
    return LOOKUP


def sqlite_long_row(release: Path, value: str) -> str:
    """The value lies across the end of a page: no byte string of the file holds it whole."""
    with closing(sqlite3.connect(release / LOOKUP)) as connection, connection:
        page = connection.execute("PRAGMA page_size").fetchone()[0]
        connection.execute("CREATE TABLE long (content TEXT)")
        rows = [(f"{'.' * (page - 100 + cut)} {value} {'.' * page}",) for cut in range(100)]
        connection.executemany("INSERT INTO long VALUES (?)", rows)
    return LOOKUP


def sqlite_log(release: Path, value: str) -> str:
    """Written to the log of the database and not to the database."""
    source, target = release / LOOKUP, release / f"{LOOKUP}-wal"
    with closing(sqlite3.connect(source)) as connection:
        connection.execute("PRAGMA journal_mode = WAL")
        connection.execute("PRAGMA wal_autocheckpoint = 0")
        connection.execute("UPDATE enterprise SET enterprise_name = ?", (value,))
        connection.commit()
        content = Path(f"{source}-wal").read_bytes()
    target.write_bytes(content)
    return f"{LOOKUP}-wal"


def duckdb_cell(release: Path, value: str) -> str:
    with duckdb.connect(release / WORKFORCE) as connection:
        connection.execute("CREATE TABLE worked AS SELECT ? AS note FROM range(5000)", [value])
    return WORKFORCE


def png_text(release: Path, value: str) -> str:
    return _png(release, b"tEXt", b"Comment\0" + value.encode())


def png_packed_text(release: Path, value: str) -> str:
    return _png(release, b"zTXt", b"Comment\0\0" + zlib.compress(value.encode()))


def png_international_text(release: Path, value: str) -> str:
    return _png(release, b"iTXt", b"Comment\0\1\0zh\0\0" + zlib.compress(value.encode()))


def svg_text(release: Path, value: str) -> str:
    svg = f'<svg xmlns="http://www.w3.org/2000/svg"><text>{value}</text></svg>'
    (release / "open/map.svg").write_text(svg, encoding="utf-8")
    return "open/map.svg"


def workbook(release: Path, value: str) -> str:
    with xlsxwriter.Workbook(release / "open/table.xlsx") as book:
        book.add_worksheet().write_row(0, 0, ["备注", value])
    return "open/table.xlsx"


def gzipped(release: Path, value: str) -> str:
    (release / "open/table.csv.gz").write_bytes(gzip.compress(f"a,{value}\n".encode()))
    return "open/table.csv.gz"


def xz(release: Path, value: str) -> str:
    (release / "open/table.csv.xz").write_bytes(lzma.compress(f"a,{value}\n".encode()))
    return "open/table.csv.xz"


def zip_in_zip(release: Path, value: str) -> str:
    (release / "open/all.zip").write_bytes(_zip("inner.zip", _zip("a.csv", f"a,{value}\n".encode())))
    return "open/all.zip"


def zipped_database(release: Path, value: str) -> str:
    sqlite_cell(release, value)
    (release / "open/all.zip").write_bytes(_zip("lookup.sqlite", (release / LOOKUP).read_bytes()))
    return "open/all.zip"


def data_address(release: Path, value: str) -> str:
    spelled = base64.b64encode(f"<svg><text>{value}</text></svg>".encode()).decode()
    page = f'<img src="data:image/svg+xml;base64,{spelled}">'
    (release / "open/catalogue/note.html").write_text(page, encoding="utf-8")
    return "open/catalogue/note.html"


def _zip(name: str, content: bytes) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(name, content)
    return buffer.getvalue()


def _png(release: Path, kind: bytes, content: bytes) -> str:
    def chunk(name: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))

    head = chunk(b"IHDR", struct.pack(">IIBBBBB", 1, 1, 8, 0, 0, 0, 0))
    pixels = chunk(b"IDAT", zlib.compress(b"\0\0"))
    image = b"\x89PNG\r\n\x1a\n" + head + chunk(kind, content) + pixels + chunk(b"IEND", b"")
    (release / "open/picture.png").write_bytes(image)
    return "open/picture.png"


# Anything may leave in these ways; a name, which the lookup shows, in the second ones.
EVERYWHERE: tuple[Plant, ...] = (
    parquet_column,
    parquet_metadata,
    csv_cell,
    csv_in_gb18030,
    csv_in_utf_16,
    html_with_references,
    json_with_escapes,
    log,
    file_name,
    sqlite_cell,
    sqlite_index,
    sqlite_free_page,
    sqlite_long_row,
    sqlite_log,
    duckdb_cell,
    png_text,
    png_packed_text,
    png_international_text,
    svg_text,
    workbook,
    gzipped,
    xz,
    zip_in_zip,
    zipped_database,
    data_address,
)
COPIED: tuple[Plant, ...] = (
    parquet_column,
    csv_cell,
    csv_in_gb18030,
    csv_in_utf_16,
    html_with_references,
    json_with_escapes,
    log,
    duckdb_cell,
    png_packed_text,
    svg_text,
    workbook,
    gzipped,
    zip_in_zip,
)
