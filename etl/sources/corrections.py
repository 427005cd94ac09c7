"""Documented corrections of single cells, each with the value it expects to find: it must not outlive its reason.

Those that may be read by anyone stand in the register's `rules/corrections.yaml`; those with a value that may not
stand in `corrections.yaml` of the store's restricted zone, in the same form.
"""

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from etl.errors import BadInput, Refused
from etl.metadata import Metadata, Source
from etl.metadata.reading import line_of, read_yaml
from etl.settings import Store

_OPEN = frozenset({"public", "protected"})
_RETIRED = "retired"


@dataclass(frozen=True)
class Correction:
    """In rows of `record` (of `source`, None: any) with this key, `field` becomes `value` where it is `expect`.

    Key, `expect` and `value` are canonical; `expect` may also be the cell as received, None is an empty cell.
    `where` is file and line.
    """

    record: str
    source: str | None
    key: tuple[tuple[str, str], ...]
    field: str
    expect: str | None
    value: str | None
    where: str

    @property
    def id(self) -> str:
        """The same as long as the correction says the same, wherever it stands."""
        told = (self.record, self.source, self.key, self.field, self.expect, self.value)
        return hashlib.sha256(repr(told).encode()).hexdigest()[:16]

    def concerns(self, source: Source) -> bool:
        return source.record == self.record and self.source in (None, source.name)


def read_corrections(metadata: Metadata, store: Store) -> tuple[Correction, ...]:
    """The corrections in force, of the register and of the store.

    Raises:
        BadInput: a field or source is not known, or a value that must not be public stands in the register.
    """
    restricted = store.restricted / "corrections.yaml"
    kept: list[Mapping[str, Any]] = []
    if restricted.exists():
        kept = read_yaml(restricted, "corrections")["corrections"]
    public: Sequence[Mapping[str, Any]] = (metadata.rules.get("corrections") or {}).get("corrections", ())
    path = metadata.root / "rules" / "corrections.yaml"
    return (
        *_read(path, public, metadata, is_public=True),
        *_read(restricted, kept, metadata, is_public=False),
    )


def check_corrections(corrections: Iterable[Correction], met: Mapping[str, tuple[int, int]]) -> None:
    """`met`: id -> rows with the key, and those of them with the expected value.

    Raises:
        Refused: a record is gone, or no row holds the expected value any more.
    """
    for item in corrections:
        found, expected = met.get(item.id, (0, 0))
        if expected:
            continue
        message = (
            "来源中的值已不是所预期的 | the source no longer holds the expected value"
            if found
            else "来源中已没有这条记录 | the record is gone from the source"
        )
        remedy = "核实来源后删去这条更正，或改写 expect | look at the source, then remove the correction or its expect"
        raise Refused(f"{message} ({item.field})", item.where, "corrections/expect", remedy)


def _read(
    path: Path, items: Sequence[Mapping[str, Any]], metadata: Metadata, *, is_public: bool
) -> list[Correction]:
    corrections = []
    for place, item in enumerate(items):
        where = f"{path}:{line_of(path, ['corrections', place])}"
        _check(item, where, metadata, is_public)
        if item["status"] != _RETIRED:
            key = tuple(sorted(item["key"].items()))
            corrections.append(
                Correction(
                    item["record"],
                    item.get("source"),
                    key,
                    item["field"],
                    item["expect"],
                    item["value"],
                    where,
                )
            )
    return corrections


def _check(item: Mapping[str, Any], where: str, metadata: Metadata, is_public: bool) -> None:
    record, source = item["record"], item.get("source")
    if record not in metadata.records:
        raise BadInput(f"没有该记录类型 | no such record: {record}", where, "records.yaml")
    if source is not None and (source not in metadata.sources or metadata.sources[source].record != record):
        raise BadInput(f"该记录没有此来源 | no such source of the record: {source}", where, "sources/")
    for name in (*item["key"], item["field"]):
        if name not in metadata.records[record].fields:
            raise BadInput(f"该记录没有此字段 | not a field of the record: {name}", where, "records.yaml")
        if is_public and metadata.fields[name].sensitivity not in _OPEN:
            remedy = (
                "写入 STORE/restricted/corrections.yaml | write it there: STORE/restricted/corrections.yaml"
            )
            raise BadInput(
                f"这个字段的值不得公开 | values of this field are not public: {name}", where, name, remedy
            )
