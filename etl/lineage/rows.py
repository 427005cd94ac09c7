"""Which values stand in one row of a query, or in rows of one holder.

A value's `row` names the item of FROM that it is read from, by its place in the text: `(place,)` for a table,
`(place, group)` for the result of a query, whose values may belong to several holders. Rows that a condition
equates by a column that names a holder (`holders`: a person, a certificate) are one row here. A value gathered
from several rows, by an aggregate or a window, stays in its row only where those rows are of one holder; else it
stands in a row of its own, `(…, -place of the function)`. In the result of a query the rows are numbered `(0, group)`.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace

from etl.lineage.flow import (
    CONSTANT,
    NOTHING,
    Atom,
    Call,
    Flow,
    Relation,
    Row,
    Source,
    is_plain,
    mapped,
    optional,
    used,
)

# Calls that judge rows against each other: their rows are named once and for all where they are made.
_JUDGED = ("compare", "match", "sort", "pick")


@dataclass
class Rows:
    """What is known of the rows of one SELECT: `equal` rows, `gathered` values, the columns they are `grouped` by.

    Rows that are equal to one of an outer query are all of its holder.
    """

    items: set[int] = field(default_factory=set)
    equal: list[tuple[Row, Row]] = field(default_factory=list)
    gathered: dict[Row, tuple[Row, Flow | None]] = field(default_factory=dict)
    grouped: Flow = NOTHING

    def gather(self, flow: Flow, place: int, among: Flow | None) -> Flow:
        """Values gathered by a function from the rows equal in `among` (None: from those of one group)."""

        def moved(row: Row) -> Row:
            if not row:
                return row
            self.gathered[*row, -place] = (row, among)
            return (*row, -place)

        return _mapped(flow, moved)

    def closed(self, relation: Relation, holders: frozenset[str]) -> Relation:
        """A SELECT's result as others see it, every row named by what it is equal to."""
        named = frozenset[Atom]().union(*(self._finished(flow, holders) for _, flow in relation.columns))
        held = {atom.row for atom in named if isinstance(atom, Source) and atom.column in holders}
        rows = {row for atom in named for row in _rows(atom) if row[0] in self.items}
        first = sorted(rows, key=lambda row: (row not in held, row))  # so that the branches of a UNION agree
        numbers: dict[Row, Row] = {row: (0, number) for number, row in enumerate(first)}
        columns = tuple(
            (name, _mapped(self._finished(flow, holders), lambda row: numbers.get(row, row)))
            for name, flow in relation.columns
        )
        return replace(
            relation, columns=columns, rows=mapped(self._finished(relation.rows, holders), _nowhere)
        )

    def _finished(self, flow: Flow, holders: frozenset[str]) -> Flow:
        def finished(atom: Atom) -> Atom:
            if isinstance(atom, Source):
                return in_row(atom, self._root(atom.row, holders))
            name, inside = atom.function, mapped(atom.arguments, finished)
            if name == "pick":
                keys = frozenset(key for key in self.grouped if isinstance(key, Source))
                name, inside = "sort", inside | mapped(keys, finished)
            return replace(atom, function=name, arguments=inside)

        return mapped(flow, finished)

    def _root(self, row: Row, holders: frozenset[str]) -> Row:
        """The first of all rows that are of the same holder; one of an outer query before those of this one."""
        if row in self.gathered:
            base, among = self.gathered[row]
            whose = {
                self._root(key, holders)
                for key in rows_of_holders(self.grouped if among is None else among, holders)
            }
            root = self._root(base, holders)
            return root if root in whose or root[0] not in self.items else row
        if not row:
            return row
        same, grown = {row}, True
        while grown:
            more = {other for pair in self.equal if same.intersection(pair) for other in pair}
            same, grown = same | more, not more <= same
        return min(same, key=lambda other: (other[0] in self.items, other))


def in_row(source: Source, row: Row) -> Source:
    """The source, as a value of a row; itself where it is one: most are, and copies are what an analysis costs."""
    return source if source.row == row else replace(source, row=row)


def _nowhere(atom: Atom) -> Atom:
    """What chooses rows, of no row; a call is still judged by the rows of its arguments."""
    return in_row(atom, ()) if isinstance(atom, Source) else atom


def placed(relation: Relation, place: int) -> Relation:
    """A relation as an item of FROM."""

    def at(row: Row) -> Row:
        return (place, *row[1:]) if row[:1] == (0,) else row

    return replace(relation, columns=tuple((name, _mapped(flow, at)) for name, flow in relation.columns))


def padded(relation: Relation) -> Relation:
    """A relation on the side of an outer join where rows may be missing: its values, or NULL."""
    return replace(relation, columns=tuple((name, optional(flow)) for name, flow in relation.columns))


def rows_of_holders(flow: Flow, holders: frozenset[str]) -> set[Row]:
    """The rows whose holder one of the columns names, unchanged."""
    return {
        atom.row
        for atom in flow
        if isinstance(atom, Source) and atom.column in holders and atom.use in ("is", "match")
    }


def holder_of(flow: Flow, holders: frozenset[str]) -> Row | None:
    """The one row whose holder a value names, if it names any; None of anything else."""
    plain = [atom for atom in flow if isinstance(atom, Source) and is_plain(atom)]
    rows = {atom.row for atom in plain}
    named = bool(plain) and all(atom.column in holders and atom.use in ("is", "choice") for atom in plain)
    return rows.pop() if named and len(rows) == 1 and not flow >= CONSTANT else None


def sorting(keys: Flow, orders: Flow, function: str = "sort") -> Call:
    return Call(function, used(keys, "match") | used(orders, "order"))


def _rows(atom: Atom) -> Iterable[Row]:
    if isinstance(atom, Source):
        return (atom.row,) if atom.row else ()
    return (row for part in atom.arguments if atom.function not in _JUDGED for row in _rows(part))


def _mapped(flow: Flow, change: Callable[[Row], Row]) -> Flow:
    """The flow with the row of every value changed, but for those that are judged already."""

    def changed(atom: Atom) -> Atom:
        if isinstance(atom, Source):
            return in_row(atom, change(atom.row))
        if atom.function in _JUDGED:
            return atom
        return replace(atom, arguments=mapped(atom.arguments, changed))

    return mapped(flow, changed)
