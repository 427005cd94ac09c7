"""A model: one `.sql` file with one SELECT, its zone from the folder, its dependencies from the SQL."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from etl.errors import UserError
from etl.kernel.checks import Check, declared_checks, file_check
from etl.lineage.parse import ordered, parse, tables

ZONES = {
    "core": "core",
    "safe": "safe",
    "mart/open": "open",
    "mart/served": "served",
    "mart/sensitive": "sensitive",
}
# What the names of a zone's models begin with: no model can take the name of an input, nor look like one.
_PREFIXES = {"core": "core_", "safe": "safe_", "open": "mart_", "served": "served_", "sensitive": "mart_"}
_NAME = re.compile(r"[a-z][a-z0-9_]*")
# Zones whose files leave the models: the same rows are the same bytes.
PUBLISHED = frozenset({"open", "served", "sensitive"})

_KEY = re.compile(r"(declassify rows(?= ?\()|[a-z][a-z ]*(?=:)):?\s*(.*)")
_KEYS = ("grain", "checks", "warning", "declassify rows")
_DECLASSIFIED = re.compile(r"\(([a-z0-9_, ]+)\):\s*(.*\|.*)")


@dataclass(frozen=True)
class Model:
    """One model file.

    `grain`: columns that identify a row (empty: not declared). `dependencies`: tables that the SQL reads.
    `ordered`: the SQL states its row order. `declassify_rows`: columns by which this core model may choose its
    rows, each with the declared reason (zh | en) why that says nothing about a person.
    """

    name: str
    zone: str
    path: Path
    sql: str
    title_zh: str
    title_en: str
    grain: tuple[str, ...]
    warnings: tuple[str, ...]
    declassify_rows: Mapping[str, str]
    checks: tuple[Check, ...]
    dependencies: tuple[str, ...]
    ordered: bool


def discover(sql_root: Path) -> dict[str, Model]:
    """Models under `sql_root`, by name, with the free checks of `sql_root/checks`.

    Raises UserError naming the file for a bad header, two models of one name, a name without its layer's
    prefix, not exactly one SELECT, or a check of no model.
    """
    models: dict[str, Model] = {}
    free = _free_checks(sql_root / "checks")
    for folder, zone in ZONES.items():
        for path in sorted((sql_root / folder).rglob("*.sql")):
            name = path.stem
            if not (name.startswith(_PREFIXES[zone]) and _NAME.fullmatch(name)):
                raise _bad_name(path, _PREFIXES[zone])
            if name in models:
                raise UserError(
                    f"模型重名 | two models are named {name}: {models[name].path}",
                    str(path),
                    rule="模型名唯一 | a model's name is unique",
                    remedy="改名其一 | rename one of them",
                )
            models[name] = read(path, zone, tuple(free.pop(name, ())))
    for name, checks in free.items():
        raise UserError(
            f"没有模型 {name} | there is no model {name}",
            checks[0].where,
            rule="检查文件名为 <模型>__<内容>.sql | a check file is named <model>__<what>.sql",
            remedy="改正文件名 | correct the file name",
        )
    return models


def read(path: Path, zone: str, free_checks: tuple[Check, ...] = ()) -> Model:
    """The model in one file. Raises UserError naming the file and what is wrong with it."""
    sql = path.read_text("utf-8")
    header = list(_header(sql))
    title = header[0][1].split("|") if header and not header[0][0] else []
    if len(title) != 2:
        raise _bad_header(path, "首行应为 `-- 中文 | English` | the first line must be `-- zh | en`")
    values: dict[str, list[str]] = {key: [] for key in _KEYS}
    for key, value in header:
        if key and key not in values:
            raise _bad_header(path, f"未知的表头键 | unknown header key: {key}")
        if key:
            values[key].append(value)
    declassified = [_DECLASSIFIED.fullmatch(value) for value in values["declassify rows"]]
    if (declassified and zone != "core") or not all(declassified):
        raise _bad_header(
            path,
            "`declassify rows (列 columns): 中文 | English` 只可用于 core，列与双语理由俱全"
            " | belongs to core, with columns and a reason in both",
        )
    grain = tuple(name.strip() for value in values["grain"] for name in value.split(","))
    tree = parse(sql, str(path))
    return Model(
        name=path.stem,
        zone=zone,
        path=path,
        sql=sql,
        title_zh=title[0].strip(),
        title_en=title[1].strip(),
        grain=grain,
        warnings=tuple(values["warning"]),
        declassify_rows={
            name.strip(): found[2] for found in declassified if found for name in found[1].split(",")
        },
        checks=(*declared_checks(path.stem, grain, values["checks"], str(path)), *free_checks),
        dependencies=tuple(sorted(tables(tree))),
        ordered=ordered(tree),
    )


def _header(sql: str) -> Iterator[tuple[str, str]]:
    """(key, text) of the comment lines on top of a file; the key of plain text is empty."""
    for line in sql.splitlines():
        if not line.startswith("--"):
            return
        text = line[2:].strip()
        match = _KEY.fullmatch(text)
        yield (match[1], match[2].strip()) if match else ("", text)


def _free_checks(folder: Path) -> dict[str, list[Check]]:
    checks: dict[str, list[Check]] = {}
    for path in sorted(folder.glob("*.sql")):
        model, _, what = path.stem.rpartition("__")
        checks.setdefault(model, []).append(file_check(what, path))
    return checks


def _bad_name(path: Path, prefix: str) -> UserError:
    return UserError(
        f"模型名 {path.stem} 不合其层 | the name {path.stem} does not fit its layer",
        str(path),
        rule=f"此层的模型名以 {prefix} 起，用小写 ASCII | names of this layer begin with {prefix}, in lower-case ASCII",
        remedy="改名 | rename it",
    )


def _bad_header(path: Path, message: str) -> UserError:
    return UserError(
        message,
        str(path),
        rule="模型表头 | model header: " + ", ".join(f"`-- {key}:`" for key in _KEYS),
        remedy="改正表头 | correct the header",
    )
