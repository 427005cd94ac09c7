"""Spec tests of the SQL models: small text tables in, rows of one model out.

A text table has a header line and one line per row, cells two spaces or more apart; `-` is absent:

    registration_no  specialty_code  valid_to
    R1               B               2026-05-01

The models that the wanted one follows from are built from the tables given; every staging table, code list
and rule table that is not given is there and empty, or, for code lists, as small as the specs need.
"""

import re
from collections.abc import Mapping
from functools import cache, lru_cache
from pathlib import Path

import duckdb
import yaml

from etl.kernel.graph import order
from etl.kernel.model import Model, discover

ROOT = Path(__file__).resolve().parents[2]
KEY = "36" * 64

TYPES = {
    "date": "DATE",
    "month": "DATE",
    "integer": "INTEGER",
    "decimal": "DECIMAL(18,2)",
    "boolean": "BOOLEAN",
}
LOCATORS = {"source_name": "VARCHAR", "source_file": "VARCHAR", "source_row": "BIGINT", "received_on": "DATE"}
MADE_UP = {"source_name": "test", "source_file": "test.csv", "received_on": "2026-11-01"}

SPELLINGS = """
    place  written       becomes
    1      （            (
    2      ）            )
    3      有限责任公司  有限公司
    """

CODES = {
    "codes_category": """
        code  sort
        1     1
        2     2
        """,
    "codes_cancellation_reason": """
        code  status
        05    -
        09    revoked
        """,
    "codes_change_type": """
        code               effects         follows_validity
        entry              enter           no
        exit               leave           no
        reentry            enter           no
        employer           transfer|enter  no
        unit_rename        rename          no
        person_rename      correct         no
        address            -               no
        renewal            renew           yes
        status             leave           yes
        specialty_added    add             no
        specialty_removed  leave           yes
        """,
    "codes_event_type": """
        code  effect    status
        01    enter     -
        02T   transfer  -
        02R   rename    -
        03    renew     -
        04    add       -
        05    enter     -
        07    leave     cancelled
        """,
    "codes_status": """
        code       in_force
        valid      yes
        expiring   yes
        locked     yes
        historic   no
        cancelled  no
        revoked    no
        """,
}
# As ingest writes it; each folder of the file names is a series of its own.
SNAPSHOTS = """
    CREATE TABLE stg_snapshot AS SELECT DISTINCT source_name, source_file,
        regexp_extract(source_file, '^(.*)/', 1) AS series, received_on FROM stg_registration
    """
SIGHTING = dict.fromkeys(("source_name", "source_file", "registration_no", "certificate_no"), "VARCHAR")
RULES = """
    rule                      value  subject  valid_from  valid_to
    expiring_days             90     -        -           -
    reregistration_move_days  365    -        -           -
    unit_rename_percent       90     -        -           -
    unit_rename_holders       2      -        -           -
    enterprise_headcount_least  2  -  -  -
    """
RULE_TYPES = {
    "rule": "VARCHAR",
    "value": "DOUBLE",
    "unit": "VARCHAR",
    "subject": "VARCHAR",
    "valid_from": "DATE",
    "valid_to": "DATE",
}


@cache
def staging_types() -> dict[str, dict[str, str]]:
    """Columns and types of every staging table, from the field dictionary and the record types."""
    fields = yaml.safe_load((ROOT / "metadata/fields.yaml").read_text("utf-8"))
    records = yaml.safe_load((ROOT / "metadata/records.yaml").read_text("utf-8"))["records"]
    return {
        f"stg_{name}": {field: TYPES.get(fields[field]["type"], "VARCHAR") for field in record["fields"]}
        | LOCATORS
        for name, record in records.items()
    }


@cache
def macros() -> tuple[str, ...]:
    """The declared declassifiers, as the kernel creates them."""
    declared = yaml.safe_load((ROOT / "metadata/rules/declassifiers.yaml").read_text("utf-8"))
    return tuple(item["sql"] for item in declared)


@cache
def models() -> dict[str, Model]:
    return discover(ROOT / "etl/sql")


def rows_of(text: str) -> tuple[list[str], list[list[str | None]]]:
    """Header and rows of a text table."""
    lines = [re.split(r"\s{2,}", line.strip()) for line in text.strip().splitlines()]
    return lines[0], [[None if cell == "-" else cell for cell in line] for line in lines[1:]]


def run(model: str, as_of: str = "2026-11-22", **tables: str) -> list[dict[str, str | None]]:
    """Rows of a model built from the given text tables, every value as text, sorted.

    A table is any input or any model: a given model is taken as it stands and not built.
    """
    connection = shared(as_of, tuple(tables.items()))
    build(connection, model, tables)
    cursor = connection.execute(f'SELECT CAST(COLUMNS(*) AS VARCHAR) FROM "{model}" ORDER BY ALL')
    names = [column[0] for column in cursor.description or ()]
    return [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]


@lru_cache(maxsize=4)
def shared(as_of: str, tables: tuple[tuple[str, str], ...]) -> duckdb.DuckDBPyConnection:
    """The inputs of the latest registers: models of one register are built once for all that are read of it."""
    return received(as_of, dict(tables))


def connect(model: str, as_of: str, tables: Mapping[str, str]) -> duckdb.DuckDBPyConnection:
    """A database of the caller's own with the inputs, the model, and what else it follows from."""
    connection = received(as_of, tables)
    build(connection, model, tables)
    return connection


def table(rows: list[dict[str, str | None]], *columns: str) -> list[str]:
    """Rows as lines of text with the chosen columns, absent values as `-`, sorted."""
    return sorted("  ".join(row[column] or "-" for column in columns) for row in rows)


@cache
def ordered() -> tuple[Model, ...]:
    """Every model after those it reads."""
    inputs = {name for model in models().values() for name in model.dependencies} - set(models())
    return tuple(order(models(), inputs))


@cache
def needed(model: str, given: frozenset[str]) -> frozenset[str]:
    """A model and the models that it follows from, as far as they are not given."""
    if model in given or model not in models():
        return frozenset({model})
    return frozenset({model}).union(*(needed(name, given) for name in models()[model].dependencies))


def received(as_of: str, tables: Mapping[str, str]) -> duckdb.DuckDBPyConnection:
    """A database with the inputs; with few rows, a second thread costs more than it gives."""
    connection = duckdb.connect(config={"threads": 1})
    for name in ("pseudonym_key_inner", "pseudonym_key_outer"):
        connection.execute(f"SET VARIABLE {name} = '{KEY}'")
    connection.execute(";".join(macros()))
    for name, types in staging_types().items():
        create(connection, name, types, tables.get(name, ""))
    connection.execute(SNAPSHOTS)
    create(connection, "stg_sighting", SIGHTING, tables.get("stg_sighting", ""))
    create(connection, "rule_registration", RULE_TYPES, tables.get("rule_registration", RULES))
    create(connection, "rule_spelling", {"place": "INTEGER"}, tables.get("rule_spelling", SPELLINGS))
    for name, text in CODES.items():
        create(connection, name, {}, tables.get(name, text))
    connection.execute(
        "CREATE TABLE param_build AS SELECT CAST(? AS DATE) AS as_of, 'test' AS version, TRUE AS synthetic",
        [as_of],
    )
    connection.execute("CREATE TABLE param_disclosure AS SELECT 2021 AS first_year")
    create(
        connection, "param_withdrawal", {"public_id": "VARCHAR"}, tables.get("param_withdrawal", "public_id")
    )
    return connection


def build(connection: duckdb.DuckDBPyConnection, wanted: str, tables: Mapping[str, str]) -> None:
    """Adds a model, given or built, after those that it follows from, as far as they are not there."""
    there = {name for (name,) in connection.execute("SELECT table_name FROM duckdb_tables()").fetchall()}
    missing = needed(wanted, frozenset(tables)) - there
    for model in ordered():
        if model.name not in missing:
            continue
        if model.name in tables:
            create(connection, model.name, {}, tables[model.name])
        else:
            connection.execute(f'CREATE TABLE "{model.name}" AS {model.sql}')
        if model.name == "core_roster__history":
            link_by_id(connection, tables.get("link_person", ""))


def link_by_id(connection: duckdb.DuckDBPyConnection, given: str) -> None:
    """The links given; else each certificate linked by its ID, or alone: the person's key is a hash of either."""
    if given:
        types = {"certificate_id": "UBIGINT", "person_id": "UBIGINT", "link_how": "VARCHAR"}
        create(connection, "link_person", types, given)
        return
    connection.execute(
        "CREATE TABLE link_person AS SELECT certificate_id,"
        " hash(coalesce(min_by(id_number, precedence), CAST(certificate_id AS VARCHAR))) AS person_id,"
        " 'id' AS link_how"
        " FROM core_roster__history GROUP BY certificate_id"
    )


def create(connection: duckdb.DuckDBPyConnection, name: str, types: Mapping[str, str], text: str) -> None:
    """Fill a table from text: columns the text lacks are NULL, those without a type text or dates.

    Locators that the text lacks, or leaves absent, are made up: `source_row` counts the rows.
    """
    header, rows = rows_of(text) if text.strip() else ([], [])
    guessed = {column: "DATE" if column.endswith(("_on", "_from", "_to")) else "VARCHAR" for column in header}
    columns = guessed | dict(types)
    connection.execute(f'CREATE TABLE "{name}" ({", ".join(f"{c} {t}" for c, t in columns.items())})')
    if not rows:
        return
    lines = [
        {"source_row": str(number)} | dict(zip(header, row, strict=True))
        for number, row in enumerate(rows, 1)
    ]
    cells = [line.get(column) or MADE_UP.get(column) for line in lines for column in columns]
    marks = ", ".join(f"({', '.join('?' for _ in columns)})" for _ in rows)
    connection.execute(f'INSERT INTO "{name}" VALUES {marks}', cells)
