"""What the pages of protected figures share: the choices, a figure with its error and class, what is said of them."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import streamlit as st

from dashboards.ui import bands, exhibit
from dashboards.ui.bands import Figure
from dashboards.ui.numbers import exact
from dashboards.workforce import parts
from dashboards.workforce.release import Result
from dashboards.workforce.view import View

ALL = "all"
BANDS = 2  # standard errors on either side


@dataclass(frozen=True)
class Choice:
    """The year and the place that a visitor chose; `division` and `category` are None for all."""

    year: int
    division: str | None
    category: str | None
    place: str

    @property
    def parameters(self) -> dict[str, Any]:
        return {"year": self.year, "division": self.division, "category": self.category}


def show(view: View, table: str, draw: Callable[[View, Result, Choice], None]) -> None:
    """A page of one protected table: the choices, its drawing where any figure can be shown, what is said of them."""
    choice = _choices(view, table)
    rows = view.release.rows(table, **choice.parameters)
    if any(row.persons for row in rows):
        draw(view, rows, choice)
    else:
        exhibit.heading(view.text("protected.nothing", place=choice.place, year=choice.year))
    _explain(view)


def _choices(view: View, table: str) -> Choice:
    """Lets a visitor choose among the years and the nodes of a family's tree; a category only within a division."""
    years = {str(row.year): row.year for row in view.release.rows(f"{table}_years")}
    places = view.release.rows(f"{table}_places")
    left, middle, right = st.columns(3)
    with left:
        year = exhibit.choose("year_end", view.text("choose.year"), list(years), str, next(iter(years)))
    with middle:
        division = _choose(view, "division", {row.division_code for row in places})
    with right:
        within = {row.category_code for row in places if row.division_code == division and row.category_code}
        category = _choose(view, "category", within) if division else None
    named = [view.name("division", division) if division else view.text("quality.all")]
    named += [view.name("category", category)] if category else []
    return Choice(years[year], division, category, view.text("protected.place").join(named))


def _choose(view: View, code_list: str, codes: set[str]) -> str | None:
    picked = exhibit.choose(
        code_list,
        view.text(f"choose.{code_list}"),
        [ALL, *view.order(code_list, codes)],
        lambda code: view.text("choose.all") if code == ALL else view.name(code_list, code),
        ALL,
    )
    return None if picked == ALL else picked


def bars(view: View, rows: Result, choice: Choice, code_list: str) -> None:
    """One bar for each code of a family with one sensitive column; `dashboard.<code_list>.*` are its texts."""
    column = f"{code_list}_code"
    cells = {getattr(row, column): row for row in rows}
    lead = _most(view, rows, choice, code_list)
    words = parts.words(
        view, code_list, lead, view.text(f"{code_list}.alt"), year=choice.year, place=choice.place
    )
    lines = [
        bands.Line(view.name(code_list, code), [figure(view, cells[code])])
        for code in view.order(code_list, set(cells))
    ]
    drawing = bands.bars(lines, lead)
    table = listed(view, rows, (column,))
    exhibit.exhibit(code_list, words, lambda: st.html(drawing), table, parts.link(view, rows))


def _most(view: View, rows: Result, choice: Choice, code_list: str) -> str:
    """The most frequent code of those that are known and shown; else how many figures are shown."""
    told = {getattr(row, f"{code_list}_code"): row.persons for row in rows if row.persons}
    known = [code for code in told if not view.is_residual(code_list, code)]
    if not known:
        return few(view, choice, rows)
    most = max(known, key=lambda code: int(told[code]))
    name = view.name(code_list, most)
    return view.text(f"{code_list}.lead", place=choice.place, name=name, persons=exact(told[most]))


def few(view: View, choice: Choice, rows: Sequence[Any]) -> str:
    """How many of the figures of a place are shown."""
    shown = sum(row.persons is not None for row in rows)
    return view.text("protected.few", place=choice.place, shown=shown, count=len(rows))


def figure(view: View, row: Any) -> Figure:
    """A protected figure as it is drawn; without a row nobody is told of."""
    if row is None or row.persons is None:
        impossible = row is not None and row.cell_state_code == "structural_zero"
        return Figure(None, 0, view.text("protected.impossible" if impossible else "protected.hidden"))
    band = BANDS * row.persons_sd
    text = view.text("protected.about", persons=exact(row.persons), band=exact(round(band)))
    grade = row.quality_class_code
    return Figure(row.persons, band, text, grade, view.name("quality_class", grade))


def listed(view: View, rows: Sequence[Any], columns: Sequence[str]) -> exhibit.Table:
    """The figures as a table: codes, persons, ±2 standard errors, class."""
    heads = [*columns, "persons", "band", "quality_class_code"]
    lines = []
    for row in rows:
        told = figure(view, row)
        shown = (
            [exact(row.persons), f"±{exact(round(told.band))}"]
            if told.value is not None
            else [told.text, "—"]
        )
        names = [parts.cell(view, column, getattr(row, column)) for column in columns]
        lines.append([*names, *shown, row.quality_class_code or "—"])
    return exhibit.Table([parts.label(view, head) for head in heads], lines, len(columns))


def _explain(view: View) -> None:
    """How the figures are made, whom they count, and what the classes mean."""
    classes = view.release.codes.get("quality_class", {})
    meaning = "　".join(f"{code} {view.name('quality_class', code)}" for code in classes)
    exhibit.definitions(
        [
            (view.text("protected.explained.word"), view.text("protected.explained")),
            (view.text("protected.unit.word"), view.text("protected.unit.meaning")),
            (view.text("protected.class.word"), meaning),
        ]
    )
