"""What a name means at one place of a query."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from etl.lineage.flow import NOTHING, Flow, Relation, computed, union_of
from etl.lineage.rows import Rows


@dataclass
class Scope:
    """Relations of FROM, aliases of the SELECT list, lambda parameters; and the scope around them."""

    ctes: Mapping[str, Relation]
    outer: "Scope | None"
    relations: list[tuple[str, Relation]] = field(default_factory=list)
    unseen: set[str] = field(default_factory=set)
    using: bool = False
    aliases: dict[str, Flow] = field(default_factory=dict)
    parameters: frozenset[str] = frozenset()
    rows: Rows = field(default_factory=Rows)

    def resolve(self, names: list[str]) -> Flow | None:
        """What a reference follows from: the union of all it may mean here, else what it means outside."""
        found = list(self._meanings(names))
        if found:
            return frozenset().union(*found)
        return self.outer.resolve(names) if self.outer else None

    def _meanings(self, names: list[str]) -> Iterator[Flow]:
        """`a`: a column, an alias, a parameter, else a row; `a.b`: column b of a, or field b of column a."""
        first, *rest = names
        flows = [flow for _, relation in self.relations if (flow := relation.find(first)) is not None]
        flows += [self.aliases[first]] if first in self.aliases else []
        flows += [NOTHING] if first in self.parameters else []
        if not rest:
            yield from flows or (
                union_of(relation.columns) for alias, relation in self.relations if alias == first
            )
        elif len(rest) == 1:
            yield from map(computed, flows)
            members = (relation.find(rest[0]) for alias, relation in self.relations if alias == first)
            yield from (flow for flow in members if flow is not None)
