"""地区 | Divisions: map, ranking, tile grid for phones, and one division over time."""

from collections.abc import Sequence
from typing import Any
from urllib.parse import urlencode

import streamlit as st

from dashboards.ui import charts, exhibit
from dashboards.ui.maps import Choropleth, Geometry, choropleth, geometry
from dashboards.ui.numbers import change, exact, observed, percent, short, signed_percent, when
from dashboards.ui.tiles import tile_grid
from dashboards.workforce import parts
from dashboards.workforce.view import Page, View

MEASURES = ("persons", "certificates")
NONE = "all"


def show(view: View) -> None:
    rows = view.release.rows("divisions")
    left, right = st.columns(2)
    with left:
        measure = exhibit.choose(
            "measure", view.text("choose.measure"), MEASURES, lambda m: view.text(f"measure.{m}"), MEASURES[0]
        )
    codes = view.order("division", {row.division_code for row in rows})
    with right:
        selected = exhibit.choose(
            "division",
            view.text("choose.division"),
            [NONE, *codes],
            lambda c: view.text("choose.all") if c == NONE else view.name("division", c),
            NONE,
        )
    ranked = _ranked(rows, measure)
    path = view.release.geometry
    if path:
        _map(
            view,
            rows,
            ranked,
            geometry(path),
            measure=measure,
            selected=None if selected == NONE else selected,
        )
    if selected != NONE:
        _one(view, ranked, measure, selected)
    _ranking(view, measure, selected)


def _ranked(rows: Any, measure: str) -> list[Any]:
    return sorted(rows, key=lambda row: (-getattr(row, measure), row.division_code))


def _lead(view: View, ranked: list[Any], measure: str) -> str:
    everything = sum(getattr(row, measure) for row in ranked) or 1
    half, count = 0, 0
    for row in ranked:
        if half * 2 >= everything:
            break
        half, count = half + getattr(row, measure), count + 1
    first = view.name("division", ranked[0].division_code)
    return view.text(
        "map.lead" if count > 1 else "map.lead.one",
        count=count,
        measure=view.text(f"measure.{measure}"),
        first=first,
        value=short(getattr(ranked[0], measure), view.lang),
    )


def _map(
    view: View, rows: Any, ranked: list[Any], shapes: Geometry, *, measure: str, selected: str | None
) -> None:
    values = {row.division_code: getattr(row, measure) for row in rows}
    names = {
        code: view.name("division", code)
        for code in {*shapes.labels, *values, *view.release.codes["division"]}
    }
    legend = view.text("map.legend", measure=view.text(f"measure.{measure}"))
    inset = str(shapes.inset.get(view.lang, ""))
    what = Choropleth(
        values, names, selected, {"legend": legend, "absent": view.text("map.absent"), "inset": inset}
    )
    lead = _lead(view, ranked, measure)
    words = parts.words(
        view,
        "map",
        lead,
        view.text("map.alt"),
        measure=view.text(f"measure.{measure}"),
        when=when(rows[0].quarter_end, view.lang),
    )
    url = f"/geo/{view.release.info.version}/divisions.geojson"
    figure = choropleth(what, shapes, url, view.colours)
    listed = parts.table(view, rows, ["division_code", *MEASURES], marked=names.get(selected or "", ""))

    def draw() -> None:
        if grid := _tiles(view, what, words.alt, measure):
            with st.container(key="phone-tiles"):
                st.html(grid)
        with st.container(key="desk-map" if grid else "map-always"):
            exhibit.chart(figure, words.alt, "map", clicked=_clicked)
        st.html(f'<p class="source">{_map_label(view, shapes)}</p>')

    exhibit.exhibit("map", words, draw, listed, parts.link(view, rows))


def _tiles(view: View, what: Choropleth, alt: str, measure: str) -> str:
    """The tile-grid map for phones, empty when the list of divisions has no grid."""
    rows = view.release.codes["division"]
    places = {
        code: (int(row.tile_col), int(row.tile_row))
        for code, row in rows.items()
        if getattr(row, "tile_col", None)
    }
    if not places:
        return ""
    links = {
        code: "/regions?" + urlencode({"lang": view.lang, "measure": measure, "division": code})
        for code in what.values
    }
    names = {code: getattr(rows[code], f"tile_{view.lang}", None) or what.names[code] for code in places}
    return tile_grid(what.values, names, places, links, label=alt, colours=view.colours, lang=view.lang)


def _map_label(view: View, shapes: Geometry) -> str:
    number = getattr(view.release.info, "map_review_number", None)
    status = view.text("map.reviewed", number=number) if number else view.text("map.unreviewed")
    return " · ".join(
        part for part in (shapes.settings.get("attribution", {}).get(view.lang, ""), status) if part
    )


def _clicked() -> None:
    points = st.session_state["map-chart"].selection.points
    code = points[0].get("location") if points else None
    if code:
        exhibit.remember("division", code)


def _one(view: View, ranked: list[Any], measure: str, selected: str) -> None:
    rows = view.release.rows("division_trend", division=selected)
    place = next((i for i, row in enumerate(ranked) if row.division_code == selected), None)
    if place is None or not rows:
        return
    row = ranked[place]
    everything = sum(getattr(r, measure) for r in ranked) or 1
    lead = view.text(
        "one.lead",
        name=view.name("division", selected),
        value=short(getattr(row, measure), view.lang),
        measure=view.text(f"measure.{measure}"),
        rank=place + 1,
        count=len(ranked),
        share=percent(getattr(row, measure) / everything),
    )
    words = parts.words(view, "one", lead, view.text("trend.alt", quarters=len(rows)))
    line = charts.Series(view.text(f"measure.{measure}"), [getattr(r, measure) for r in rows])
    figure = charts.lines([r.quarter_end for r in rows], [line], [], view.colours, view.lang)
    listed = parts.table(view, rows, ["quarter_end", *MEASURES])
    exhibit.exhibit(
        "one", words, lambda: exhibit.chart(figure, words.alt, "one"), listed, parts.link(view, rows)
    )


def _ranking(view: View, measure: str, selected: str) -> None:
    rows = view.release.rows("division_changes")
    ranked = _ranked(rows, measure)
    values = [getattr(row, measure) for row in ranked]
    before = [getattr(row, f"{measure}_year_before") for row in ranked]
    names = [view.name("division", row.division_code) for row in ranked]
    everything = sum(values) or 1
    moves = [change(v, b) for v, b in zip(values, before, strict=True)]
    labels = [
        percent(v / everything) + (f"　{signed_percent(m)}" if m is not None else "")
        for v, m in zip(values, moves, strict=True)
    ]
    on = rows[0].quarter_end
    words = parts.words(
        view,
        "ranking",
        _ranking_lead(view, ranked, measure, moves),
        view.text("rank.alt", count=len(ranked)),
        measure=view.text(f"measure.{measure}"),
        when=when(on, view.lang),
    )
    captions = (observed(on, view.lang), observed(parts.year_before(on), view.lang))
    figure = charts.dots(charts.Ranking(names, values, before, labels), captions, view.colours, view.lang)
    heads = [parts.label(view, "division_code"), view.text(f"measure.{measure}")]
    heads += [parts.label(view, c) for c in ("share", "change")]
    listed = [
        [n, exact(v), percent(v / everything), signed_percent(m)]
        for n, v, m in zip(names, values, moves, strict=True)
    ]
    marked = view.name("division", selected) if selected != NONE else ""
    exhibit.exhibit(
        "ranking",
        words,
        lambda: exhibit.chart(figure, words.alt, "ranking"),
        exhibit.Table(heads, listed, marked=marked),
        parts.link(view, rows),
    )


def _ranking_lead(view: View, ranked: list[Any], measure: str, moves: Sequence[float | None]) -> str:
    """How many grew of those that can be compared; without any of these, the lead of the map."""
    compared = [move for move in moves if move is not None]
    if not compared:
        return _lead(view, ranked, measure)
    return view.text("ranking.lead", grown=sum(move > 0 for move in compared), count=len(compared))


PAGE = Page(key="regions", order=30, needs=("divisions",), show=show)
