"""Code lists: one CSV file each, checked row by row."""

import re
from collections.abc import Mapping
from datetime import date
from pathlib import Path
from typing import Any

from etl.errors import BadInput
from etl.metadata.model import Code, CodeList, DivisionChange
from etl.metadata.reading import FORMATS, read_csv, schema

COMMON = ("code", "zh", "en", "parent", "sort", "variants", "valid_from", "valid_to")


def read_code_lists(folder: Path) -> dict[str, CodeList]:
    """Every code list that a register may have; one whose file is absent is empty.

    The lists and their own columns are declared in `schemas/codes.json`. Raises BadInput naming file and
    line for an unknown list or column, a repeated code, a spelling shared by two codes or a missing parent.
    """
    declared: dict[str, Any] = schema("codes")["$defs"]
    for path in sorted(folder.glob("*.csv")):
        if path.stem not in declared:
            remedy = "可用的代码表 | known lists: " + ", ".join(sorted(declared))
            raise BadInput(
                "不认识的代码表 | unknown code list", f"{path}:1", "schemas/codes.json#/$defs", remedy
            )
    lists = {name: _read(folder / f"{name}.csv", name, declared[name]) for name in sorted(declared)}
    for name, declaration in declared.items():
        for column, rule in declaration["properties"].items():
            if "x-list" in rule:
                _check_references(folder / f"{name}.csv", lists[name], column, lists[rule["x-list"]])
    return lists


def extra_columns(declaration: Mapping[str, Any]) -> tuple[str, ...]:
    return tuple(name for name in declaration["properties"] if name not in COMMON)


def _read(path: Path, name: str, declaration: Mapping[str, Any]) -> CodeList:
    extra = extra_columns(declaration)
    if not path.exists():
        return CodeList(name, (), extra)
    columns, rows = read_csv(path)
    _check_columns(path, columns, declaration)
    entries: dict[str, Code] = {}
    owner: dict[str, str] = {}
    for line, row in rows:
        cells = {column: text for column, text in row.items() if text}
        _check_row(path, line, cells, declaration)
        code = _code(cells, extra)
        if code.code in entries:
            raise BadInput(f"代码重复 | repeated code: {code.code}", f"{path}:{line}", "unique code")
        for spelling in code.spellings:
            other = owner.setdefault(spelling.casefold(), code.code)
            if other != code.code:
                message = f"“{spelling}” 也属于 {other} | also stands for {other}: {spelling}"
                raise BadInput(
                    message, f"{path}:{line}", "disjoint spellings", "只留在一处 | keep it in one place"
                )
        entries[code.code] = code
    ordered = sorted(entries.values(), key=lambda entry: (entry.sort, entry.code))
    return CodeList(name, tuple(ordered), extra)


def _check_columns(path: Path, columns: list[str], declaration: Mapping[str, Any]) -> None:
    known = declaration["properties"]
    for column in columns:
        if column not in known:
            remedy = "可用的列 | known columns: " + ", ".join(known)
            message = f"不认识的列 | unknown column: {column}"
            raise BadInput(message, f"{path}:1", "declared columns", remedy)
    for column in declaration["required"]:
        if column not in columns:
            raise BadInput(f"缺少列 | missing column: {column}", f"{path}:1", "declared columns")


def _code(cells: Mapping[str, str], extra: tuple[str, ...]) -> Code:
    def day(column: str) -> date | None:
        return date.fromisoformat(cells[column]) if column in cells else None

    return Code(
        code=cells["code"],
        zh=cells["zh"],
        en=cells["en"],
        parent=cells.get("parent"),
        sort=int(cells.get("sort", "0")),
        variants=tuple(cells["variants"].split("|")) if "variants" in cells else (),
        valid_from=day("valid_from"),
        valid_to=day("valid_to"),
        extra={column: cells.get(column) for column in extra},
    )


def _check_references(path: Path, codes: CodeList, column: str, target: CodeList) -> None:
    cells = (entry.parent if column == "parent" else entry.extra.get(column) for entry in codes.entries)
    if target.by_code.keys() >= {code for cell in cells if cell for code in cell.split("|")}:
        return
    for line, row in read_csv(path)[1]:
        for code in row[column].split("|"):
            if code and code not in target.by_code:
                message = f"{column} 不在代码表 {target.name} 中 | not a code of {target.name}: {code}"
                raise BadInput(message, f"{path}:{line}", f"{column} is a code of {target.name}")


def read_division_changes(path: Path, codes: Mapping[str, CodeList]) -> tuple[DivisionChange, ...]:
    """Renames, mergers and moves of divisions with their dates; none when the file is absent.

    Raises BadInput naming file and line for an unknown column, a bad cell or a target that is no code.
    """
    if not path.exists():
        return ()
    columns, rows = read_csv(path)
    declaration = schema("changes")
    _check_columns(path, columns, declaration)
    changed = {(row["level"], row["code_from"]) for _, row in rows}
    changes = []
    for line, row in rows:
        cells = {column: text for column, text in row.items() if text}
        _check_row(path, line, cells, declaration)
        level, target = cells["level"], cells["code_to"]
        if (level, target) not in changed:
            _check_code(f"{path}:{line}", "code_to", target, codes.get(level))
        inside = cells.get("inside")
        if inside is not None:
            home = declaration["properties"]["inside"]["x-list"]
            _check_code(f"{path}:{line}", "inside", inside, codes[home])
        changes.append(_change(cells))
    return tuple(changes)


def _change(cells: Mapping[str, str]) -> DivisionChange:
    return DivisionChange(
        level=cells["level"],
        code_from=cells["code_from"],
        name_from=cells["name_from"],
        code_to=cells["code_to"],
        name_to=cells["name_to"],
        kind=cells["kind"],
        effective_on=date.fromisoformat(cells["effective_on"]),
        precision=cells["precision"],
        spellings=tuple(cells["spellings"].split("|")) if "spellings" in cells else (),
        inside_from=cells.get("inside_from"),
        inside=cells.get("inside"),
        namesake=cells.get("namesake"),
        note=cells.get("note", ""),
    )


def _check_code(where: str, column: str, code: str, target: CodeList | None) -> None:
    """That a code stands in its list; a level without a list has none to check."""
    if target is not None and code not in target.by_code:
        message = f"{column} 不在代码表 {target.name} 中 | not a code of {target.name}: {code}"
        raise BadInput(message, where, f"{column} is a code of {target.name}")


def _check_row(path: Path, line: int, cells: Mapping[str, str], declaration: Mapping[str, Any]) -> None:
    """Cells against the patterns and value lists of their columns; required cells must not be blank."""
    for column in declaration["required"]:
        if column not in cells:
            message = f"{column} 不能为空 | {column} is blank"
            raise BadInput(message, f"{path}:{line}", "required column", declaration["description"])
    for column, text in cells.items():
        rule = declaration["properties"][column]
        if not _is_allowed(text, rule):
            expected = "、".join(rule.get("enum", ())) or rule.get("pattern") or rule["format"]
            message = f"{column} 不符合规定 | {column} does not match the rule: {text}"
            raise BadInput(message, f"{path}:{line}", expected, rule.get("description", ""))


def _is_allowed(text: str, rule: Mapping[str, Any]) -> bool:
    if text not in rule.get("enum", (text,)):
        return False
    if rule.get("format") == "date":
        return bool(FORMATS.conforms(text, "date"))
    return "pattern" not in rule or re.search(rule["pattern"], text) is not None
