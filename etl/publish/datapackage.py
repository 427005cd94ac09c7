"""Frictionless Data Package (v2) of one dataset: files with bytes and hash, columns with their meaning."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from etl.metadata import Metadata
from etl.metadata.model import Field
from etl.publish.datasets import Written
from etl.publish.edition import Edition
from etl.publish.release import sha256

_PROFILE = "https://datapackage.org/profiles/2.0/datapackage.json"
_TYPES = {
    "text": "string",
    "code": "string",
    "date": "date",
    "month": "yearmonth",
    "integer": "integer",
    "decimal": "number",
    "boolean": "boolean",
}


def datapackage(written: Written, metadata: Metadata, edition: Edition) -> dict[str, Any]:
    """The descriptor `datapackage.json`."""
    dataset = written.dataset
    return {
        "$schema": _PROFILE,
        "name": dataset.slug,
        "id": f"{metadata.register['id']}/{dataset.slug}/{edition.version}",
        "title": _both(dataset.title),
        "description": "\n\n".join([_both(dataset.description), *map(_both, dataset.warnings)]),
        "version": edition.version,
        "schemaVersion": dataset.version,
        "asOf": edition.as_of.isoformat(),
        "synthetic": edition.synthetic,
        "licenses": [_licence(metadata.register["licence"])],
        "contributors": [{"title": _both(metadata.register["publisher"]), "roles": ["publisher"]}],
        "sources": [_source(source) for source in metadata.sources.values()],
        "resources": [
            _csv(written, metadata),
            _parquet(written),
            *_codes(written),
            *_documents(written),
        ],
    }


def _both(words: Mapping[str, str]) -> str:
    return f"{words['zh']} | {words['en']}"


def _licence(register: Mapping[str, str]) -> dict[str, str]:
    return {"name": register["id"], "path": register["url"], "title": _both(register)}


def _source(source: Any) -> dict[str, str]:
    url = {"path": source.origin.url} if source.origin.url else {}
    return {"title": f"{source.zh} | {source.en}", **url}


def _file(path: Path, folder: Path) -> dict[str, Any]:
    return {
        "path": path.relative_to(folder).as_posix(),
        "bytes": path.stat().st_size,
        "hash": f"sha256:{sha256(path)}",
    }


def _csv(written: Written, metadata: Metadata) -> dict[str, Any]:
    fields = [_field(name, metadata, written) for name in written.columns]
    key = "primaryKey" if written.grain_is_complete else "uniqueKeys"
    grain = list(written.grain)
    return {
        "name": written.dataset.slug,
        "type": "table",
        **_file(written.csv, written.folder),
        **_CSV_FORMAT,
        "rows": written.rows,
        "schema": {
            "fields": fields,
            "missingValues": [""],
            key: grain if key == "primaryKey" else [grain],
            "foreignKeys": [
                {
                    "fields": [name],
                    "reference": {"resource": f"codes-{_slug(codes)}", "fields": ["code"]},
                }
                for name in written.columns
                if (codes := _code_list(name, metadata)) in written.codes
            ],
        },
    }


_CSV_FORMAT = {"format": "csv", "mediatype": "text/csv", "encoding": "utf-8-sig"}


def _parquet(written: Written) -> dict[str, Any]:
    return {
        "name": f"{written.dataset.slug}-parquet",
        "type": "file",
        **_file(written.parquet, written.folder),
        "format": "parquet",
        "mediatype": "application/vnd.apache.parquet",
    }


def _codes(written: Written) -> list[dict[str, Any]]:
    return [
        {
            "name": f"codes-{_slug(name)}",
            "type": "table",
            **_file(path, written.folder),
            **_CSV_FORMAT,
            "schema": {
                "fields": [{"name": column, "type": "string"} for column in ("code", "zh", "en", "parent")],
                "missingValues": [""],
                "primaryKey": ["code"],
            },
        }
        for name, path in written.codes.items()
    ]


def _documents(written: Written) -> list[dict[str, Any]]:
    kinds = {".csv": ("csv", "text/csv"), ".md": ("md", "text/markdown")}
    return [
        {
            "name": path.name.replace(".", "-"),
            "type": "file",
            **_file(path, written.folder),
            "format": kinds[path.suffix][0],
            "mediatype": kinds[path.suffix][1],
        }
        for path in written.documents
    ]


def _field(name: str, metadata: Metadata, written: Written) -> dict[str, Any]:
    field = metadata.fields[name]
    described = {
        "name": name,
        "type": _TYPES[field.type],
        "title": f"{field.zh} | {field.en}",
        "description": f"{field.description_zh} | {field.description_en}",
        "plane": field.plane,
    }
    if field.unit:
        described["unit"] = field.unit
    constraints = _constraints(field, metadata, written)
    return described | ({"constraints": constraints} if constraints else {})


def _constraints(field: Field, metadata: Metadata, written: Written) -> dict[str, Any]:
    codes = metadata.codes.get(field.codes) if field.codes else None
    if codes is not None and codes.entries:
        reserved = written.reserved.get(codes.name, ())
        return {"enum": [*(entry.code for entry in codes.entries), *reserved]}
    return {"minimum": 0} if field.type == "integer" else {}


def _code_list(name: str, metadata: Metadata) -> str:
    return metadata.fields[name].codes or ""


def _slug(name: str) -> str:
    return name.replace("_", "-")
