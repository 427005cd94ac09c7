"""年龄与性别 | Age and sex: a pyramid of protected figures with their error."""

from collections import Counter
from collections.abc import Sequence
from typing import Any

import streamlit as st

from dashboards.ui import exhibit
from dashboards.ui.bands import Line, pyramid
from dashboards.ui.numbers import MISSING, exact, percent
from dashboards.workforce import parts, protected
from dashboards.workforce.protected import Choice
from dashboards.workforce.release import Result
from dashboards.workforce.view import Page, View

SIDES = 2


def show(view: View) -> None:
    protected.show(view, "ages", _ages)


def _ages(view: View, rows: Result, choice: Choice) -> None:
    _pyramid(view, rows, choice)
    if view.release.offers("ages_measures"):
        _measures(view, choice)


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
    words = parts.words(view, "ages", lead, view.text("ages.alt"), year=choice.year)
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


def _measures(view: View, choice: Choice) -> None:
    """Share and quantiles as headline figures, each with its band and class."""
    rows = view.release.rows("ages_measures", **choice.parameters)
    if not any(row.value is not None for row in rows):
        return
    told = [(view.name("measure", row.measure_code), *_told(view, row)) for row in rows]
    name, value, _ = next(figure for figure, row in zip(told, rows, strict=True) if row.value is not None)
    lead = view.text("measures.lead", place=choice.place, measure=name, value=value)
    words = parts.words(view, "measures", lead, year=choice.year)
    heads = ("measure_code", "value", "value_band", "quality_class_code")
    lines = [
        [name, value, _band(view, row) or MISSING, row.quality_class_code]
        for (name, value, _), row in zip(told, rows, strict=True)
    ]
    table = exhibit.Table([parts.label(view, head) for head in heads], lines, 1)
    exhibit.exhibit("measures", words, lambda: exhibit.figures(told), table, parts.link(view, rows))


def _told(view: View, row: Any) -> tuple[str, str]:
    """A measure, and what is known of its error."""
    if row.value is None:
        return view.text("protected.hidden"), ""
    grade = view.text("measures.grade", band=_band(view, row), grade=row.quality_class_code)
    return _in_unit(view, row, row.value), grade


def _band(view: View, row: Any) -> str:
    if row.value is None:
        return ""
    return "–".join(_in_unit(view, row, value, digits=2) for value in (row.value_low, row.value_high))


def _in_unit(view: View, row: Any, value: float, digits: int = 1) -> str:
    """A value in the unit of its measure: a share in per cent, or years."""
    unit = view.release.codes["measure"][row.measure_code].unit
    return percent(value, digits) if unit == "share" else f"{value:.{digits}f}"


PAGE = Page(key="ages", order=50, needs=("ages", "ages_years", "ages_places"), show=show)
