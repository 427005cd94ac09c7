"""The order of models, and choosing some of them."""

from collections.abc import Collection, Iterable, Mapping
from fnmatch import fnmatchcase
from graphlib import CycleError, TopologicalSorter

from etl.errors import BadInput, UserError
from etl.kernel.model import Model


def order(models: Mapping[str, Model], inputs: Collection[str]) -> list[Model]:
    """Models with every model after those it reads; the same for the same files.

    Raises UserError naming the file for a table that is neither a model nor in `inputs`, and for a circle.
    """
    for model in models.values():
        for table in [*model.dependencies, *(table for check in model.checks for table in check.tables)]:
            if table not in models and table not in inputs:
                raise UserError(
                    f"未知的表 {table} | unknown table {table}",
                    str(model.path),
                    rule="表是模型或输入 | a table is a model or an input",
                    remedy="改正表名 | correct the table's name",
                )
    graph = {name: sorted(set(models[name].dependencies) & set(models)) for name in sorted(models)}
    try:
        return [models[name] for name in TopologicalSorter(graph).static_order()]
    except CycleError as error:
        circle = error.args[1]
        raise UserError(
            f"循环依赖 | circular: {' → '.join(circle)}",
            str(models[circle[0]].path),
            rule="依赖不成环 | dependencies have no circle",
            remedy="拆开其中一个模型 | split one of the models",
        ) from None


def select(models: Mapping[str, Model], patterns: Iterable[str]) -> frozenset[str]:
    """Names of the models that any pattern picks.

    A pattern is a name or glob; `+` in front adds what the model reads, directly or not, `+` behind adds
    what reads it. Raises BadInput for a pattern that picks nothing.
    """
    above = {name: set(model.dependencies) & set(models) for name, model in models.items()}
    below = {name: {reader for reader, read in above.items() if name in read} for name in models}
    chosen: set[str] = set()
    for pattern in patterns:
        found = {name for name in models if fnmatchcase(name, pattern.strip("+"))}
        if not found:
            raise BadInput(
                f"没有模型符合 {pattern} | no model matches {pattern}",
                "--select",
                remedy="`jzs lineage` 列出模型 | `jzs lineage` lists the models",
            )
        chosen |= found
        if pattern.startswith("+"):
            chosen |= _reach(found, above)
        if pattern.endswith("+"):
            chosen |= _reach(found, below)
    return frozenset(chosen)


def _reach(start: Iterable[str], edges: Mapping[str, Iterable[str]]) -> set[str]:
    reached: set[str] = set()
    frontier = set(start)
    while frontier:
        reached |= frontier
        frontier = {after for name in frontier for after in edges[name]} - reached
    return reached
