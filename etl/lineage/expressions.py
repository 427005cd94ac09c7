"""Expressions: what the value of a column, a function or a condition follows from."""

from abc import abstractmethod
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from etl.lineage.flow import (
    CONSTANT,
    NOTHING,
    Atom,
    Call,
    Flow,
    Relation,
    Source,
    Use,
    as_match,
    as_value,
    chosen,
    compared,
    computed,
    is_plain,
    mapped,
    matched,
    shifted,
    union_of,
    used,
)
from etl.lineage.parse import (
    Node,
    conditions_of,
    gathering_functions,
    is_null,
    is_one,
    orders_of,
    pure_functions,
    references,
    results_of,
)
from etl.lineage.rows import placed, sorting
from etl.lineage.scope import Scope
from etl.lineage.walk import Walk

# Expressions without a meaning of their own here: they follow from everything inside them.
_PLAIN = {"CASE", "CAST", "COLLATE", "CONJUNCTION", "CONSTANT", "OPERATOR", "TYPE"}
_NULL_TESTS = {"OPERATOR_IS_NULL", "OPERATOR_IS_NOT_NULL"}
# Functions that give the value of one row: which row a key picks among equals shows nothing of the key.
_PICKS = {"any_value", "first", "first_value", "lag", "last", "last_value", "lead", "nth_value"}
_PICK_BY = {"arg_max", "arg_min", "max_by", "min_by"}
# Functions whose value is one of the values of their first argument; of all of them.
_CHOICES = _PICKS | _PICK_BY | {"max", "min"}
_CHOICES_OF_ALL = {"greatest", "least", "row"}
_DEFAULTS = {"lag", "lead"}
_SHIFTS = {"+", "-"}
_ARGUMENTS = {"arguments", "partitions", "orders", "argorders_of", "order_bys"}
# Functions that give the rows of a table in FROM.
SERIES = {"unnest", "generate_series", "range"}


@dataclass(frozen=True)
class Expressions(Walk):
    """The walk through expressions; subqueries in them are the walk of `queries`."""

    @abstractmethod
    def query(self, node: Node, ctes: Mapping[str, Relation], outer: Scope | None) -> Relation:
        """What the columns and the rows of a query follow from."""

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

    def column(self, node: Node, scope: Scope) -> Flow:
        """What a column of a query follows from; if from no other column, it is a constant unless it is NULL."""
        is_missing = node["class"] == "COLUMN_REF" or is_null(node)
        return self.value(node, scope) or (NOTHING if is_missing else CONSTANT)

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
        known = name in self.boundaries | SERIES or name in pure_functions()
        if not known or node["schema"] or node["catalog"]:
            raise self.refusal(f"不用函数 {name} | function {self._text(node)} is not allowed")
        orders = [order["expression"] for part in orders_of(node) for order in part]
        arguments = node["arguments"]
        if name in _PICK_BY:
            arguments, orders = arguments[:1], orders + arguments[1:]
        flow = self._called(name, [part.get("expression", part) for part in arguments], scope)
        if (
            node.get("distinct") and name not in _CHOICES
        ):  # how many values there are follows from which they are
            flow = mapped(flow, as_value)
        keys = self._inside(node.get("partitions", []), scope) - CONSTANT
        sorted_by = self._inside(orders, scope) - CONSTANT
        if node["class"] == "WINDOW":
            flow = scope.rows.gather(flow, node["query_location"], keys) | {sorting(keys, sorted_by)}
        elif name in gathering_functions():
            flow = scope.rows.gather(flow, node["query_location"], None) | {
                sorting(NOTHING, sorted_by, "pick")
            }
        flow |= used(keys, "match")
        flow |= mapped(sorted_by, as_match) if name in _PICKS | _PICK_BY else used(sorted_by, "order")
        beside = {key: value for key, value in node.items() if key not in _ARGUMENTS}
        return flow | computed(self._inside(beside.values(), scope))

    def _called(self, name: str, arguments: list[Node], scope: Scope) -> Flow:
        """What a function's value follows from, its windows and conditions aside."""
        values = [self.value(part, scope) for part in arguments if not (name in _SHIFTS and is_one(part))]
        flow = frozenset[Atom]().union(*values)
        if name in self.boundaries:
            return frozenset({Call(name, flow, _bare(values), tuple(values))})
        if name in _CHOICES_OF_ALL:
            return chosen(values)
        if name in _SHIFTS:
            return shifted(values)
        if name == "count" and values and all(map(is_plain, flow)):  # counts what is not NULL
            return compared(flow)
        if name in _CHOICES:
            default = [self.column(part, scope) for part in arguments[2:]] if name in _DEFAULTS else []
            return chosen(values[:1]).union(*map(computed, values[1:] + default))
        return computed(flow)

    def _subquery(self, node: Node, scope: Scope) -> Flow:
        """What a scalar subquery, IN or EXISTS follows from; bare columns compared by IN stay matches."""
        relation = placed(self.query(node["subquery"]["node"], scope.ctes, scope), node["query_location"])
        scope.rows.items.add(node["query_location"])
        if node["subquery_type"] in ("EXISTS", "NOT_EXISTS"):
            return relation.rows
        if node["subquery_type"] == "ANY" and node["comparison_type"] == "COMPARE_EQUAL":
            return relation.rows | equated(union_of(relation.columns), self.value(node["child"], scope))
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
            return equated(self.value(node["left"], scope), self.value(node["right"], scope))
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


def equated(left: Flow, right: Flow) -> Flow:
    """Two sides that rows are matched by; one made of no column is a known value, and tells the other."""
    flow = left | right
    if not (_has_source(left) and _has_source(right)):
        return computed(flow)
    return matched(flow) | {Call("match", flow)}


def _has_source(flow: Flow) -> bool:
    return any(isinstance(atom, Source) or _has_source(atom.arguments) for atom in flow)


def _bare(arguments: list[Flow]) -> tuple[str, ...]:
    """The arguments by name if each is a bare column, all of one row of one table; else nothing."""
    atoms = [atom for flow in arguments for atom in flow]
    sources = [atom for atom in atoms if isinstance(atom, Source) and atom.use == "is" and len(atom.row) == 1]
    one_row = len({source.row for source in sources}) == 1
    if not one_row or len(sources) != len(atoms) or any(len(flow) != 1 for flow in arguments):
        return ()
    return tuple(f"{source.table}.{source.column}" for source in sources)
