"""Finding: the SQL of exact questions, a handful of rows for each.

Every function takes a connection and returns plain dictionaries; table and column names come from the database file
itself, values are always bound.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, TypeVar

from datasette.utils.sqlite import sqlite3

from dashboards.lookup.finding.normalise import has_han, pinyin_keys, spellings
from dashboards.lookup.finding.question import TAIL, Question
from etl.clean.spelling import name_key, number_key

T = TypeVar("T")
Query = Callable[[sqlite3.Connection], T]
Row = dict[str, Any]
Columns = Mapping[str, frozenset[str]]
Condition = tuple[str, tuple[str, ...]]

# A trigram index holds nothing shorter.
_TRIGRAM = 3
# So many characters of an employer's name are a fact.
_LEAST_OF_EMPLOYER = 2


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
        where = _conditions(connection, question, columns, most)
        found = rows(
            connection,
            f"SELECT * FROM certificate AS c WHERE {' AND '.join(sql for sql, _ in where)} "
            f"ORDER BY c.public_id LIMIT {most + 1}",
            [value for _, values in where for value in values],
        )
        registered = _registrations(connection, columns, [row["public_id"] for row in found])
        return [row | {"registration": registered.get(row["public_id"], [])} for row in found]

    return run


def _registrations(
    connection: sqlite3.Connection, columns: Columns, public_ids: Sequence[str]
) -> dict[str, list[Row]]:
    """The `registration` rows of each certificate: one query, however many there are."""
    if "registration" not in columns:
        return {}
    marks = ", ".join("?" * len(public_ids))
    query = (
        f"SELECT * FROM registration WHERE public_id IN ({marks}) ORDER BY {_order('registration', columns)}"
    )
    found: dict[str, list[Row]] = {}
    for row in rows(connection, query, public_ids):
        found.setdefault(row["public_id"], []).append(row)
    return found


def is_there(connection: sqlite3.Connection) -> bool:
    """Whether certificates can be read; an empty register has none and is there, too."""
    connection.execute("SELECT public_id FROM certificate LIMIT 1").fetchall()
    return True


def find_identified(public_id: str) -> Query[list[Row]]:
    """The certificate of a public identifier, if there is one."""
    query = "SELECT * FROM certificate WHERE public_id = ?"
    return lambda connection: rows(connection, query, [public_id])


def find_named(table: str, question: Question, columns: Columns, most: int) -> Query[list[Row]]:
    """At most `most` + 1 enterprises or projects of this number, or whose name holds these words."""

    def run(connection: sqlite3.Connection) -> list[Row]:
        if f"{table}_fts" not in columns:
            return []
        key = (number_key(question.number),)
        if question.number and table == "enterprise":
            return found(connection, ("enterprise_code = ?", key))
        if question.number:
            return found(connection, ("project_no = ?", key))
        exactly = (f"{table}_name_key = ?", (name_key(question.words),))
        return found(connection, exactly) or found(connection, _fragment(table, question.words))

    def found(connection: sqlite3.Connection, condition: Condition) -> list[Row]:
        where, values = condition
        for column, code in (("division_code", question.division), ("prefecture_code", question.prefecture)):
            if code and column in columns[table]:
                where, values = f"{where} AND {column} = ?", (*values, code)
        few = rows(connection, f"SELECT * FROM {table} WHERE {where} LIMIT {most + 1}", values)
        return sorted(few, key=lambda row: (row[f"{table}_name"], row[f"{table}_key"]))

    return run


def details(
    connection: sqlite3.Connection, columns: Columns, table: str, key: str, owner: str = "public_id"
) -> list[Row]:
    """The rows of a table that belong to a certificate, or to what `owner` is the key of, in the order of telling."""
    if table not in columns:
        return []
    query = f"SELECT * FROM {table} WHERE {owner} = ? ORDER BY {_order(table, columns)}"
    return rows(connection, query, [key])


def _order(table: str, columns: Columns) -> str:
    """The columns that order the rows of a table, those that it has; as they are stored where it has none."""
    order = [key for key in _DETAILS[table].split(", ") if key.split()[0] in columns[table]]
    return ", ".join(order) or "rowid"


# Tables whose rows belong to one person, certificate or enterprise, in the order in which they are told.
_DETAILS = {
    "certificate": "category_code, public_id",
    "registration": "specialty_code, valid_from_month",
    "earlier": "specialty_code, valid_from_month DESC, valid_to_month DESC, ended_month, status_code",
    "move": "month DESC, enterprise_name_from, enterprise_name_to",
    "change": "observed_by DESC, observed_after DESC, change_type_code, specialty_code",
    "integrity": "decided_on DESC, integrity_no",
    "post": "bound_on DESC, project_key, stage_code",
    "qualification": "qualification_code, grade_code, valid_to",
    "headcount": "category_code, specialty_code",
    "enterprise_integrity": "decided_on DESC, integrity_no",
}


def rows(connection: sqlite3.Connection, query: str, values: Sequence[str]) -> list[Row]:
    """All rows of a query as dictionaries."""
    cursor = connection.execute(query, tuple(values))
    names = [column[0] for column in cursor.description]
    return [dict(zip(names, row, strict=True)) for row in cursor]


def _conditions(
    connection: sqlite3.Connection, question: Question, columns: Columns, most: int
) -> list[Condition]:
    """One condition a fact. A unary plus keeps SQLite on the index of the number or the name."""
    has = columns["certificate"]
    found: list[Condition] = []
    if question.number:
        keys = spellings(question.number, number_key(question.number))
        found.append(_any_of({"registration_no": keys, "certificate_no": keys}, has))
    if question.name:
        found.append(_any_of(_name_keys(question.name), has))
    if question.employer:
        found.append(_employed(connection, question.employer, columns, most))
    if question.division:
        found.append(("+division_code = ?", (question.division,)))
    if question.prefecture:
        found.append(("+prefecture_code = ?", (question.prefecture,)))
    if question.specialty:
        registered = (
            "SELECT 1 FROM registration AS r WHERE r.public_id = c.public_id AND r.specialty_code = ?"
        )
        found.append((f"EXISTS ({registered})", (question.specialty,)))
    if question.tail:
        found.append((f"substr(registration_no, -{TAIL}) = ?", (number_key(question.tail),)))
    return found


def _name_keys(typed: str) -> dict[str, tuple[str, ...]]:
    """The columns a name may stand in; those of Latin letters only when Latin letters were typed."""
    keys = {"person_name_key": (name_key(typed),)}
    if not has_han(typed):
        keys["person_name_en_key"] = keys["person_name_key"]
    if pinyin := pinyin_keys(typed):
        keys["person_name_pinyin"] = pinyin
    return keys


def _employed(connection: sqlite3.Connection, typed: str, columns: Columns, most: int) -> Condition:
    """Employed where the words lead to; at nobody's where they lead to more than `most` enterprises.

    So `company` is no second fact: it would be true of everybody.
    """
    if "enterprise" not in columns:
        return "+enterprise_name = ?", (typed,)
    if len(name_key(typed)) < _LEAST_OF_EMPLOYER:
        return "FALSE", ()
    where, values = _fragment("enterprise", typed)
    query = f"SELECT enterprise_key FROM enterprise WHERE {where} OR enterprise_code = ? LIMIT {most + 1}"
    keys = tuple(row["enterprise_key"] for row in rows(connection, query, (*values, number_key(typed))))
    if len(keys) > most:
        return "FALSE", ()
    return f"+enterprise_key IN ({', '.join('?' * len(keys))})", keys


def _fragment(table: str, typed: str) -> Condition:
    """Its name holds these words; through the index where they are long enough for it."""
    key, name = name_key(typed), f"{table}_name_key"
    # The index takes a null for the end of what is asked.
    if not key or "\0" in key:
        return "FALSE", ()
    if len(key) < _TRIGRAM:
        return f"instr({name}, ?)", (key,)
    phrase = '"' + key.replace('"', '""') + '"'
    return f"rowid IN (SELECT rowid FROM {table}_fts WHERE {table}_fts MATCH ?)", (phrase,)


def _any_of(keys: Mapping[str, tuple[str, ...]], has: frozenset[str]) -> Condition:
    """`(a IN (?, ?) OR b IN (?))` over the columns that there are."""
    present = {column: values for column, values in keys.items() if column in has}
    parts = [f"{column} IN ({', '.join('?' * len(values))})" for column, values in present.items()]
    return f"({' OR '.join(parts) or 'FALSE'})", tuple(
        value for values in present.values() for value in values
    )
