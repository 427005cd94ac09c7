"""Parts that several pages share: words around an exhibit, stock a year before, tables of results."""

from collections.abc import Sequence
from datetime import date

from dashboards.ui.exhibit import Table, Words
from dashboards.ui.numbers import exact, month, quarter
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
        return quarter(value, view.lang) if column == "quarter_end" else month(value, view.lang)
    if isinstance(value, (int, float)) or value is None:
        return exact(value) if column != "year" else str(value)
    named = code_list(column)
    return view.name(named, str(value)) if named else str(value)


def year_before(when: date) -> date:
    """The same quarter end one year earlier."""
    return when.replace(year=when.year - 1, day=min(when.day, 28) if when.month == 2 else when.day)


def stock(rows: Sequence[tuple[date, int]]) -> tuple[int | None, int | None]:
    """Newest value of a quarterly series and the value a year before it."""
    if not rows:
        return None, None
    values = dict(rows)
    newest = max(values)
    return values[newest], values.get(year_before(newest))
