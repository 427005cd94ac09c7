"""Parts that several pages share: words around an exhibit, stock a year before, tables of results."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date

from dashboards.ui.exhibit import Table, Words
from dashboards.ui.numbers import change, exact, month, observed
from dashboards.workforce.download import address, code_list
from dashboards.workforce.release import Result
from dashboards.workforce.view import View


def words(view: View, key: str, lead: str, alt: str = "", **values: object) -> Words:
    """The words of exhibit `key`: `dashboard.<key>.sub` under the lead, which also begins the alt text."""
    return Words(
        lead=lead,
        sub=view.text(f"{key}.sub", **values),
        alt=f"{lead}。{alt}" if view.lang == "zh" else f"{lead}. {alt}",
        table=view.text("table"),
        download=view.text("download"),
        source=view.source,
    )


def link(view: View, result: Result) -> str:
    """Where a result can be downloaded."""
    return address(result, view.lang, view.release.info.version)


def label(view: View, column: str) -> str:
    """Heading of a column: the dashboard's own text, else the field dictionary's label."""
    own = view.release.texts[view.lang].get(f"dashboard.column.{column}")
    return own or view.release.labels[view.lang].get(column, column)


def table(view: View, result: Result, columns: Sequence[str], texts: int = 1, marked: str = "") -> Table:
    """The chosen columns of a result as text: names for codes, digits in thousands."""
    rows = [[cell(view, column, getattr(row, column)) for column in columns] for row in result]
    return Table([label(view, column) for column in columns], rows, texts, marked)


def cell(view: View, column: str, value: object) -> str:
    """One value as a reader reads it."""
    if isinstance(value, date):
        return observed(value, view.lang) if column == "quarter_end" else month(value, view.lang)
    if isinstance(value, (int, float)) or value is None:
        return exact(value) if column != "year" else str(value)
    named = code_list(column)
    return view.name(named, str(value)) if named else str(value)


def year_before(when: date) -> date:
    """The same quarter end one year earlier."""
    return when.replace(year=when.year - 1, day=min(when.day, 28) if when.month == 2 else when.day)


def compared(times: Iterable[date]) -> tuple[date, date | None]:
    """The newest observation with one a year before it, and that one; without such, the newest and None.

    The as-of date need not end a quarter: what changed in a year is then told of the newest quarter end.
    """
    known = set(times)
    pairs = [(time, year_before(time)) for time in known if year_before(time) in known]
    return max(pairs, default=(max(known), None))


@dataclass(frozen=True)
class Stock:
    """Newest value of a series, and its relative change in the year that ended `on` (None: not known)."""

    now: int
    on: date
    moved: float | None


def stock(rows: Sequence[tuple[date, int]]) -> Stock:
    """The stock of a series with at least one observation."""
    values = dict(rows)
    on, before = compared(values)
    return Stock(values[max(values)], on, change(values[on], values[before]) if before else None)
