"""The privacy type-check: no column may say more than its name and its zone allow.

Sensitivity is a type: `public` < `protected` < `restricted` < `secret`. The field dictionary gives each
column name its type; the check proves, from the SQL alone and before data is read, that every model keeps it:

* the values of an output column follow from columns no more sensitive than its declared type and its zone;
* which rows a model has follows from columns no more sensitive than its zone; this travels with the rows
  through every model that reads them;
* only a declared declassifier lowers a type, and only for arguments that it accepts;
* a surrogate key (role `key`) that rows are only matched by carries no attribute; its value does;
* so a key is made of keys and identifiers (and what is public, and days) only: made of an attribute it would
  carry it;
* a day of the register (role `day`) is told by the month: inside core and safe what is only compared with it, or
  sorted or picked by it, follows from when things happened, and not on which day;
* so a day is made of days: a birth date under the name of one is refused;
* being in a table says at least the least sensitive thing that only this table says (insurance months);
* a model reads only the zones behind the door it stands at.

What cannot be analysed is refused.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Protocol

from etl.errors import Refused
from etl.kernel.graph import order
from etl.kernel.model import Model
from etl.lineage import NOTHING, ROWS, Atom, Call, Flow, Relation, Source, model_flow

SENSITIVITIES = ("public", "protected", "restricted", "secret")

ZONE_MAXIMUM = {
    "core": "secret",
    "safe": "restricted",
    "open": "public",
    "served": "protected",
    "sensitive": "restricted",
}
_MAY_READ = {
    "core": {"input", "core"},
    "safe": {"core", "safe"},
    "open": {"safe", "open"},
    "served": {"safe", "open", "served"},
    "sensitive": {"safe", "open", "sensitive"},
}
# Inputs that say what codes, rules and parameters mean; nobody's data. Never models.
_REFERENCE_TABLES = ("codes_", "rule_", "param_")
_COMPARISONS = ("compare", "match")
_DATED_TABLES = ("param_",)
# How a day may be used inside these zones without being told.
_DAY_USES = {"core": frozenset({"match", "order", "compare"}), "safe": frozenset({"match", "compare"})}
_HASHES = frozenset({"md5", "sha256", "sha1", "hash"})


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

    `of`: the only columns beside public ones that its arguments may be, unchanged (empty: any expression). A
    pseudonym of an attribute would be the attribute in other letters, a month of a sum any number. `needs`:
    columns that must be bare among its arguments. Both name a column of any table, or `table.column`.
    """

    name: str
    accepts: str
    gives: str
    sql: str
    of: tuple[str, ...] = ()
    needs: tuple[str, ...] = ()


@dataclass(frozen=True)
class Leak:
    """One refusal: the output column (`*`: the choice of rows) of a model, and how what it shows gets there.

    `derived` is what it follows from, `declared` its name's type (None: not in the dictionary), `maximum` its
    zone's. `path` runs from the output back to the source: `table.column (sensitivity)`, steps between.
    """

    model: str
    file: str
    column: str
    reason: str
    declared: str | None
    derived: str
    maximum: str
    path: tuple[str, ...]

    def __str__(self) -> str:
        lines = [
            f"{self.file}: {self.model}.{self.column}: {self.reason}",
            f"  声明 declared: {self.declared or '-'}；推得 derived: {self.derived}；"
            f"区域上限 zone maximum: {self.maximum}",
        ]
        return "\n".join(lines + [f"  {'← ' if step else ''}{step}" for step in self.path])


def check(
    models: Mapping[str, Model],
    fields: Mapping[str, Field],
    declassifiers: Iterable[Declassifier],
    schemas: Mapping[str, Iterable[str]],
) -> list[Leak]:
    """Every leak of every model, in building order; empty when all keep their types.

    `schemas`: columns of the tables that are not models. Raises UserError for an unknown table and
    for circles.
    """
    checker = _Checker(
        models,
        fields,
        {declassifier.name.lower(): declassifier for declassifier in declassifiers},
        {table.lower(): tuple(name.lower() for name in names) for table, names in schemas.items()},
    )
    for model in order(models, schemas.keys()):
        checker.check(model)
    return checker.leaks


def declassified_rows(models: Mapping[str, Model]) -> dict[str, Mapping[str, str]]:
    """Models that declare columns by which their choice of rows says nothing about a person, and why (zh | en)."""
    return {name: model.declassify_rows for name, model in models.items() if model.declassify_rows}


class _Checker:
    """Checks models in building order, remembering the flows of those before."""

    def __init__(
        self,
        models: Mapping[str, Model],
        fields: Mapping[str, Field],
        declassifiers: Mapping[str, Declassifier],
        schemas: dict[str, tuple[str, ...]],
    ) -> None:
        self.models, self.fields, self.declassifiers, self.schemas = models, fields, declassifiers, schemas
        self.row_types = {table: self._type_of_being_in(table) for table in schemas}
        self.flows: dict[str, Relation] = {}
        self.unknown: dict[tuple[str, str], str] = {}
        self.day_uses: frozenset[str] = frozenset()
        self.leaks: list[Leak] = []

    def check(self, model: Model) -> None:
        """Add the leaks of a model. One that reads a model that cannot be analysed is not looked at."""
        self.day_uses = _DAY_USES.get(model.zone, frozenset())
        for table in model.dependencies:
            zone = self.models[table].zone if table in self.models else "input"
            if zone not in _MAY_READ[model.zone] and not self._is_reference(table):
                reason = f"{model.zone} 不可读 {table} | {model.zone} may not read {table}"
                self._leak(model, ROWS, reason, None, "secret", path=(table,))
        if any(table not in self.schemas for table in model.dependencies):
            return
        try:
            flows = model_flow(model, self.schemas, _HASHES | self.declassifiers.keys())
        except Refused as refused:
            self._leak(model, ROWS, refused.message, None, "secret")
            return
        self._rows(model, flows.rows)
        for name, flow in flows.columns:
            self._column(model, name, flow)
        self.flows[model.name], self.schemas[model.name] = flows, flows.names()

    def _rows(self, model: Model, flow: Flow) -> None:
        for name in model.declassify_rows:
            if not self._names(name):
                reason = "只有键与标识可以豁免 | only keys and identifiers may be forgiven"
                self._leak(model, ROWS, reason, None, self._type(model.name, name), path=(name,))
        misused = self._misused(flow)
        if misused:
            self._leak(model, ROWS, _not_accepted(misused), None, "secret", path=self._path(misused))
        flow = frozenset(atom for atom in flow if not self._forgiven(atom, model.declassify_rows))
        derived, atom = self._worst(flow, ("match", "order"))
        self.row_types[model.name] = derived
        if _above(derived, ZONE_MAXIMUM[model.zone]):
            reason = "选取哪些行泄露更敏感的列 | which rows it has follows from a more sensitive column"
            self._leak(model, ROWS, reason, None, derived, path=self._path(atom))

    def _column(self, model: Model, name: str, flow: Flow) -> None:
        declared = self._declared(model.name, name)
        derived, atom = self._worst(flow)
        misused = self._misused(flow)
        if declared is None:
            self.unknown[model.name, name] = derived
            reason = "字段字典没有此列 | not in the field dictionary"
        elif _above(declared, ZONE_MAXIMUM[model.zone]):
            reason = "此类列不可在本区域 | a column of this type may not be in this zone"
        elif _above(derived, declared):
            reason = "数值来自更敏感的列 | its values follow from a more sensitive column"
        elif misused:
            reason = _not_accepted(misused)
            derived, atom = self._worst(misused.arguments)
        elif self._names(name) and flow and not self._identifies(flow):
            reason = (
                "键与标识只可由键与标识而来 | a key or identifier must come from keys and identifiers only"
            )
        elif self._role(name) == "day" and not self._is_made_of_days(model.zone, flow):
            reason = "登记日期只可由登记日期而来 | a day of the register must come from such days only"
        else:
            return
        self._leak(model, name, reason, declared, derived, path=self._path(atom))

    def _is_made_of_days(self, zone: str, flow: Flow) -> bool:
        """Whether a value is made of days and what is public; in core nothing else may decide which, either."""
        made = ("is", "choice", "shift", "of") if zone == "core" else ("is", "choice", "shift")
        return all(
            self._may_accompany(atom)
            for atom in flow
            if (
                atom.use in made if isinstance(atom, Source) else zone == "core" or atom.function != "compare"
            )
        )

    def _identifies(self, flow: Flow) -> bool:
        """Whether a value is made of keys and identifiers, of at least one, and else of days and what is public."""
        leaves = list(_leaves(flow))
        named = [leaf for leaf in leaves if self._names(leaf.column)]
        beside = set(leaves).difference(named)
        return bool(named) and all(map(self._may_accompany, beside))

    def _forgiven(self, atom: Atom, declared: Iterable[str]) -> bool:
        """Whether rows may be chosen by it: by declared columns; by a secret identifier only as a match."""
        if isinstance(atom, Call):
            beside = (part for part in atom.arguments if not self._forgiven(part, declared))
            if atom.function in _COMPARISONS:
                return all(self._type_of(part) == "public" for part in beside)
            return all(self._may_accompany(part) for part in beside)
        matched = atom.use == "match" or self._is_key(atom) or self._type_of(atom) != "secret"
        return atom.column in declared and matched

    def _role(self, column: str) -> str | None:
        entry = self.fields.get(column)
        return entry.role if entry else None

    def _names(self, column: str) -> bool:
        """Whether a column is a key or an identifier."""
        return self._role(column) in ("key", "identifier")

    def _is_key(self, source: Source) -> bool:
        return self._role(source.column) == "key"

    def _is_day(self, source: Source) -> bool:
        return self._role(source.column) == "day"

    def _may_accompany(self, atom: Atom) -> bool:
        """Whether a key may be made of it, beside what names: what is public, or a day."""
        return self._type_of(atom) == "public" or (isinstance(atom, Source) and self._is_day(atom))

    def _is_reference(self, table: str) -> bool:
        return table not in self.models and table.startswith(_REFERENCE_TABLES)

    def _misused(self, flow: Flow) -> Call | None:
        """The first call, inside others too, of a declassifier that does not accept its arguments."""
        for call in (atom for atom in flow if isinstance(atom, Call)):
            inner = self._misused(call.arguments)
            if inner or not self._accepts(call):
                return inner or call
        return None

    def _accepts(self, call: Call) -> bool:
        declassifier = self.declassifiers.get(call.function)
        if declassifier is None:
            return True
        if declassifier.of and not self._only_of(declassifier.of, call.arguments):
            return False
        if not all(self._is_bare(name, call.arguments) for name in declassifier.needs):
            return False
        return not _above(self._worst(call.arguments)[0], declassifier.accepts)

    def _only_of(self, columns: tuple[str, ...], arguments: Flow) -> bool:
        """Whether arguments are some of the columns, unchanged, and else follow from what is public."""
        named = [atom for atom in arguments if isinstance(atom, Source) and _called(atom, columns)]
        beside = arguments.difference(named)
        return (
            bool(named)
            and all(map(self._is_unchanged, named))
            and all(self._type_of(atom) == "public" for atom in beside)
        )

    def _is_unchanged(self, source: Source) -> bool:
        """Whether a value is passed on as it is; days and what names only so, else also looked up among codes."""
        if self._names(source.column):
            return source.use == "is"
        return source.use in (
            ("is", "choice") if self._is_day(source) else ("is", "choice", "match", "compare")
        )

    def _is_bare(self, column: str, arguments: Flow) -> bool:
        """Whether a column is an argument itself, and nothing else is made of it."""
        uses = {atom.use for atom in arguments if isinstance(atom, Source) and _called(atom, (column,))}
        return uses == {"is"}

    def _worst(self, flow: Flow, exempt: tuple[str, ...] = ("match",)) -> tuple[str, Atom | None]:
        """The highest type among what a flow follows from, and what has it.

        Keys in an `exempt` use carry no attribute and do not count; nor do days that are not told.
        """
        counted = [
            (SENSITIVITIES.index(self._type_of(atom)), _position(atom), atom)
            for atom in flow
            if not (isinstance(atom, Source) and self._is_exempt(atom, exempt))
        ]
        if not counted:
            return "public", None
        level, _, atom = max(counted, key=lambda entry: entry[:2])
        return SENSITIVITIES[level], atom

    def _is_exempt(self, source: Source, key_uses: tuple[str, ...]) -> bool:
        if self._is_key(source):
            return source.use in key_uses
        return self._is_day(source) and source.use in self.day_uses

    def _type_of(self, atom: Atom) -> str:
        if isinstance(atom, Source):
            return self._type(atom.table, atom.column)
        if atom.function in _COMPARISONS:
            return self._type_of_comparison(atom)
        derived, _ = self._worst(atom.arguments)
        declassifier = self.declassifiers.get(atom.function)
        if declassifier is None or _above(derived, declassifier.accepts):
            return derived
        return declassifier.gives

    def _type_of_comparison(self, call: Call) -> str:
        """What a comparison tells: its sides, but for days with days; keys that are matched are judged alone."""
        has_days = any(map(self._is_day, _leaves(call.arguments)))
        if not has_days and call.function == "match":
            return "public"
        if has_days and all(map(self._is_beside_a_day, call.arguments)):
            return "public"
        return self._worst(call.arguments)[0]

    def _is_beside_a_day(self, atom: Atom) -> bool:
        """Whether a day may be compared with it: a day, the as-of date, a date of a rule; in core what is public."""
        if isinstance(atom, Call):
            return self._type_of(atom) == "public"
        if self._is_exempt(atom, ("match",)) or atom.column == ROWS:
            return self._is_key(atom) or self._is_day(atom) or self._type_of(atom) == "public"
        if self._is_day(atom) or atom.table.startswith(_DATED_TABLES):
            return atom.use in ("is", "choice", "shift") and bool(self.day_uses)
        in_core = "order" in self.day_uses
        return self._type_of(atom) == "public" and (in_core or self._is_reference(atom.table))

    def _path(self, atom: Atom | None) -> tuple[str, ...]:
        """The steps from an output back to the source of `atom`, through every model on the way."""
        if atom is None:
            return ()
        steps = tuple(reversed(atom.path))
        if isinstance(atom, Call):
            return (*steps, *self._path(self._worst(atom.arguments)[1]))
        here = (*steps, f"{atom.table}.{atom.column} ({self._type_of(atom)})")
        if atom.table not in self.flows:
            return here
        relation = self.flows[atom.table]
        upstream = relation.rows if atom.column == ROWS else relation.find(atom.column) or NOTHING
        return (*here, *self._path(self._worst(upstream)[1]))

    def _leak(
        self,
        model: Model,
        column: str,
        reason: str,
        declared: str | None,
        derived: str,
        *,
        path: tuple[str, ...] = (),
    ) -> None:
        maximum = ZONE_MAXIMUM[model.zone]
        self.leaks.append(Leak(model.name, str(model.path), column, reason, declared, derived, maximum, path))

    def _type_of_being_in(self, table: str) -> str:
        """What having a row in a staging table says: the least of what only that table can say."""
        others = {
            name
            for other, names in self.schemas.items()
            if other != table and not self._is_reference(other)
            for name in names
        }
        own = [self._type(table, name) for name in self.schemas[table] if name not in others]
        return min(own, key=SENSITIVITIES.index, default="public")

    def _type(self, table: str, column: str) -> str:
        if column == ROWS:
            return self.row_types[table]
        if self._is_reference(table):
            return "public"
        return self._declared(table, column) or self.unknown.get((table, column), "secret")

    def _declared(self, table: str, column: str) -> str | None:
        """The dictionary's type of a column; one name may be public in the tables of some subjects."""
        entry = self.fields.get(column)
        if entry is None:
            return None
        return "public" if _subject(table) in entry.public_in else entry.sensitivity


def _leaves(flow: Flow) -> Iterator[Source]:
    """The sources of a flow, those inside calls too."""
    for atom in flow:
        if isinstance(atom, Call):
            yield from _leaves(atom.arguments)
        else:
            yield atom


def _called(source: Source, names: tuple[str, ...]) -> bool:
    return source.column in names or f"{source.table}.{source.column}" in names


def _subject(table: str) -> str:
    """What a table is about: `qualification` of `stg_qualification` and `core_qualification__history`."""
    return table.partition("_")[2].partition("__")[0]


def _not_accepted(call: Call) -> str:
    return f"{call.function} 不接受其参数 | {call.function} does not accept its argument"


def _above(sensitivity: str, limit: str) -> bool:
    return SENSITIVITIES.index(sensitivity) > SENSITIVITIES.index(limit)


def _position(atom: Atom) -> tuple[str, ...]:
    if isinstance(atom, Source):
        return (atom.table, atom.column, atom.use)
    return (atom.function, *sorted(str(_position(argument)) for argument in atom.arguments))
