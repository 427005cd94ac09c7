"""学历 | Education: bars of protected figures with their error."""

import streamlit as st

from dashboards.ui import exhibit
from dashboards.ui.bands import Line, bars
from dashboards.ui.numbers import exact
from dashboards.workforce import parts, protected
from dashboards.workforce.protected import Choice
from dashboards.workforce.release import Result
from dashboards.workforce.view import Page, View


def show(view: View) -> None:
    protected.show(view, "educations", _bars)


def _bars(view: View, rows: Result, choice: Choice) -> None:
    cells = {row.education_code: row for row in rows}
    lead = _lead(view, rows, choice)
    words = parts.words(view, "education", lead, view.text("education.alt"), year=choice.year)
    lines = [
        Line(view.name("education", code), [protected.figure(view, cells[code])])
        for code in view.order("education", set(cells))
    ]
    drawing = bars(lines, lead)
    table = protected.listed(view, rows, ("education_code",))
    exhibit.exhibit("education", words, lambda: st.html(drawing), table, parts.link(view, rows))


def _lead(view: View, rows: Result, choice: Choice) -> str:
    """The most frequent education of those that are known and shown; else how many figures are shown."""
    known = [row for row in rows if row.persons and not view.is_residual("education", row.education_code)]
    if not known:
        return protected.few(view, choice, rows)
    most = max(known, key=lambda row: int(row.persons))
    name = view.name("education", most.education_code)
    return view.text("education.lead", place=choice.place, education=name, persons=exact(most.persons))


PAGE = Page(
    key="education", order=55, needs=("educations", "educations_years", "educations_places"), show=show
)
