"""Queries: SELECT, FROM, joins, set operations, recursion, and what comes after them."""

from collections.abc import Mapping
from dataclasses import dataclass, replace

from etl.lineage.expressions import SERIES, Expressions, equated
from etl.lineage.flow import (
    NOTHING,
    ROWS,
    Atom,
    Flow,
    Relation,
    Row,
    Source,
    alternatives,
    computed,
    matched,
    renamed,
    stepped,
    union_of,
)
from etl.lineage.parse import Node, ctes_of
from etl.lineage.rows import holder_of, padded, placed, sorting
from etl.lineage.scope import Scope

_RECURSIONS = 20
_JOINS = {"INNER", "LEFT", "RIGHT", "FULL", "SEMI", "ANTI"}


@dataclass(frozen=True)
class Queries(Expressions):
    """The walk through queries and the relations they read."""

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
        return scope.rows.closed(self._modified(node["modifiers"], relation, scope), self.holders)

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
        if node["where_clause"]:
            scope.rows.equal += self._equal(node["where_clause"], scope)
        if node["aggregate_handling"] != "STANDARD_HANDLING":  # the keys are some of the columns
            scope.rows.grouped = matched(union_of(columns))
            rows |= stepped(scope.rows.grouped | {sorting(scope.rows.grouped, NOTHING)}, "GROUP BY ALL")
        keys = [
            stepped(self._key(key, scope, columns, "match"), f"GROUP BY {self._text(key)}")
            for key in node["group_expressions"]
        ]
        for group in node["group_sets"]:
            grouped = frozenset[Atom]().union(*(keys[index] for index in group))
            scope.rows.grouped = grouped if len(node["group_sets"]) == 1 else NOTHING
            rows |= grouped | {sorting(grouped, NOTHING)}
        return Relation(tuple(columns), rows)

    def _item(self, item: Node, scope: Scope) -> list[tuple[str, Flow]]:
        """The columns of one item of a SELECT list; its alias is known to the items after it."""
        if item["class"] == "STAR":
            return self._star(item, scope)
        if item.get("function_name", "").lower() == "unnest":
            raise self.refusal("unnest 只可用于 FROM | unnest belongs in FROM")
        flow = self.column(item, scope)
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
            (same[0][0], alternatives([flow for _, flow in same]))
            for same in zip(*(part.columns for part in parts), strict=True)
        )
        rows = frozenset[Atom]().union(*(part.rows for part in parts))
        if not keeps_all:
            flow = matched(union_of(columns))
            rows |= stepped(flow | {sorting(flow, NOTHING)}, operation)
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
                flow = frozenset[Atom]().union(*found)
                rows |= stepped(flow | {sorting(flow, NOTHING)}, "DISTINCT")
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
        item = renamed(relation, node.get("column_name_alias", []), "")
        scope.relations.append((alias, placed(item, node["query_location"])))
        scope.rows.items.add(node["query_location"])
        return relation.rows

    def _table(self, name: str, scope: Scope) -> Relation:
        if name in scope.ctes:
            return scope.ctes[name]
        if name not in self.schemas:
            raise self.refusal(f"不知道表 {name} 的列 | the columns of {name} are not known")
        columns = tuple(
            (column, frozenset({Source(name, column, "is", (0,))})) for column in self.schemas[name]
        )
        return Relation(columns, frozenset({Source(name, ROWS, "of")}))

    def _equal(self, node: Node, scope: Scope) -> list[tuple[Row, Row]]:
        """The rows that a condition makes rows of one holder."""
        if node["type"] == "CONJUNCTION_AND":
            return [pair for child in node["children"] for pair in self._equal(child, scope)]
        if node["type"] != "COMPARE_EQUAL":
            return []
        one, other = (holder_of(self.value(node[side], scope), self.holders) for side in ("left", "right"))
        return [(one, other)] if one and other else []

    def _join(self, node: Node, scope: Scope) -> Flow:
        self._only(
            node,
            *("left", "right", "condition", "join_type", "ref_type", "using_columns"),
            *("nearest_count", "nearest_order_type"),
        )
        if node["ref_type"] not in ("REGULAR", "CROSS", "ASOF") or node["join_type"] not in _JOINS:
            raise self.refusal(f"不能分析 | cannot analyse: {node['ref_type']} {node['join_type']} JOIN")
        start = len(scope.relations)
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
            one, other = (
                _named(part, name.lower()) for part in (scope.relations[start:left], scope.relations[left:])
            )
            rows |= stepped(equated(one, other), f"JOIN USING ({name})")
        scope.rows.equal += self._equal_in_join(node, scope, start, left)
        self._pad(node["join_type"], scope, start, left)
        return rows

    def _equal_in_join(self, node: Node, scope: Scope, start: int, left: int) -> list[tuple[Row, Row]]:
        """The rows of one holder in a join; where rows may lack a partner, one pair across its sides.

        There two rows of one side that are equated with one of the other are of one holder only where it is found.
        """
        sides = [scope.relations[start:left], scope.relations[left:]]
        using = [
            [holder_of(flow, self.holders) for _, relation in side if (flow := relation.find(name.lower()))]
            for name in node["using_columns"]
            for side in sides
        ]
        equal = [
            (one, other)
            for ones, others in zip(using[::2], using[1::2], strict=True)
            for one in ones
            for other in others
            if one and other
        ]
        conditions = self._equal(node["condition"], scope) if node["condition"] else []
        if node["join_type"] == "INNER":
            return equal + conditions
        across = equal + [pair for pair in conditions if _is_across(pair, *sides)]
        return across if node["join_type"] == "SEMI" else across[:1]

    def _pad(self, join_type: str, scope: Scope, start: int, left: int) -> None:
        """Values of a side that may lack a row are values or NULL."""
        missing = {"LEFT": (left, None), "RIGHT": (start, left), "FULL": (start, None)}.get(join_type)
        if missing:
            part = slice(*missing)
            scope.relations[part] = [(alias, padded(relation)) for alias, relation in scope.relations[part]]

    def _series(self, node: Node, scope: Scope) -> tuple[str, Relation]:
        name = node["function"]["function_name"].lower()
        if name not in SERIES or node["with_ordinality"] != "WITHOUT_ORDINALITY":
            raise self.refusal(f"不用表函数 {name} | no table function {name}")
        flow = stepped(computed(self.column(node["function"], scope)), self._text(node["function"]))
        return name, Relation(((name, flow),), flow, complete=False)

    def _values(self, rows: list[list[Node]], scope: Scope) -> Relation:
        table = [[self.column(expression, scope) for expression in row] for row in rows]
        columns = [alternatives(list(column)) for column in zip(*table, strict=True)]
        return Relation(tuple((f"col{index}", flow) for index, flow in enumerate(columns)), NOTHING)


def _named(relations: list[tuple[str, Relation]], name: str) -> Flow:
    """What the columns of a name follow from."""
    return frozenset[Atom]().union(*(relation.find(name) or NOTHING for _, relation in relations))


def _is_across(pair: tuple[Row, Row], *sides: list[tuple[str, Relation]]) -> bool:
    """Whether two rows stand on the two sides of a join."""
    places = [
        {
            atom.row[:1]
            for _, relation in side
            for atom in union_of(relation.columns)
            if isinstance(atom, Source)
        }
        for side in sides
    ]
    return any(one[:1] in places[0] and other[:1] in places[1] for one, other in (pair, pair[::-1]))
