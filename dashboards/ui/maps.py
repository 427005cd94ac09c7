"""The choropleth: equal-area conic main map, inset for the far islands, quantile classes, printed limits."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

from dashboards.ui.charts import Figure, layout
from dashboards.ui.numbers import class_of, exact, quantile_breaks
from dashboards.ui.theme import FONT, Palette

CLASSES = 6


@dataclass(frozen=True)
class Place:
    """A division on the map: where its label stands, and its square in the tile grid (None without one)."""

    code: str
    label: tuple[float, float] | None
    tile: tuple[int, int] | None


@dataclass(frozen=True)
class Geometry:
    """What the server needs to know of the boundaries; the outlines themselves go by URL to the browser.

    `dashes` and `islands` are coordinates (longitudes, latitudes; None between pieces). `projection` and
    `inset` are the settings that the geometry file carries; `inset` is empty where the map needs none.
    """

    places: Mapping[str, Place]
    outline: str | None
    dashes: tuple[tuple[float | None, ...], tuple[float | None, ...]]
    islands: tuple[tuple[float, ...], tuple[float, ...]]
    projection: Mapping[str, Any]
    inset: Mapping[str, Any]
    source: Mapping[str, str]


@lru_cache(maxsize=2)
def geometry(path: Path) -> Geometry:
    """Reads the boundaries' settings, label points and small features from a GeoJSON file."""
    content = json.loads(path.read_text(encoding="utf-8"))
    kinds: dict[str, list[Any]] = {}
    for feature in content["features"]:
        kinds.setdefault(feature["properties"].get("kind", "division"), []).append(feature)
    outline = kinds.get("outline", [])
    return Geometry(
        places={place.code: place for place in map(_place, kinds.get("division", []))},
        outline=outline[0]["properties"]["code"] if outline else None,
        dashes=_joined([_line(f["geometry"]) for f in kinds.get("dash", [])]),
        islands=_points(kinds.get("island", [])),
        projection=content.get("projection", {}),
        inset=content.get("inset", {}),
        source={"zh": content.get("source_zh", ""), "en": content.get("source_en", "")},
    )


def _place(feature: Mapping[str, Any]) -> Place:
    own = feature["properties"]
    label = (own["label_lon"], own["label_lat"]) if own.get("label_lon") is not None else None
    tile = (own["tile_col"], own["tile_row"]) if own.get("tile_col") is not None else None
    return Place(str(own["code"]), label, tile)


def _line(shape: Mapping[str, Any]) -> list[Any]:
    """The longest line of a shape, as coordinate pairs."""
    depth = {"LineString": 0, "MultiLineString": 1, "Polygon": 1, "MultiPolygon": 2}[shape["type"]]
    lines = [shape["coordinates"]]
    for _ in range(depth):
        lines = [part for line in lines for part in line]
    return list(max(lines, key=len))


def _joined(lines: Sequence[Sequence[Any]]) -> tuple[tuple[float | None, ...], tuple[float | None, ...]]:
    pairs = [pair for line in lines for pair in (*line, (None, None))]
    return tuple(pair[0] for pair in pairs), tuple(pair[1] for pair in pairs)


def _points(features: Sequence[Mapping[str, Any]]) -> tuple[tuple[float, ...], tuple[float, ...]]:
    pairs: list[Any] = []
    for feature in features:
        shape = feature["geometry"]
        pairs += [shape["coordinates"]] if shape["type"] == "Point" else shape["coordinates"]
    return tuple(pair[0] for pair in pairs), tuple(pair[1] for pair in pairs)


@dataclass(frozen=True)
class Choropleth:
    """What to draw: a value for each division (absent: not in the register) and the words around it."""

    values: Mapping[str, float]
    names: Mapping[str, str]
    selected: str | None
    words: Mapping[str, str]  # legend, absent, inset


def choropleth(what: Choropleth, shapes: Geometry, url: str, colours: Palette) -> Figure:
    """Main map and inset of one measure in quantile classes."""
    limits = quantile_breaks(list(what.values.values()), CLASSES)
    shades = class_colours(len(limits) - 1, colours)
    geos = ["geo", "geo2"] if shapes.inset else ["geo"]
    traces = [trace for geo in geos for trace in _layers(what, shapes, limits, shades, url, geo, colours)]
    traces.append(_labels(what, shapes, limits, shades, colours))
    boxes, words = _legend(what, limits, shades, colours)
    extra: dict[str, Any] = {"geo": _main(shapes, colours)}
    if shapes.inset:
        extra["geo2"] = _inset(shapes, colours)
        words.append(_inset_title(what, colours))
        boxes.append(_inset_frame(colours))
    figure = layout(colours, 640, shapes=boxes, annotations=words, **extra)
    figure["margin"] = {"l": 0, "r": 0, "t": 0, "b": 0}
    return {"data": traces, "layout": figure}


def class_colours(count: int, colours: Palette) -> list[str]:
    """One colour for each class, spread over the whole ramp."""
    steps = colours.steps
    if count <= 1:
        return [steps[3]]
    return [steps[round(i * (len(steps) - 1) / (count - 1))] for i in range(count)]


def _layers(
    what: Choropleth,
    shapes: Geometry,
    limits: Sequence[float],
    shades: Sequence[str],
    url: str,
    geo: str,
    colours: Palette,
) -> list[dict[str, Any]]:
    held = [code for code in shapes.places if code in what.values]
    absent = [code for code in shapes.places if code not in what.values]
    border = {"color": colours.border, "width": 0.8}
    values = {
        **_areas(held, [class_of(what.values[c], limits) for c in held], _stepped(shades), url, geo, border),
        "zmin": -0.5,
        "zmax": max(len(shades), 1) - 0.5,
        "customdata": held,
        "text": [f"{what.names[c]}　<b>{exact(what.values[c])}</b>" for c in held],
        "hovertemplate": "%{text}<extra></extra>",
    }
    land = {
        **_areas(absent, [0] * len(absent), [[0, colours.land], [1, colours.land]], url, geo, border),
        "text": [f"{what.names[c]}　{what.words['absent']}" for c in absent],
        "hovertemplate": "%{text}<extra></extra>",
    }
    layers = [land, values]
    lines = [(shapes.outline, colours.outline, 1.0), (what.selected, colours.contrast, 2.6)]
    for code, colour, width in lines:
        if code and (code == shapes.outline or code in shapes.places):
            clear = [[0, "rgba(0,0,0,0)"], [1, "rgba(0,0,0,0)"]]
            edge = {"color": colour, "width": width}
            layers.append({**_areas([code], [0], clear, url, geo, edge), "hoverinfo": "skip"})
    return [layer for layer in layers if layer["locations"]] + _sea(shapes, geo, colours)


def _areas(
    codes: Sequence[str],
    z: Sequence[float],
    scale: list[list[Any]],
    url: str,
    geo: str,
    line: Mapping[str, Any],
) -> dict[str, Any]:
    return {
        "type": "choropleth",
        "geojson": url,
        "featureidkey": "properties.code",
        "locations": list(codes),
        "z": list(z),
        "zmin": 0,
        "zmax": 1,
        "colorscale": scale,
        "showscale": False,
        "marker": {"line": dict(line)},
        "geo": geo,
    }


def _stepped(shades: Sequence[str]) -> list[list[Any]]:
    count = len(shades)
    return [[edge / count, shade] for i, shade in enumerate(shades) for edge in (i, i + 1)]


def _sea(shapes: Geometry, geo: str, colours: Palette) -> list[dict[str, Any]]:
    found = []
    if shapes.dashes[0]:
        line = {"color": colours.muted, "width": 1.6}
        found.append({"mode": "lines", "lon": shapes.dashes[0], "lat": shapes.dashes[1], "line": line})
    if shapes.islands[0] and geo != "geo":
        dot = {"size": 2.6, "color": colours.steps[4]}
        found.append({"mode": "markers", "lon": shapes.islands[0], "lat": shapes.islands[1], "marker": dot})
    return [{"type": "scattergeo", "geo": geo, "hoverinfo": "skip", **trace} for trace in found]


def _labels(
    what: Choropleth, shapes: Geometry, limits: Sequence[float], shades: Sequence[str], colours: Palette
) -> dict[str, Any]:
    places = [place for place in shapes.places.values() if place.label]
    fills = [
        shades[class_of(what.values[p.code], limits)] if p.code in what.values else colours.land
        for p in places
    ]
    return {
        "type": "scattergeo",
        "mode": "text",
        "geo": "geo",
        "lon": [p.label[0] for p in places if p.label],
        "lat": [p.label[1] for p in places if p.label],
        "text": [what.names[p.code] for p in places],
        "textfont": {
            "family": FONT,
            "size": 12,
            "color": [ink(fill) for fill in fills],
        },
        "hoverinfo": "skip",
    }


def ink(fill: str) -> str:
    """Black or white, whichever reads better on a fill of the form #RRGGBB."""
    red, green, blue = (_linear(int(fill[i : i + 2], 16) / 255) for i in (1, 3, 5))
    luminance = 0.2126 * red + 0.7152 * green + 0.0722 * blue
    return "#FFFFFF" if 1.05 / (luminance + 0.05) > (luminance + 0.05) / 0.073 else "#1E2B32"


def _linear(channel: float) -> float:
    return channel / 12.92 if channel <= 0.04045 else float(((channel + 0.055) / 1.055) ** 2.4)


def _frame(colours: Palette, **extra: Any) -> dict[str, Any]:
    return {
        "visible": False,
        "bgcolor": "rgba(0,0,0,0)",
        "showframe": False,
        "showcoastlines": False,
        "showland": False,
        **extra,
    }


def _main(shapes: Geometry, colours: Palette) -> dict[str, Any]:
    own = shapes.projection
    if not own:
        return _frame(colours, fitbounds="locations", projection={"type": "mercator"})
    return _frame(
        colours,
        projection={
            "type": "conic equal area",
            "parallels": own["parallels"],
            "rotation": {"lon": own["meridian"]},
        },
        lonaxis={"range": own["lon_range"]},
        lataxis={"range": own["lat_range"]},
        domain={"x": [0, 1], "y": [0.02, 1]},
    )


INSET = {"x": (0.855, 0.99), "y": (0.03, 0.31)}


def _inset(shapes: Geometry, colours: Palette) -> dict[str, Any]:
    return _frame(
        colours,
        projection={"type": "mercator"},
        lonaxis={"range": shapes.inset["lon_range"]},
        lataxis={"range": shapes.inset["lat_range"]},
        domain={"x": list(INSET["x"]), "y": list(INSET["y"])},
    )


def _inset_frame(colours: Palette) -> dict[str, Any]:
    corners = {"x0": INSET["x"][0], "x1": INSET["x"][1], "y0": INSET["y"][0], "y1": INSET["y"][1]}
    return {
        "type": "rect",
        "xref": "paper",
        "yref": "paper",
        **corners,
        "line": {"color": colours.outline, "width": 1},
    }


def _inset_title(what: Choropleth, colours: Palette) -> dict[str, Any]:
    return _word(
        INSET["x"][1] - 0.005, INSET["y"][0] + 0.008, what.words["inset"], colours, "right", "bottom", 11
    )


def _word(
    x: float,
    y: float,
    text: str,
    colours: Palette,
    anchor: str = "center",
    yanchor: str = "top",
    size: int = 12,
) -> dict[str, Any]:
    return {
        "x": x,
        "y": y,
        "xref": "paper",
        "yref": "paper",
        "text": text,
        "showarrow": False,
        "xanchor": anchor,
        "yanchor": yanchor,
        "font": {"family": FONT, "size": size, "color": colours.text},
    }


def _legend(
    what: Choropleth, limits: Sequence[float], shades: Sequence[str], colours: Palette
) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    """Boxes of the classes with their limits printed under the edges, and a box for what has no data."""
    left, bottom, width, height = 0.03, 0.075, 0.062, 0.018
    boxes = [_box(left + i * width, bottom, width, height, shade) for i, shade in enumerate(shades)]
    words = [
        _word(left + i * width, bottom - 0.005, _limit(limit), colours) for i, limit in enumerate(limits)
    ]
    words.append(_word(left, bottom + height + 0.008, what.words["legend"], colours, "left", "bottom"))
    at = left + (len(shades) + 0.45) * width
    boxes.append(_box(at, bottom, width * 0.5, height, colours.land, colours.outline))
    words.append(
        _word(at + width * 0.6, bottom + height / 2, what.words["absent"], colours, "left", "middle")
    )
    return boxes, words


def _limit(value: float) -> str:
    return exact(value)


def _box(
    x: float, y: float, width: float, height: float, fill: str, line: str | None = None
) -> dict[str, Any]:
    return {
        "type": "rect",
        "xref": "paper",
        "yref": "paper",
        "x0": x,
        "x1": x + width,
        "y0": y,
        "y1": y + height,
        "fillcolor": fill,
        "line": {"width": 1 if line else 0, "color": line or fill},
    }
