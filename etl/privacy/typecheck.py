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
* days are compared, sorted and counted apart among those of one holder only: a rank among all would tell the day.
  Rows are of one holder where a key of a person equates them; the days and keys of a model's row are of one;
* what may be told of a day in one row is told by a mark in that very row (`row` of a declassifier);
* being in a table says at least the least sensitive thing that only this table says;
* a model of the sensitive zone, whose counts are protected, touches the sensitive plane: what does not is counted
  exactly, because noise on what the lookup shows protects nothing and tells the noise;
* a model reads only the zones behind the door it stands at.

What cannot be analysed is refused.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from etl.errors import Refused
from etl.kernel.graph import order
from etl.kernel.model import Model
from etl.lineage import NOTHING, ROWS, Atom, Call, Flow, Relation, model_flow
from etl.privacy.sensitivity import (
    COMPARISONS,
    SENSITIVITIES,
    WITHDRAWALS,
    Declassifier,
    Field,
    Typing,
    above,
)

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
_INPUTS_READ = {"safe": {WITHDRAWALS}}


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


@dataclass(frozen=True)
class Verdict:
    """Every leak of every model, in building order, and the columns that each model was judged to have."""

    leaks: tuple[Leak, ...]
    columns: Mapping[str, tuple[str, ...]]


def check(
    models: Mapping[str, Model],
    fields: Mapping[str, Field],
    declassifiers: Iterable[Declassifier],
    schemas: Mapping[str, Iterable[str]],
) -> Verdict:
    """Judges every model; no leak when all keep their types.

    `schemas`: columns of the tables that are not models. Raises UserError for an unknown table and
    for circles.
    """
    known = {table.lower(): tuple(name.lower() for name in names) for table, names in schemas.items()}
    checker = _Checker(models, Typing(models, fields, declassifiers, known), known)
    for model in order(models, schemas.keys()):
        checker.check(model)
    columns = {name: relation.names() for name, relation in checker.flows.items()}
    return Verdict(tuple(checker.leaks), columns)


def declassified_rows(models: Mapping[str, Model]) -> dict[str, Mapping[str, str]]:
    """Models that declare columns by which their choice of rows says nothing about a person, and why (zh | en)."""
    return {name: model.declassify_rows for name, model in models.items() if model.declassify_rows}


class _Checker:
    """Checks models in building order, remembering the flows of those before."""

    def __init__(
        self, models: Mapping[str, Model], types: Typing, schemas: dict[str, tuple[str, ...]]
    ) -> None:
        self.models, self.types, self.schemas = models, types, schemas
        self.flows: dict[str, Relation] = {}
        self.leaks: list[Leak] = []

    def check(self, model: Model) -> None:
        """Add the leaks of a model. One that reads a model that cannot be analysed is not looked at."""
        self.types.enter(model.zone, model.declassify_rows)
        for table in model.dependencies:
            zone = self.models[table].zone if table in self.models else "input"
            may_read = zone in _MAY_READ[model.zone] or table in _INPUTS_READ.get(model.zone, ())
            if not may_read and not self.types.is_reference(table):
                reason = f"{model.zone} 不可读 {table} | {model.zone} may not read {table}"
                self._leak(model, ROWS, reason, None, "secret", path=(table,))
        if any(table not in self.schemas for table in model.dependencies):
            return
        try:
            flows = model_flow(model, self.schemas, self.types.boundaries, self.types.holders)
        except Refused as refused:
            self._leak(model, ROWS, refused.message, None, "secret")
            return
        self._rows(model, flows.rows)
        for name, flow in flows.columns:
            self._column(model, name, flow)
        self._plane(model, flows)
        self._holders(model, flows)
        self.flows[model.name], self.schemas[model.name] = flows, flows.names()

    def _rows(self, model: Model, flow: Flow) -> None:
        for name in model.declassify_rows:
            if not self.types.names(name):
                reason = "只有键与标识可以豁免 | only keys and identifiers may be forgiven"
                self._leak(
                    model, ROWS, reason, None, self.types.type_of_column(model.name, name), path=(name,)
                )
        misused = self.types.misused(flow)
        if misused:
            self._leak(model, ROWS, _not_accepted(misused), None, "secret", path=self._path(misused))
        flow = frozenset(atom for atom in flow if not self._forgiven(atom, model.declassify_rows))
        derived, atom = self.types.worst(flow, ("match", "order"))
        self.types.row_types[model.name] = derived
        if above(derived, ZONE_MAXIMUM[model.zone]):
            reason = "选取哪些行泄露更敏感的列 | which rows it has follows from a more sensitive column"
            self._leak(model, ROWS, reason, None, derived, path=self._path(atom))

    def _column(self, model: Model, name: str, flow: Flow) -> None:
        declared = self.types.declared(model.name, name)
        derived, atom = self.types.worst(flow)
        misused = self.types.misused(flow)
        if declared is None:
            self.types.unknown[model.name, name] = derived
            reason = "字段字典没有此列 | not in the field dictionary"
        elif above(declared, ZONE_MAXIMUM[model.zone]):
            reason = "此类列不可在本区域 | a column of this type may not be in this zone"
        elif above(derived, declared):
            reason = "数值来自更敏感的列 | its values follow from a more sensitive column"
        elif misused:
            reason = _not_accepted(misused)
            derived, atom = self.types.worst(misused.arguments)
        elif self.types.names(name) and not self.types.identifies(flow):
            reason = (
                "键与标识只可由键与标识而来 | a key or identifier must come from keys and identifiers only"
            )
        elif self.types.role(name) == "day" and not self.types.is_made_of_days(model.zone, flow):
            reason = "登记日期只可由登记日期而来 | a day of the register must come from such days only"
        elif self.types.role(name) == "edition" and not self.types.is_made_of_editions(flow):
            reason = "名册的版次日期只可由此类日期而来 | the day of an edition must come from such days only"
        else:
            return
        self._leak(model, name, reason, declared, derived, path=self._path(atom))

    def _plane(self, model: Model, flows: Relation) -> None:
        """What is protected must be of the sensitive plane: a column of it, or rows chosen by one."""
        told = [self.types.type_of_column(model.name, name) for name in (ROWS, *flows.names())]
        if model.zone == "sensitive" and not any(above(sensitivity, "protected") for sensitivity in told):
            reason = "不触及敏感面的表须精确发布 | a table that does not touch the sensitive plane is published exactly"
            self._leak(model, ROWS, reason, None, max(told, key=SENSITIVITIES.index))

    def _holders(self, model: Model, flows: Relation) -> None:
        """Days, and the keys that name whose they are, must be of one holder in every row."""
        for name in self.types.of_another_holder(flows):
            reason = "同一行的登记日期与键须属同一人 | the days and keys of one row must be of one holder"
            path = self._path(min(flows.find(name) or NOTHING, key=lambda atom: len(atom.path), default=None))
            self._leak(model, name, reason, self.types.declared(model.name, name), "restricted", path=path)

    def _forgiven(self, atom: Atom, declared: Iterable[str]) -> bool:
        """Whether rows may be chosen by it: by declared columns; by a secret identifier only as a match."""
        if isinstance(atom, Call):
            if atom.function == "match" and not self.types.are_alike(atom.arguments):
                return False
            beside = (part for part in atom.arguments if not self._forgiven(part, declared))
            if atom.function in COMPARISONS:
                return all(self.types.type_of(part) == "public" for part in beside)
            return all(self.types.may_accompany(part) for part in beside)
        matched = atom.use == "match" or self.types.is_key(atom) or self.types.type_of(atom) != "secret"
        return atom.column in declared and matched

    def _path(self, atom: Atom | None) -> tuple[str, ...]:
        """The steps from an output back to the source of `atom`, through every model on the way."""
        if atom is None:
            return ()
        steps = tuple(reversed(atom.path))
        if isinstance(atom, Call):
            return (*steps, *self._path(self.types.worst(atom.arguments)[1]))
        here = (*steps, f"{atom.table}.{atom.column} ({self.types.type_of(atom)})")
        if atom.table not in self.flows:
            return here
        relation = self.flows[atom.table]
        upstream = relation.rows if atom.column == ROWS else relation.find(atom.column) or NOTHING
        return (*here, *self._path(self.types.worst(upstream)[1]))

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


def _not_accepted(call: Call) -> str:
    return f"{call.function} 不接受其参数 | {call.function} does not accept its argument"
