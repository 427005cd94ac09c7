"""Whatever becomes of a file on its way: it is read or refused, never a crash, never a cell in a message."""

import gzip
import json
import sqlite3
from collections.abc import Callable
from pathlib import Path

import duckdb
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from etl.errors import BadInput
from tests.fixtures.books import WRITERS
from tests.fixtures.readers import Reading, zipped

SECRET = "合成甲"
ROWS = [["姓名", "注册号"], *[[SECRET, f"京1110000000{number:05}"] for number in range(12)]]
LINES = "\n".join(",".join(row) for row in ROWS)
PERSONS = [dict(zip(ROWS[0], row, strict=True)) for row in ROWS[1:]]
CELLS = "".join(f"<tr><td>{name}</td><td>{number}</td></tr>" for name, number in ROWS)
RECORDS = "".join(f"<r><xm>{name}</xm><zcbh>{number}</zcbh></r>" for name, number in ROWS[1:])


def _sqlite(folder: Path) -> bytes:
    with sqlite3.connect(folder / "made.db") as connection:
        connection.execute('CREATE TABLE roster ("姓名", "注册号")')
        connection.executemany("INSERT INTO roster VALUES (?, ?)", ROWS[1:])
    connection.close()
    return (folder / "made.db").read_bytes()


def _parquet(folder: Path) -> bytes:
    values = ", ".join(f"('{name}', '{number}')" for name, number in ROWS[1:])
    duckdb.sql(
        f"COPY (SELECT * FROM (VALUES {values}) t (姓名, 注册号)) TO '{folder / 'made.parquet'}' (FORMAT parquet)"
    )
    return (folder / "made.parquet").read_bytes()


MAKERS: dict[str, Callable[[Path], bytes]] = {
    "a.csv": lambda folder: LINES.encode(),
    "gb.csv": lambda folder: LINES.encode("gb18030"),
    "wide.csv": lambda folder: LINES.encode("utf-16"),
    "a.zip": lambda folder: zipped({"a.csv": LINES.encode()}),
    "a.csv.gz": lambda folder: gzip.compress(LINES.encode()),
    "a.html": lambda folder: f"<table>{CELLS}</table>".encode(),
    "a.json": lambda folder: json.dumps({"data": PERSONS}, ensure_ascii=False).encode(),
    "a.jsonl": lambda folder: "\n".join(json.dumps(person) for person in PERSONS).encode(),
    "a.xml": lambda folder: f'<?xml version="1.0"?><rs>{RECORDS}</rs>'.encode(),
    "a.db": _sqlite,
    "a.parquet": _parquet,
    **{f"a.{suffix}": lambda folder, write=write: write({"甲": ROWS}) for suffix, write in WRITERS.items()},
}
EDITS = st.tuples(
    st.sampled_from(["flip", "cut", "repeat", "zero"]),
    st.floats(0, 1),
    st.integers(1, 255),
    st.integers(1, 64),
)


def mutated(content: bytes, edits: list[tuple[str, float, int, int]]) -> bytes:
    """The content after each edit: at a share of its length, with a byte's bits or over a few bytes."""
    held = bytearray(content)
    for kind, share, bits, size in edits:
        place = int(share * len(held))
        if kind == "flip" and place < len(held):
            held[place] ^= bits
        elif kind == "cut":
            del held[place : len(held) if bits > 200 else place + size]
        elif kind == "repeat":
            held[place:place] = held[place : place + size]
        else:
            held[place : place + size] = bytes(len(held[place : place + size]))
    return bytes(held)


@pytest.fixture(scope="module")
def contents(tmp_path_factory: pytest.TempPathFactory) -> dict[str, bytes]:
    return {name: make(tmp_path_factory.mktemp("made")) for name, make in MAKERS.items()}


@pytest.mark.parametrize("name", MAKERS)
def test_a_whole_file_gives_every_row(read: Reading, contents: dict[str, bytes], name: str) -> None:
    (table,) = read(name, contents[name])
    assert [list(row) for row in table.rows.values()] == ROWS[1:]
    assert not table.rejects


@pytest.mark.parametrize("name", MAKERS)
@settings(
    max_examples=settings().max_examples // 10,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(edits=st.lists(EDITS, min_size=1, max_size=4))
def test_a_damaged_file_is_read_or_refused(
    read: Reading, contents: dict[str, bytes], name: str, edits: list[tuple[str, float, int, int]]
) -> None:
    try:
        read(name, mutated(contents[name], edits))
    except BadInput as error:
        assert SECRET not in str(error)
        assert "0000000" not in str(error)
        assert error.where.startswith(name)
