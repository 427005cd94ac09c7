"""Why a row is set aside, in words, and what to do."""

from collections.abc import Mapping
from dataclasses import dataclass

from etl.metadata import Metadata

# The remedy of a check of single rows that brings none of its own.
_ANY_CHECK = "contradiction"
PEOPLE = {"provider": ("提供方", "provider"), "steward": ("数据管理员", "steward")}


@dataclass(frozen=True)
class Words:
    """A reason and its remedy, each in both languages."""

    zh: str
    en: str
    remedy_zh: str
    remedy_en: str


def reason_words(metadata: Metadata) -> dict[str, Words]:
    """Reason code -> its words."""
    reasons: Mapping[str, Mapping[str, str | Mapping[str, str]]] = metadata.rules["reasons"]
    checks = (metadata.rules.get("ingest") or {}).get("checks", ())
    common = reasons[_ANY_CHECK]["remedy"]
    told = {name: _words(item, common) for name, item in reasons.items()}
    return told | {item["name"]: _words(item, common) for item in checks}


def _words(item: Mapping[str, object], common: object) -> Words:
    remedy = item.get("remedy", common)
    assert isinstance(remedy, Mapping)
    return Words(str(item["zh"]), str(item["en"]), remedy["zh"], remedy["en"])
