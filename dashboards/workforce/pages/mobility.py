"""流动 | Mobility: who gains and loses, from where to where, one place and its partners."""

import math
from typing import Any

import streamlit as st

from dashboards.ui import charts, exhibit, heatmap
from dashboards.ui.numbers import exact, percent, short, signed, ticks
from dashboards.workforce import parts
from dashboards.workforce.view import Page, View

PARTNERS = 10


def show(view: View) -> None:
    years = [row.year for row in view.release.rows("flow_years")]
    flows_of = {str(year): year for year in reversed(years)}
    left, right = st.columns(2)
    with left:
        picked = exhibit.choose(
            "year", view.text("choose.year"), list(flows_of), str, str(_full_year(view, years))
        )
    year = flows_of[picked]
    net = view.release.rows("net_moves", year=year)
    if not net:
        exhibit.heading(view.text("mobility.nothing", year=year))
        return
    places = view.order("division", {row.division_code for row in net})
    first = max(net, key=lambda row: row.moves_in + row.moves_out).division_code
    with right:
        place = exhibit.choose(
            "place", view.text("choose.division"), places, lambda c: view.name("division", c), first
        )
    _balance(view, net, year)
    _matrix(view, year)
    _one(view, year, place)
    exhibit.definitions(
        [
            (view.text(f"define.{key}.word"), view.text(f"define.{key}.meaning"))
            for key in ("move", "within", "net")
        ]
    )


def _full_year(view: View, years: list[int]) -> int:
    """The newest year that is over at the release's date, else the newest year."""
    over = [year for year in years if year < view.release.info.as_of.year]
    return max(over or years)


def _balance(view: View, net: Any, year: int) -> None:
    gained, lost = net[0], net[-1]
    lead = view.text(
        "balance.lead",
        gained=view.name("division", gained.division_code),
        plus=signed(gained.moves_net, view.lang),
        lost=view.name("division", lost.division_code),
        minus=signed(lost.moves_net, view.lang),
    )
    words = parts.words(view, "balance", lead, view.text("balance.alt"), year=year)
    names = [f"{view.name('division', row.division_code)}　{signed(row.moves_net, view.lang)}" for row in net]
    captions = (view.text("column.moves_in"), view.text("column.moves_out"))
    pairs = charts.Pairs(names, [row.moves_in for row in net], [row.moves_out for row in net], captions)
    figure = charts.in_out(pairs, view.colours, view.lang)
    listed = parts.table(view, net, ["division_code", "moves_in", "moves_out", "moves_net"])
    exhibit.exhibit(
        "balance", words, lambda: exhibit.chart(figure, words.alt, "balance"), listed, parts.link(view, net)
    )


def _matrix(view: View, year: int) -> None:
    rows = view.release.rows("flows", year=year)
    found = {(row.division_code_from, row.division_code_to): row.moves for row in rows}
    places = view.order("division", {code for pair in found for code in pair})
    crossing = {pair: moves for pair, moves in found.items() if pair[0] != pair[1]}
    if not crossing:
        return
    top = max(crossing, key=lambda pair: crossing[pair])
    names = {code: view.name("division", code) for code in places}
    lead = view.text(
        "matrix.lead", origin=names[top[0]], target=names[top[1]], moves=short(crossing[top], view.lang)
    )
    share = percent(sum(crossing.values()) / (sum(found.values()) or 1), 0)
    words = parts.words(view, "matrix", lead, view.text("matrix.alt"), year=year, share=share)
    values = [[_rooted(crossing, origin, target) for target in places] for origin in places]
    hover = [
        [f"{names[o]} → {names[t]}　<b>{exact(found.get((o, t), 0))}</b>" for t in places] for o in places
    ]
    most = crossing[top]
    marks, texts = ticks(most, view.lang, count=4)
    steps = view.colours.steps
    scale = [(0.0, view.colours.panel), *(((i + 1) / len(steps), colour) for i, colour in enumerate(steps))]
    labels = [names[c] for c in places]
    key = heatmap.Scale(scale, (0, math.sqrt(most)), [math.sqrt(m) for m in marks], texts)
    figure = heatmap.matrix(heatmap.Grid(labels, labels, values, hover), key, view.colours)
    heads = [view.text("matrix.corner"), *(names[c] for c in places)]
    listed = [[names[o], *(exact(found.get((o, t), 0)) for t in places)] for o in places]
    exhibit.exhibit(
        "matrix",
        words,
        lambda: exhibit.chart(figure, words.alt, "matrix", wide=True),
        exhibit.Table(heads, listed),
        parts.link(view, rows),
    )


def _rooted(crossing: dict[tuple[str, str], int], origin: str, target: str) -> float | None:
    """Square root of the moves, so that small flows stay visible; None on the diagonal."""
    return None if origin == target else math.sqrt(crossing.get((origin, target), 0))


def _one(view: View, year: int, place: str) -> None:
    rows = view.release.rows("one_place", year=year, place=place)
    partners = rows[:PARTNERS]
    if not partners:
        return
    name = view.name("division", place)
    source = max(partners, key=lambda row: row.moves_in)
    target = max(partners, key=lambda row: row.moves_out)
    lead = view.text(
        "place.lead",
        name=name,
        source=view.name("division", source.division_code),
        target=view.name("division", target.division_code),
    )
    words = parts.words(
        view, "place", lead, view.text("balance.alt"), name=name, year=year, count=len(partners)
    )
    pairs = charts.Pairs(
        [view.name("division", row.division_code) for row in partners],
        [row.moves_in for row in partners],
        [row.moves_out for row in partners],
        (view.text("place.in", name=name), view.text("place.out", name=name)),
    )
    figure = charts.in_out(pairs, view.colours, view.lang)
    listed = parts.table(view, rows, ["division_code", "moves_in", "moves_out"])
    exhibit.exhibit(
        "place", words, lambda: exhibit.chart(figure, words.alt, "place"), listed, parts.link(view, rows)
    )


PAGE = Page(key="mobility", order=40, needs=("flow_years", "flows", "net_moves", "one_place"), show=show)
