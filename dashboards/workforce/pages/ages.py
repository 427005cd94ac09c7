"""年龄与性别 | Age and sex: a pyramid of protected figures with their error."""

from collections import Counter

import streamlit as st

from dashboards.ui import exhibit
from dashboards.ui.bands import Line, pyramid
from dashboards.ui.numbers import exact
from dashboards.workforce import parts, protected
from dashboards.workforce.protected import Choice
from dashboards.workforce.release import Result
from dashboards.workforce.view import Page, View

SIDES = 2


def show(view: View) -> None:
    choice = protected.choose(view, "ages")
    rows = view.release.rows("ages", **choice.parameters)
    if any(row.persons for row in rows):
        _pyramid(view, rows, choice)
    else:
        protected.nothing(view, choice)
    protected.explain(view)


def _pyramid(view: View, rows: Result, choice: Choice) -> None:
    cells = {(row.age_band_code, row.sex_code): row for row in rows}
    of_band: Counter[str] = Counter()
    of_sex: Counter[str] = Counter()
    for (band, sex), row in cells.items():
        of_band[band] += row.persons or 0
        of_sex[sex] += row.persons or 0
    (most, persons), *_ = of_band.most_common(1)
    lead = view.text(
        "ages.lead", place=choice.place, band=view.name("age_band", most), persons=exact(persons)
    )
    words = parts.words(view, "ages", lead, view.text("ages.alt"), year=choice.year, place=choice.place)
    sexes = [sex for sex, _ in of_sex.most_common(SIDES)]
    lines = [
        Line(view.name("age_band", band), [protected.figure(view, cells.get((band, sex))) for sex in sexes])
        for band in reversed(view.order("age_band", set(of_band)))
    ]
    drawing = pyramid([view.name("sex", sex) for sex in sexes], lines)
    table = protected.listed(view, rows, ("age_band_code", "sex_code"))
    exhibit.exhibit("ages", words, lambda: st.html(drawing), table, parts.link(view, rows))


PAGE = Page(key="ages", order=50, needs=("ages", "ages_years", "ages_places"), show=show)
