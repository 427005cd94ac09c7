"""The tables that models read besides staging: code lists, registration rules, build parameters."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import asdict, fields
from datetime import date
from pathlib import Path
from typing import NamedTuple

import duckdb

from etl.clean.base import literal
from etl.identity import linking
from etl.identity.rules import person_rules
from etl.metadata import Metadata, Rule
from etl.sources.tables import create_table

# The snapshot that each staged sheet of a roster is part of; certificates that rows set aside name there.
SNAPSHOTS = {
    "stg_snapshot": ("source_name", "source_file", "series", "received_on"),
    "stg_sighting": ("source_name", "source_file", "registration_no", "certificate_no"),
}
# What every staging row says about where it came from.
PROVENANCE = ("source_name", "source_file", "source_row", "received_on")

_CODE_TYPES = {"sort": "INTEGER", "valid_from": "DATE", "valid_to": "DATE"}
_RULE_TYPES = {"value": "DOUBLE", "valid_from": "DATE", "valid_to": "DATE"}


class _Table(NamedTuple):
    """Columns by name, and the types of those that are not text."""

    name: str
    columns: Mapping[str, Sequence[object]]
    types: Mapping[str, str]


def write_inputs(
    folder: Path, metadata: Metadata, as_of: date, period: str, down: Collection[str] = ()
) -> dict[str, Path]:
    """Writes `codes_*`, `rule_*` and `param_*` as Parquet; touches a file only to change it.

    `down`: the public identifiers of certificates whose holders were taken down from the lookup.

    Returns:
        table name -> its file.
    """
    folder.mkdir(parents=True, exist_ok=True)
    tables = _tables(metadata, as_of, period, down)
    with duckdb.connect() as connection:
        return {table.name: _write(connection, table, folder) for table in tables}


def table_columns(metadata: Metadata) -> dict[str, tuple[str, ...]]:
    """Columns of every table that models read and that is not a model."""
    staged = {f"stg_{r.name}": (*r.fields, *PROVENANCE) for r in metadata.records.values()}
    written = {table.name: tuple(table.columns) for table in _tables(metadata, date.min, "")}
    return staged | SNAPSHOTS | written | {"link_person": linking.COLUMNS}


def _tables(metadata: Metadata, as_of: date, period: str, down: Collection[str] = ()) -> Iterator[_Table]:
    for name, codes in metadata.codes.items():
        yield _Table(f"codes_{name}", codes.columns(), _CODE_TYPES)
    rules = [asdict(rule) for rule in metadata.registration_rules]
    rules += [
        {"rule": "source_precedence", "subject": source.name, "value": source.precedence}
        for source in metadata.sources.values()
    ]
    columns = {field.name: [rule.get(field.name) for rule in rules] for field in fields(Rule)}
    yield _Table("rule_registration", columns, _RULE_TYPES)
    linking_rules = person_rules(metadata)
    spellings = linking_rules.units if linking_rules else ()
    written, becomes = [old for old, _ in spellings], [new for _, new in spellings]
    places = list(range(1, len(spellings) + 1))
    yield _Table(
        "rule_spelling", {"place": places, "written": written, "becomes": becomes}, {"place": "INTEGER"}
    )
    is_synthetic = metadata.register.get("synthetic_notice") is not None
    build: dict[str, list[object]] = {"as_of": [as_of], "version": [period], "synthetic": [is_synthetic]}
    yield _Table("param_build", build, {"as_of": "DATE", "synthetic": "BOOLEAN"})
    yield _Table("param_withdrawal", {"public_id": sorted(down)}, {})
    families = metadata.rules["disclosure"]["families"].values()
    first_year = min((family["first_year"] for family in families), default=None)
    yield _Table("param_disclosure", {"first_year": [first_year]}, {"first_year": "INTEGER"})


def _write(connection: duckdb.DuckDBPyConnection, table: _Table, folder: Path) -> Path:
    path = folder / f"{table.name}.parquet"
    temporary = path.with_suffix(".new")
    types = {name: kind for name, kind in table.types.items() if name in table.columns}
    create_table(connection, table.name, table.columns, **types)
    connection.execute(f"COPY {table.name} TO {literal(str(temporary))} (FORMAT parquet, COMPRESSION zstd)")
    if path.exists() and path.read_bytes() == temporary.read_bytes():
        temporary.unlink()
    else:
        temporary.replace(path)
    return path
