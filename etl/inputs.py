"""The tables that models read besides staging: code lists, registration rules, build parameters."""

from collections.abc import Iterator
from dataclasses import asdict, fields
from datetime import date
from io import BytesIO
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from etl.identity import linking
from etl.identity.rules import person_rules
from etl.metadata import CodeList, Metadata, Rule

# The snapshot that each staged sheet of a roster is part of; certificates that rows set aside name there.
SNAPSHOTS = {
    "stg_snapshot": ("source_name", "source_file", "series", "received_on"),
    "stg_sighting": ("source_name", "source_file", "registration_no", "certificate_no"),
}
# What every staging row says about where it came from.
PROVENANCE = ("source_name", "source_file", "source_row", "received_on")

_TEXT = pa.string()
_CODE_TYPES = {"sort": pa.int32(), "valid_from": pa.date32(), "valid_to": pa.date32()}
_RULE_TYPES = {"value": pa.float64(), "valid_from": pa.date32(), "valid_to": pa.date32()}


def write_inputs(folder: Path, metadata: Metadata, as_of: date, period: str) -> dict[str, Path]:
    """Writes `codes_*`, `rule_*` and `param_build` as Parquet; touches a file only to change it.

    Returns:
        table name -> its file.
    """
    folder.mkdir(parents=True, exist_ok=True)
    tables = dict(_tables(metadata, as_of, period))
    return {name: _write(folder / f"{name}.parquet", table) for name, table in tables.items()}


def table_columns(metadata: Metadata) -> dict[str, tuple[str, ...]]:
    """Columns of every table that models read and that is not a model."""
    staged = {f"stg_{r.name}": (*r.fields, *PROVENANCE) for r in metadata.records.values()}
    written = _tables(metadata, date.min, "")
    return (
        staged
        | SNAPSHOTS
        | {name: tuple(table.column_names) for name, table in written}
        | {"link_person": linking.COLUMNS}
    )


def code_table(codes: CodeList) -> pa.Table:
    """A code list as a table; its own columns are text."""
    columns = codes.columns()
    return pa.table(
        {name: pa.array(values, _CODE_TYPES.get(name, _TEXT)) for name, values in columns.items()}
    )


def _tables(metadata: Metadata, as_of: date, period: str) -> Iterator[tuple[str, pa.Table]]:
    for name, codes in metadata.codes.items():
        yield f"codes_{name}", code_table(codes)
    schema = pa.schema([(field.name, _RULE_TYPES.get(field.name, _TEXT)) for field in fields(Rule)])
    rules = [asdict(rule) for rule in metadata.registration_rules]
    rules += [
        {"rule": "source_precedence", "subject": source.name, "value": float(source.precedence)}
        for source in metadata.sources.values()
    ]
    yield "rule_registration", pa.Table.from_pylist(rules, schema=schema)
    synthetic = metadata.register.get("synthetic_notice") is not None
    linking_rules = person_rules(metadata)
    spellings = linking_rules.units if linking_rules else ()
    yield (
        "rule_spelling",
        pa.table(
            {
                "place": pa.array(range(1, len(spellings) + 1), pa.int32()),
                "written": pa.array([written for written, _ in spellings], _TEXT),
                "becomes": pa.array([becomes for _, becomes in spellings], _TEXT),
            }
        ),
    )
    yield (
        "param_build",
        pa.table({"as_of": pa.array([as_of], pa.date32()), "version": [period], "synthetic": [synthetic]}),
    )


def _write(path: Path, table: pa.Table) -> Path:
    buffer = BytesIO()
    pq.write_table(table, buffer, compression="zstd")
    if not path.exists() or path.read_bytes() != buffer.getvalue():
        temporary = path.with_suffix(".new")
        temporary.write_bytes(buffer.getvalue())
        temporary.replace(path)
    return path
