"""The analysis of models: what every output column, and the choice of rows, follows from."""

from collections.abc import Iterable, Mapping
from typing import Protocol

from etl.lineage.flow import Relation
from etl.lineage.parse import parse
from etl.lineage.queries import Queries


class Query(Protocol):
    """What the analysis asks of a model: its name, its one SELECT, and the file to name in errors."""

    @property
    def name(self) -> str: ...
    @property
    def sql(self) -> str: ...
    @property
    def path(self) -> object: ...


def column_flows(
    models: Iterable[Query],
    schemas: Mapping[str, Iterable[str]],
    boundaries: frozenset[str] = frozenset(),
    holders: frozenset[str] = frozenset(),
) -> dict[str, Relation]:
    """What every output column of every model follows from, one step back: its sources are tables it reads.

    `models` in building order; `schemas`: columns of the tables that are not models. Calls of `boundaries`
    (function names) are kept as `Call`; `holders`: columns that name whose row it is. Raises Refused naming the
    file for SQL that cannot be analysed.
    """
    known = {table.lower(): tuple(name.lower() for name in columns) for table, columns in schemas.items()}
    flows: dict[str, Relation] = {}
    for model in models:
        flows[model.name] = relation = model_flow(model, known, boundaries, holders)
        known[model.name] = relation.names()
    return flows


def model_flow(
    model: Query,
    schemas: Mapping[str, tuple[str, ...]],
    boundaries: frozenset[str],
    holders: frozenset[str],
) -> Relation:
    """The flows of one model; see `column_flows`."""
    analysis = Queries(model.sql.encode(), str(model.path), schemas, boundaries, holders)
    relation = analysis.query(parse(model.sql, str(model.path)), {}, None)
    names = relation.names()
    if not relation.complete or "" in names or len(set(names)) < len(names):
        raise analysis.refusal("每个输出列须有唯一的名字 | every output column needs a name of its own")
    return relation
