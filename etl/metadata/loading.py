"""Assembling a metadata directory from its files, and the references between them."""

from collections.abc import Mapping
from datetime import date
from pathlib import Path
from typing import Any

from etl.errors import BadInput
from etl.metadata.codelists import read_code_lists, read_division_changes
from etl.metadata.model import (
    CodeList,
    Derivation,
    Field,
    Implication,
    Metadata,
    Origin,
    Record,
    Rule,
    Source,
    SourceField,
    Split,
)
from etl.metadata.reading import SCHEMAS, line_of, read_yaml
from etl.settings import METADATA

LANGUAGES = ("zh", "en")
SHARED_RULES = ("declassifiers", "disclosure")


def load(root: Path = METADATA) -> Metadata:
    """Read and check a metadata directory.

    Raises BadInput naming file, line and rule. What another register may leave out and then takes from the
    project's own directory is told in `etl.metadata`.
    """
    if not root.is_dir():
        remedy = "用 --metadata 指定目录 | name a directory with --metadata"
        raise BadInput("元数据目录不存在 | no such metadata directory", str(root), "--metadata", remedy)
    _check_unknown_files(root)
    codes = read_code_lists(root / "codes")
    fields = _fields(root, codes)
    records, implications = _records(_own_or_shared(root, "records.yaml"), fields)
    rules = _rules(root)
    boundaries = root / "geography/boundaries.yaml"
    return Metadata(
        root=root,
        register=read_yaml(root / "register.yaml", "register"),
        fields=fields,
        records=records,
        implications=implications,
        sources=_sources(root / "sources", fields, records, codes),
        codes=codes,
        registration_rules=_registration_rules(root / "rules/registration.yaml", rules, codes),
        rules=rules,
        texts=_texts(root),
        geography=read_yaml(boundaries, "boundaries") if boundaries.exists() else {},
        division_changes=read_division_changes(root / "geography/changes.csv", codes),
        files=tuple(sorted(path for path in root.rglob("*") if path.suffix in {".yaml", ".csv"})),
    )


def _own_or_shared(root: Path, name: str) -> Path:
    return root / name if (root / name).exists() else METADATA / name


def _check_unknown_files(root: Path) -> None:
    """A misspelt file name would otherwise be silently unused."""
    known = {"register.yaml", "fields.yaml", "records.yaml", "geography/boundaries.yaml"}
    known |= {f"rules/{schema.stem}.yaml" for schema in SCHEMAS.glob("*.json")}
    known |= {f"i18n/{language}.yaml" for language in LANGUAGES}
    folders = (root, *(root / name for name in ("codes", "rules", "geography", "i18n")))
    for path in sorted(path for folder in folders for path in folder.glob("*.y*ml")):
        if path.relative_to(root).as_posix() not in known:
            remedy = "检查文件名 | check the file's name"
            raise BadInput("不认识的元数据文件 | unknown metadata file", str(path), "metadata layout", remedy)


def _rules(root: Path) -> dict[str, Any]:
    paths = {name: METADATA / f"rules/{name}.yaml" for name in SHARED_RULES}
    paths |= {path.stem: path for path in sorted((root / "rules").glob("*.yaml"))}
    return {name: read_yaml(path, name) for name, path in paths.items()}


def _fields(root: Path, codes: Mapping[str, CodeList]) -> dict[str, Field]:
    path = METADATA / "fields.yaml"
    content = read_yaml(path, "fields")
    overlay_path = root / "fields.yaml"
    if root.resolve() != METADATA.resolve() and overlay_path.exists():
        for name, changes in read_yaml(overlay_path, "fields-overlay").items():
            if name not in content:
                raise _unknown(
                    overlay_path, [name], f"字典中没有该字段 | no such field: {name}", "fields.yaml"
                )
            content[name] = content[name] | changes
    for name, item in content.items():
        if (item["type"] == "code") != ("codes" in item):
            message = "code 类型必须且只有它有 codes | `codes` goes with type code, and only with it"
            raise BadInput(message, f"{path}:{line_of(path, [name])}", "type code has codes")
        if "codes" in item and item["codes"] not in codes:
            raise _unknown(
                path, [name, "codes"], f"没有该代码表 | no such code list: {item['codes']}", "codes/"
            )
    return {name: _field(name, item) for name, item in content.items()}


def _field(name: str, item: Mapping[str, Any]) -> Field:
    return Field(
        name=name,
        type=item["type"],
        zh=item["zh"],
        en=item["en"],
        description_zh=item["description"]["zh"],
        description_en=item["description"]["en"],
        unit=item.get("unit"),
        codes=item.get("codes"),
        sensitivity=item["sensitivity"],
        role=item.get("role"),
    )


def _records(path: Path, fields: Mapping[str, Field]) -> tuple[dict[str, Record], tuple[Implication, ...]]:
    content = read_yaml(path, "records")
    for name, item in content["records"].items():
        _check_fields(path, ["records", name, "fields"], item["fields"], fields, "fields.yaml")
        _check_fields(
            path, ["records", name, "key"], item["key"], item["fields"], f"records.yaml#{name}.fields"
        )
    for position, item in enumerate(content["implies"]):
        for key in ("when", "gives"):
            _check_fields(path, ["implies", position, key], item[key], fields, "fields.yaml")
    records = {
        name: Record(name, item["zh"], item["en"], tuple(item["fields"]), tuple(item["key"]))
        for name, item in content["records"].items()
    }
    implications = (Implication(tuple(item["when"]), tuple(item["gives"])) for item in content["implies"])
    return records, tuple(implications)


def _check_fields(
    path: Path, pointer: list[str | int], names: list[str], known: Any, where_known: str
) -> None:
    for position, name in enumerate(names):
        if name not in known:
            raise _unknown(path, [*pointer, position], f"没有该字段 | no such field: {name}", where_known)


def _unknown(path: Path, pointer: list[str | int], message: str, known_in: str) -> BadInput:
    remedy = f"名称须见于 {known_in} | the name must stand in {known_in}"
    return BadInput(message, f"{path}:{line_of(path, pointer)}", "cross-reference", remedy)


def _sources(
    folder: Path,
    fields: Mapping[str, Field],
    records: Mapping[str, Record],
    codes: Mapping[str, CodeList],
) -> dict[str, Source]:
    sources = {}
    for path in sorted(folder.glob("*.yaml")):
        content = read_yaml(path, "source")
        source = _source(path, content, fields)
        _check_source(source, fields, records, codes)
        sources[source.name] = source
    return sources


def _source(path: Path, item: Mapping[str, Any], fields: Mapping[str, Field]) -> Source:
    origin = item["origin"]
    return Source(
        name=path.stem,
        path=path,
        zh=item["zh"],
        en=item["en"],
        record=item["record"],
        files=tuple(item.get("files", ["**/*"])),
        sheets=tuple(item.get("sheets", ())),
        snapshots=item.get("snapshots", "all"),
        date_pattern=item.get("date_pattern"),
        origin=Origin(
            publisher_zh=origin["publisher"]["zh"],
            publisher_en=origin["publisher"]["en"],
            url=origin.get("url"),
            retrieved=_day(origin.get("retrieved")),
        ),
        licence=item["licence"],
        fields=tuple(_source_field(name, value, fields) for name, value in item.get("fields", {}).items()),
        constants=item.get("constants", {}),
        ignored=item.get("ignored", {}),
        drop_budget=item.get("drop_budget", 0.0),
        split=tuple(
            Split(tuple(part["fields"]), tuple(part["headers"]), part["kind"])
            for part in item.get("split", ())
        ),
        derive=tuple(
            Derivation(name, part["kind"], part["from"]) for name, part in item.get("derive", {}).items()
        ),
        precedence=item.get("precedence", 100),
    )


def _source_field(name: str, item: Mapping[str, Any], fields: Mapping[str, Field]) -> SourceField:
    known = fields.get(name)
    return SourceField(
        field=name,
        headers=tuple(item["headers"]),
        clean=item.get("clean", known.type if known else "text"),
        required=item.get("required", False),
        codes=item.get("codes", known.codes if known else None),
        date_format=item.get("date_format"),
        timezone=item.get("timezone"),
    )


def _day(text: str | None) -> date | None:
    return date.fromisoformat(text) if text else None


def _check_source(
    source: Source,
    fields: Mapping[str, Field],
    records: Mapping[str, Record],
    codes: Mapping[str, CodeList],
) -> None:
    path = source.path
    if source.record not in records:
        raise _unknown(path, ["record"], f"没有该记录类型 | no such record: {source.record}", "records.yaml")
    allowed = records[source.record].fields
    where = f"records.yaml#{source.record}.fields"
    pointers: list[tuple[list[str | int], str]] = []
    pointers += [(["fields", item.field], item.field) for item in source.fields]
    pointers += [(["constants", name], name) for name in source.constants]
    pointers += [(["derive", item.field], item.field) for item in source.derive]
    pointers += [
        (["split", i, "fields", j], name)
        for i, item in enumerate(source.split)
        for j, name in enumerate(item.fields)
    ]
    for pointer, name in pointers:
        if name not in allowed:
            raise _unknown(path, pointer, f"该记录没有此字段 | not a field of the record: {name}", where)
    _check_derivations(source)
    for item in source.fields:
        if item.codes and item.codes not in codes:
            pointer = ["fields", item.field, "codes"]
            raise _unknown(path, pointer, f"没有该代码表 | no such code list: {item.codes}", "codes/")
    for name, value in source.constants.items():
        code_list = fields[name].codes
        if code_list and value not in codes[code_list].by_code:
            message = f"不是 {code_list} 的代码 | not a code of {code_list}: {value}"
            raise _unknown(path, ["constants", name], message, f"codes/{code_list}.csv")
    _check_headers(source)


def _check_derivations(source: Source) -> None:
    for item in source.derive:
        if item.source not in source.provides - {item.field}:
            message = f"来源没有该字段 | the source has no such field: {item.source}"
            raise _unknown(source.path, ["derive", item.field, "from"], message, "fields, split, constants")


def _check_headers(source: Source) -> None:
    seen: dict[str, str] = {}
    groups: list[tuple[str, tuple[str, ...], list[str | int]]] = [
        (item.field, item.headers, ["fields", item.field]) for item in source.fields
    ]
    groups += [
        ("+".join(item.fields), item.headers, ["split", i, "headers"]) for i, item in enumerate(source.split)
    ]
    groups += [("ignored", (header,), ["ignored", header]) for header in source.ignored]
    for owner, headers, pointer in groups:
        for header in headers:
            other = seen.setdefault(header, owner)
            if other != owner:
                line = line_of(source.path, pointer)
                message = f"列名“{header}”同时用于 {other} 和 {owner} | header used twice: {header}"
                raise BadInput(message, f"{source.path}:{line}", "one header, one field")


def _registration_rules(
    path: Path, content: Mapping[str, Any], codes: Mapping[str, CodeList]
) -> tuple[Rule, ...]:
    rules = []
    for position, item in enumerate(content.get("registration", {"rules": []})["rules"]):
        subject = item.get("subject", {})
        for code_list, code in subject.items():
            if code_list not in codes or code not in codes[code_list].by_code:
                message = f"没有该代码 | no such code: {code_list} {code}"
                raise _unknown(path, ["rules", position, "subject"], message, f"codes/{code_list}.csv")
        code_list, code = next(iter(subject.items()), (None, None))
        rules.append(
            Rule(
                rule=item["rule"],
                value=float(item["value"]),
                unit=item["unit"],
                valid_from=_day(item["valid_from"]),
                valid_to=_day(item["valid_to"]),
                subject=code,
                subject_codes=code_list,
                scope=item.get("scope", "national"),
                zh=item["zh"],
                en=item["en"],
                source=item["source"],
                confidence=item["confidence"],
            )
        )
    return tuple(rules)


def _texts(root: Path) -> dict[str, dict[str, str]]:
    texts: dict[str, dict[str, str]] = {language: {} for language in LANGUAGES}
    for folder in dict.fromkeys((METADATA.resolve(), root.resolve())):
        own = {language: _own_texts(folder / f"i18n/{language}.yaml") for language in LANGUAGES}
        _check_same_keys(folder / "i18n", own)
        for language in LANGUAGES:
            texts[language] |= own[language]
    return texts


def _own_texts(path: Path) -> dict[str, str]:
    content: dict[str, str] = read_yaml(path, "i18n") if path.exists() else {}
    return content


def _check_same_keys(folder: Path, texts: Mapping[str, Mapping[str, str]]) -> None:
    for language, other in (LANGUAGES, LANGUAGES[::-1]):
        missing = next((key for key in texts[other] if key not in texts[language]), None)
        if missing:
            path = folder / f"{other}.yaml"
            message = f"{language}.yaml 缺少文字 | no text in {language}.yaml: {missing}"
            where = f"{path}:{line_of(path, [missing])}"
            raise BadInput(message, where, "same keys in zh and en", "两种语言都写 | write both languages")
