"""The gate `leaks` on a release in which something was planted: each leak is found, and its value never told."""

import io
import shutil
import zipfile
from dataclasses import dataclass
from pathlib import Path

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from pysqlite3 import dbapi2 as sqlite3

from etl.clean.identifiers import id_check_character
from etl.keys import variables
from etl.metadata import Metadata
from etl.publish.gates import Gate
from etl.publish.leaks import no_leak, no_pattern
from tests.fixtures.marts import write_text
from tests.privacy.leakscan import plants
from tests.privacy.leakscan.plants import LOOKUP, WORKFORCE, Plant

BODY = "99000019000101001"
RESIDENT_ID = BODY + id_check_character(BODY)
PASSPORT = "EK1234567"
NAME = "曾小国"
CONTENT = "因在投标中提供虚假社会保险证明，给予通报批评"
KEY = bytes(range(7, 39))
PROTECTED = frozenset({"mart_person__yearly_age_sex", "mart_person__yearly_age_sex_measure"})


@dataclass(frozen=True)
class Release:
    """A finished release beside the restricted zone of its store."""

    path: Path
    staging: Path
    register: Metadata

    def judge(self) -> Gate:
        return no_leak(self.path, self.staging, PROTECTED, self.register)


@pytest.fixture
def release(assembled: Path, tmp_path: Path, register: Metadata) -> Release:
    path = Path(shutil.copytree(assembled, tmp_path / "release"))
    staging = tmp_path / "restricted" / "stg"
    kept = {"id_number": PASSPORT, "person_name": NAME, "content": CONTENT}
    for record in register.records.values():
        row = {name: kept.get(name) for name in record.fields}
        write_text(staging / f"stg_{record.name}" / "part.parquet", record.fields, [row])
    (tmp_path / "restricted" / "keys").mkdir()
    (tmp_path / "restricted" / "keys" / "pseudonym.key").write_text(KEY.hex() + "\n")
    return Release(path, staging, register)


def test_a_sound_release_passes(release: Release) -> None:
    gate = release.judge()
    assert gate.problems == []
    assert gate.figures["keys"] == 3
    assert gate.figures["files"] == sum(path.is_file() for path in release.path.rglob("*"))


@pytest.mark.parametrize("plant", plants.EVERYWHERE)
def test_planted_values_are_found_and_not_told(release: Release, plant: Plant) -> None:
    values = {
        "resident_id": RESIDENT_ID,
        "secret_id_number": PASSPORT,
        "restricted_content": CONTENT,
        "key": KEY.hex(),
    }
    file = plant(release.path, " ".join(values.values()))
    problems = release.judge().problems
    own = [p for p in problems if p.startswith("⋯" if plant is plants.file_name else f"{file}:")]
    assert [kind for kind in values if not any(f": {kind} ×" in p for p in own)] == []
    assert [kind for kind, value in values.items() if any(value in p for p in problems)] == []


@pytest.mark.parametrize("plant", plants.COPIED)
def test_a_planted_name_is_found(release: Release, plant: Plant) -> None:
    file = plant(release.path, NAME)
    assert any(p.startswith(file) and "protected_person_name" in p for p in release.judge().problems)


def test_a_name_may_stand_in_the_lookup(release: Release) -> None:
    plants.sqlite_cell(release.path, NAME)
    assert release.judge().problems == []


@pytest.mark.parametrize("block", [KEY, *map(bytes.fromhex, variables(KEY).values())])
def test_the_bytes_of_a_key_are_found(release: Release, block: bytes) -> None:
    (release.path / "open" / "noise.bin").write_bytes(b"\x00\xff" + block + b"\x00")
    assert release.judge().problems == ["open/noise.bin: bytes: key × 1"]


def test_a_phone_is_found(release: Release) -> None:
    plants.csv_cell(release.path, "13800138000")
    assert any("phone" in problem for problem in release.judge().problems)


@pytest.mark.parametrize("depth", [4, 6])
def test_an_archive_that_lies_too_deep_is_refused(release: Release, depth: int) -> None:
    content = b"a,b\n"
    for _ in range(depth):
        content = plants._zip("inner.zip", content)
    (release.path / "open" / "deep.zip").write_bytes(content)
    assert any("too_deep" in problem for problem in release.judge().problems)


def test_an_archive_with_a_password_is_refused(release: Release) -> None:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        archive.writestr("a.csv", "a,b\n")
    data = bytearray(buffer.getvalue())
    for mark, offset in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        data[data.index(mark) + offset] |= 1
    (release.path / "open" / "closed.zip").write_bytes(data)
    assert any("unreadable" in problem for problem in release.judge().problems)


@pytest.mark.parametrize("begin", [b"7z\xbc\xaf\x27\x1c", b"Rar!\x1a\x07", b"%PDF-1.7", b"\x28\xb5\x2f\xfd"])
def test_a_file_that_cannot_be_looked_into_is_refused(release: Release, begin: bytes) -> None:
    (release.path / "open" / "file.bin").write_bytes(begin + bytes(100))
    assert any("closed_" in problem for problem in release.judge().problems)


def test_a_damaged_archive_is_refused(release: Release) -> None:
    (release.path / "open" / "table.csv.gz").write_bytes(b"\x1f\x8b\x08\x00" + bytes(30))
    assert any("unreadable" in problem for problem in release.judge().problems)


@pytest.mark.parametrize("column", ["sex_code", "birth_date", "person_id", "id_number"])
def test_a_restricted_column_of_the_lookup_is_found_by_its_name(release: Release, column: str) -> None:
    with sqlite3.connect(release.path / LOOKUP) as connection:
        connection.execute(f"ALTER TABLE certificate ADD COLUMN {column} TEXT DEFAULT '1'")
    connection.close()
    assert any(f"table certificate column {column}" in problem for problem in release.judge().problems)


def test_a_restricted_column_beside_the_protected_tables_is_found(release: Release) -> None:
    with duckdb.connect(release.path / WORKFORCE) as connection:
        connection.execute("CREATE TABLE mart_exact AS SELECT * FROM mart_person__yearly_age_sex")
    told = [problem for problem in release.judge().problems if "restricted_column" in problem]
    assert {problem.split()[2] for problem in told} == {"mart_exact"}


def test_an_id_stored_as_a_number_is_found(release: Release) -> None:
    path = release.path / "open" / "datasets" / "numbers.parquet"
    pq.write_table(pa.table({"n": pa.array([int(RESIDENT_ID)], pa.int64())}), path)
    assert release.judge().problems == ["open/datasets/numbers.parquet: column n: resident_id × 1"]


def test_an_identity_number_is_found_from_the_outside(release: Release) -> None:
    plants.sqlite_free_page(release.path, RESIDENT_ID)
    assert [problem.split(":")[0] for problem in no_pattern(release.path).problems] == [LOOKUP]


@pytest.mark.parametrize(
    "text",
    [
        f"{KEY.hex()}\n",
        f"pseudonym_key_inner = '{KEY.hex()}'",
        "-----BEGIN EC PRIVATE KEY-----\nMHcCAQEE\n-----END EC PRIVATE KEY-----",
    ],
)
def test_a_key_file_is_found_from_the_outside(release: Release, text: str) -> None:
    (release.path / "open" / "note.md").write_text(text)
    assert any(
        "open/note.md" in problem and "key" in problem for problem in no_pattern(release.path).problems
    )
