"""What one release says about itself, in the words that every product repeats."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from datetime import date
from typing import Any

from etl.metadata import Metadata


@dataclass(frozen=True)
class Edition:
    """The `release` row of both databases: version, as-of date, titles, notices, name of a division."""

    version: str
    as_of: date
    title_zh: str
    title_en: str
    synthetic: bool
    notice_zh: str | None
    notice_en: str | None
    division_zh: str | None
    division_en: str | None
    map_review_number: str | None

    @classmethod
    def of(cls, metadata: Metadata, version: str, as_of: date) -> "Edition":
        register: Mapping[str, Any] = metadata.register
        title, notice = register["title"], register.get("synthetic_notice") or {}
        division = (register.get("divisions") or {}).get("level1") or {}
        return cls(
            version=version,
            as_of=as_of,
            title_zh=title["zh"],
            title_en=title["en"],
            synthetic=bool(notice),
            notice_zh=notice.get("zh"),
            notice_en=notice.get("en"),
            division_zh=division.get("zh"),
            division_en=division.get("en"),
            map_review_number=(register.get("map") or {}).get("review_number"),
        )

    @classmethod
    def columns(cls) -> tuple[str, ...]:
        return tuple(field.name for field in fields(cls))

    def row(self) -> dict[str, Any]:
        return asdict(self)
