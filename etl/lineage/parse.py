"""One parser, the one that runs the SQL.

DuckDB hands out its own syntax tree (`json_serialize_sql`), so that what is analysed is what is executed: a
second parser could be made to disagree with the first, and a leak would hide in the difference.
"""

import json
from collections.abc import Iterable, Iterator
from functools import cache
from typing import Any

import duckdb

from etl.errors import UserError

Node = dict[str, Any]

_NOWHERE = 1 << 62
# The engine's macros have no declared stability; these are plain expressions of their arguments.
_PURE_MACROS = {"nullif", "split_part"}


@cache
def _connection() -> duckdb.DuckDBPyConnection:
    return duckdb.connect()


@cache
def parse(sql: str, where: str) -> Node:
    """Syntax tree (shared: not to be changed) of the one SELECT in `sql`.

    Every name in it is ASCII: Unicode has letters that Python folds to ASCII ones and DuckDB does not, so that
    two names of the engine would be one here. Raises UserError naming `where` when the text is not exactly one
    SELECT or holds another name.
    """
    (text,) = _connection().execute("SELECT json_serialize_sql(?)", [sql]).fetchall()[0]
    answer = json.loads(text)
    if answer["error"]:
        raise UserError(
            f"不是可读的 SELECT | not a readable SELECT: {answer['error_message']}",
            where,
            rule="一个模型是一条 SELECT | a model is one SELECT",
            remedy="改正 SQL | correct the SQL",
        )
    if len(answer["statements"]) != 1:
        raise UserError(
            f"有 {len(answer['statements'])} 条语句 | {len(answer['statements'])} statements",
            where,
            rule="一个模型是一条 SELECT | a model is one SELECT",
            remedy="每个文件只留一条 SELECT | keep one SELECT in the file",
        )
    tree = dict(answer["statements"][0]["node"])
    if not all(name.isascii() for name in _names(tree)):
        raise UserError(
            "名字须为 ASCII | names must be ASCII",
            where,
            rule="表、列、别名、函数名只用 ASCII | tables, columns, aliases and functions have ASCII names",
            remedy="改名；中文只可用于文字常量与注释 | rename; other letters belong in literals and comments",
        )
    return tree


def tables(node: Any, ctes: frozenset[str] = frozenset()) -> frozenset[str]:
    """Names of the tables that a tree reads, in lower case; a name that a CTE in scope covers is not one."""
    return frozenset(_tables(node, ctes))


def ordered(node: Node) -> bool:
    """Whether the outermost query states its row order."""
    return any(modifier["type"] == "ORDER_MODIFIER" for modifier in node["modifiers"])


def ctes_of(node: Node) -> list[tuple[str, Node]]:
    """The CTEs of a query in order: (name in lower case, description with `query_node` and `aliases`)."""
    return [(entry["key"].lower(), entry["value"]) for entry in node["cte_map"]["map"]]


@cache
def pure_functions() -> frozenset[str]:
    """The engine's functions whose answer depends on their arguments alone.

    Not the clock, chance, settings, variables or the environment; nor a function that it does not list.
    """
    rows = _connection().execute(
        "SELECT function_name FROM duckdb_functions() WHERE function_type IN ('scalar', 'aggregate', 'window')"
        " GROUP BY function_name HAVING bool_and(stability = 'CONSISTENT')"
    )
    return frozenset(name.lower() for (name,) in rows.fetchall()) | _PURE_MACROS


@cache
def gathering_functions() -> frozenset[str]:
    """The engine's functions whose value is made of several rows."""
    rows = _connection().execute(
        "SELECT DISTINCT function_name FROM duckdb_functions() WHERE function_type = 'aggregate'"
    )
    return frozenset(name.lower() for (name,) in rows.fetchall())


def extents(node: Any) -> Iterator[tuple[int, int]]:
    """Where the parts of an expression start and end in the text; what the engine added has no place."""
    if isinstance(node, dict):
        length = node.get("query_location_length", 0)
        yield (node["query_location"], node["query_location"] + length) if length else (_NOWHERE, 0)
        node = list(node.values())
    if isinstance(node, list):
        for part in node:
            yield from extents(part)


def orders_of(node: Node) -> list[list[Node]]:
    """The ORDER BY lists of a function call: of its window, of its arguments."""
    return [node.get("orders", []), node.get("argorders_of", []), node.get("order_bys", {}).get("orders", [])]


def results_of(node: Node) -> list[Node]:
    """The expressions one of which is the value of a CASE, CAST or coalesce."""
    if node["class"] == "CASE":
        return [check["then_expr"] for check in node["case_checks"]] + [node["else_expr"]]
    return [node["child"]] if node["class"] == "CAST" else list(node["children"])


def conditions_of(node: Node) -> list[Node]:
    """The conditions of a CASE; none of anything else."""
    return [check["when_expr"] for check in node.get("case_checks", [])]


def is_null(node: Node) -> bool:
    """Whether it is NULL, of whatever type."""
    while node["class"] == "CAST":
        node = node["child"]
    return node["class"] == "CONSTANT" and bool(node["literal"]["kind"] == "NULL_LITERAL")


def is_one(node: Node) -> bool:
    """Whether it is the number 1, as between the last day of something and the first day after it."""
    return node["class"] == "CONSTANT" and bool(node["literal"] == {"kind": "INTEGER", "text": "1"})


def references(node: Any) -> Iterator[Node]:
    """The column references in a part of a tree."""
    if isinstance(node, dict):
        if node.get("class") == "COLUMN_REF":
            yield node
        node = list(node.values())
    if isinstance(node, list):
        for part in node:
            yield from references(part)


def _names(node: Any) -> Iterator[str]:
    """Every text in a tree but the literals."""
    if isinstance(node, str):
        yield node
    elif isinstance(node, dict):
        for key, value in node.items():
            if key != "literal":
                yield from _names(value)
    elif isinstance(node, list):
        for part in node:
            yield from _names(part)


def _tables(node: Any, ctes: frozenset[str]) -> Iterator[str]:
    if isinstance(node, list):
        yield from _each(node, ctes)
    elif isinstance(node, dict):
        if node.get("type") == "BASE_TABLE":
            name = ".".join(node["qualified_name"]["path"]).lower()
            if name not in ctes:
                yield name
        if node.get("type") == "RECURSIVE_CTE_NODE":
            ctes |= {node["cte_name"].lower()}
        if "cte_map" in node:
            for name, cte in ctes_of(node):
                yield from _tables(cte["query_node"], ctes)
                ctes |= {name}
        yield from _each((value for key, value in node.items() if key != "cte_map"), ctes)


def _each(nodes: Iterable[Any], ctes: frozenset[str]) -> Iterator[str]:
    for node in nodes:
        yield from _tables(node, ctes)
