"""What a page needs to draw itself: the release, the language, the colours, the words."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date

from dashboards.ui.numbers import day
from dashboards.ui.theme import Palette
from dashboards.workforce.release import Release

LANGUAGES = ("zh", "en")
RESIDUAL = 99  # place in a code list of the code that stands for the unknown rest


@dataclass(frozen=True)
class View:
    """One visitor's view of one release."""

    release: Release
    lang: str
    colours: Palette

    def text(self, key: str, **values: object) -> str:
        """The text `dashboard.<key>` in the view's language, with its placeholders filled.

        `{as_of}` may stand in every text. Raises KeyError when the release has no such text.
        """
        return self.release.texts[self.lang][f"dashboard.{key}"].format_map({"as_of": self.as_of, **values})

    def name(self, code_list: str, code: str | None) -> str:
        """Short name of a code, of the list or reserved; the code itself when neither knows it."""
        known, reserved = (self.release.codes.get(name, {}) for name in (code_list, "reserved"))
        row = known.get(code or "") or reserved.get(code or "")
        if row is None:
            return code or ""
        short = getattr(row, f"short_{self.lang}", None)
        return str(short or getattr(row, self.lang) or code)

    def is_residual(self, code_list: str, code: str) -> bool:
        """Whether a code stands for the unknown rest: its list puts it at the very end."""
        row = self.release.codes.get(code_list, {}).get(code)
        return row is not None and int(getattr(row, "sort", None) or 0) == RESIDUAL

    def order(self, code_list: str, codes: set[str]) -> list[str]:
        """Codes in the order of their list; those the list does not know come last."""
        known = [code for code in self.release.codes.get(code_list, {}) if code in codes]
        return known + sorted(codes - set(known))

    @property
    def title(self) -> str:
        return str(getattr(self.release.info, f"title_{self.lang}"))

    @property
    def as_of(self) -> str:
        value = self.release.info.as_of
        return day(value, self.lang) if isinstance(value, date) else str(value)

    @property
    def source(self) -> str:
        """The line under every exhibit: where the numbers come from and as of when."""
        return self.text("source", title=self.title, version=self.release.info.version)


@dataclass(frozen=True)
class Page:
    """Declaration of a page: URL key, place in the menu, the queries without which it makes no sense.

    The menu text is `dashboard.page.<key>`. A release that cannot answer `needs` does not show the page.
    """

    key: str
    order: int
    needs: tuple[str, ...]
    show: Callable[[View], None]
