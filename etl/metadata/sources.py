"""Source layouts: one YAML file each, checked against records, fields and code lists."""

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from etl.errors import BadInput
from etl.metadata.model import (
    Bounds,
    CodeList,
    Derivation,
    Field,
    Origin,
    Record,
    Sender,
    Source,
    SourceField,
    Split,
)
from etl.metadata.reading import line_of, read_yaml
from etl.metadata.references import check_code, check_time_zone, day, unknown


def read_sources(
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
            retrieved=day(origin.get("retrieved")),
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
        sender=Sender(**item.get("sender", {})),
        bounds=_bounds(item.get("bounds", {})),
        series=item.get("series"),
    )


def _bounds(item: Mapping[str, Any]) -> Bounds:
    floor = {f"floor_{name}": value for name, value in item.get("floor", {}).items()}
    rest = {name: item[name] for name in ("least", "exempt") if name in item}
    return Bounds(**floor, **item.get("ceiling", {}), **rest)


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


def _check_source(
    source: Source,
    fields: Mapping[str, Field],
    records: Mapping[str, Record],
    codes: Mapping[str, CodeList],
) -> None:
    path = source.path
    if source.record not in records:
        raise unknown(path, ["record"], f"没有该记录类型 | no such record: {source.record}", "records.yaml")
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
            raise unknown(path, pointer, f"该记录没有此字段 | not a field of the record: {name}", where)
    _check_derivations(source)
    for item in source.fields:
        if item.timezone:
            check_time_zone(path, ["fields", item.field, "timezone"], item.timezone)
        if item.codes and item.codes not in codes:
            pointer = ["fields", item.field, "codes"]
            raise unknown(path, pointer, f"没有该代码表 | no such code list: {item.codes}", "codes/")
    _check_sender(source, codes)
    for name, value in source.constants.items():
        if code_list := fields[name].codes:
            check_code(path, ["constants", name], code_list, value, codes)
    _check_headers(source)


def _check_sender(source: Source, codes: Mapping[str, CodeList]) -> None:
    sender = source.sender
    if sender.path and "division" not in re.compile(sender.path).groupindex:
        message, remedy = "正则没有名为 division 的组 | no group named division", "(?P<division>…)"
        raise unknown(source.path, ["sender", "path"], message, remedy)
    if sender.field and sender.field not in source.provides:
        message = f"来源没有该字段 | the source has no such field: {sender.field}"
        raise unknown(source.path, ["sender", "field"], message, "fields, split, derive, constants")
    if sender.code:
        check_code(source.path, ["sender", "code"], "division", sender.code, codes)
    for division in source.bounds.exempt:
        check_code(source.path, ["bounds", "exempt", division], "division", division, codes)


def _check_derivations(source: Source) -> None:
    for item in source.derive:
        if item.source not in source.provides - {item.field}:
            message = f"来源没有该字段 | the source has no such field: {item.source}"
            raise unknown(source.path, ["derive", item.field, "from"], message, "fields, split, constants")


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
