"""Charts as Plotly figure dictionaries: pure functions of values, labels and colours."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from dashboards.ui.numbers import exact, ticks
from dashboards.ui.theme import FONT, Palette

Figure = dict[str, Any]
CONFIG: dict[str, Any] = {
    "displayModeBar": False,
    "scrollZoom": False,
    "doubleClick": False,
    "responsive": True,
}
ROW = 24  # pixels of one row of a ranked chart


@dataclass(frozen=True)
class Series:
    """One line: its name and a value for each position."""

    name: str
    values: Sequence[float | None]


@dataclass(frozen=True)
class Note:
    """A dated remark on a time axis."""

    on: date
    text: str


@dataclass(frozen=True)
class Ranking:
    """Rows of a ranked chart, highest first: name, value now, value before (None: unknown), label."""

    names: Sequence[str]
    values: Sequence[float]
    before: Sequence[float | None]
    labels: Sequence[str]


@dataclass(frozen=True)
class Pairs:
    """Rows of a paired chart: name, what came in, what went out; `captions` name the two."""

    names: Sequence[str]
    incoming: Sequence[float]
    outgoing: Sequence[float]
    captions: tuple[str, str]


def layout(colours: Palette, height: int, **extra: Any) -> dict[str, Any]:
    """What every chart has in common: font, margins, quiet background, no legend, no dragging."""
    return {
        "height": height,
        "font": {"family": FONT, "size": 13, "color": colours.text},
        "paper_bgcolor": "rgba(0,0,0,0)",
        "plot_bgcolor": "rgba(0,0,0,0)",
        "margin": {"l": 8, "r": 8, "t": 8, "b": 8},
        "showlegend": False,
        "dragmode": False,
        "hoverlabel": {
            "bgcolor": colours.panel,
            "bordercolor": colours.grid,
            "font": {"family": FONT, "size": 13, "color": colours.text},
        },
        **extra,
    }


def category_axis(colours: Palette, **extra: Any) -> dict[str, Any]:
    return {
        "automargin": True,
        "fixedrange": True,
        "showgrid": False,
        "zeroline": False,
        "ticks": "",
        "ticklabelstandoff": 6,
        "tickfont": {"color": colours.text},
        **extra,
    }


def _value_axis(colours: Palette, lang: str, top: float, bottom: float = 0, **extra: Any) -> dict[str, Any]:
    positions, labels = ticks(top, lang, bottom)
    return {
        "automargin": True,
        "fixedrange": True,
        "tickvals": positions,
        "ticktext": labels,
        "gridcolor": colours.grid,
        "zeroline": bottom < 0,
        "zerolinecolor": colours.muted,
        "tickfont": {"color": colours.muted, "size": 12},
        "range": [bottom and positions[0], max(top * 1.08, positions[-1] if bottom < 0 else 0, 1)],
        **extra,
    }


def lines(
    times: Sequence[date], series: Sequence[Series], notes: Sequence[Note], colours: Palette, lang: str
) -> Figure:
    """Lines over time from zero, each named at its end."""
    top = max((v for s in series for v in s.values if v is not None), default=1)
    traces = [
        {
            "type": "scatter",
            "mode": "lines+markers" if len(times) < 3 else "lines",
            "x": list(times),
            "y": list(s.values),
            "name": s.name,
            "line": {"color": colours.categories[i % len(colours.categories)], "width": 2.5},
            "text": [exact(v) for v in s.values],
            "hovertemplate": f"{s.name}　%{{x|%Y-%m}}　<b>%{{text}}</b><extra></extra>",
        }
        for i, s in enumerate(series)
    ]
    return {
        "data": traces,
        "layout": layout(
            colours,
            340,
            xaxis=category_axis(colours, tickformat="%Y", tickfont={"color": colours.muted}),
            yaxis=_value_axis(colours, lang, top),
            shapes=[_note_line(note, colours) for note in notes],
            annotations=[
                *_end_names(times, series, top, colours),
                *(_note_text(note, i, colours) for i, note in enumerate(notes)),
            ],
            margin={"l": 8, "r": 76, "t": 14 + 18 * min(len(notes), 3), "b": 8},
        ),
    }


def _end_names(times: Sequence[date], series: Sequence[Series], top: float, colours: Palette) -> list[Any]:
    """Names at the line ends, moved apart where they would overlap."""
    ends = [
        (next((v for v in reversed(s.values) if v is not None), 0), i, s.name) for i, s in enumerate(series)
    ]
    placed, lowest = [], float("inf")
    for value, i, name in sorted(ends, reverse=True):
        at = min(value, lowest - top * 0.07)
        lowest = at
        placed.append(
            {
                "x": times[-1],
                "y": at,
                "text": name,
                "showarrow": False,
                "xanchor": "left",
                "xshift": 8,
                "font": {"color": colours.categories[i % len(colours.categories)], "size": 13},
            }
        )
    return placed


def _note_line(note: Note, colours: Palette) -> dict[str, Any]:
    at = {"x0": note.on, "x1": note.on, "y0": 0, "y1": 1, "yref": "paper", "type": "line"}
    return {**at, "line": {"color": colours.muted, "width": 1, "dash": "dot"}}


def _note_text(note: Note, index: int, colours: Palette) -> dict[str, Any]:
    return {
        "x": note.on,
        "y": 1,
        "yref": "paper",
        "yshift": 10 + 17 * (index % 3),
        "text": note.text,
        "showarrow": False,
        "xanchor": "center",
        "font": {"size": 12, "color": colours.muted},
    }


def bars(
    times: Sequence[date], values: Sequence[float], colours: Palette, lang: str, hatch_from: int
) -> Figure:
    """Columns by month; from index `hatch_from` on they are paler (not yet observed)."""
    shades = [colours.accent if i < hatch_from else colours.steps[2] for i in range(len(times))]
    trace = {
        "type": "bar",
        "x": list(times),
        "y": list(values),
        "marker": {"color": shades},
        "text": [exact(v) for v in values],
        "textposition": "none",
        "hovertemplate": "%{x|%Y-%m}　<b>%{text}</b><extra></extra>",
    }
    return {
        "data": [trace],
        "layout": layout(
            colours,
            300,
            bargap=0.25,
            xaxis=category_axis(colours, tickformat="%Y-%m", nticks=8, tickfont={"color": colours.muted}),
            yaxis=_value_axis(colours, lang, max(values, default=1)),
        ),
    }


def stacked(times: Sequence[date], series: Sequence[Series], colours: Palette, lang: str) -> Figure:
    """Stacked columns by month; the legend stands outside, where it can wrap."""
    totals = [sum(s.values[i] or 0 for s in series) for i in range(len(times))]
    traces = [
        {
            "type": "bar",
            "x": list(times),
            "y": list(s.values),
            "name": s.name,
            "marker": {"color": colours.categories[i % len(colours.categories)]},
            "text": [exact(v) for v in s.values],
            "textposition": "none",
            "hovertemplate": f"{s.name}　%{{x|%Y-%m}}　<b>%{{text}}</b><extra></extra>",
        }
        for i, s in enumerate(series)
    ]
    extra = {
        "barmode": "stack",
        "bargap": 0.15,
        "xaxis": category_axis(colours, tickformat="%Y-%m", nticks=8, tickfont={"color": colours.muted}),
        "yaxis": _value_axis(colours, lang, max(totals, default=1)),
    }
    return {"data": traces, "layout": layout(colours, 320, **extra)}


def dots(ranking: Ranking, captions: tuple[str, str], colours: Palette, lang: str) -> Figure:
    """Ranked dot plot, highest first: a full dot for now, a pale one for before, a label at the right."""
    names, values, before, labels = ranking.names, ranking.values, ranking.before, ranking.labels
    top = max([*values, *(b for b in before if b is not None)], default=1)
    now = {
        **_markers(values, names, captions[0]),
        "marker": {"size": 11, "color": colours.accent},
        "text": list(labels),
        "hovertemplate": "%{y}　<b>%{text}</b><extra></extra>",
    }
    earlier = {
        **_markers(before, names, captions[1]),
        "marker": {"size": 9, "color": colours.previous},
        "hoverinfo": "skip",
    }
    shown = [earlier, now] if any(b is not None for b in before) else [now]
    return {
        "data": shown,
        "layout": layout(
            colours,
            78 + ROW * len(names),
            xaxis=_value_axis(colours, lang, top, side="top"),
            yaxis=category_axis(
                colours,
                autorange="reversed",
                showgrid=True,
                gridcolor=colours.grid,
                griddash="dot",
                type="category",
            ),
            annotations=_labels_at_right(names, labels, colours),
            margin={"l": 8, "r": 12 + 7 * max(map(_width, labels), default=0), "t": 8, "b": 8},
            showlegend=len(shown) > 1,
            legend={"orientation": "h", "y": 0, "yanchor": "top", "x": 0, "traceorder": "reversed"},
        ),
    }


def _markers(values: Sequence[float | None], names: Sequence[str], caption: str) -> dict[str, Any]:
    """A trace of one dot a name."""
    return {
        "type": "scatter",
        "mode": "markers",
        "cliponaxis": False,
        "x": list(values),
        "y": list(names),
        "name": caption,
    }


def _labels_at_right(names: Sequence[str], labels: Sequence[str], colours: Palette) -> list[dict[str, Any]]:
    return [
        {
            "x": 1,
            "xref": "paper",
            "y": name,
            "text": label,
            "showarrow": False,
            "xanchor": "left",
            "xshift": 8,
            "font": {"size": 12, "color": colours.muted},
        }
        for name, label in zip(names, labels, strict=True)
    ]


def _width(text: str) -> int:
    """Width in half-width characters."""
    return sum(2 if ord(character) > 0x2E80 else 1 for character in text)


def in_out(pairs: Pairs, colours: Palette, lang: str) -> Figure:
    """Ranked pairs of dots joined by a line: what came in and what went out."""
    names, incoming, outgoing, captions = pairs.names, pairs.incoming, pairs.outgoing, pairs.captions
    top = max([*incoming, *outgoing], default=1)
    gaps = [
        {
            "type": "line",
            "x0": o,
            "x1": i,
            "y0": n,
            "y1": n,
            "layer": "below",
            "line": {"width": 3, "color": colours.grid},
        }
        for n, i, o in zip(names, incoming, outgoing, strict=True)
    ]
    traces = [
        {
            **_markers(values, names, caption),
            "marker": {"size": 10, "color": colour, "symbol": symbol},
            "text": [exact(v) for v in values],
            "hovertemplate": f"%{{y}}　{caption}　<b>%{{text}}</b><extra></extra>",
        }
        for values, caption, colour, symbol in (
            (incoming, captions[0], colours.accent, "circle"),
            (outgoing, captions[1], colours.contrast, "diamond"),
        )
    ]
    return {
        "data": traces,
        "layout": layout(
            colours,
            84 + ROW * len(names),
            # Room left of 0: a dot there would cover its name.
            xaxis=_value_axis(colours, lang, top, side="top", range=[-0.03 * top, max(top * 1.08, 1)]),
            yaxis=category_axis(colours, autorange="reversed", type="category"),
            shapes=gaps,
            showlegend=True,
            legend={"orientation": "h", "y": 0, "yanchor": "top", "x": 0},
        ),
    }
