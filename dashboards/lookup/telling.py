"""How a release's texts, codes and dates are written in one language."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from typing import Any

from markupsafe import Markup

from dashboards.lookup.finding.normalise import has_han
from dashboards.lookup.finding.validity import Standing
from dashboards.lookup.release import Release

LANGUAGES = ("zh", "en")


@dataclass(frozen=True)
class Telling:
    """The words of a release in `lang`."""

    release: Release
    lang: str

    def text(self, key: str, **values: Any) -> str:
        """A text of ours with values filled in; marked-up values stay so, all others are escaped beside them."""
        text = self.release.text(key, self.lang)
        return (Markup(text) if Markup in map(type, values.values()) else text).format(**values)

    def month(self, iso: str | None) -> str:
        """A month (`2027-03`, or the month of a date) in words; empty when there is none."""
        return self._date("format.month", f"{iso[:7]}-01") if iso else ""

    def day(self, iso: str | None) -> str:
        return self._date("format.day", iso) if iso else ""

    def standing(self, standing: Standing) -> str:
        """What a standing means; empty where the register has a status of its own that we have no words for."""
        key = f"standing.{standing.key}"
        if key == self.release.text(key, self.lang):
            return ""
        values = dict(standing.values)
        if "month" in values:
            values["month"] = self.month(str(values["month"]))
        return self.text(key, **values)

    def both(self, standing: Standing) -> dict[str, str]:
        """A standing as code and words of every language."""
        words = {lang: Telling(self.release, lang).standing(standing) for lang in LANGUAGES}
        return {"code": standing.key, **words}

    def own(self, stored: str | None) -> Markup | str:
        """A stored text, marked as Chinese where a page in another language shows one."""
        if not stored or self.lang == LANGUAGES[0] or not has_han(stored):
            return stored or ""
        return Markup('<span lang="{}">{}</span>').format(LANGUAGES[0], stored)

    def label(self, column: str, code: str | None) -> str:
        """Name of a code."""
        words: Mapping[str, str] = self.release.words(column, code) or {}
        return words.get(self.lang, "")

    def source(self, row: Mapping[str, Any]) -> str:
        """Where a row comes from and as of which day; empty when the register does not say."""
        if not (row.get("source_name") and row.get("received_on")):
            return ""
        name = self.label("source_name", row["source_name"])
        return self.text("source", name=name, day=self.day(row["received_on"]))

    def _date(self, key: str, iso: str) -> str:
        moment = date.fromisoformat(iso[:10])
        name = self._months[moment.month - 1]
        return self.text(key, year=moment.year, month=moment.month, day=moment.day, name=name)

    @cached_property
    def _months(self) -> list[str]:
        return self.text("months").split()
