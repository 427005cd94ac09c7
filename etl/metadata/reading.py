"""Reading YAML and CSV files so that every mistake is told with file, line and rule."""

import csv
import json
import re
from collections.abc import Iterable, Sequence
from copy import deepcopy
from functools import cache, lru_cache
from io import StringIO
from pathlib import Path
from typing import Any, cast

import yaml
from jsonschema import Draft202012Validator
from jsonschema.exceptions import ValidationError

from etl.errors import BadInput
from etl.settings import METADATA

SCHEMAS = METADATA / "schemas"
FORMATS = Draft202012Validator.FORMAT_CHECKER

_MESSAGES = {
    "additionalProperties": "有不认识的键",
    "enum": "值不在允许的范围内",
    "pattern": "写法不符合规定",
    "propertyNames": "键名写法不符合规定",
    "required": "缺少必需的键",
    "type": "类型不对",
}


class _Loader(getattr(yaml, "CSafeLoader", yaml.SafeLoader)):  # type: ignore[misc]
    """Safe loader in which keys are text, a repeated key is an error and dates stay text."""

    yaml_implicit_resolvers = {  # noqa: RUF012
        first: [(tag, pattern) for tag, pattern in resolvers if not tag.endswith(":timestamp")]
        for first, resolvers in yaml.SafeLoader.yaml_implicit_resolvers.items()
    }

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[str, Any]:
        mapping: dict[str, Any] = {}
        for key, value in node.value:
            if not isinstance(key, yaml.ScalarNode) or key.value in mapping:
                problem = (
                    f"repeated key {key.value!r}" if isinstance(key.value, str) else "a key must be text"
                )
                raise yaml.MarkedYAMLError(problem=problem, problem_mark=key.start_mark)
            mapping[key.value] = self.construct_object(value, deep)
        return mapping


def read_text(path: Path) -> str:
    """Text of a UTF-8 file. Raises BadInput when it is missing or not UTF-8."""
    try:
        return path.read_text(encoding="utf-8-sig")
    except FileNotFoundError:
        raise BadInput("文件不存在 | file is missing", str(path), "metadata layout") from None
    except UnicodeDecodeError as error:
        line = path.read_bytes()[: error.start].count(b"\n") + 1
        message = "不是 UTF-8 编码 | not UTF-8"
        raise BadInput(
            message, f"{path}:{line}", "encoding", "另存为 UTF-8 | save the file as UTF-8"
        ) from None


def read_yaml(path: Path, kind: str) -> Any:
    """Content of a YAML file that satisfies `schemas/<kind>.json`.

    Dates stay text. Raises BadInput naming file and line for broken YAML, a repeated key or a broken rule.
    """
    return deepcopy(_valid(path, read_text(path), kind))


@lru_cache(maxsize=256)
def _valid(path: Path, text: str, kind: str) -> Any:
    """The content that a text has, remembered: registers share most of their files."""
    try:
        content = yaml.load(text, _Loader)
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        line = mark.line + 1 if mark else 1
        message = f"YAML 有误 | broken YAML: {getattr(error, 'problem', error)}"
        raise BadInput(message, f"{path}:{line}", "YAML", "改正该行 | correct that line") from None
    errors = list(_validator(kind).iter_errors(content))
    if errors:
        raise _schema_error(path, text, kind, errors)
    return content


def line_of(path: Path, pointer: Sequence[str | int]) -> int:
    """Line (1-based) at which the value or key that `pointer` leads to stands in a YAML file."""
    node = yaml.compose(read_text(path), _Loader)
    return _line(node, list(pointer))


@cache
def _validator(kind: str) -> Draft202012Validator:
    return Draft202012Validator(schema(kind), format_checker=FORMATS)


@cache
def schema(kind: str) -> dict[str, Any]:
    """The JSON Schema of one kind of metadata file."""
    content: dict[str, Any] = json.loads((SCHEMAS / f"{kind}.json").read_text(encoding="utf-8"))
    return content


def _schema_error(path: Path, text: str, kind: str, errors: Iterable[ValidationError]) -> BadInput:
    node = yaml.compose(text, _Loader)
    located = [(_line(node, [*error.absolute_path, *_culprit(error)]), error) for error in errors]
    # A key that is missing is often one that is misspelt: name the misspelt one.
    line, error = min(located, key=lambda pair: (pair[1].validator == "required", pair[0]))
    keyword = str(error.validator)
    named = "".join(f" {key}" for key in _culprit(error))
    message = f"{_MESSAGES.get(keyword, '不符合规定')}{named} | {error.message}"
    if len(located) > 1:
        message += f" (另有 {len(located) - 1} 处 | and {len(located) - 1} more)"
    remedy = error.schema.get("description", "") if isinstance(error.schema, dict) else ""
    pointer = "/".join(str(part) for part in error.absolute_schema_path)
    return BadInput(message, f"{path}:{line}", f"schemas/{kind}.json#/{pointer}", remedy)


def _culprit(error: ValidationError) -> list[str]:
    """The key to point at when the error is about a mapping's own keys."""
    if error.validator == "additionalProperties" and isinstance(error.schema, dict):
        known = error.schema.get("properties", {})
        patterns = error.schema.get("patternProperties", {})
        return [
            key
            for key in cast(dict[str, Any], error.instance)
            if key not in known and not any(re.search(pattern, str(key)) for pattern in patterns)
        ][:1]
    if "propertyNames" in error.absolute_schema_path:
        return [str(error.instance)]
    return []


def _line(node: yaml.Node | None, pointer: Sequence[str | int]) -> int:
    line = 1
    for part in pointer:
        if isinstance(node, yaml.MappingNode):
            found = [(key, value) for key, value in node.value if key.value == str(part)]
            if not found:
                break
            line, node = found[0][0].start_mark.line + 1, found[0][1]
        elif isinstance(node, yaml.SequenceNode) and isinstance(part, int):
            node = node.value[part]
            line = node.start_mark.line + 1
        else:
            break
    return line


def read_csv(path: Path) -> tuple[list[str], list[tuple[int, dict[str, str]]]]:
    """Columns and rows of a UTF-8 CSV file; a row is (line number, column -> text), blank cells are ''.

    Raises BadInput for an empty file, a repeated column or a row whose width differs from the header's.
    """
    reader = csv.reader(StringIO(read_text(path), newline=""))
    header = next(reader, None)
    if not header:
        raise BadInput("文件是空的 | file is empty", f"{path}:1", "CSV header")
    if len(set(header)) != len(header):
        raise BadInput("列名重复 | repeated column", f"{path}:1", "CSV header")
    rows = []
    for row in reader:
        if len(row) != len(header):
            message = f"有 {len(row)} 个单元格，应为 {len(header)} | {len(row)} cells, expected {len(header)}"
            raise BadInput(message, f"{path}:{reader.line_num}", "CSV width")
        rows.append((reader.line_num, dict(zip(header, row, strict=True))))
    return header, rows
