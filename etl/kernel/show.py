"""Lineage for a person to read."""

from collections.abc import Iterable, Mapping

from etl.errors import BadInput
from etl.kernel.graph import order
from etl.kernel.model import Model
from etl.lineage.analysis import column_flows
from etl.lineage.flow import Call, Flow, Relation, Source

_ABOVE = "  见上 | see above"


def lineage_text(
    models: Mapping[str, Model],
    schemas: Mapping[str, Iterable[str]],
    target: str | None = None,
    macros: frozenset[str] = frozenset(),
) -> str:
    """Lineage as text: all models; of `model`, its columns; of `model.column`, back to the roots.

    `schemas`: columns of the tables that are not models; `macros`: functions of the register's own.
    Raises BadInput for an unknown model or column.
    """
    ordered = order(models, schemas.keys())
    if target is None:
        return "\n".join(f"{model.name}  ←  {', '.join(model.dependencies) or '-'}" for model in ordered)
    name, _, column = target.partition(".")
    flows = column_flows(ordered, schemas, macros)
    known = {**dict(flows[name].columns), "*": flows[name].rows} if name in flows else {}
    if not known or (column and column not in known):
        raise BadInput(
            f"没有 {target} | no {target}", "jzs lineage", remedy="`jzs lineage` 列出模型 | lists the models"
        )
    if column:
        alone = f"  ← 只取决于有哪些行 | depends only on which rows there are: {name}.*"
        return "\n".join([target, *(_roots(known[column], flows, "  ", set()) or [alone])])
    model = models[name]
    lines = [f"{name}  {model.title_zh} | {model.title_en}"]
    return "\n".join(lines + [f"  {column}  ←  {_sources(flow)}" for column, flow in known.items()])


def _sources(flow: Flow) -> str:
    return ", ".join(sorted({f"{source.table}.{source.column}" for source in _flat(flow)})) or "-"


def _roots(flow: Flow, flows: Mapping[str, Relation], indent: str, told: set[tuple[str, str]]) -> list[str]:
    """What a flow comes from, down to the roots; what is in `told` by then is only pointed to."""
    lines = []
    for table, column, use, path in sorted({(s.table, s.column, s.use, s.path) for s in _flat(flow)}):
        steps = f"  [{' → '.join(path)}]" if path else ""
        upstream = _upstream(table, column, flows)
        above = _ABOVE if upstream and (table, column) in told else ""
        lines.append(f"{indent}← {table}.{column} ({use}){above}{steps}")
        if not above:
            told.add((table, column))
            lines += _roots(upstream, flows, indent + "  ", told)
    return lines


def _upstream(table: str, column: str, flows: Mapping[str, Relation]) -> Flow:
    relation = flows.get(table)
    if relation is None:
        return frozenset()
    return relation.rows if column == "*" else relation.find(column) or frozenset()


def _flat(flow: Flow) -> list[Source]:
    return [
        source for atom in flow for source in (_flat(atom.arguments) if isinstance(atom, Call) else [atom])
    ]
