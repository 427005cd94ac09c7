"""Heat maps of two sets of names."""

from collections.abc import Sequence
from dataclasses import dataclass

from dashboards.ui.charts import Figure, category_axis, layout
from dashboards.ui.theme import Palette


@dataclass(frozen=True)
class Grid:
    """Cells of a heat map by row and column, with the text of each for the pointer."""

    rows: Sequence[str]
    columns: Sequence[str]
    values: Sequence[Sequence[float | None]]
    hover: Sequence[Sequence[str]]


@dataclass(frozen=True)
class Scale:
    """Colours of a heat map: stops from 0 to 1, the values at both ends, positions and texts of the key."""

    stops: Sequence[tuple[float, str]]
    limits: tuple[float, float]
    marks: Sequence[float]
    texts: Sequence[str]


def matrix(grid: Grid, scale: Scale, colours: Palette) -> Figure:
    """Heat map with names on both sides; cells without a value keep the colour of plain land."""
    trace = {
        "type": "heatmap",
        "x": list(grid.columns),
        "y": list(grid.rows),
        "z": [list(line) for line in grid.values],
        "text": [list(line) for line in grid.hover],
        "hovertemplate": "%{text}<extra></extra>",
        "colorscale": [list(stop) for stop in scale.stops],
        "zmin": scale.limits[0],
        "zmax": scale.limits[1],
        "xgap": 1,
        "ygap": 1,
        "hoverongaps": False,
        "colorbar": {
            "orientation": "h",
            "y": -0.02,
            "yanchor": "top",
            "x": 0,
            "xanchor": "left",
            "len": 0.6,
            "thickness": 10,
            "outlinewidth": 0,
            "tickfont": {"size": 12, "color": colours.muted},
            "tickvals": list(scale.marks),
            "ticktext": list(scale.texts),
        },
    }
    return {
        "data": [trace],
        "layout": layout(
            colours,
            170 + 22 * len(grid.rows),
            plot_bgcolor=colours.land,
            xaxis=category_axis(
                colours, side="top", autotickangles=[0, -90], type="category", tickfont={"size": 12}
            ),
            yaxis=category_axis(colours, autorange="reversed", type="category", tickfont={"size": 12}),
        ),
    }
