"""Where a record stands in what was received: by number, public identifier, or file and row."""

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import duckdb

from etl.clean.base import compact
from etl.errors import BadInput
from etl.metadata import Metadata
from etl.settings import Store
from etl.sources.tables import sql_list

_LOCATOR = re.compile(r"(?P<file>.+):(?P<row>\d+)")


@dataclass(frozen=True, order=True)
class Place:
    """A row of a received file; `file` is as in staging, with `#sheet` where there are several."""

    file: str
    row: int


@dataclass(frozen=True)
class Received:
    """The files that made the present staging: their directory, name -> SHA-256, and name -> path now."""

    directory: Path
    files: dict[str, str]
    paths: dict[str, str]

    def name_of(self, place: Place) -> str:
        """The file of a place, without its sheet.

        Raises:
            BadInput: no such file was received.
        """
        found = [
            name
            for name in self.files
            if place.file == name or place.file.startswith((f"{name}#", f"{name}!"))
        ]
        if not found:
            remedy = "文件名见 jzs quarantine list 或来源目录 | give it as in the source directory"
            raise BadInput(
                "上次构建没有这个文件 | not a file of the last build", place.file, "FILE:ROW", remedy
            )
        return max(found, key=len)


def received(store: Store) -> Received:
    """Raises BadInput when nothing was staged yet."""
    path = store.staging / "sources.json"
    if not path.exists():
        remedy = "先运行 jzs build | run `jzs build` first"
        raise BadInput("还没有接收任何文件 | nothing was received yet", str(path), "--store", remedy)
    content = json.loads(path.read_text("utf-8"))
    return Received(Path(content["directory"]), content["files"], content["paths"])


def locate(store: Store, record: str, metadata: Metadata) -> list[Place]:
    """Every staged row of a record, by file and row; of `file:row` that row, staged or not.

    Raises:
        BadInput: no staged row has this number or public identifier.
    """
    found = _LOCATOR.fullmatch(record)
    if found:
        return [Place(found["file"], int(found["row"]))]
    with duckdb.connect() as connection:
        numbers = [compact(record), *_registration_numbers(connection, store, record)]
        places = sorted(set(_rows(connection, store, metadata, numbers)))
    if not places:
        remedy = "给出注册号、证书号、公开标识或 文件:行 | a registration or certificate number, public id, or file:row"
        raise BadInput("没有这条记录 | no such record", "RECORD", "jzs trace", remedy)
    return places


def _registration_numbers(connection: duckdb.DuckDBPyConnection, store: Store, public_id: str) -> list[str]:
    """Registration number of the certificate with this public identifier."""
    link = store.models("safe") / "safe_certificate__link.parquet"
    entity = store.models("core") / "core_certificate__entity.parquet"
    if not (link.exists() and entity.exists()):
        return []
    rows = connection.execute(
        "SELECT registration_no FROM read_parquet($link) JOIN read_parquet($entity) USING (certificate_id)"
        " WHERE public_id = $public_id",
        {"link": str(link), "entity": str(entity), "public_id": public_id},
    ).fetchall()
    return [number for (number,) in rows]


def _rows(
    connection: duckdb.DuckDBPyConnection, store: Store, metadata: Metadata, numbers: list[str]
) -> Iterator[Place]:
    for record in metadata.records.values():
        fields = [name for name in record.fields if _finds_persons(metadata, name)]
        if fields:
            given = sql_list(numbers)
            condition = " OR ".join(f"{name} IN ({given})" for name in fields)
            files = str(store.staging / f"stg_{record.name}" / "*.parquet")
            rows = connection.execute(
                f"SELECT source_file, source_row FROM read_parquet($files) WHERE {condition}",
                {"files": files},
            )
            yield from (Place(*row) for row in rows.fetchall())


def _finds_persons(metadata: Metadata, name: str) -> bool:
    """Whether a field is a number by which the lookup shows one person or certificate."""
    field = metadata.fields[name]
    return field.role == "identifier" and field.sensitivity == "protected"
