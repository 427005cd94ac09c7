"""The analysis: a walk over the syntax tree of one model."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from textwrap import shorten
from typing import Any, Protocol

from etl.errors import Refused
from etl.lineage.flow import (
    NOTHING,
    ROWS,
    Atom,
    Call,
    Flow,
    Relation,
    Source,
    Use,
    as_match,
    chosen,
    compared,
    computed,
    is_plain,
    mapped,
    matched,
    renamed,
    shifted,
    stepped,
    union_of,
    used,
)
from etl.lineage.parse import (
    Node,
    conditions_of,
    ctes_of,
    extents,
    is_null,
    is_one,
    orders_of,
    parse,
    pure_functions,
    references,
    results_of,
)
from etl.lineage.scope import Scope

_RECURSIONS = 20

# Expressions without a meaning of their own here: they follow from everything inside them.
_PLAIN = {"CASE", "CAST", "COLLATE", "CONJUNCTION", "CONSTANT", "OPERATOR", "TYPE"}
_NULL_TESTS = {"OPERATOR_IS_NULL", "OPERATOR_IS_NOT_NULL"}
# Functions that give the value of one row: which row a key picks among equals shows nothing of the key.
_PICKS = {"any_value", "first", "first_value", "lag", "last", "last_value", "lead", "nth_value"}
_PICK_BY = {"arg_max", "arg_min", "max_by", "min_by"}
# Functions whose value is one of the values of their first argument; of all of them.
_CHOICES = _PICKS | _PICK_BY | {"max", "min"}
_CHOICES_OF_ALL = {"greatest", "least", "row"}
_SHIFTS = {"+", "-"}
_ARGUMENTS = {"arguments", "partitions", "orders", "argorders_of", "order_bys"}
_SERIES = {"unnest", "generate_series", "range"}
_JOINS = {"INNER", "LEFT", "RIGHT", "FULL", "SEMI", "ANTI"}
_INERT = {"type", "alias", "query_location", "query_location_length", "is_implicit"}


class Query(Protocol):
    """What the analysis asks of a model: its name, its one SELECT, and the file to name in errors."""

    @property
    def name(self) -> str: ...
    @property
    def sql(self) -> str: ...
    @property
    def path(self) -> object: ...


def column_flows(
    models: Iterable[Query], schemas: Mapping[str, Iterable[str]], boundaries: frozenset[str] = frozenset()
) -> dict[str, Relation]:
    """What every output column of every model follows from, one step back: its sources are tables it reads.

    `models` in building order; `schemas`: columns of the tables that are not models. Calls of `boundaries`
    (function names) are kept as `Call`. Raises Refused naming the file for SQL that cannot be analysed.
    """
    known = {table.lower(): tuple(name.lower() for name in columns) for table, columns in schemas.items()}
    flows: dict[str, Relation] = {}
    for model in models:
        flows[model.name] = relation = model_flow(model, known, boundaries)
        known[model.name] = relation.names()
    return flows


def model_flow(model: Query, schemas: Mapping[str, Iterable[str]], boundaries: frozenset[str]) -> Relation:
    """The flows of one model; see `column_flows`."""
    analysis = _Analysis(model.sql.encode(), str(model.path), schemas, boundaries)
    relation = analysis.query(parse(model.sql, str(model.path)), {}, None)
    names = relation.names()
    if not relation.complete or "" in names or len(set(names)) < len(names):
        raise analysis.refusal("每个输出列须有唯一的名字 | every output column needs a name of its own")
    return relation


@dataclass(frozen=True)
class _Analysis:
    sql: bytes
    where: str
    schemas: Mapping[str, Iterable[str]]
    boundaries: frozenset[str]

    def refusal(self, message: str) -> Refused:
        return Refused(
            message,
            self.where,
            rule="血缘须可分析 | lineage must be analysable",
            remedy="改写为明确的列和连接 | rewrite with explicit columns and joins",
        )

    # Queries

    def query(self, node: Node, ctes: Mapping[str, Relation], outer: Scope | None) -> Relation:
        for name, cte in ctes_of(node):
            self._only(cte, "aliases", "query_node", "materialized")
            body = self.query(cte["query_node"], ctes, outer)
            ctes = {**ctes, name: renamed(body, cte["aliases"], f"CTE {name}")}
        scope = Scope(ctes, outer)
        kinds = {
            "SELECT_NODE": self._select,
            "SET_OPERATION_NODE": self._set_operation,
            "RECURSIVE_CTE_NODE": self._recursive,
        }
        relation = kinds.get(node["type"], self._unknown)(node, scope)
        return self._modified(node["modifiers"], relation, scope)

    def _select(self, node: Node, scope: Scope) -> Relation:
        self._only(
            node,
            *("modifiers", "cte_map", "select_list", "from_table", "where_clause", "group_expressions"),
            *("group_sets", "aggregate_handling", "having", "qualify"),
        )
        rows = self._from(node["from_table"], scope)
        columns: list[tuple[str, Flow]] = []
        for item in node["select_list"]:
            columns += self._item(item, scope)
        for clause, key in (("WHERE", "where_clause"), ("HAVING", "having"), ("QUALIFY", "qualify")):
            if node[key]:
                rows |= stepped(self._condition(node[key], scope), f"{clause} {self._text(node[key])}")
        if node["aggregate_handling"] != "STANDARD_HANDLING":  # the keys are some of the columns
            rows |= stepped(matched(union_of(columns)), "GROUP BY ALL")
        for key in node["group_expressions"]:
            rows |= stepped(self._key(key, scope, columns, "match"), f"GROUP BY {self._text(key)}")
        return Relation(tuple(columns), rows)

    def _item(self, item: Node, scope: Scope) -> list[tuple[str, Flow]]:
        """The columns of one item of a SELECT list; its alias is known to the items after it."""
        if item["class"] == "STAR":
            return self._star(item, scope)
        if item.get("function_name", "").lower() == "unnest":
            raise self.refusal("unnest 只可用于 FROM | unnest belongs in FROM")
        flow = self.value(item, scope)
        if item["class"] == "COLUMN_REF":
            name = (item["alias"] or item["column_names"][-1]).lower()
        else:
            name = item["alias"].lower()
            flow = stepped(flow, self._text(item))
        if item["alias"]:
            scope.aliases[name] = scope.aliases.get(name, NOTHING) | flow
        return [(name, flow)]

    def _star(self, item: Node, scope: Scope) -> list[tuple[str, Flow]]:
        self._only(item, "class", "relation_name", "exclude_list")
        wanted = item["relation_name"].lower()
        seen = [
            relation
            for alias, relation in scope.relations
            if alias not in scope.unseen and wanted in ("", alias)
        ]
        if len(seen) != 1 or scope.using or not seen[0].complete:
            raise self.refusal("此处须写明各列，不用 * | name the columns here instead of *")
        excluded = {name.lower() for name in item["exclude_list"]}
        return [(name, flow) for name, flow in seen[0].columns if name not in excluded]

    def _set_operation(self, node: Node, scope: Scope) -> Relation:
        self._only(node, "modifiers", "cte_map", "setop_type", "setop_all", "children")
        parts = [self.query(child, scope.ctes, scope.outer) for child in node["children"]]
        if node["setop_type"] not in ("UNION", "EXCEPT", "INTERSECT"):
            raise self.refusal(f"不能分析 | cannot analyse: {node['setop_type']}")
        return self._combined(parts, node["setop_type"], node["setop_type"] == "UNION" and node["setop_all"])

    def _combined(self, parts: list[Relation], operation: str, keeps_all: bool) -> Relation:
        if len({len(part.columns) for part in parts}) != 1:
            raise self.refusal(f"{operation} 两边列数不同 | sides of {operation} differ in columns")
        columns = tuple(
            (same[0][0], frozenset().union(*(flow for _, flow in same)))
            for same in zip(*(part.columns for part in parts), strict=True)
        )
        rows = frozenset[Atom]().union(*(part.rows for part in parts))
        if not keeps_all:
            rows |= stepped(matched(union_of(columns)), operation)
        return Relation(columns, rows, all(part.complete for part in parts))

    def _recursive(self, node: Node, scope: Scope) -> Relation:
        self._only(node, "modifiers", "cte_map", "cte_name", "union_all", "left", "right", "aliases")
        start = relation = self.query(node["left"], scope.ctes, scope.outer)
        for _ in range(_RECURSIONS):
            known = {node["cte_name"].lower(): renamed(relation, node["aliases"], "")}
            step = self.query(node["right"], {**scope.ctes, **known}, scope.outer)
            grown = self._combined([start, step], "UNION", node["union_all"])
            if grown == relation:
                return relation
            relation = grown
        raise self.refusal("递归不收敛 | the recursion does not settle")

    def _modified(self, modifiers: list[Node], relation: Relation, scope: Scope) -> Relation:
        """A query after DISTINCT, ORDER BY and LIMIT."""
        scope = scope if scope.relations else replace(scope, relations=[("", relation)])
        columns, rows = relation.columns, relation.rows
        for modifier in modifiers:
            if modifier["type"] == "DISTINCT_MODIFIER":
                keys = modifier["distinct_on_targets"]
                found = [self._key(key, scope, columns, "match") for key in keys] or [
                    matched(union_of(columns))
                ]
                rows |= stepped(frozenset().union(*found), "DISTINCT")
            elif modifier["type"] == "ORDER_MODIFIER":
                for key in (order["expression"] for order in modifier["orders"]):
                    rows |= stepped(self._key(key, scope, columns, "of"), f"ORDER BY {self._text(key)}")
            else:
                rows |= stepped(computed(self._inside(modifier.values(), scope)), "LIMIT")
        return Relation(columns, rows, relation.complete)

    # FROM

    def _from(self, node: Node, scope: Scope) -> Flow:
        """Adds the relations of FROM to the scope; returns what the choice of rows follows from."""
        match node["type"]:
            case "EMPTY":
                return NOTHING
            case "JOIN":
                return self._join(node, scope)
            case "BASE_TABLE":
                self._only(node, "table_name", "qualified_name", "column_name_alias")
                name = node["table_name"].lower()
                relation = self._table(name, scope)
            case "SUBQUERY":
                self._only(node, "subquery", "column_name_alias")
                name, relation = "", self.query(node["subquery"]["node"], scope.ctes, scope)
            case "TABLE_FUNCTION":
                self._only(node, "function", "column_name_alias", "with_ordinality")
                name, relation = self._series(node, scope)
            case "EXPRESSION_LIST":
                self._only(node, "values")
                name, relation = "", self._values(node["values"], scope)
            case _:
                name, relation = "", self._unknown(node, scope)
        alias = node["alias"].lower() or name
        scope.relations.append((alias, renamed(relation, node.get("column_name_alias", []), "")))
        return relation.rows

    def _table(self, name: str, scope: Scope) -> Relation:
        if name in scope.ctes:
            return scope.ctes[name]
        if name not in self.schemas:
            raise self.refusal(f"不知道表 {name} 的列 | the columns of {name} are not known")
        columns = tuple((column, frozenset({Source(name, column, "is")})) for column in self.schemas[name])
        return Relation(columns, frozenset({Source(name, ROWS, "of")}))

    def _join(self, node: Node, scope: Scope) -> Flow:
        self._only(
            node,
            *("left", "right", "condition", "join_type", "ref_type", "using_columns"),
            *("nearest_count", "nearest_order_type"),
        )
        if node["ref_type"] not in ("REGULAR", "CROSS", "ASOF") or node["join_type"] not in _JOINS:
            raise self.refusal(f"不能分析 | cannot analyse: {node['ref_type']} {node['join_type']} JOIN")
        rows = self._from(node["left"], scope)
        left = len(scope.relations)
        rows |= self._from(node["right"], scope)
        if node["join_type"] in ("SEMI", "ANTI"):
            scope.unseen |= {alias for alias, _ in scope.relations[left:]}
        if node["condition"]:
            rows |= stepped(
                self._condition(node["condition"], scope), f"JOIN ON {self._text(node['condition'])}"
            )
        for name in node["using_columns"]:
            scope.using = True
            flow = self._resolve([name], scope)
            rows |= stepped(matched(flow) | {Call("match", flow)}, f"JOIN USING ({name})")
        return rows

    def _series(self, node: Node, scope: Scope) -> tuple[str, Relation]:
        name = node["function"]["function_name"].lower()
        if name not in _SERIES or node["with_ordinality"] != "WITHOUT_ORDINALITY":
            raise self.refusal(f"不用表函数 {name} | no table function {name}")
        flow = stepped(computed(self.value(node["function"], scope)), self._text(node["function"]))
        return name, Relation(((name, flow),), flow, complete=False)

    def _values(self, rows: list[list[Node]], scope: Scope) -> Relation:
        table = [[self.value(expression, scope) for expression in row] for row in rows]
        columns = [frozenset[Atom]().union(*column) for column in zip(*table, strict=True)]
        return Relation(tuple((f"col{index}", flow) for index, flow in enumerate(columns)), NOTHING)

    # Expressions

    def value(self, node: Node, scope: Scope) -> Flow:
        """What an expression's value follows from."""
        match node["class"]:
            case "COLUMN_REF":
                return self._resolve(node["column_names"], scope)
            case "FUNCTION" | "WINDOW":
                return self._function(node, scope)
            case "SUBQUERY":
                return self._subquery(node, scope)
            case "LAMBDA":
                return self._lambda(node, scope)
            case "COMPARISON" | "BETWEEN":
                return self._comparison(node, scope)
            case known if known in _PLAIN:
                return self._plain(node, scope)
            case other:
                raise self.refusal(f"不能分析 | cannot analyse: {self._text(node)} ({other})")

    def _plain(self, node: Node, scope: Scope) -> Flow:
        """What CASE, CAST or coalesce follows from (one of its results, by the computed rest), or an operator."""
        if node["class"] in ("CASE", "CAST") or node["type"] == "OPERATOR_COALESCE":
            values = [self.value(part, scope) for part in results_of(node) if not is_null(part)]
            return chosen(values) | computed(self._inside(conditions_of(node), scope))
        flow = self._inside(node.values(), scope)
        return compared(flow) if node["type"] in _NULL_TESTS and any(map(is_plain, flow)) else computed(flow)

    def _comparison(self, node: Node, scope: Scope) -> Flow:
        """What a comparison follows from; one with a constant shows the value, one of columns their order."""
        sides = [
            self.value(part, scope) for part in node.values() if isinstance(part, dict) and "class" in part
        ]
        flow = frozenset[Atom]().union(*sides)
        plain = all(any(map(is_plain, side)) for side in sides)
        return frozenset({Call("compare", flow)}) if plain else computed(flow)

    def _inside(self, parts: Iterable[Any], scope: Scope) -> Flow:
        """What all expressions in a part of the tree follow from together."""
        flow = NOTHING
        for part in parts:
            if isinstance(part, list):
                flow |= self._inside(part, scope)
            elif isinstance(part, dict):
                flow |= self.value(part, scope) if "class" in part else self._inside(part.values(), scope)
        return flow

    def _function(self, node: Node, scope: Scope) -> Flow:
        name = node["function_name"].lower()
        known = name in self.boundaries | _SERIES or name in pure_functions()
        if not known or node["schema"] or node["catalog"]:
            raise self.refusal(f"不用函数 {name} | function {self._text(node)} is not allowed")
        orders = [order["expression"] for part in orders_of(node) for order in part]
        arguments = node["arguments"]
        if name in _PICK_BY:
            arguments, orders = arguments[:1], orders + arguments[1:]
        flow = self._called(name, [part.get("expression", part) for part in arguments], scope)
        if name in _PICKS | _PICK_BY:
            flow |= mapped(self._inside(orders, scope), as_match)
        else:
            flow |= used(self._inside(orders, scope), "order")
        for key in node.get("partitions", []):
            flow |= self._key(key, scope, (), "match")
        beside = {key: value for key, value in node.items() if key not in _ARGUMENTS}
        return flow | computed(self._inside(beside.values(), scope))

    def _called(self, name: str, arguments: list[Node], scope: Scope) -> Flow:
        """What a function's value follows from, its windows and conditions aside."""
        values = [self.value(part, scope) for part in arguments if not (name in _SHIFTS and is_one(part))]
        flow = frozenset[Atom]().union(*values)
        if name in self.boundaries:
            return frozenset({Call(name, flow)})
        if name in _CHOICES_OF_ALL:
            return chosen(values)
        if name in _SHIFTS:
            return shifted(values)
        if name == "count" and values and all(map(is_plain, flow)):  # counts what is not NULL
            return compared(flow)
        if name in _CHOICES:
            return chosen(values[:1]).union(*map(computed, values[1:]))
        return computed(flow)

    def _subquery(self, node: Node, scope: Scope) -> Flow:
        """What a scalar subquery, IN or EXISTS follows from; bare columns compared by IN stay matches."""
        relation = self.query(node["subquery"]["node"], scope.ctes, scope)
        if node["subquery_type"] in ("EXISTS", "NOT_EXISTS"):
            return relation.rows
        if node["subquery_type"] == "ANY" and node["comparison_type"] == "COMPARE_EQUAL":
            flow = union_of(relation.columns) | self.value(node["child"], scope)
            return relation.rows | matched(flow) | {Call("match", flow)}
        if node["subquery_type"] == "SCALAR":
            return relation.rows | chosen([union_of(relation.columns)])
        return relation.rows | computed(union_of(relation.columns) | self._inside([node["child"]], scope))

    def _lambda(self, node: Node, scope: Scope) -> Flow:
        """A lambda's body; parameters are elements of the list beside it, or (`->` on JSON) columns."""
        names = {part["column_names"][0].lower() for part in references(node["lhs"])}
        inner = Scope(scope.ctes, scope, parameters=frozenset(names))
        shadowed = [scope.resolve([name]) or NOTHING for name in names]
        return computed(self.value(node["expr"], inner).union(*shadowed))

    def _condition(self, node: Node, scope: Scope) -> Flow:
        """What a row's passing a condition follows from; bare columns that are only equated stay matches."""
        if node["type"] in ("CONJUNCTION_AND", "OPERATOR_NOT"):
            return frozenset[Atom]().union(*(self._condition(child, scope) for child in node["children"]))
        if node["type"] == "COMPARE_EQUAL" and {node["left"]["class"], node["right"]["class"]} == {
            "COLUMN_REF"
        }:
            flow = self.value(node["left"], scope) | self.value(node["right"], scope)
            return matched(flow) | {Call("match", flow)}
        return computed(self.value(node, scope))

    def _key(self, node: Node, scope: Scope, columns: Iterable[tuple[str, Flow]], use: Use) -> Flow:
        """What a key of GROUP BY, ORDER BY or the like follows from; a bare column keeps its `use`.

        A number is a position in `columns`, `ALL` is every one of them.
        """
        columns = list(columns)
        if columns and node["class"] == "CONSTANT" and node["literal"]["text"].isdigit():
            position = int(node["literal"]["text"])
            return used(columns[position - 1][1] if 0 < position <= len(columns) else union_of(columns), use)
        if columns and node["class"] == "STAR":
            return used(union_of(columns), use)
        return used(self.value(node, scope), use)

    def _resolve(self, names: list[str], scope: Scope) -> Flow:
        flow = scope.resolve([name.lower() for name in names])
        if flow is None:
            raise self.refusal(f"没有列 | no column {'.'.join(names)}")
        return flow

    # The tree

    def _only(self, node: Node, *handled: str) -> None:
        """Refuse a node that says something that nobody here reads."""
        for key, value in node.items():
            if key not in handled and key not in _INERT and value:
                raise self.refusal(f"不能分析 | cannot analyse: {key} ({node.get('type', 'CTE')})")

    def _unknown(self, node: Node, _: Scope) -> Relation:
        raise self.refusal(f"不能分析 | cannot analyse: {node['type']}")

    def _text(self, node: Node) -> str:
        """The SQL of an expression, from its first to its last part, shortened."""
        starts, ends = zip(*extents(node), strict=True)
        return shorten(self.sql[min(starts) : max(ends)].decode(errors="replace"), 80, placeholder=" …")
