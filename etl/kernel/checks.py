"""Checks: SELECTs that return the rows that break a rule; no rows means that the rule holds.

A model's header declares `unique(a, b)`, `not_null(a)`, `accepted(col, codes_table)`,
`reference(col, model.col)` and `no_overlap(keys; from_col, to_col)`: `to_col` is the first day after an interval,
or its last day where the header says `to_col inclusive`; NULL is an open end. The grain is checked as unique; a
file `checks/<model>__<what>.sql` is a check of its own.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

import duckdb
import numpy as np

from etl.errors import Refused, UserError
from etl.lineage.parse import parse, tables

HIDDEN = "•"
SHOWN_ROWS = 5

_CALL = re.compile(r"\s*(\w+)\(([^()]*)\)\s*[,;]?")
_NAME = re.compile(r"\w+(\.\w+)?")


@dataclass(frozen=True)
class Check:
    """A rule of a model: `sql` returns failing rows, `tables` are what it reads, `where` is its file.

    `hashes` returns a column of integers; where no two are equal, no row fails, which costs less to see.
    """

    name: str
    sql: str
    tables: frozenset[str]
    where: str
    hashes: str | None = None


def declared_checks(
    model: str, grain: tuple[str, ...], lines: Iterable[str], where: str
) -> tuple[Check, ...]:
    """Checks of a header: the grain's, then its `-- checks:` lines'. Raises UserError on a misspelt one."""
    calls = [("unique", ", ".join(grain))] if grain else []
    for line in lines:
        if _CALL.sub("", line).strip():
            raise _bad_check(line, where)
        calls += [(match[1], match[2]) for match in _CALL.finditer(line)]
    checks = {}
    for kind, text in calls:
        name = f"{kind}({text})"
        sql, other = _sql(model, kind, text, name, where)
        hashes = f"SELECT hash({text}) AS row FROM {model}" if kind == "unique" else None
        checks[name] = Check(name, sql, frozenset({model, *other}), where, hashes)
    return tuple(checks.values())


def file_check(name: str, path: Path) -> Check:
    """The free check in a file. Raises UserError when it is not one SELECT."""
    sql = path.read_text("utf-8").strip().rstrip(";")
    return Check(name, sql, tables(parse(sql, str(path))), str(path))


def run(connection: duckdb.DuckDBPyConnection, model: str, check: Check, printable: frozenset[str]) -> None:
    """Run a check. Raises Refused with the number of failing rows and the first of them.

    Only columns in `printable` (keys and locators) and the count `failing` show their values.
    """
    if check.hashes and _all_different(connection.execute(check.hashes)):
        return
    (count,) = connection.execute(f"SELECT count(*) FROM (\n{check.sql}\n)").fetchall()[0]
    if count == 0:
        return
    sample = connection.execute(f"SELECT * FROM (\n{check.sql}\n) ORDER BY ALL LIMIT {SHOWN_ROWS}")
    names = [column[0] for column in sample.description or ()]
    shown = printable | {"failing"}
    rows = "\n".join(
        "  "
        + ", ".join(
            f"{name}={value if name in shown else HIDDEN}" for name, value in zip(names, row, strict=True)
        )
        for row in sample.fetchall()
    )
    raise Refused(
        f"模型 {model} 有 {count} 行不合 {check.name} | {count} rows of {model} fail {check.name}\n{rows}",
        check.where,
        rule=check.name,
        remedy="查看输入或 SQL | look at the input or the SQL",
    )


def _all_different(result: duckdb.DuckDBPyConnection) -> bool:
    (values,) = map(np.sort, result.fetchnumpy().values())
    return not (values[1:] == values[:-1]).any()


def _sql(model: str, kind: str, text: str, name: str, where: str) -> tuple[str, list[str]]:
    """The SELECT of a declared check, and the tables it reads besides the model."""
    keys, _, interval = text.partition(";")
    inclusive = interval.endswith(" inclusive")
    columns = [part.strip() for part in keys.split(",")]
    ends = [part.strip() for part in interval.removesuffix(" inclusive").split(",")] if interval else []
    listed = ", ".join(columns)
    match (kind, columns, ends):
        case _ if not all(_NAME.fullmatch(column) for column in columns + ends):
            pass
        case ("unique", _, []):
            return (
                f"SELECT {listed}, count(*) AS failing FROM {model} GROUP BY {listed} HAVING failing > 1",
                [],
            )
        case ("not_null", [column], []):
            return f"SELECT * FROM {model} WHERE {column} IS NULL", []
        case ("accepted", [column, codes], []):
            return _absent(model, column, codes, "code"), [codes]
        case ("reference", [column, target], []) if "." in target:
            table, _, key = target.partition(".")
            return _absent(model, column, table, key), [table]
        case ("no_overlap", _, [start, end]):
            start, end = f"coalesce({start}, '-infinity'::DATE)", f"coalesce({end}, 'infinity'::DATE)"
            return (
                f"SELECT * FROM {model} QUALIFY {start} {'<=' if inclusive else '<'} max({end}) OVER ("
                f"PARTITION BY {listed} ORDER BY {start}, {end}"
                " ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING)"
            ), []
    raise _bad_check(name, where)


def _absent(model: str, column: str, table: str, key: str) -> str:
    return (
        f"SELECT * FROM {model} AS m WHERE m.{column} IS NOT NULL"
        f" AND NOT EXISTS (SELECT 1 FROM {table} AS other WHERE other.{key} = m.{column})"
    )


def _bad_check(text: str, where: str) -> UserError:
    return UserError(
        f"读不懂的检查 | unreadable check: {text.strip()}",
        where,
        rule="unique(a, b), not_null(a), accepted(col, codes_table), reference(col, model.col),"
        " no_overlap(keys; from_col, to_col), no_overlap(keys; from_col, to_col inclusive)",
        remedy="改正表头 | correct the header",
    )
