"""One exhibit: a heading that states the finding, the drawing, its table, its download, its source."""

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from html import escape
from typing import Any

import plotly.graph_objects as go
import streamlit as st

from dashboards.ui.charts import CONFIG, Figure
from dashboards.ui.tables import html_table


@dataclass(frozen=True)
class Table:
    """The numbers of an exhibit as text. The first `texts` columns are words, the others numbers."""

    heads: Sequence[str]
    rows: Sequence[Sequence[str]]
    texts: int = 1
    marked: str = ""


@dataclass(frozen=True)
class Words:
    """What stands around a drawing, already in the reader's language."""

    lead: str
    sub: str
    alt: str
    table: str
    download: str
    source: str


def heading(lead: str, sub: str = "") -> None:
    """The finding as a heading, with unit and date under it."""
    below = f'<p class="sub">{escape(sub)}</p>' if sub else ""
    st.html(f'<h2 class="lead">{escape(lead)}</h2>{below}')


def exhibit(key: str, words: Words, draw: Callable[[], Any], table: Table, link: str) -> Any:
    """Draws an exhibit; returns what `draw` returns (a selection, for charts that can be clicked)."""
    with st.container(key=f"exhibit-{key}", gap="small"):
        heading(words.lead, words.sub)
        result = draw()
        with st.expander(words.table):
            st.html(html_table(words.lead, table.heads, table.rows, table.texts, table.marked))
        _foot(words, link)
    return result


def listing(key: str, words: Words, table: Table, link: str) -> None:
    """An exhibit that is a table and nothing else."""
    with st.container(key=f"listing-{key}", gap="small"):
        heading(words.lead, words.sub)
        st.html(html_table(words.lead, table.heads, table.rows, table.texts, table.marked))
        _foot(words, link)


def _foot(words: Words, link: str) -> None:
    href = escape(link, quote=True)
    st.html(
        f'<p class="source">{escape(words.source)}<a href="{href}" download>{escape(words.download)}</a></p>'
    )


@lru_cache(maxsize=256)
def _checked(figure: str) -> go.Figure:
    """A figure checked by Plotly, which takes longer than the rest of a run: once for each figure."""
    return go.Figure(json.loads(figure))


def chart(
    figure: Figure, alt: str, key: str, wide: bool = False, clicked: Callable[[], None] | None = None
) -> Any:
    """A Plotly chart without Streamlit's theme; `wide` ones scroll sideways on a phone."""
    config = {**CONFIG, "topojsonURL": "/geo/topojson/"}
    selection: dict[str, Any] = {"on_select": clicked, "selection_mode": "points"} if clicked else {}
    with st.container(key=f"wide-{key}" if wide else f"chart-{key}"):
        checked = _checked(json.dumps(figure, default=str))
        return st.plotly_chart(checked, key=f"{key}-chart", theme=None, config=config, alt=alt, **selection)


def legend(names: Sequence[str], shades: Sequence[str]) -> None:
    """Names with their colours, wrapping on narrow screens."""
    items = "".join(
        f'<span><i style="background:{shade}"></i>{escape(name)}</span>'
        for name, shade in zip(names, shades, strict=False)
    )
    st.html(f'<div class="legend" aria-hidden="true">{items}</div>')


def figures(items: Sequence[tuple[str, str, str]]) -> None:
    """Headline figures: name, value, remark."""
    cells = "".join(
        f'<div><dt>{escape(name)}</dt><dd class="value">{escape(value)}</dd>'
        f'<dd class="more">{escape(remark)}</dd></div>'
        for name, value, remark in items
    )
    st.html(f'<dl class="figures">{cells}</dl>')


def findings(sentences: Sequence[str]) -> None:
    """Findings in plain sentences."""
    st.html(f'<ul class="findings">{"".join(f"<li>{escape(s)}</li>" for s in sentences)}</ul>')


def definitions(pairs: Sequence[tuple[str, str]]) -> None:
    """What the words of the page mean, printed beside its charts."""
    lines = "<br>".join(f"<strong>{escape(word)}</strong>　{escape(meaning)}" for word, meaning in pairs)
    st.html(f'<div class="definition">{lines}</div>')


def choose(key: str, label: str, options: Sequence[str], names: Callable[[str], str], default: str) -> str:
    """A choice that the URL holds as a code (`?key=code`), the same in every language. Returns the code."""
    asked = st.query_params.get(key, default)
    st.session_state[key] = asked if asked in options else default
    picked = st.selectbox(
        label,
        options,
        format_func=names,
        key=key,
        placeholder=label,
        on_change=lambda: remember(key, st.session_state[key]),
    )
    return str(picked)


def remember(key: str, value: str) -> None:
    """Puts a choice into the URL."""
    st.query_params[key] = value
