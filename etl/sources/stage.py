"""One file: read, recognised, cleaned, and every row given its fate.

A worker runs this alone on its own single-threaded DuckDB connection: rows keep their order, the same bytes
in give the same bytes out, and several files go on at once.
"""

import re
from dataclasses import asdict, dataclass, field
from datetime import date
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import duckdb

from etl.clean import CLEANERS
from etl.clean.base import literal
from etl.errors import BadInput
from etl.metadata import Metadata, Source
from etl.sources.derive import derived
from etl.sources.layout import Layout, known_headers, recognise
from etl.sources.readers import READERS, Input, Sheet, header_key
from etl.sources.settings import IngestRules, context
from etl.sources.snapshots import snapshot_date
from etl.sources.values import ValueMap, create_table, map_parts, map_values

SQL_TYPES = {
    "date": "DATE",
    "month": "DATE",
    "integer": "INTEGER",
    "decimal": "DECIMAL(18, 2)",
    "boolean": "BOOLEAN",
}
PARQUET = "(FORMAT parquet, COMPRESSION zstd)"
_MEMORY = "3GB"


@dataclass(frozen=True)
class Job:
    """A file to stage: its path, its name in messages, where results go, and what is known about it."""

    path: Path
    name: str
    out: Path
    metadata: Metadata
    rules: IngestRules
    sources: tuple[Source, ...]
    superseded: frozenset[str]
    as_of: date | None


@dataclass(frozen=True)
class Unit:
    """What became of one sheet of one file. Counts are rows of the file; `staged` counts rows written.

    `reasons` counts quarantined rows by "reason field", `outside` rows out of scope by reason, `repairs`
    cells by "field rule". `number` names the unit's files in the folder of its job.
    """

    number: int
    source: str
    record: str
    file: str
    received: int
    accepted: int
    quarantined: int
    out_of_scope: int
    staged: int
    reasons: dict[str, int] = field(default_factory=dict)
    outside: dict[str, int] = field(default_factory=dict)
    repairs: dict[str, int] = field(default_factory=dict)

    def to_json(self) -> dict[str, Any]:
        return asdict(self)


def stage_file(job: Job) -> list[Unit]:
    """Stage every sheet of a file as `<n>.parquet` and, where rows failed, `<n>.quarantine.parquet`.

    Raises BadInput when the file cannot be read or its layout is not known.
    """
    headers = known_headers(job.sources)
    units: list[Unit] = []
    with TemporaryDirectory(dir=job.out) as scratch, _engine(job.out.parent).cursor() as connection:
        connection.execute("ATTACH ':memory:' AS work; USE work")
        try:
            source = Input(
                connection, job.path, job.name, Path(scratch), lambda text: header_key(text) in headers
            )
            for number, sheet in enumerate(READERS[job.path.suffix.lower()](source)):
                where = f"{job.name}#{sheet.name}" if sheet.name else job.name
                layout = recognise(where, sheet.name, sheet.headers, job.sources)
                connection.execute(f"CREATE SCHEMA work.part_{number}")
                connection.execute(f"SET search_path = 'work.part_{number},work.main'")
                units.append(_Staging(job, connection, sheet, layout, where, number).run())
                connection.execute("USE work")
        finally:
            connection.execute("USE memory; DETACH work")
    return units


@cache
def _engine(scratch: Path) -> duckdb.DuckDBPyConnection:
    """This process's DuckDB: one thread, and whatever does not fit in memory goes to `scratch`."""
    connection = duckdb.connect()
    connection.execute(f"SET threads = 1; SET memory_limit = '{_MEMORY}'")
    connection.execute(f"SET temp_directory = {literal(str(scratch))}")
    connection.execute("SET disabled_optimizers = 'join_order,build_side_probe_side'")
    return connection


@dataclass
class _Staging:
    job: Job
    connection: duckdb.DuckDBPyConnection
    sheet: Sheet
    layout: Layout
    where: str
    number: int
    repairs: dict[str, int] = field(default_factory=dict)
    maps: dict[str, ValueMap] = field(default_factory=dict)
    code_tables: set[str] = field(default_factory=set)

    @property
    def source(self) -> Source:
        return self.layout.source

    def run(self) -> Unit:
        received = self._count(self.sheet.table) + self._count(self.sheet.rejects)
        if received == 0:
            remedy = "删去空文件或补上数据 | remove the file or fill it"
            raise BadInput("只有表头，没有数据行 | a header but no rows", self.where, "not empty", remedy)
        if self.source.name in self.job.superseded:
            return self._unit(received, outside={"superseded_snapshot": received})
        self._set_notes_apart()
        self._explode()
        self._map_columns()
        self._stage()
        self._find_failures()
        return self._write(received)

    def _set_notes_apart(self) -> None:
        """`outside`: sub-totals and notes, which lack a required field and begin with a word of the rules."""
        self._sql("CREATE TABLE outside (source_row BIGINT, reason VARCHAR)")
        first = f"coalesce({', '.join(self._columns())})"
        lacking = " OR ".join(f"{name} IS NULL" for name in self._required_columns()) or "TRUE"
        for reason, pattern in self.job.rules.notes.items():
            self._sql(
                f"INSERT INTO outside SELECT source_row, {literal(reason)} FROM {self.sheet.table}"
                f" WHERE ({lacking}) AND regexp_full_match(trim({first}), {literal(pattern)})"
                " AND source_row NOT IN (SELECT source_row FROM outside)"
            )

    def _explode(self) -> None:
        """`cells`: the sheet without notes, a row for each part of a multi-valued cell (columns s0_0, s0_1, …)."""
        self._sql(
            "CREATE TABLE failures"
            " (source_row BIGINT, field VARCHAR, reason VARCHAR, responsible VARCHAR, rank INTEGER)"
        )
        self._sql(
            "INSERT INTO failures SELECT source_row, '', 'broken_row', 'provider', 0"
            f" FROM {self.sheet.rejects}"
        )
        picked, joins = ["t.*"], ""
        for place, (item, column) in enumerate(self.layout.splits):
            width = len(item.fields)
            map_parts(
                self.connection, self.sheet.table, column, kind=item.kind, width=width, name=f"parts_{place}"
            )
            picked += [f"parts_{place}.p{part} AS s{place}_{part}" for part in range(width)]
            joins += f" LEFT JOIN parts_{place} ON parts_{place}.value = t.{column}"
            self._sql(
                f"INSERT INTO failures SELECT source_row, {literal(item.fields[0])}, reason, 'provider', 1"
                f" FROM {self.sheet.table} t JOIN parts_{place} ON value = t.{column}"
                " WHERE reason IS NOT NULL"
            )
        inside = "t.source_row NOT IN (SELECT source_row FROM outside)" if self._count("outside") else "TRUE"
        kind = "TABLE" if joins else "VIEW"
        self._sql(
            f"CREATE {kind} cells AS SELECT {', '.join(picked)}"
            f" FROM {self.sheet.table} t{joins} WHERE {inside}"
        )

    def _map_columns(self) -> None:
        for name, column in self._field_columns().items():
            item = next((item for item in self.source.fields if item.field == name), None)
            kind = item.clean if item else self.job.metadata.fields[name].type
            if kind not in CLEANERS:
                where = str(self.source.path)
                raise BadInput(
                    f"没有这种清洗 | no such cleaner: {kind}",
                    where,
                    "fields/clean",
                    ", ".join(sorted(CLEANERS)),
                )
            cleaner = CLEANERS[kind](context(name, item, self.job.metadata, self.job.rules))
            mapped = map_values(self.connection, "cells", column, cleaner, f"map_{name}")
            if mapped:
                self.maps[name] = mapped
                self.repairs |= {f"{name} {rule}": count for rule, count in sorted(mapped.rules.items())}

    def _stage(self) -> None:
        """`staged`: canonical, derived and typed fields of every row."""
        columns, fields = self._field_columns(), self._record_fields()
        cleaned, joins = [], ""
        for name in fields:
            if name in self.maps:
                joins += f" LEFT JOIN map_{name} ON map_{name}.value = t.{columns[name]}"
                value = f"CASE WHEN map_{name}.value IS NULL THEN t.{columns[name]} ELSE map_{name}.clean END"
            elif name in columns:
                value = f"t.{columns[name]}"
            else:
                value = literal(self.source.constants[name]) if name in self.source.constants else "NULL"
            cleaned.append(f"CAST({value} AS VARCHAR) AS {name}")
        values = {name: f"r.{name}" for name in fields}
        lookups = ""
        for item in self.source.derive:
            how = derived(item, self.job.metadata)
            value = how.key
            if how.codes is not None:
                create_table(
                    self.connection,
                    f"lookup_{item.field}",
                    key=list(how.codes),
                    code=list(how.codes.values()),
                )
                lookups += f" LEFT JOIN lookup_{item.field} ON lookup_{item.field}.key = {how.key}"
                value = f"lookup_{item.field}.code"
            values[item.field] = f"coalesce(r.{item.field}, {value})"
        typed = ", ".join(f"CAST({value} AS {self._type(name)}) AS {name}" for name, value in values.items())
        self._sql(
            f"CREATE TABLE staged AS SELECT r.source_row, {typed}"
            f" FROM (SELECT t.source_row, {', '.join(cleaned)} FROM cells t{joins}) r{lookups}"
        )

    def _find_failures(self) -> None:
        """`failed`: for every row that cannot be accepted, the first reason why."""
        columns = self._field_columns()
        for rank, (name, mapped) in enumerate(self.maps.items(), start=2):
            if mapped.has_unclean:
                self._sql(
                    f"INSERT INTO failures"
                    f" SELECT t.source_row, {literal(name)}, m.reason, m.responsible, {rank} FROM cells t"
                    f" JOIN map_{name} m ON m.value = t.{columns[name]} WHERE m.reason IS NOT NULL"
                )
        for item in self.source.fields:
            if item.required:
                self._fail(item.field, "missing_value", "provider", 100, f"{item.field} IS NULL")
        for check in self.job.rules.checks:
            if self.source.record in check.records and self.source.provides.issuperset(check.fields):
                self._code_tables(check.fails)
                self._fail(check.fields[0], check.name, check.responsible, 101, check.fails)
        self._sql(
            "CREATE TABLE failed AS SELECT source_row, arg_min(field, rank) AS field,"
            " arg_min(reason, rank) AS reason, arg_min(responsible, rank) AS responsible FROM failures"
            " GROUP BY source_row ORDER BY source_row"
        )

    def _fail(self, name: str, reason: str, responsible: str, rank: int, condition: str) -> None:
        self._sql(
            f"INSERT INTO failures SELECT source_row, {literal(name)}, {literal(reason)}, {literal(responsible)},"
            f" {rank} FROM staged WHERE {condition}"
        )

    def _code_tables(self, condition: str) -> None:
        for name, code_list in self.job.metadata.codes.items():
            table = f"codes_{name}"
            if table not in self.code_tables and re.search(rf"\b{table}\b", condition):
                self.code_tables.add(table)
                columns = code_list.columns()
                names = ("code", "parent", *code_list.extra_columns)
                create_table(self.connection, table, **{key: columns[key] for key in names})

    def _write(self, received: int) -> Unit:
        fields = ", ".join(self._record_fields())
        kept = "source_row NOT IN (SELECT source_row FROM failed)" if self._count("failed") else "TRUE"
        received_on = snapshot_date(self.source, self.job.name) or self.job.as_of
        day = f"DATE {literal(received_on.isoformat())}" if received_on else "CAST(NULL AS DATE)"
        target = literal(str(self.job.out / f"{self.number}.parquet"))
        self._sql(
            f"COPY (SELECT {fields}, {literal(self.source.name)} AS source_name,"
            f" {literal(self.where)} AS source_file, source_row, {day} AS received_on,"
            f" hash({fields}) AS row_hash FROM staged WHERE {kept}) TO {target} {PARQUET}"
        )
        rows = "DISTINCT source_row" if self.layout.splits else "*"
        accepted = self._number(f"SELECT count({rows}) FROM staged WHERE {kept}")
        staged = self._number(f"SELECT count(*) FROM staged WHERE {kept}")
        outside = self._pairs("SELECT reason, count(*) FROM outside GROUP BY 1 ORDER BY 1")
        reasons = self._pairs(
            "SELECT concat_ws(' ', reason, nullif(field, '')), count(*) FROM failed GROUP BY 1 ORDER BY 1"
        )
        if reasons:
            self._write_quarantine()
        return self._unit(
            received,
            accepted=accepted,
            quarantined=sum(reasons.values()),
            staged=staged,
            reasons=reasons,
            outside=outside,
        )

    def _write_quarantine(self) -> None:
        keys = [header or f"column {place + 1}" for place, header in enumerate(self.sheet.headers)]
        unique = [
            f"{key} ({place + 1})" if keys.index(key) != place else key for place, key in enumerate(keys)
        ]
        payload = ", ".join(
            f"{literal(key)}, t.{column}" for key, column in zip(unique, self._columns(), strict=True)
        )
        target = literal(str(self.job.out / f"{self.number}.quarantine.parquet"))
        self._sql(
            f"COPY (SELECT {literal(self.source.name)} AS source_name, {literal(self.where)} AS source_file,"
            f" f.source_row, {literal(self.source.record)} AS record, f.reason,"
            " nullif(f.field, '') AS field, f.responsible,"
            f" CAST(CASE WHEN j.source_row IS NULL THEN json_object({payload})"
            " ELSE json_object('line', j.payload) END AS VARCHAR) AS payload FROM failed f"
            f" LEFT JOIN {self.sheet.table} t ON t.source_row = f.source_row"
            f" LEFT JOIN {self.sheet.rejects} j ON j.source_row = f.source_row"
            f" ORDER BY f.source_row) TO {target} {PARQUET}"
        )

    def _unit(
        self,
        received: int,
        *,
        accepted: int = 0,
        quarantined: int = 0,
        staged: int = 0,
        reasons: dict[str, int] | None = None,
        outside: dict[str, int] | None = None,
    ) -> Unit:
        outside = outside or {}
        return Unit(
            self.number,
            self.source.name,
            self.source.record,
            self.where,
            received,
            accepted,
            quarantined,
            sum(outside.values()),
            staged,
            reasons or {},
            outside,
            self.repairs,
        )

    def _record_fields(self) -> tuple[str, ...]:
        return self.job.metadata.records[self.source.record].fields

    def _field_columns(self) -> dict[str, str]:
        """Field -> column of `cells`, in the order of the record type."""
        found = dict(self.layout.columns)
        for place, (item, _) in enumerate(self.layout.splits):
            found |= {name: f"s{place}_{part}" for part, name in enumerate(item.fields)}
        return {name: found[name] for name in self._record_fields() if name in found}

    def _required_columns(self) -> list[str]:
        required = {item.field for item in self.source.fields if item.required}
        split = [column for item, column in self.layout.splits if required & set(item.fields)]
        return sorted(
            {column for name, column in self.layout.columns.items() if name in required} | set(split)
        )

    def _columns(self) -> list[str]:
        return [f"c{place}" for place in range(len(self.sheet.headers))]

    def _type(self, name: str) -> str:
        return SQL_TYPES.get(self.job.metadata.fields[name].type, "VARCHAR")

    def _sql(self, sql: str) -> None:
        self.connection.execute(sql)

    def _count(self, table: str) -> int:
        return self._number(f"SELECT count(*) FROM {table}")

    def _number(self, sql: str) -> int:
        row = self.connection.execute(sql).fetchone()
        return int(row[0]) if row else 0

    def _pairs(self, sql: str) -> dict[str, int]:
        return {str(key): int(count) for key, count in self.connection.execute(sql).fetchall()}
