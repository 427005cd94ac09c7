"""What every part of the walk over a syntax tree needs: the text, refusals, and what a name means."""

from collections.abc import Mapping
from dataclasses import dataclass
from textwrap import shorten

from etl.errors import Refused
from etl.lineage.flow import Flow, Relation
from etl.lineage.parse import Node, extents
from etl.lineage.scope import Scope

_INERT = {"type", "alias", "query_location", "query_location_length", "is_implicit"}


@dataclass(frozen=True)
class Walk:
    """One model's SQL under analysis: the file to name, the columns of the tables.

    `boundaries`: functions whose calls are kept apart. `holders`: columns that name whose row it is.
    """

    sql: bytes
    where: str
    schemas: Mapping[str, tuple[str, ...]]
    boundaries: frozenset[str]
    holders: frozenset[str]

    def refusal(self, message: str) -> Refused:
        return Refused(
            message,
            self.where,
            rule="血缘须可分析 | lineage must be analysable",
            remedy="改写为明确的列和连接 | rewrite with explicit columns and joins",
        )

    def _resolve(self, names: list[str], scope: Scope) -> Flow:
        flow = scope.resolve([name.lower() for name in names])
        if flow is None:
            raise self.refusal(f"没有列 | no column {'.'.join(names)}")
        return flow

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
