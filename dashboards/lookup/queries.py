"""The only SQL of the lookup: exact questions, a handful of rows.

Every function takes a connection and returns plain dictionaries; table and column names come from the
database file itself, values are always bound.
"""

from collections.abc import Callable, Mapping
from datetime import date
from typing import Any, TypeVar

from datasette.utils.sqlite import sqlite3

from dashboards.lookup.normalise import has_han, name_key, number_key, pinyin_key, spellings
from dashboards.lookup.question import TAIL, Question

T = TypeVar("T")
Query = Callable[[sqlite3.Connection], T]
Row = dict[str, Any]
Columns = Mapping[str, frozenset[str]]
Condition = tuple[str, tuple[str, ...]]

# Tables whose rows belong to one certificate, in the order in which they are told.
_DETAILS = {
    "registration": "specialty_code, valid_from_month",
    "move": "month DESC",
    "change": "observed_by DESC, observed_after DESC, change_type_code, specialty_code",
    "integrity": "decided_on DESC, integrity_no",
}


def columns_of(connection: sqlite3.Connection) -> Columns:
    """Columns of each table of the file."""
    query = (
        "SELECT m.name, c.name FROM sqlite_master AS m, pragma_table_info(m.name) AS c WHERE m.type = 'table'"
    )
    tables: dict[str, set[str]] = {}
    for table, column in connection.execute(query):
        tables.setdefault(table, set()).add(column)
    return {table: frozenset(columns) for table, columns in tables.items()}


def find_certificates(question: Question, columns: Columns, most: int) -> Query[list[Row]]:
    """At most `most` + 1 certificates that agree with every fact given, each with its `registration` rows."""

    def run(connection: sqlite3.Connection) -> list[Row]:
        where = _conditions(question, columns["certificate"])
        found = _rows(
            connection,
            f"SELECT * FROM certificate WHERE {' AND '.join(sql for sql, _ in where)} "
            f"ORDER BY public_id LIMIT {most + 1}",
            [value for _, values in where for value in values],
        )
        for certificate in found or [{"public_id": ""}]:
            certificate["registration"] = _details(
                connection, columns, "registration", certificate["public_id"]
            )
        return found

    return run


def find_enterprises(question: Question, columns: Columns, most: int) -> Query[list[Row]]:
    """At most `most` + 1 enterprises of exactly this name or code."""
    where, values = _enterprise(question.enterprise, columns["enterprise"])

    def run(connection: sqlite3.Connection) -> list[Row]:
        query = f"SELECT * FROM enterprise WHERE {where} ORDER BY enterprise_key LIMIT {most + 1}"
        return _rows(connection, query, values)

    return run


def read_certificate(public_id: str, columns: Columns, today: date) -> Query[Row | None]:
    """One certificate with its `registration`, `move`, `change` and `integrity` rows; None when there is none.

    Integrity records are told only inside their publication window on `today`, its last day included; one
    without an end of its window is not told.
    """

    def run(connection: sqlite3.Connection) -> Row | None:
        found = _rows(connection, "SELECT * FROM certificate WHERE public_id = ?", [public_id])
        if not found:
            return None
        details = {
            table: _details(connection, columns, table, public_id) for table in _DETAILS if table in columns
        }
        if "integrity" in details:
            details["integrity"] = [row for row in details["integrity"] if _is_public(row, today.isoformat())]
        return found[0] | details

    return run


def read_enterprise(key: str, columns: Columns) -> Query[Row | None]:
    """One enterprise with its `qualification` rows; None when there is none."""

    def run(connection: sqlite3.Connection) -> Row | None:
        found = _rows(connection, "SELECT * FROM enterprise WHERE enterprise_key = ?", [key])
        if not found or "qualification" not in columns:
            return found[0] if found else None
        query = "SELECT * FROM qualification WHERE enterprise_key = ? ORDER BY qualification_code, grade_code"
        return found[0] | {"qualification": _rows(connection, query, [key])}

    return run


def _conditions(question: Question, has: frozenset[str]) -> list[Condition]:
    """One condition a fact. A unary plus keeps SQLite on the index of the number or the name."""
    found: list[Condition] = []
    if question.number:
        keys = spellings(question.number, number_key(question.number))
        found.append(_any_of({"registration_no": keys, "certificate_no": keys}, has))
    if question.name:
        found.append(_any_of(_name_keys(question.name), has))
    if question.employer:
        found.append(_enterprise(question.employer, has, plus="+"))
    if question.division:
        found.append(("+division_code = ?", (question.division,)))
    if question.tail:
        found.append((f"substr(registration_no, -{TAIL}) = ?", (number_key(question.tail),)))
    return found


def _name_keys(typed: str) -> dict[str, tuple[str, ...]]:
    """The columns a name may stand in; those of Latin letters only when Latin letters were typed."""
    keys = {"person_name": spellings(typed, name_key(typed))}
    if not has_han(typed):
        keys["person_name_en"] = keys["person_name"]
    if pinyin := pinyin_key(typed):
        keys["person_name_pinyin"] = (pinyin,)
    return keys


def _enterprise(typed: str, has: frozenset[str], plus: str = "") -> Condition:
    keys = {"enterprise_name": spellings(typed, name_key(typed)), "enterprise_code": (number_key(typed),)}
    return _any_of(keys, has, plus)


def _any_of(keys: Mapping[str, tuple[str, ...]], has: frozenset[str], plus: str = "") -> Condition:
    """`(a IN (?, ?) OR b IN (?))` over the columns that there are."""
    present = {column: values for column, values in keys.items() if column in has}
    parts = [f"{plus}{column} IN ({', '.join('?' * len(values))})" for column, values in present.items()]
    return f"({' OR '.join(parts)})", tuple(value for values in present.values() for value in values)


def _is_public(record: Row, today: str) -> bool:
    begin, end = record.get("public_from"), record.get("public_to")
    return end is not None and (begin or today) <= today <= str(end)


def _details(connection: sqlite3.Connection, columns: Columns, table: str, public_id: str) -> list[Row]:
    if table not in columns:
        return []
    order = ", ".join(key for key in _DETAILS[table].split(", ") if key.split()[0] in columns[table])
    query = f"SELECT * FROM {table} WHERE public_id = ? ORDER BY {order or 'public_id'}"
    return _rows(connection, query, [public_id])


def _rows(connection: sqlite3.Connection, query: str, values: Any) -> list[Row]:
    cursor = connection.execute(query, values)
    names = [column[0] for column in cursor.description]
    return [dict(zip(names, row, strict=True)) for row in cursor]
