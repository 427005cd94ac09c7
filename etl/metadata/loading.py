"""Assembling a metadata directory from its files, and the references between them."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from etl.errors import BadInput
from etl.metadata.codelists import read_code_lists, read_division_changes
from etl.metadata.disclosure import DisclosureRules
from etl.metadata.model import CodeList, Field, Implication, Metadata, Record, Rule
from etl.metadata.reading import SCHEMAS, line_of, read_yaml
from etl.metadata.references import check_code, check_fields, check_time_zone, day, unknown
from etl.metadata.sources import read_sources
from etl.settings import METADATA

LANGUAGES = ("zh", "en")
SHARED_RULES = ("assessment", "attacks", "declassifiers", "disclosure", "reasons", "retention")


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
    _check_quota(root / "rules/quota.yaml", rules, codes)
    _check_microdata(root / "rules/microdata.yaml", rules)
    _check_requests(root / "rules/requests.yaml", rules, fields)
    registration_rules = _registration_rules(root / "rules/registration.yaml", rules, codes)
    disclosure = _own_or_shared(root, "rules/disclosure.yaml")
    DisclosureRules(disclosure, rules["disclosure"], fields, codes, registration_rules).check()
    boundaries = root / "geography/boundaries.yaml"
    return Metadata(
        root=root,
        register=_register(root / "register.yaml"),
        fields=fields,
        records=records,
        implications=implications,
        sources=read_sources(root / "sources", fields, records, codes),
        codes=codes,
        registration_rules=registration_rules,
        rules=rules,
        texts=_texts(root),
        geography=read_yaml(boundaries, "boundaries") if boundaries.exists() else {},
        division_changes=read_division_changes(root / "geography/changes.csv", codes),
    )


def _register(path: Path) -> dict[str, Any]:
    content: dict[str, Any] = read_yaml(path, "register")
    check_time_zone(path, ["time_zone"], content["time_zone"])
    return content


def _own_or_shared(root: Path, name: str) -> Path:
    return root / name if (root / name).exists() else METADATA / name


def _check_unknown_files(root: Path) -> None:
    """A misspelt file name would otherwise be silently unused."""
    known = {"register.yaml", "fields.yaml", "records.yaml", "geography/boundaries.yaml"}
    known |= {f"rules/{schema.stem}.yaml" for schema in SCHEMAS.glob("*.json")}
    known |= {f"i18n/{language}.yaml" for language in LANGUAGES}
    known |= {f"sources/{source.name}" for source in (root / "sources").glob("*.yaml")}
    folders = (root, *(root / name for name in ("codes", "geography", "i18n", "rules", "sources")))
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
    if overlay_path.exists() and overlay_path.read_bytes() != path.read_bytes():
        for name, changes in read_yaml(overlay_path, "fields-overlay").items():
            if name not in content:
                raise unknown(
                    overlay_path, [name], f"字典中没有该字段 | no such field: {name}", "fields.yaml"
                )
            content[name] = content[name] | changes
    for name, item in content.items():
        if (item["type"] == "code") != ("codes" in item):
            message = "code 类型必须且只有它有 codes | `codes` goes with type code, and only with it"
            raise BadInput(message, f"{path}:{line_of(path, [name])}", "type code has codes")
        if "codes" in item and item["codes"] not in codes:
            raise unknown(
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
        public_in=tuple(item.get("public_in", ())),
    )


def _records(path: Path, fields: Mapping[str, Field]) -> tuple[dict[str, Record], tuple[Implication, ...]]:
    content = read_yaml(path, "records")
    for name, item in content["records"].items():
        check_fields(path, ["records", name, "fields"], item["fields"], fields, "fields.yaml")
        check_fields(
            path, ["records", name, "key"], item["key"], item["fields"], f"records.yaml#{name}.fields"
        )
    for position, item in enumerate(content["implies"]):
        for key in ("when", "gives"):
            check_fields(path, ["implies", position, key], item[key], fields, "fields.yaml")
    records = {
        name: Record(
            name,
            item["zh"],
            item["en"],
            tuple(item["fields"]),
            tuple(item["key"]),
            item.get("is_state", False),
        )
        for name, item in content["records"].items()
    }
    implications = (Implication(tuple(item["when"]), tuple(item["gives"])) for item in content["implies"])
    return records, tuple(implications)


def _registration_rules(
    path: Path, content: Mapping[str, Any], codes: Mapping[str, CodeList]
) -> tuple[Rule, ...]:
    rules = []
    for position, item in enumerate(content.get("registration", {"rules": []})["rules"]):
        subject = item.get("subject", {})
        for code_list, code in subject.items():
            check_code(path, ["rules", position, "subject", code_list], code_list, code, codes)
        code_list, code = next(iter(subject.items()), (None, None))
        rules.append(
            Rule(
                rule=item["rule"],
                value=float(item["value"]),
                unit=item["unit"],
                valid_from=day(item["valid_from"]),
                valid_to=day(item["valid_to"]),
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


def _check_microdata(path: Path, rules: Mapping[str, Any]) -> None:
    """The tier that is part of every release is one of those declared."""
    content = rules.get("microdata")
    if content is not None and content["released"] not in content["tiers"]:
        message = f"没有该档微观数据 | no such tier of microdata: {content['released']}"
        raise unknown(path, ["released"], message, "microdata.yaml#tiers")


def _check_requests(path: Path, rules: Mapping[str, Any], fields: Mapping[str, Field]) -> None:
    """Groups are of fields of the dictionary, and decisions have bases that are declared."""
    content = rules.get("requests", {"groups": {}, "decisions": {}})
    for record, groups in content["groups"].items():
        for name, group in groups.items():
            check_fields(path, ["groups", record, name, "fields"], group["fields"], fields, "fields.yaml")
    for name, decision in content["decisions"].items():
        for position, basis in enumerate(decision["bases"]):
            if basis not in content["bases"]:
                message = f"没有这个理由 | no such basis: {basis}"
                raise unknown(path, ["decisions", name, "bases", position], message, "requests.yaml#bases")


def _check_quota(path: Path, rules: Mapping[str, Any], codes: Mapping[str, CodeList]) -> None:
    lists = {"qualification": "qualification", "grade": "grade", "categories": "category"}
    for position, item in enumerate(rules.get("quota", {"quota": []})["quota"]):
        for key, code_list in (*lists.items(), ("specialties", "specialty")):
            for code in [item[key]] if isinstance(item[key], str) else item[key]:
                check_code(path, ["quota", position, key], code_list, code, codes)


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
