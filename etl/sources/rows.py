"""Rows of one layout, of one sheet or many: cleaned, derived, typed, and the reason found why a row must fail.

`source_row` is unique over all sheets here: the place of the sheet in the group times 2^32, plus its own row.
"""

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field

import duckdb

from etl.clean import Cleaned, Cleaner
from etl.clean.base import literal
from etl.errors import BadInput
from etl.metadata import Metadata, Source
from etl.sources.batch import Page
from etl.sources.corrections import Correction
from etl.sources.derive import derived
from etl.sources.settings import IngestRules, cleaner_of
from etl.sources.tables import create_table
from etl.sources.values import ValueMap, map_parts, map_values

SQL_TYPES = {
    "date": "DATE",
    "month": "DATE",
    "integer": "INTEGER",
    "decimal": "DECIMAL(18, 2)",
    "boolean": "BOOLEAN",
}
PAGE_BITS = 32


@dataclass
class Rows:
    """`gather`, then `stage`, make these tables in the current schema of `connection`:

    gathered   the mapped columns by field, `note` (the first cell of a row that lacks a required field)
    outside    source_row, reason: rows that are notes or sub-totals
    cells      gathered without notes, a row for each part of a multi-valued cell, with corrected values
    staged     canonical, derived and typed fields, and row_hash over all of them
    failed     source_row, field, reason, responsible: the first reason against a row

    `met`: id of a correction -> page -> rows with its key, and those with the value that it expects.
    """

    metadata: Metadata
    rules: IngestRules
    connection: duckdb.DuckDBPyConnection
    pages: Sequence[Page]
    corrections: Sequence[Correction] = ()
    met: dict[str, dict[int, tuple[int, int]]] = field(default_factory=dict)
    maps: dict[str, ValueMap] = field(default_factory=dict)
    cleaners: dict[str, Cleaner] = field(default_factory=dict)

    @property
    def source(self) -> Source:
        return self.pages[0].source

    @property
    def fields(self) -> tuple[str, ...]:
        """Fields of the record type."""
        return self.metadata.records[self.source.record].fields

    @property
    def split_fields(self) -> list[str]:
        """Fields of which one cell may hold several values."""
        return [name for item, _ in self.pages[0].layout.splits for name in item.fields]

    def gather(self) -> list[int]:
        """Bring the pages together; the number of rows of each, rejected ones included."""
        selects = " UNION ALL ".join(
            f"SELECT {_columns(page, place)} FROM {page.sheet.table}" for place, page in enumerate(self.pages)
        )
        self.sql(f"CREATE {'VIEW' if len(self.pages) == 1 else 'TABLE'} gathered AS {selects}")
        self.sql("CREATE TABLE failures (source_row BIGINT, field VARCHAR, reason VARCHAR, rank INTEGER)")
        for place, page in enumerate(self.pages):
            if page.sheet.rejects:
                self.sql(
                    f"INSERT INTO failures SELECT source_row + {place << PAGE_BITS}, '', 'broken_row', 0"
                    f" FROM {page.sheet.rejects}"
                )
        found = Counter(self.tally("gathered", "''"))
        found.update(self.tally("failures", "''"))
        return [found[place, ""] for place in range(len(self.pages))]

    def stage(self) -> None:
        self._set_notes_apart()
        self._explode()
        self._map_columns(self._fed())
        self._correct()
        self._stage()
        self._find_failures()

    def tally(self, table: str, label: str) -> dict[tuple[int, str], int]:
        """Rows of a table by page and by the SQL expression `label`."""
        found = self.connection.execute(
            f"SELECT source_row >> {PAGE_BITS}, {label}, count(*) FROM {table} GROUP BY 1, 2 ORDER BY 1, 2"
        ).fetchall()
        return {(int(page), str(text)): int(count) for page, text, count in found}

    def sql(self, sql: str) -> None:
        self.connection.execute(sql)

    def _set_notes_apart(self) -> None:
        self.sql("CREATE TABLE outside (source_row BIGINT, reason VARCHAR)")
        for place, page in enumerate(self.pages):
            if gone := [(place << PAGE_BITS) + item.row for item in page.repairs if item.becomes is None]:
                self.sql(f"INSERT INTO outside SELECT unnest({gone}), 'withdrawn_by_provider'")
        for reason, pattern in self.rules.notes.items():
            self.sql(
                f"INSERT INTO outside SELECT source_row, {literal(reason)} FROM gathered"
                f" WHERE note IS NOT NULL AND regexp_full_match(note, {literal(pattern)})"
                " AND source_row NOT IN (SELECT source_row FROM outside)"
            )

    def _explode(self) -> None:
        picked, joins = ["t.* EXCLUDE (note)"], ""
        for place, (item, _) in enumerate(self.pages[0].layout.splits):
            parts, cell = f"parts_{place}", split_cell(item.fields[0])
            map_parts(self.connection, "gathered", cell, kind=item.kind, width=len(item.fields), name=parts)
            picked += [f"{parts}.p{part} AS {name}" for part, name in enumerate(item.fields)]
            joins += f" LEFT JOIN {parts} ON {parts}.value = t.{cell}"
            self.sql(
                f"INSERT INTO failures SELECT source_row, {literal(item.fields[0])}, reason, 1"
                f" FROM gathered t JOIN {parts} ON value = t.{cell} WHERE reason IS NOT NULL"
            )
        has_notes = self.connection.execute("SELECT count(*) FROM outside").fetchone() != (0,)
        inside = "t.source_row NOT IN (SELECT source_row FROM outside)" if has_notes else "TRUE"
        self.sql(
            f"CREATE {'TABLE' if joins else 'VIEW'} cells AS SELECT {', '.join(picked)}"
            f" FROM gathered t{joins} WHERE {inside}"
        )

    def _map_columns(self, names: Sequence[str]) -> None:
        page = f"source_row >> {PAGE_BITS}" if len(self.pages) > 1 else "0"
        told = self.source.sender.field
        whose = told if told in self._fed() else "NULL"
        for name in names:
            mapped = map_values(
                self.connection, "cells", name, self.cleaner(name), page=page, whose=whose or "NULL"
            )
            if mapped:
                self.maps[name] = mapped

    def _correct(self) -> None:
        """Put corrected values into `cells` where the expected ones stand, and clean those columns again."""
        fed = set(self._fed())
        known = [
            item
            for item in self.corrections
            if item.concerns(self.source) and fed.issuperset([item.field, *(name for name, _ in item.key)])
        ]
        cases: dict[str, str] = {}
        for item in known:
            key = " AND ".join(self._is(name, value) for name, value in item.key)
            expected = f"{key} AND {self._is(item.field, item.expect)}"
            found = self.connection.execute(
                f"SELECT source_row >> {PAGE_BITS}, count(*), count(*) FILTER ({expected}) FROM cells"
                f" WHERE {key} GROUP BY 1"
            ).fetchall()
            self.met[item.id] = {page: (rows, expecting) for page, rows, expecting in found}
            if any(expecting for _, _, expecting in found):
                value = "NULL" if item.value is None else literal(self._canonical(item, item.value))
                cases[item.field] = f"{cases.get(item.field, '')} WHEN {expected} THEN {value}"
        if not cases:
            return
        picked = ", ".join(f"CASE{when} ELSE {name} END AS {name}" for name, when in cases.items())
        self.sql(f"CREATE TABLE corrected AS SELECT * REPLACE ({picked}) FROM cells")
        self.sql(
            f"DROP {'TABLE' if self.split_fields else 'VIEW'} cells; ALTER TABLE corrected RENAME TO cells"
        )
        for name in cases:
            self.maps.pop(name, None)
            self.sql(f"DROP TABLE IF EXISTS map_{name}")
        self._map_columns(list(cases))

    def _is(self, name: str, value: str | None) -> str:
        """The condition that a cell, as received or cleaned, is this value."""
        spelt = "clean IS NULL AND reason IS NULL" if value is None else f"clean = {literal(value)}"
        itself = f"{name} IS NULL" if value is None else f"{name} = {literal(value)}"
        cleaned = f"{name} IN (SELECT value FROM map_{name} WHERE {spelt})" if name in self.maps else "FALSE"
        return f"({itself} OR {cleaned})"

    def _canonical(self, item: Correction, value: str) -> str:
        if self.cleaner(item.field).clean(value) != Cleaned(value):
            remedy = "写清洗后的写法，如代码、2026-05-01 | write it as it is when clean: a code, 2026-05-01"
            raise BadInput("value 不是清洗后的写法 | the value is not clean", item.where, item.field, remedy)
        return value

    def cleaner(self, name: str) -> Cleaner:
        """The cleaner of a field, made once: one of divisions holds thousands of texts."""
        if name not in self.cleaners:
            day = self.pages[0].received_on
            self.cleaners[name] = cleaner_of(name, self.source, self.metadata, self.rules, day)
        return self.cleaners[name]

    def _stage(self) -> None:
        cleaned, joins, fed = [], "", self._fed()
        for name in self.fields:
            if name in self.maps:
                joins += f" LEFT JOIN map_{name} ON map_{name}.value = t.{name}"
                value = f"CASE WHEN map_{name}.value IS NULL THEN t.{name} ELSE map_{name}.clean END"
            elif name in fed:
                value = f"t.{name}"
            else:
                value = literal(self.source.constants[name]) if name in self.source.constants else "NULL"
            cleaned.append(f"CAST({value} AS VARCHAR) AS {name}")
        values, lookups = self._derived()
        typed = ", ".join(f"CAST({value} AS {self._type(name)}) AS {name}" for name, value in values.items())
        self.sql(
            f"CREATE TABLE staged AS SELECT *, hash({', '.join(self.fields)}) AS row_hash FROM"
            f" (SELECT r.source_row, {typed}"
            f" FROM (SELECT t.source_row, {', '.join(cleaned)} FROM cells t{joins}) r{lookups}){self._order()}"
        )

    def _order(self) -> str:
        """How staged rows are ordered; a large file alone keeps the order it has.

        Joins change the order within a chunk, and chunks depend on what else is in the batch; bytes must not.
        """
        is_alone = self.pages[0].job.is_large
        return "" if is_alone else f" ORDER BY {', '.join(['source_row', *self.split_fields])}"

    def _derived(self) -> tuple[dict[str, str], str]:
        """Field -> SQL expression on a cleaned row `r`, and the joins that the expressions need."""
        values, lookups = {name: f"r.{name}" for name in self.fields}, ""
        for item in self.source.derive:
            how, table = derived(item, self.metadata), f"lookup_{item.field}"
            value = how.key
            if how.codes is not None:
                create_table(self.connection, table, {"key": how.codes.keys(), "code": how.codes.values()})
                lookups += f" LEFT JOIN {table} ON {table}.key = {how.key}"
                value = f"{table}.code"
            values[item.field] = f"coalesce(r.{item.field}, {value})"
        return values, lookups

    def _find_failures(self) -> None:
        self._find_damage()
        for rank, (name, mapped) in enumerate(self.maps.items(), start=2):
            if mapped.has_unclean:
                self.sql(
                    f"INSERT INTO failures"
                    f" SELECT t.source_row, {literal(name)}, m.reason, {rank} FROM cells t"
                    f" JOIN map_{name} m ON m.value = t.{name} WHERE m.reason IS NOT NULL"
                )
        for item in self.source.fields:
            if item.required:
                self._fail(item.field, "missing_value", 100, f"{item.field} IS NULL")
        known: set[str] = set()
        for check in self.rules.checks:
            if self.source.record in check.records and self.source.provides.issuperset(check.fields):
                self._code_tables(check.fails, known)
                self._fail(check.fields[0], check.name, 101, check.fails)
        who = self.rules.responsible
        create_table(self.connection, "responsible", {"reason": who.keys(), "responsible": who.values()})
        self.sql(
            "CREATE TABLE failed AS SELECT * FROM (SELECT source_row, arg_min(field, rank) AS field,"
            " arg_min(reason, rank) AS reason FROM failures GROUP BY source_row)"
            " LEFT JOIN responsible USING (reason) ORDER BY source_row"
        )

    def _find_damage(self) -> None:
        for place, page in enumerate(self.pages):
            if page.sheet.damaged:
                fed = {column: name for name, column in page.layout.columns.items()}
                fed |= {column: item.fields[0] for item, column in page.layout.splits}
                pairs = ", ".join(f"({literal(column)}, {literal(name)})" for column, name in fed.items())
                self.sql(
                    f"INSERT INTO failures SELECT source_row + {place << PAGE_BITS}, field, reason, 1"
                    f" FROM {page.sheet.damaged} JOIN (VALUES {pairs}) fed (cell, field) USING (cell)"
                    f" WHERE source_row + {place << PAGE_BITS} NOT IN (SELECT source_row FROM outside)"
                )

    def _fail(self, name: str, reason: str, rank: int, condition: str) -> None:
        self.sql(
            f"INSERT INTO failures SELECT source_row, {literal(name)}, {literal(reason)}, {rank}"
            f" FROM staged WHERE {condition}"
        )

    def _code_tables(self, condition: str, known: set[str]) -> None:
        """Tables of the code lists that a condition names, those apart that are `known` already."""
        for name, code_list in self.metadata.codes.items():
            table = f"codes_{name}"
            if table not in known and re.search(rf"\b{table}\b", condition):
                known.add(table)
                columns = code_list.columns()
                names = ("code", "parent", *code_list.extra_columns)
                create_table(self.connection, table, {key: columns[key] for key in names})

    def _fed(self) -> list[str]:
        """Fields with a column in `cells`, in the order of the record type."""
        fed = {*self.pages[0].layout.columns, *self.split_fields}
        return [name for name in self.fields if name in fed]

    def _type(self, name: str) -> str:
        return SQL_TYPES.get(self.metadata.fields[name].type, "VARCHAR")


def split_cell(first_field: str) -> str:
    """Column of `gathered` for the cells that are split into `first_field` and others."""
    return f"split_{first_field}"


def _columns(page: Page, place: int) -> str:
    """What `gathered` takes from a page, in an order that depends on the layout only."""
    layout = page.layout
    split = {name for item, _ in layout.splits for name in item.fields}
    fed = {name: column for name, column in layout.columns.items() if name not in split}
    fed |= {split_cell(item.fields[0]): column for item, column in layout.splits}
    picked = [f"{column} AS {name}" for name, column in sorted(fed.items())]
    required = {item.field for item in page.source.fields if item.required}
    needed = {column for name, column in layout.columns.items() if name in required}
    needed |= {column for item, column in layout.splits if required & set(item.fields)}
    lacking = " OR ".join(f"{column} IS NULL" for column in sorted(needed)) or "TRUE"
    note = f"CASE WHEN {lacking} THEN trim(coalesce({', '.join(page.columns)})) END AS note"
    return ", ".join([f"source_row + {place << PAGE_BITS} AS source_row", *picked, note])
