"""What a column follows from: sources, boundary calls, and sets of them."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace
from typing import Literal

Use = Literal["is", "choice", "shift", "shift2", "shift3", "of", "match", "order", "compare"]

# A column's own values, or those a fixed step from them.
PLAIN: tuple[Use, ...] = ("is", "choice", "shift", "shift2", "shift3")
_SHIFTED: dict[Use, Use] = {
    **{"is": "shift", "choice": "shift", "shift": "shift2", "shift2": "shift3"},
    "shift3": "of",
}

ROWS = "*"

# Which row a value stands in: see `etl.lineage.rows`.
Row = tuple[int, ...]


@dataclass(frozen=True)
class Source:
    """One column of a table, and how it is used.

    `use`: `is` the bare column; `choice` its unchanged value, chosen among some (coalesce, least, CASE, max);
    `shift` such a value moved by one or by another such value (`shift2`, `shift3`: as often; more often would be by
    any number); `of` computed from it; `match` only compared for equality (equi-join, GROUP BY, PARTITION BY, IN) or
    used to pick one row; `order` only to order a window;
    `compare` only tested for NULL.
    `row`: whose row of FROM it is a value of; equal for values of one row, and of rows of one holder.
    `path`: the steps between source and output.
    """

    table: str
    column: str
    use: Use
    row: Row = ()
    path: tuple[str, ...] = field(default=(), compare=False)


@dataclass(frozen=True)
class Call:
    """The result of a boundary function, kept apart from its arguments so that a caller may judge it.

    In `arguments`, use `is` means that the bare column is an argument; `each`: what each follows from, in order.
    `bare`: `table.column` of each argument in order, if all are bare columns of one row of a table that FROM names;
    else empty. Four are no functions: `constant`, a written or generated value; `compare`, a comparison of what
    follows from columns on every side; `match`, the equality of two columns that rows are matched by; `sort`, what is
    sorted or picked by columns (use `order`) among the rows that are equal in others (use `match`: PARTITION BY,
    GROUP BY, DISTINCT).
    """

    function: str
    arguments: "Flow"
    bare: tuple[str, ...] = ()
    each: tuple["Flow", ...] = ()
    path: tuple[str, ...] = field(default=(), compare=False)


Atom = Source | Call
Flow = frozenset[Atom]
NOTHING: Flow = frozenset()
# A written or generated value, which among days makes a calendar of them; NULL is none.
CONSTANT: Flow = frozenset({Call("constant", NOTHING)})


@dataclass(frozen=True)
class Relation:
    """A query's result: what each column (in order, lower case) and the choice of rows follow from.

    `complete` is False where the engine may know more columns than the SQL names (unnest of a struct).
    """

    columns: tuple[tuple[str, Flow], ...]
    rows: Flow
    complete: bool = True

    def find(self, name: str) -> Flow | None:
        """What the column of a name follows from (of a repeated name: all of them); None if there is none."""
        found = [flow for column, flow in self.columns if column == name]
        return frozenset().union(*found) if found else None

    def names(self) -> tuple[str, ...]:
        return tuple(name for name, _ in self.columns)


def union_of(columns: Iterable[tuple[str, Flow]]) -> Flow:
    return frozenset[Atom]().union(*(flow for _, flow in columns))


def mapped(flow: Flow, change: Callable[[Atom], Atom]) -> Flow:
    """The flow with every atom changed; of atoms that become equal, the one with the shortest path stays."""
    return frozenset(change(atom) for atom in sorted(flow, key=lambda atom: (len(atom.path), atom.path)))


def used(flow: Flow, use: Use, otherwise: Use = "of") -> Flow:
    """The flow of a bare column put to a use; what is computed already stays so."""
    return mapped(
        flow,
        lambda atom: (
            replace(atom, use=use if atom.use == "is" else otherwise)
            if isinstance(atom, Source) and atom.use in PLAIN
            else atom
        ),
    )


def computed(flow: Flow) -> Flow:
    return used(flow, "of")


def is_plain(atom: Atom) -> bool:
    """Whether it is the value of a column, at most chosen or shifted."""
    return isinstance(atom, Source) and atom.use in PLAIN


def chosen(parts: list[Flow]) -> Flow:
    """One of several values: unchanged if each may be a column's; a constant among them shows the choice."""
    flow = frozenset[Atom]().union(*parts)
    if not all(any(map(is_plain, part)) for part in parts):
        return computed(flow)
    return optional(flow)


def optional(flow: Flow) -> Flow:
    """A column's value, or none."""
    return mapped(
        flow,
        lambda atom: replace(atom, use="choice") if isinstance(atom, Source) and atom.use == "is" else atom,
    )


def alternatives(parts: list[Flow]) -> Flow:
    """One column of a set operation: a value of any side, chosen where a side has none or those of another row."""
    flow = frozenset[Atom]().union(*parts)
    rows = {
        frozenset(atom.row for atom in part if isinstance(atom, Source) and is_plain(atom)) for part in parts
    }
    return flow if all(parts) and len(rows) == 1 else optional(flow)


def shifted(parts: list[Flow]) -> Flow:
    """The sum or difference of values; of anything but values of columns it is computed."""
    flow = frozenset[Atom]().union(*parts)
    if not all(any(map(is_plain, part)) for part in parts):
        return computed(flow)
    return mapped(
        flow,
        lambda atom: (
            replace(atom, use=_SHIFTED.get(atom.use, atom.use)) if isinstance(atom, Source) else atom
        ),
    )


def matched(flow: Flow) -> Flow:
    return used(flow, "match")


def stepped(flow: Flow, step: str) -> Flow:
    return mapped(flow, lambda atom: replace(atom, path=(*atom.path, step)))


def compared(flow: Flow) -> Flow:
    return mapped(
        flow,
        lambda atom: replace(atom, use="compare") if isinstance(atom, Source) and atom.use in PLAIN else atom,
    )


def as_match(atom: Atom) -> Atom:
    return replace(atom, use="match") if isinstance(atom, Source) and is_plain(atom) else atom


def as_value(atom: Atom) -> Atom:
    return replace(atom, use="of") if isinstance(atom, Source) and atom.use == "compare" else atom


def renamed(relation: Relation, names: list[str], step: str) -> Relation:
    """A relation under an alias: its first columns renamed, the step noted in every path."""
    renamed = [name.lower() for name in names] + [name for name, _ in relation.columns[len(names) :]]
    columns = tuple(
        (name, stepped(flow, f"{step}.{name}") if step else flow)
        for name, (_, flow) in zip(renamed, relation.columns, strict=False)
    )
    return Relation(columns, stepped(relation.rows, step) if step else relation.rows, relation.complete)
