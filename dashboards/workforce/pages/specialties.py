"""专业 | Specialties: rank and share, development, concentration by division."""

import math
from datetime import date
from typing import Any

import streamlit as st

from dashboards.ui import charts, exhibit, heatmap
from dashboards.ui.bars import Bar, bar_list
from dashboards.ui.numbers import change, exact, observed, percent, short, signed_percent, when
from dashboards.ui.tiles import small_multiples
from dashboards.workforce import parts
from dashboards.workforce.view import Page, View

RECENT = 20  # quarters that the finding on development looks back
FEW = 20  # fewer registrations than this make no finding
STRONG = 4.0  # location quotients beyond this (and below its inverse) share the last colour


def show(view: View) -> None:
    rows = view.release.rows("specialties")
    found: dict[str, dict[date, int]] = {}
    for row in rows:
        found.setdefault(row.specialty_code, {})[row.quarter_end] = row.registrations
    times = sorted({row.quarter_end for row in rows})
    ranked = sorted(found, key=lambda code: (-found[code].get(times[-1], 0), code))
    _rank(view, rows, ranked, found, times)
    if len(times) > 2:
        _development(view, rows, ranked, found, times)
    if view.release.offers("quotients"):
        _concentration(view)
    exhibit.definitions([(view.text("measure.registrations"), view.text("specialties.definition"))])


def _rank(
    view: View, rows: Any, ranked: list[str], found: dict[str, dict[date, int]], times: list[date]
) -> None:
    newest, earlier = parts.compared(times)
    names = [view.name("specialty", code) for code in ranked]
    values = [found[code].get(newest, 0) for code in ranked]
    before = [found[code].get(earlier) if earlier else None for code in ranked]
    everything = sum(values) or 1
    moves = [signed_percent(change(v, b)) for v, b in zip(values, before, strict=True)]
    labels = [
        percent(v / everything) + (f"　{m}" if b is not None else "")
        for v, m, b in zip(values, moves, before, strict=True)
    ]
    lead = view.text("rank.lead", name=names[0], share=percent(values[0] / everything, 0), count=len(names))
    words = parts.words(
        view, "rank", lead, view.text("rank.alt", count=len(names)), when=when(newest, view.lang)
    )
    captions = (observed(newest, view.lang), observed(earlier, view.lang) if earlier else "")
    figure = charts.dots(charts.Ranking(names, values, before, labels), captions, view.colours, view.lang)
    top = max(values) or 1
    bars = [Bar(n, "", label, v / top) for n, label, v in zip(names, labels, values, strict=True)]
    heads = [parts.label(view, c) for c in ("specialty_code", "registrations", "share", "change")]
    listed = [[n, exact(v), percent(v / everything), m] for n, v, m in zip(names, values, moves, strict=True)]

    def draw() -> None:
        """Dots where there is room for the names beside them, on a phone bars with the names above them."""
        with st.container(key="phone-rank"):
            st.html(bar_list(bars, view.colours.accent, lead))
        with st.container(key="desk-rank"):
            exhibit.chart(figure, words.alt, "rank")

    exhibit.exhibit(
        "rank",
        words,
        draw,
        exhibit.Table(heads, listed),
        parts.link(view, rows),
    )


def _development(
    view: View, rows: Any, ranked: list[str], found: dict[str, dict[date, int]], times: list[date]
) -> None:
    start = times[max(0, len(times) - 1 - RECENT)]
    growth = {
        code: change(found[code].get(times[-1]), found[code].get(start)) or 0.0
        for code in ranked
        if found[code].get(start, 0) >= FEW
    }
    fastest = max(growth, key=lambda code: growth[code], default=ranked[0])
    lead = view.text(
        "development.lead",
        name=view.name("specialty", fastest),
        change=signed_percent(growth.get(fastest), 0),
        start=observed(start, view.lang),
    )
    words = parts.words(view, "development", lead)
    series = [
        (
            view.name("specialty", code),
            [found[code].get(time, 0) for time in times],
            short(found[code].get(times[-1], 0), view.lang),
        )
        for code in ranked
    ]
    drawing = small_multiples(series, words.alt, view.colours)
    month = parts.compared(times)[0].month
    yearly = [time for time in times if time.month == month or time == times[-1]]
    heads = [parts.label(view, "specialty_code"), *(observed(time, view.lang) for time in yearly)]
    listed = [
        [view.name("specialty", code), *(exact(found[code].get(time)) for time in yearly)] for code in ranked
    ]
    exhibit.exhibit(
        "development", words, lambda: st.html(drawing), exhibit.Table(heads, listed), parts.link(view, rows)
    )


def _concentration(view: View) -> None:
    rows = view.release.rows("quotients")
    found = {(row.division_code, row.specialty_code): row for row in rows}
    divisions = view.order("division", {row.division_code for row in rows})
    specialties = view.order("specialty", {row.specialty_code for row in rows})
    top = max(
        (row for row in rows if row.registrations >= FEW), key=lambda row: row.location_quotient, default=None
    )
    if top is None:
        return
    place, field = view.name("division", top.division_code), view.name("specialty", top.specialty_code)
    ratio = f"{top.location_quotient:.1f}"
    lead = view.text("quotient.lead", place=place, name=field, ratio=ratio, few=FEW)
    words = parts.words(view, "quotient", lead, view.text("quotient.alt"))
    grid = [[found.get((d, s)) for s in specialties] for d in divisions]
    values = [[_logged(r.location_quotient) if r else None for r in line] for line in grid]
    hover = [[_hover(view, d, s, found.get((d, s))) for s in specialties] for d in divisions]
    cells = heatmap.Grid(
        [view.name("division", d) for d in divisions],
        [view.name("specialty", s) for s in specialties],
        values,
        hover,
    )
    figure = heatmap.matrix(cells, _scale(view), view.colours)
    heads = [parts.label(view, "division_code"), *(view.name("specialty", s) for s in specialties)]
    listed = [
        [view.name("division", d), *(f"{r.location_quotient:.2f}" if r else "—" for r in line)]
        for d, line in zip(divisions, grid, strict=True)
    ]
    exhibit.exhibit(
        "quotient",
        words,
        lambda: exhibit.chart(figure, words.alt, "quotient", wide=True),
        exhibit.Table(heads, listed),
        parts.link(view, rows),
    )


def _scale(view: View) -> heatmap.Scale:
    """Colours around 1, the same distance for twice and for half."""
    marks = [math.log2(ratio) for ratio in (1 / STRONG, 0.5, 1, 2, STRONG)]
    stops = [(i / 4, colour) for i, colour in enumerate(view.colours.diverging)]
    return heatmap.Scale(stops, (marks[0], marks[-1]), marks, ["≤ ¼", "½", "1", "2", "≥ 4"])


def _logged(ratio: float) -> float:
    return math.log2(min(max(ratio, 1 / STRONG), STRONG))


def _hover(view: View, division: str, specialty: str, row: Any) -> str:
    names = f"{view.name('division', division)}　{view.name('specialty', specialty)}"
    return f"{names}　<b>{row.location_quotient:.2f}</b>　({exact(row.registrations)})" if row else names


PAGE = Page(key="specialties", order=20, needs=("specialties",), show=show)
