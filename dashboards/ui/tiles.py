"""Small drawings as HTML and SVG that need no chart library: tile-grid map and small multiples."""

import base64
from collections.abc import Mapping, Sequence
from html import escape

from dashboards.ui.maps import classes, ink
from dashboards.ui.numbers import short
from dashboards.ui.theme import Palette


def tile_grid(
    values: Mapping[str, float],
    names: Mapping[str, str],
    places: Mapping[str, tuple[int, int]],
    links: Mapping[str, str],
    *,
    label: str,
    colours: Palette,
    lang: str,
) -> str:
    """Equal tiles, one for each division, as a list of links. `places` gives column and row of each.

    A `|` in a name is where it may break: tiles are narrow, and no name may be cut.
    """
    scale = classes(list(values.values()), colours)
    tiles = []
    for code, (column, row) in sorted(places.items(), key=lambda item: item[1][::-1]):
        value = values.get(code)
        fill = colours.land if value is None else scale.fill(value)
        style = f"grid-column:{column + 1};grid-row:{row + 1};background:{fill};color:{ink(fill)}"
        number = "" if value is None else f"<b>{escape(short(value, lang))}</b>"
        inner = f"<span>{escape(names[code]).replace('|', '&shy;')}</span>{number}"
        if code in links:
            inner = f'<a href="{escape(links[code], quote=True)}" target="_self">{inner}</a>'
        tiles.append(f'<li style="{style}">{inner}</li>')
    columns = 1 + max(column for column, _ in places.values())
    style = f"grid-template-columns:repeat({columns},1fr)"
    return f'<ul class="tiles" style="{style}" aria-label="{escape(label, quote=True)}">{"".join(tiles)}</ul>'


def small_multiples(series: Sequence[tuple[str, Sequence[float], str]], label: str, colours: Palette) -> str:
    """A grid of small line charts on one scale: name, values over time, caption of the newest value."""
    top = max((max(values) for _, values, _ in series if values), default=1) or 1
    cells = [
        f'<li><span class="name">{escape(name)}</span>{_spark(values, top, colours)}'
        f'<span class="value">{escape(caption)}</span></li>'
        for name, values, caption in series
    ]
    return f'<ul class="multiples" aria-label="{escape(label, quote=True)}">{"".join(cells)}</ul>'


def _spark(values: Sequence[float], top: float, colours: Palette) -> str:
    width, height = 160, 56
    step = width / max(len(values) - 1, 1)
    points = [(i * step, height - 4 - (height - 10) * value / top) for i, value in enumerate(values)]
    line = " ".join(f"{x:.1f},{y:.1f}" for x, y in points)
    area = f"0,{height} {line} {width},{height}"
    x, y = points[-1]
    drawing = (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width + 4} {height}">'
        f'<polygon points="{area}" fill="{colours.steps[1]}" fill-opacity="0.55"></polygon>'
        f'<polyline points="{line}" fill="none" stroke="{colours.accent}" stroke-width="2"></polyline>'
        f'<circle cx="{x:.1f}" cy="{y:.1f}" r="3" fill="{colours.accent}"></circle></svg>'
    )
    source = base64.b64encode(drawing.encode()).decode()
    return f'<img alt="" src="data:image/svg+xml;base64,{source}">'
