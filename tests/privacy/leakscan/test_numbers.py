"""Identity and phone numbers in any bytes, and what only looks like one."""

import random
from contextlib import closing
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pysqlite3 import dbapi2 as sqlite3

from etl.clean.identifiers import id_check_character
from etl.privacy.leakscan.numbers import find_numbers
from etl.privacy.leakscan.parts import Part
from etl.privacy.leakscan.scan import findings, scan
from etl.publish.leaks import rules_of

NUMBERS = rules_of().numbers


def resident_id(division: str = "110101", born: str = "19900307", order: int = 123) -> str:
    body = f"{division}{born}{order:03d}"
    return body + id_check_character(body)


RESIDENT_ID = resident_id()
WITH_X = next(number for order in range(1000) if (number := resident_id(order=order)).endswith("X"))


def kinds(data: bytes) -> list[str]:
    return sorted({kind for kind, _ in find_numbers(data, NUMBERS)})


@pytest.mark.parametrize("encoding", ["utf-8", "gb18030", "utf-16-le", "utf-16-be"])
@pytest.mark.parametrize("number", [RESIDENT_ID, WITH_X, WITH_X.lower()])
def test_a_resident_id_is_found_in_every_encoding(number: str, encoding: str) -> None:
    assert kinds(f"证件号码{number}，男".encode(encoding)) == ["resident_id"]


@pytest.mark.parametrize("text", ["9{}", "{}7", "id={}&", "0.{}", "a{}b", "2026{}2026"])
def test_a_resident_id_is_found_inside_longer_words(text: str) -> None:
    assert kinds(text.format(RESIDENT_ID).encode()) == ["resident_id"]


@pytest.mark.parametrize(
    "text",
    [
        RESIDENT_ID[:-1] + str((int(RESIDENT_ID[-1]) + 1) % 10),
        resident_id(born="19901307"),
        resident_id(born="18900307"),
        resident_id(division="910000"),
        "",
        "1",
        "12",
        "123",
        "1234",
    ],
)
def test_what_cannot_be_a_resident_id_is_none(text: str) -> None:
    assert kinds(text.encode()) == []


def test_fifteen_digits_with_a_day_are_a_resident_id() -> None:
    assert kinds(b"110101900307123") == ["resident_id_15"]
    assert kinds(b"110101901307123") == []


@pytest.mark.parametrize(
    "text", ["13800138000", "电话13800138000。", "tel:+8613800138000", "138\u00a0\n19912345678,"]
)
def test_a_mobile_number_is_found(text: str) -> None:
    assert "phone" in kinds(text.encode())


@pytest.mark.parametrize(
    "text", ["12800138000", "0.13800138000", "13800138000.5", "a13800138000", "138001380001", "1380013800"]
)
def test_other_digits_are_no_mobile_number(text: str) -> None:
    assert kinds(text.encode()) == []


def test_hashes_and_coordinates_hold_no_numbers() -> None:
    dice = random.Random(1)
    lines = [f"{dice.randbytes(32).hex()}  file-{i}.csv\n{dice.uniform(70, 140)!r}," for i in range(3000)]
    assert kinds("".join(lines).encode()) == []


@given(before=st.binary(max_size=60), after=st.binary(max_size=60), wide=st.booleans())
def test_a_resident_id_is_found_wherever_it_stands(before: bytes, after: bytes, wide: bool) -> None:
    number = RESIDENT_ID.encode("utf-16-le" if wide else "ascii")
    assert "resident_id" in kinds(before + number + after)


def test_codes_laid_end_to_end_in_raw_bytes_are_no_resident_id() -> None:
    codes = b"110000" * 5 + RESIDENT_ID.encode() + b"310000" * 5
    assert not list(find_numbers(codes, NUMBERS, raw=True))
    assert kinds(codes) == ["resident_id"]


def test_a_resident_id_beside_another_number_is_found_in_raw_bytes() -> None:
    found = find_numbers(f"{RESIDENT_ID}{RESIDENT_ID}".encode(), NUMBERS, raw=True)
    assert {kind for kind, _ in found} == {"resident_id"}


@pytest.mark.parametrize(("form", "found"), [("raw", ["phone"]), ("packed", [])])
def test_digits_that_compression_laid_together_are_no_phone_number(form: str, found: list[str]) -> None:
    packed = Part("bytes", b"\x00\x06\x00\x0013312742450\x05\x00", form)
    assert [one.kind for one in findings("a.parquet", [packed], rules_of())] == found


def test_a_resident_id_is_found_in_packed_bytes() -> None:
    packed = Part("bytes", RESIDENT_ID.encode(), "packed")
    assert [one.kind for one in findings("a.parquet", [packed], rules_of())] == ["resident_id"]


def test_a_phone_number_in_what_a_parquet_file_says_of_itself_is_found(tmp_path: Path) -> None:
    field = pa.field("n", pa.int64(), metadata={"asked": "13800138000"})
    pq.write_table(pa.table([pa.array([1])], pa.schema([field])), tmp_path / "a.parquet")
    assert [str(one) for one in scan(tmp_path, rules_of())] == ["a.parquet: schema: phone × 1"]


@pytest.mark.parametrize(
    ("cells", "found"),
    [
        (("110101", "900307123"), []),
        (("x", "110101900307123"), ["t.sqlite: table t column b: resident_id_15 × 1"]),
        (("x", "旧号110101900307123"), ["t.sqlite: table t column b: resident_id_15 × 1"]),
    ],
)
def test_a_number_stands_in_one_cell_of_sqlite(
    tmp_path: Path, cells: tuple[str, str], found: list[str]
) -> None:
    with closing(sqlite3.connect(tmp_path / "t.sqlite")) as connection, connection:
        connection.execute("CREATE TABLE t (a, b)")
        connection.execute("INSERT INTO t VALUES (?, ?)", cells)
    assert [str(one) for one in scan(tmp_path, rules_of())] == found


def test_a_phone_number_that_was_deleted_from_a_database_is_found(tmp_path: Path) -> None:
    with closing(sqlite3.connect(tmp_path / "t.sqlite")) as connection, connection:
        connection.execute("PRAGMA secure_delete = OFF")
        connection.execute("CREATE TABLE t (a)")
        connection.execute("INSERT INTO t VALUES (?)", ("电话13800138000",))
        connection.commit()
        connection.execute("DELETE FROM t")
    assert [str(one) for one in scan(tmp_path, rules_of())] == ["t.sqlite: bytes: phone × 1"]


def test_names_with_quotes_are_read(tmp_path: Path) -> None:
    with closing(sqlite3.connect(tmp_path / "t.sqlite")) as connection, connection:
        connection.execute('CREATE TABLE "t""x" ("a""b")')
        connection.execute('INSERT INTO "t""x" VALUES (?)', ("110101900307123",))
    (found,) = scan(tmp_path, rules_of())
    assert found.kind == "resident_id_15"
