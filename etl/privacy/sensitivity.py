"""Sensitivity as a type: how sensitive is what a column, or a set of influences, tells.

`public` < `protected` < `restricted` < `secret`. Types come from the field dictionary; only a declared
declassifier lowers one, and only for arguments that it accepts.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Protocol

from etl.lineage import ROWS, Atom, Call, Flow, Relation, Source
from etl.lineage.flow import CONSTANT, PLAIN, Row, is_plain
from etl.lineage.rows import rows_of_holders

SENSITIVITIES = ("public", "protected", "restricted", "secret")

# Inputs that say what codes, rules and parameters mean; nobody's data. Never models.
_REFERENCE_TABLES = ("codes_", "rule_", "param_")
WITHDRAWALS = (
    "param_withdrawal"  # who asked to be taken down: somebody's data under the prefix of a parameter
)
COMPARISONS = ("compare", "match", "sort")
_DATED_TABLES = ("param_",)
# How a day may be used inside these zones without being told.
_DAY_USES = {"core": frozenset({"match", "order", "compare"}), "safe": frozenset({"match", "compare"})}
HASHES = frozenset({"md5", "sha256", "sha1", "hash"})


class Field(Protocol):
    """What the check asks of an entry of the field dictionary."""

    @property
    def sensitivity(self) -> str: ...
    @property
    def role(self) -> str | None: ...
    @property
    def public_in(self) -> tuple[str, ...]: ...


@dataclass(frozen=True)
class Declassifier:
    """A macro that may lower a type: arguments up to `accepts` give a result of type `gives`.

    `of`: for each argument the only columns whose value it may be, unchanged; several are of one holder (empty: any
    expression). A pseudonym of an attribute would be the attribute in other letters, a month of a sum any number, and
    a day set against any other would be told. What follows those arguments may say what is public, and whether one
    of the columns is NULL. `row`: for each argument the columns that it may be; all are bare, of
    one row of one table, so that a mark is that of its day. Both name a column of any table, or `table.column`.
    """

    name: str
    accepts: str
    gives: str
    sql: str
    of: tuple[tuple[str, ...], ...] = ()
    row: tuple[tuple[str, ...], ...] = ()


class Typing:
    """The types of columns and of what follows from them, while models are judged one after the other.

    `models`: names of the tables that are models; the others are inputs. `row_types` and `unknown` grow with each
    model judged: the type of its choice of rows, and of columns that the dictionary lacks.
    """

    def __init__(
        self,
        models: Iterable[str],
        fields: Mapping[str, Field],
        declassifiers: Iterable[Declassifier],
        schemas: Mapping[str, tuple[str, ...]],
    ) -> None:
        self._models, self._fields, self._schemas = frozenset(models), fields, schemas
        self._declassifiers = {declassifier.name.lower(): declassifier for declassifier in declassifiers}
        self.boundaries = HASHES | self._declassifiers.keys()
        self._holders = self.holders = frozenset(
            name for name, entry in fields.items() if entry.role == "key" and entry.sensitivity != "public"
        )
        self.unknown: dict[tuple[str, str], str] = {}
        self.row_types = {table: self._type_of_being_in(table) for table in schemas}
        self._day_uses = self._declared = frozenset[str]()

    def enter(self, zone: str, declared: Iterable[str]) -> None:
        """Judge by the rules for days of a zone from here on; `declared`: columns that name a holder there too."""
        self._day_uses = _DAY_USES.get(zone, frozenset())
        self._declared = frozenset(filter(self.names, declared))
        self.holders = self._holders | self._declared

    def declared(self, table: str, column: str) -> str | None:
        """The dictionary's type of a column; one name may be public in the tables of some subjects."""
        entry = self._fields.get(column)
        if entry is None:
            return None
        return "public" if _subject(table) in entry.public_in else entry.sensitivity

    def type_of_column(self, table: str, column: str) -> str:
        if column == ROWS:
            return self.row_types[table]
        if self.is_reference(table):
            return "public"
        return self.declared(table, column) or self.unknown.get((table, column), "secret")

    def _type_of_being_in(self, table: str) -> str:
        """What having a row in a staging table says: the least of what only that table can say."""
        others = {
            name
            for other, names in self._schemas.items()
            if other != table and not self.is_reference(other)
            for name in names
        }
        own = [self.type_of_column(table, name) for name in self._schemas[table] if name not in others]
        return min(own, key=SENSITIVITIES.index, default="public")

    def role(self, column: str) -> str | None:
        entry = self._fields.get(column)
        return entry.role if entry else None

    def names(self, column: str) -> bool:
        """Whether a column is a key or an identifier."""
        return self.role(column) in ("key", "identifier")

    def is_key(self, source: Source) -> bool:
        return self.role(source.column) == "key"

    def _is_day(self, source: Source) -> bool:
        return self.role(source.column) == "day"

    def is_reference(self, table: str) -> bool:
        named = table.startswith(_REFERENCE_TABLES) and table != WITHDRAWALS
        return named and table not in self._models

    def may_accompany(self, atom: Atom) -> bool:
        """Whether a key may be made of it, beside what names: what is public, or a day."""
        return self.type_of(atom) == "public" or (isinstance(atom, Source) and self._is_day(atom))

    def identifies(self, flow: Flow) -> bool:
        """Whether a value is made of keys and identifiers, of at least one, and else of days and what is public."""
        leaves = list(_leaves(flow))
        named = [leaf for leaf in leaves if self.names(leaf.column)]
        beside = set(leaves).difference(named)
        return bool(named) and all(map(self.may_accompany, beside))

    def is_made_of_days(self, zone: str, flow: Flow) -> bool:
        """Whether a value is made of days and what is public; in core nothing else may decide which, either."""
        made = (*PLAIN, "of") if zone == "core" else PLAIN
        return all(
            self.may_accompany(atom)
            for atom in flow
            if (
                atom.use in made if isinstance(atom, Source) else zone == "core" or atom.function != "compare"
            )
        )

    def is_made_of_editions(self, flow: Flow) -> bool:
        """Whether a value is the day of an edition or the as-of date, unchanged: not any day of a calendar."""
        values = [atom for atom in flow if isinstance(atom, Source) and is_plain(atom)]
        return (
            bool(values)
            and not flow >= CONSTANT
            and all(
                value.use in ("is", "choice")
                and (self.role(value.column) == "edition" or value.table.startswith(_DATED_TABLES))
                for value in values
            )
        )

    def worst(self, flow: Flow, exempt: tuple[str, ...] = ("match",)) -> tuple[str, Atom | None]:
        """The highest type among what a flow follows from, and what has it.

        Keys in an `exempt` use carry no attribute and do not count; nor do days that are not told.
        """
        counted = [
            (SENSITIVITIES.index(self.type_of(atom)), _position(atom), atom)
            for atom in flow
            if not (isinstance(atom, Source) and self._is_exempt(atom, exempt))
        ]
        if not counted:
            return "public", None
        level, _, atom = max(counted, key=lambda entry: entry[:2])
        return SENSITIVITIES[level], atom

    def type_of(self, atom: Atom) -> str:
        if isinstance(atom, Source):
            return self.type_of_column(atom.table, atom.column)
        if atom.function in COMPARISONS:
            return self._type_of_comparison(atom)
        derived, _ = self.worst(atom.arguments)
        declassifier = self._declassifiers.get(atom.function)
        if declassifier is None or above(derived, declassifier.accepts):
            return derived
        return declassifier.gives

    def _type_of_comparison(self, call: Call) -> str:
        """What a comparison tells: its sides, but for days with days; keys that are matched are judged alone."""
        days = [atom for atom in call.arguments if isinstance(atom, Source) and self._is_told_apart(atom)]
        if not self._are_of_one_holder(days, call):
            return max((self.type_of(day) for day in days), key=SENSITIVITIES.index)
        if call.function == "sort":
            return "public"
        has_days = any(map(self._is_day, _leaves(call.arguments)))
        if not has_days and call.function == "match":
            return "public" if self.are_alike(call.arguments) else self.worst(call.arguments, ())[0]
        if has_days and all(map(self._is_beside_a_day, call.arguments)):
            return "public"
        return self.worst(call.arguments)[0]

    def are_alike(self, flow: Flow) -> bool:
        """Whether all values, or none, hold a key or identifier of somebody: equal to any other it would be told."""
        hold = [self._holds_a_name(atom) for atom in flow if _is_value(atom)]
        return all(hold) or not any(hold)

    def _holds_a_name(self, atom: Atom) -> bool:
        return any(
            self.names(leaf.column) and self.type_of(leaf) != "public" for leaf in _leaves(frozenset({atom}))
        )

    def of_another_holder(self, relation: Relation) -> list[str]:
        """The columns of a model with days that are not of the holder of all its days and keys."""
        days = {name: self._rows_of_days(flow) for name, flow in relation.columns}
        whose = frozenset[Row]().union(*days.values())
        keys = {
            name: list(_named(flow)) for name, flow in relation.columns if whose and name in self._holders
        }
        strange = [name for name, rows in days.items() if len(rows) > 1 or (rows and rows != whose)]
        return strange + [
            name
            for name, leaves in keys.items()
            if len(whose) > 1 or not leaves or any(not self._is_key_of(whose, name, leaf) for leaf in leaves)
        ]

    def _is_key_of(self, whose: frozenset[Row], name: str, leaf: Source) -> bool:
        """Whether a key's part is of a holder's row, whole; one that may be missing would make holders one."""
        return leaf.row in whose and (leaf.use == "is" or name in self._declared)

    def _rows_of_days(self, flow: Flow) -> frozenset[Row]:
        days = (atom for atom in flow if isinstance(atom, Source) and is_plain(atom))
        return frozenset(day.row for day in days if self._is_told_apart(day))

    def _is_told_apart(self, source: Source) -> bool:
        """Whether it is a day of a person, which days of others would tell."""
        return self._is_day(source) and self.type_of(source) != "public"

    def _are_of_one_holder(self, days: list[Source], call: Call) -> bool:
        """Whether days are compared, or sorted, among those of one holder only."""
        rows = {day.row for day in days}
        if call.function != "sort":
            return len(rows) <= 1
        return rows <= rows_of_holders(call.arguments, self.holders)

    def _is_beside_a_day(self, atom: Atom) -> bool:
        """Whether a day may be compared with it: a day, the as-of date, a date of a rule; in core an edition."""
        if isinstance(atom, Call):
            return atom not in CONSTANT and self.type_of(atom) == "public"
        if self._is_exempt(atom, ("match",)) or atom.column == ROWS:
            return self.is_key(atom) or self._is_day(atom) or self.type_of(atom) == "public"
        if self._is_day(atom) or atom.table.startswith(_DATED_TABLES):
            return atom.use in PLAIN and bool(self._day_uses)
        in_core = "order" in self._day_uses and (self.role(atom.column) == "edition" or not is_plain(atom))
        return self.type_of(atom) == "public" and (in_core or self.is_reference(atom.table))

    def _is_exempt(self, source: Source, key_uses: tuple[str, ...]) -> bool:
        if self.is_key(source):
            return source.use in key_uses
        return self._is_day(source) and source.use in self._day_uses

    def misused(self, flow: Flow) -> Call | None:
        """The first call, inside others too, of a declassifier that does not accept its arguments."""
        for call in (atom for atom in flow if isinstance(atom, Call)):
            inner = self.misused(call.arguments)
            if inner or not self._accepts(call):
                return inner or call
        return None

    def _accepts(self, call: Call) -> bool:
        declassifier = self._declassifiers.get(call.function)
        if declassifier is None:
            return True
        if declassifier.of and not self._only_of(declassifier.of, call):
            return False
        if declassifier.row and not _stands_in(declassifier.row, call.bare):
            return False
        return not above(self.worst(call.arguments)[0], declassifier.accepts)

    def _only_of(self, columns: tuple[tuple[str, ...], ...], call: Call) -> bool:
        """Whether each argument is one of its columns, unchanged, and all are of one holder."""
        rows = {
            atom.row
            for atom in call.arguments
            if isinstance(atom, Source) and is_plain(atom) and self.type_of(atom) != "public"
        }
        return (
            (len(rows) <= 1 or len(columns) == 1)
            and len(columns) <= len(call.each)
            and all(map(self._is_one_of, columns, call.each))
            and all(self._is_mark(columns, atom) for flow in call.each[len(columns) :] for atom in flow)
        )

    def _is_one_of(self, columns: tuple[str, ...], argument: Flow) -> bool:
        """Whether an argument is some of the columns; what decides which is public, or one of them, looked up."""
        values = [atom for atom in argument if _is_value(atom)]
        return bool(values) and all(
            isinstance(atom, Source) and _called(atom, columns) and self._is_unchanged(atom)
            if atom in values
            else self.type_of(atom) == "public" or (isinstance(atom, Source) and _called(atom, columns))
            for atom in argument
        )

    def _is_mark(self, columns: tuple[tuple[str, ...], ...], atom: Atom) -> bool:
        """Whether it is public, or whether one of the columns is NULL."""
        if isinstance(atom, Source) and any(_called(atom, allowed) for allowed in columns):
            return atom.use == "compare"
        return self.type_of(atom) == "public"

    def _is_unchanged(self, source: Source) -> bool:
        """Whether a value is passed on as it is; one that names only so, else also chosen among some."""
        return source.use == "is" or (source.use == "choice" and not self.names(source.column))


def above(sensitivity: str, limit: str) -> bool:
    return SENSITIVITIES.index(sensitivity) > SENSITIVITIES.index(limit)


def _subject(table: str) -> str:
    """What a table is about: `qualification` of `stg_qualification` and `core_qualification__history`."""
    return table.partition("_")[2].partition("__")[0]


def _called(source: Source, names: tuple[str, ...]) -> bool:
    return source.column in names or f"{source.table}.{source.column}" in names


def _named(flow: Flow) -> Iterator[Source]:
    """What a key is made of: keys, and what a hash or a pseudonym is made of; not what decides which."""
    for atom in flow:
        if isinstance(atom, Call) and atom.function not in COMPARISONS:
            yield from (replace(leaf, use="is") for leaf in _named(atom.arguments))
        elif isinstance(atom, Source) and atom.use != "match":
            yield atom


def _is_value(atom: Atom) -> bool:
    """Whether something is made of it; else it decides only which value there is."""
    if isinstance(atom, Call):
        return atom.function not in (*COMPARISONS, "pick")
    return atom.use in (*PLAIN, "of") and atom.column != ROWS


def _stands_in(row: tuple[tuple[str, ...], ...], bare: tuple[str, ...]) -> bool:
    """Whether the bare arguments of a call are what a declassifier takes, each in its place."""
    return len(row) == len(bare) and all(
        name in allowed or name.partition(".")[2] in allowed for allowed, name in zip(row, bare, strict=True)
    )


def _leaves(flow: Flow) -> Iterator[Source]:
    """The sources of a flow, those inside calls too."""
    for atom in flow:
        if isinstance(atom, Call):
            yield from _leaves(atom.arguments)
        else:
            yield atom


def _position(atom: Atom) -> tuple[str, ...]:
    if isinstance(atom, Source):
        return (atom.table, atom.column, atom.use)
    return (atom.function, *sorted(str(_position(argument)) for argument in atom.arguments))
