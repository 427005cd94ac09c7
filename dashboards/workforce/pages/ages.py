"""年龄与性别 | Age and sex: a pyramid of protected figures with their error."""

from collections import Counter
from collections.abc import Sequence
from typing import Any

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
    protected.show(view, "ages", _pyramid)


def _pyramid(view: View, rows: Result, choice: Choice) -> None:
    cells = {(row.age_band_code, row.sex_code): row for row in rows}
    of_band: Counter[str] = Counter()
    of_sex: Counter[str] = Counter()
    for (band, sex), row in cells.items():
        of_band[band] += row.persons or 0
        of_sex[sex] += row.persons or 0
    told = sorted(view.order("sex", set(of_sex)), key=lambda sex: not of_sex[sex])[:SIDES]
    sexes = view.order("sex", set(told))
    lead = _lead(view, of_band, [row for row in rows if row.sex_code in sexes], choice)
    words = parts.words(view, "ages", lead, view.text("ages.alt"), year=choice.year, place=choice.place)
    lines = [
        Line(view.name("age_band", band), [protected.figure(view, cells.get((band, sex))) for sex in sexes])
        for band in reversed(view.order("age_band", set(of_band)))
    ]
    drawing = pyramid([view.name("sex", sex) for sex in sexes], lines)
    table = protected.listed(view, rows, ("age_band_code", "sex_code"))
    exhibit.exhibit("ages", words, lambda: st.html(drawing), table, parts.link(view, rows))


def _lead(view: View, of_band: Counter[str], rows: Sequence[Any], choice: Choice) -> str:
    """The band with most persons, where all its figures are shown; else how many are."""
    bands = [band for band, _ in of_band.most_common() if not view.is_residual("age_band", band)]
    if any(row.persons is None for row in rows if row.age_band_code == bands[0]):
        return protected.few(view, choice, rows)
    return view.text(
        "ages.lead",
        place=choice.place,
        band=view.name("age_band", bands[0]),
        persons=exact(of_band[bands[0]]),
    )


PAGE = Page(key="ages", order=50, needs=("ages", "ages_years", "ages_places"), show=show)
