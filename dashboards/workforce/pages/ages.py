"""年龄与性别 | Age and sex: a pyramid of protected cells; a cell that is not shown says so, it is never 0."""

from html import escape
from typing import Any

import streamlit as st

from dashboards.ui import exhibit
from dashboards.ui.numbers import exact
from dashboards.workforce import parts
from dashboards.workforce.view import Page, View

NONE = "all"


def show(view: View) -> None:
    years = {str(row.year): row.year for row in reversed(view.release.rows("age_years").rows)}
    divisions = view.order("division", {row.division_code for row in view.release.rows("age_divisions")})
    left, right = st.columns(2)
    with left:
        picked = exhibit.choose("age_year", view.text("choose.year"), list(years), str, next(iter(years)))
    with right:
        division = exhibit.choose(
            "division",
            view.text("choose.division"),
            [NONE, *divisions],
            lambda c: view.text("choose.all") if c == NONE else view.name("division", c),
            NONE,
        )
    year = years[picked]
    rows = view.release.rows("ages", year=year, division=None if division == NONE else division)
    place = view.text("choose.all") if division == NONE else view.name("division", division)
    _pyramid(view, rows, year, place)
    exhibit.definitions([(view.text("ages.cell.word"), view.text("ages.cell.meaning"))])


def _pyramid(view: View, rows: Any, year: int, place: str) -> None:
    cells = {(row.age_band_code, row.sex_code): row for row in rows}
    bands = view.order("age_band", {row.age_band_code for row in rows})
    totals: dict[str, int] = {}
    for row in rows:
        totals[row.sex_code] = totals.get(row.sex_code, 0) + (row.persons or 0)
    sexes = sorted(totals, key=lambda code: -totals[code])[:2]
    if not any(totals.values()):
        exhibit.heading(view.text("ages.nothing", place=place, year=year))
        return
    of_band = {
        band: sum((cells[band, s].persons or 0) for s in sexes if (band, s) in cells) for band in bands
    }
    middle = max(of_band, key=lambda band: of_band[band])
    lead = view.text(
        "ages.lead",
        place=place,
        band=view.name("age_band", middle),
        persons=exact(of_band[middle]),
    )
    words = parts.words(view, "ages", lead, view.text("ages.alt"), year=year, place=place)
    top = max((row.persons or 0) for row in rows) or 1
    drawing = _drawing(view, cells, bands, sexes, top)
    heads = [parts.label(view, "age_band_code"), *(view.name("sex", s) for s in sexes)]
    listed = [[view.name("age_band", b), *(_state(view, cells.get((b, s))) for s in sexes)] for b in bands]
    exhibit.exhibit(
        "ages", words, lambda: st.html(drawing), exhibit.Table(heads, listed), parts.link(view, rows)
    )


def _drawing(
    view: View, cells: dict[tuple[str, str], Any], bands: list[str], sexes: list[str], top: int
) -> str:
    heads = [f"<strong>{escape(view.name('sex', sex))}</strong>" for sex in sexes]
    left, right = heads[0], heads[1] if len(heads) > 1 else ""
    lines = [_line('<div class="side left">' + left, "", '<div class="side right">' + right)]
    for band in reversed(bands):
        sides = [
            _side(view, cells.get((band, sex)), top, side)
            for sex, side in zip(sexes, ("left", "right"), strict=False)
        ]
        lines.append(_line(sides[0], view.name("age_band", band), sides[1] if len(sides) > 1 else "<div>"))
    return f'<div class="pyramid">{"".join(lines)}</div>'


def _line(left: str, middle: str, right: str) -> str:
    return f'<div class="line">{left}</div><div class="band">{escape(middle)}</div>{right}</div></div>'


def _side(view: View, row: Any, top: int, side: str) -> str:
    """One bar, left open for the caller to close: hatched when nothing of the cell is shown."""
    text = escape(_state(view, row))
    if row is None or (not row.cells_withheld and not row.cells_shown):
        return f'<div class="side {side}"><span>{text}</span>'
    if not row.cells_shown:
        return f'<div class="side {side} withheld"><i></i><span>{text}</span>'
    width = 70 * (row.persons or 0) / top
    return f'<div class="side {side}"><i style="width:{width:.1f}%"></i><span>{text}</span>'


def _state(view: View, row: Any) -> str:
    """The cell as text: a number, a lower limit, withheld, or impossible."""
    if row is None or (not row.cells_withheld and not row.cells_shown):
        return view.text("ages.structural_zero")
    if not row.cells_shown:
        return view.text("ages.withheld")
    if row.cells_withheld:
        return view.text("ages.partly", value=exact(row.persons))
    return exact(row.persons)


PAGE = Page(key="ages", order=50, needs=("ages", "age_years", "age_divisions"), show=show)
