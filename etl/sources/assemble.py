"""What the files became, put together: final staging and quarantine, snapshots, and the balance of every sheet."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import duckdb

from etl.clean.base import literal
from etl.errors import Refused
from etl.metadata import Metadata
from etl.sources.batch import Unit
from etl.sources.duplicates import Part, keep_first
from etl.sources.fates import PARQUET
from etl.sources.report import Balance
from etl.sources.rows import SQL_TYPES
from etl.sources.snapshots import Taken, series_of, write_sightings, write_snapshots

# Rows of a sheet (by its staged file) and division that repeat rows of other sheets.
Lost = Mapping[tuple[Path, str | None], int]


@dataclass(frozen=True)
class Placed:
    """A sheet, the folder that holds what it became, and its file: name, key, and what superseded it."""

    unit: Unit
    home: Path
    name: str
    key: str
    superseded_by: str | None

    @property
    def staged(self) -> Path:
        return self.home / f"{self.unit.number}.parquet"

    @property
    def rejected(self) -> Path:
        return self.home / f"{self.unit.number}.quarantine.parquet"

    @property
    def final(self) -> str:
        """Name of its file in staging and in the quarantine."""
        return f"{self.unit.source}__{self.key[:16]}_{self.unit.number}.parquet"


def assemble(placed: Sequence[Placed], building: Path, held: Path, metadata: Metadata) -> list[Balance]:
    """Write the final staging to `building` and the quarantine to `held`; the balance of every sheet.

    Raises Refused when a balance does not close.
    """
    lost: dict[tuple[Path, str | None], int] = {}
    with duckdb.connect() as connection:
        connection.execute(f"SET temp_directory = {literal(str(building))}")
        for record in metadata.records.values():
            folder = building / f"stg_{record.name}"
            folder.mkdir(mode=0o700)
            sheets = [sheet for sheet in placed if sheet.unit.record == record.name and sheet.unit.staged]
            parts = [_part(sheet, folder, metadata) for sheet in sheets]
            lost |= keep_first(connection, parts, record.fields)
            if not parts:
                _write_empty(connection, folder / "empty.parquet", record.fields, metadata)
        write_snapshots(connection, taken(placed, metadata), building / "stg_snapshot")
        kept = [sheet for sheet in placed if _is_kept(sheet.unit, metadata)]
        files = ([sheet.staged for sheet in kept], [sheet.rejected for sheet in kept])
        write_sightings(connection, *files, building / "stg_sighting")
    for sheet in placed:
        if sheet.rejected.exists():
            (held / sheet.final).hardlink_to(sheet.rejected)
    return [balance for sheet in placed for balance in _balances(sheet, lost)]


def taken(placed: Iterable[Placed], metadata: Metadata) -> list[Taken]:
    """The sheets that tell a state, superseded ones apart, and the snapshots that they are part of."""
    return [
        Taken(
            sheet.unit.source,
            sheet.unit.file,
            series_of(metadata.sources[sheet.unit.source], sheet.name),
            sheet.unit.state_on,
            sum(share.received - sum(share.outside.values()) for share in sheet.unit.shares),
        )
        for sheet in placed
        if metadata.records[sheet.unit.record].is_state and sheet.superseded_by is None
    ]


def _is_kept(unit: Unit, metadata: Metadata) -> bool:
    """Whether a sheet is part of a snapshot that is kept beside newer ones."""
    return metadata.sources[unit.source].has_history and metadata.records[unit.record].is_state


def _part(sheet: Placed, folder: Path, metadata: Metadata) -> Part:
    source = metadata.sources[sheet.unit.source]
    return Part(
        sheet.staged,
        source.precedence,
        folder / sheet.final,
        None if source.sender.field else sheet.unit.shares[0].division,
        source.sender.field,
        sheet.unit.received_on if _is_kept(sheet.unit, metadata) else None,
    )


def _balances(sheet: Placed, lost: Lost) -> list[Balance]:
    """The balance of each division in a sheet."""
    unit = sheet.unit
    balances = [Balance.of(unit, share, lost.get((sheet.staged, share.division), 0)) for share in unit.shares]
    if unit.received != sum(b.received for b in balances) or not all(b.closes for b in balances):
        remedy = "这是程序错误，请报告 | this is a fault of the program, please report it"
        raise Refused("收支不平 | the balance does not close", unit.file, "balance", remedy)
    place = unit.file.removeprefix(sheet.name)
    return [replace(balance, superseded_by=sheet.superseded_by, sheet=place) for balance in balances]


def _write_empty(
    connection: duckdb.DuckDBPyConnection, path: Path, fields: Sequence[str], metadata: Metadata
) -> None:
    kinds: dict[str, str] = {name: SQL_TYPES.get(metadata.fields[name].type, "VARCHAR") for name in fields}
    kinds |= {
        "source_name": "VARCHAR",
        "source_file": "VARCHAR",
        "source_row": "BIGINT",
        "received_on": "DATE",
    }
    columns = ", ".join(
        f"CAST(NULL AS {kind}) AS {name}" for name, kind in (kinds | {"row_hash": "UBIGINT"}).items()
    )
    connection.execute(f"COPY (SELECT {columns} WHERE FALSE) TO {literal(str(path))} {PARQUET}")
