"""What appeared, changed and vanished since the release being served, by stable keys and content hashes.

Each record type is kept as `<record>.<version>.parquet` (source_name, division_code, key, content): `key` is the
hash of the record type's key, `content` of all rows with it. The version in the name follows from what the
hashes are made of; marks of different versions cannot be compared.
"""

import hashlib
import json
import os
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

import duckdb

from etl.clean.base import literal
from etl.metadata import Metadata, Record
from etl.sources.report import Balance
from etl.sources.tables import create_table, sql_list


@dataclass(frozen=True)
class Change:
    """Records of one type, source and division against the release before."""

    record: str
    source_name: str
    division_code: str | None
    appeared: int
    changed: int
    vanished: int
    stayed: int


def compare(
    staging: Path, balances: Iterable[Balance], metadata: Metadata, before: Path | None, after: Path
) -> list[Change]:
    """Writes the marks of a staging folder to `after`, compares them with those in `before`, and counts.

    `after/vanished.parquet` (record, source_name, division_code, key) names what vanished. Record types that
    `before` does not know, or knows by other hashes, are not compared and have no row.
    """
    after.mkdir(parents=True, mode=0o700)
    vanished: list[str] = []
    changes: list[Change] = []
    with duckdb.connect() as connection:
        connection.execute(f"SET temp_directory = {literal(str(after))}")
        connection.execute("SET preserve_insertion_order = false")
        _senders(connection, balances, metadata)
        for record in metadata.records.values():
            files = sorted((staging / f"stg_{record.name}").glob("*.parquet"))
            new = after / f"{record.name}.{_version(record)}.parquet"
            old = before / new.name if before else None
            _write(connection, record, files, new, old)
            if old is not None and old.exists():
                changes += _changes(connection, record, old, new)
                vanished.append(
                    f"SELECT {literal(record.name)} AS record, o.* EXCLUDE (content)"
                    f" FROM read_parquet({literal(str(old))}) o"
                    f" ANTI JOIN read_parquet({literal(str(new))}) n USING (source_name, key)"
                )
        if vanished:
            path = literal(str(after / "vanished.parquet"))
            connection.execute(f"COPY ({' UNION ALL '.join(vanished)}) TO {path} (FORMAT parquet)")
    return changes


def _version(record: Record) -> str:
    """What the hashes of a record type are made of, as a short name."""
    parts = [duckdb.__version__, record.key, record.fields]
    return hashlib.sha256(json.dumps(parts).encode()).hexdigest()[:12]


def _senders(connection: duckdb.DuckDBPyConnection, balances: Iterable[Balance], metadata: Metadata) -> None:
    """Table `senders` (source_name, source_file, division_code) of the sheets that one division sent."""
    sent = [b for b in balances if b.division_code and not metadata.sources[b.source_name].sender.field]
    columns = ("source_name", "source_file", "division_code")
    create_table(connection, "senders", {name: [getattr(b, name) for b in sent] for name in columns})


def _write(
    connection: duckdb.DuckDBPyConnection, record: Record, files: list[Path], new: Path, old: Path | None
) -> None:
    """The marks of one record type; those of before when the staged files are still the same."""
    seen = new.with_suffix(".json")
    stamp = json.dumps([[path.name, path.stat().st_size, path.stat().st_mtime_ns] for path in files])
    if old is not None and old.exists() and old.with_suffix(".json").read_text(encoding="utf-8") == stamp:
        os.link(old, new)
    else:
        own = "s.division_code" if "division_code" in record.fields else "NULL"
        connection.execute(
            f"""COPY (
                SELECT source_name, min(coalesce(d.division_code, {own})) AS division_code,
                    hash({", ".join(record.key)}) AS key, bit_xor(row_hash) AS content
                FROM read_parquet([{sql_list(map(str, files))}]) s
                LEFT JOIN senders d USING (source_name, source_file) GROUP BY 1, 3
            ) TO {literal(str(new))} (FORMAT parquet, PARQUET_VERSION v2)"""
        )
    seen.write_text(stamp, encoding="utf-8")


def _changes(connection: duckdb.DuckDBPyConnection, record: Record, old: Path, new: Path) -> list[Change]:
    if old.samefile(new):
        counts = (
            "SELECT source_name, division_code, 0, 0, 0, count(*)"
            f" FROM read_parquet({literal(str(new))}) GROUP BY 1, 2 ORDER BY 1, 2"
        )
    else:
        counts = f"""SELECT source_name, coalesce(n.division_code, o.division_code),
                count(*) FILTER (o.content IS NULL), count(*) FILTER (o.content <> n.content),
                count(*) FILTER (n.content IS NULL), count(*) FILTER (o.content = n.content)
            FROM read_parquet({literal(str(old))}) o
            FULL JOIN read_parquet({literal(str(new))}) n USING (source_name, key)
            GROUP BY 1, 2 ORDER BY 1, 2"""
    return [Change(record.name, *row) for row in connection.execute(counts).fetchall()]
