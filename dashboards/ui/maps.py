"""The choropleth: equal-area conic main map, inset for the far islands, quantile classes, printed limits."""

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

import shapely
from shapely.geometry.base import BaseGeometry

from dashboards.ui.charts import Figure, layout
from dashboards.ui.numbers import class_of, exact, quantile_breaks
from dashboards.ui.theme import FONT, Palette

CLASSES = 6
HEIGHT = 720


OUTLINE = "outline"


@dataclass(frozen=True)
class Geometry:
    """What the server needs to know of the boundaries; the areas themselves go by URL to the browser.

    `labels` maps each division on the map to the point of its name. `dashes` and `islets` are longitudes and
    latitudes (None between pieces). `settings` is the geometry file's own member `map`: projection, window,
    inset, attribution.
    """

    labels: Mapping[str, tuple[float, float]]
    dashes: tuple[tuple[float | None, ...], tuple[float | None, ...]]
    islets: tuple[tuple[float | None, ...], tuple[float | None, ...]]
    settings: Mapping[str, Any]

    @property
    def inset(self) -> Mapping[str, Any]:
        """Window and title of the inset, empty where the map needs none."""
        return dict(self.settings.get("inset", {}))


@lru_cache(maxsize=2)
def geometry(path: Path) -> Geometry:
    """Reads the boundaries' settings, label points and small features from a GeoJSON file."""
    content = json.loads(path.read_text(encoding="utf-8"))
    kinds: dict[str, list[Any]] = {}
    for feature in content["features"]:
        kinds.setdefault(feature["properties"]["kind"], []).append(feature)
    areas = [feature["properties"] for feature in kinds.get("division", [])]
    return Geometry(
        labels={own["code"]: (own["label"][0], own["label"][1]) for own in areas},
        dashes=_coordinates(kinds.get("line", []), _rings),
        islets=_coordinates(kinds.get("islets", []), lambda shape: [shape["coordinates"]]),
        settings=content.get("map", {}),
    )


def _coordinates(
    features: Sequence[Mapping[str, Any]], pieces: Callable[[Mapping[str, Any]], list[Any]]
) -> tuple[tuple[float | None, ...], tuple[float | None, ...]]:
    pairs = [pair for f in features for piece in pieces(f["geometry"]) for pair in (*piece, (None, None))]
    return tuple(pair[0] for pair in pairs), tuple(pair[1] for pair in pairs)


def _rings(shape: Mapping[str, Any]) -> list[Any]:
    """The lines of a line or area geometry."""
    nesting = {"LineString": 0, "MultiLineString": 1, "Polygon": 1, "MultiPolygon": 2}[shape["type"]]
    lines = [shape["coordinates"]]
    for _ in range(nesting):
        lines = [part for line in lines for part in line]
    return lines


@lru_cache(maxsize=2)
def areas(path: Path) -> str:
    """The areas that a browser draws, as GeoJSON: the divisions by code, and the outline of them all.

    Parts south of a main map that has an inset are left out: they would be specks on its edge, and the inset
    shows them as points.
    """
    content = json.loads(path.read_text(encoding="utf-8"))
    own = [feature for feature in content["features"] if feature["properties"]["kind"] == "division"]
    shapes = shapely.from_geojson([json.dumps(feature["geometry"]) for feature in own])
    settings = content.get("map", {})
    if "inset" in settings:
        shapes = [_reaching_north_of(settings["window"][1], shape) for shape in shapes]
    union = shapely.get_parts(shapely.union_all(shapes))
    shells = shapely.multipolygons(shapely.polygons(shapely.get_exterior_ring(union)))
    codes = [*(feature["properties"]["code"] for feature in own), OUTLINE]
    drawn = shapely.orient_polygons([*shapes, shells], exterior_cw=True)
    features = [
        {"type": "Feature", "id": code, "properties": {}, "geometry": json.loads(shape)}
        for code, shape in zip(codes, shapely.to_geojson(drawn), strict=True)
    ]
    return json.dumps({"type": "FeatureCollection", "features": features}, separators=(",", ":"))


def _reaching_north_of(south: float, shape: BaseGeometry) -> BaseGeometry:
    """An area without its parts that lie wholly south of a parallel; as it is where nothing would be left."""
    parts = shapely.get_parts(shape)
    kept = parts[shapely.bounds(parts)[:, 3] > south]
    return shapely.multipolygons(kept) if len(kept) else shape


@dataclass(frozen=True)
class Classes:
    """Quantile classes of the values: limits (one more than classes) and a colour for each class."""

    limits: Sequence[float]
    shades: Sequence[str]

    def fill(self, value: float) -> str:
        return self.shades[class_of(value, self.limits)]


def classes(values: Sequence[float], colours: Palette) -> Classes:
    """Six classes, fewer where the values do not give six."""
    limits = quantile_breaks(values, CLASSES)
    return Classes(limits, _spread(len(limits) - 1, colours))


@dataclass(frozen=True)
class Choropleth:
    """What to draw: a value for each division (absent: not in the register) and the words around it."""

    values: Mapping[str, float]
    names: Mapping[str, str]
    selected: str | None
    words: Mapping[str, str]  # legend, absent, inset


def choropleth(what: Choropleth, shapes: Geometry, url: str, colours: Palette) -> Figure:
    """Main map and inset of one measure in quantile classes."""
    scale = classes(list(what.values.values()), colours)
    geos = ["geo", "geo2"] if shapes.inset else ["geo"]
    traces = [trace for geo in geos for trace in _layers(what, shapes, scale, geo, url=url, colours=colours)]
    traces.append(_labels(what, shapes, scale, colours))
    boxes, words = _legend(what, scale, colours)
    extra: dict[str, Any] = {"geo": _main(shapes, colours)}
    if shapes.inset:
        extra["geo2"] = _inset(shapes, colours)
        words.append(_inset_title(what, colours))
        boxes.append(_inset_frame(colours))
    figure = layout(colours, HEIGHT, shapes=boxes, annotations=words, **extra)
    figure["margin"] = {"l": 0, "r": 0, "t": 0, "b": 0}
    return {"data": traces, "layout": figure}


def _spread(count: int, colours: Palette) -> list[str]:
    """One colour for each class, spread over the whole ramp."""
    steps = colours.steps
    if count <= 1:
        return [steps[3]]
    return [steps[round(i * (len(steps) - 1) / (count - 1))] for i in range(count)]


def _layers(
    what: Choropleth, shapes: Geometry, scale: Classes, geo: str, *, url: str, colours: Palette
) -> list[dict[str, Any]]:
    held = [code for code in shapes.labels if code in what.values]
    absent = [code for code in shapes.labels if code not in what.values]
    border = {"color": colours.border, "width": 0.8}
    values = {
        **_areas(
            held,
            [class_of(what.values[c], scale.limits) for c in held],
            _stepped(scale.shades),
            url,
            geo=geo,
            line=border,
        ),
        "zmin": -0.5,
        "zmax": max(len(scale.shades), 1) - 0.5,
        "customdata": held,
        "text": [f"{what.names[c]}　<b>{exact(what.values[c])}</b>" for c in held],
        "hovertemplate": "%{text}<extra></extra>",
    }
    land = {
        **_areas(
            absent, [0] * len(absent), [[0, colours.land], [1, colours.land]], url, geo=geo, line=border
        ),
        "text": [f"{what.names[c]}　{what.words['absent']}" for c in absent],
        "hovertemplate": "%{text}<extra></extra>",
    }
    layers = [land, values]
    lines = [(OUTLINE, colours.outline, 1.0), (what.selected, colours.contrast, 2.6)]
    for code, colour, width in lines:
        if code and (code == OUTLINE or code in shapes.labels):
            clear = [[0, "rgba(0,0,0,0)"], [1, "rgba(0,0,0,0)"]]
            edge = {"color": colour, "width": width}
            layers.append({**_areas([code], [0], clear, url, geo=geo, line=edge), "hoverinfo": "skip"})
    return [layer for layer in layers if layer["locations"]] + _sea(shapes, geo, colours)


def _areas(
    codes: Sequence[str],
    z: Sequence[float],
    scale: list[list[Any]],
    url: str,
    *,
    geo: str,
    line: Mapping[str, Any],
) -> dict[str, Any]:
    return {
        "type": "choropleth",
        "geojson": url,
        "featureidkey": "id",
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
        lon, lat = shapes.dashes
        if geo == "geo" and shapes.inset:
            lon, lat = _north_of(shapes.settings["window"][1], lon, lat)
        found.append({"mode": "lines", "lon": lon, "lat": lat, "line": line})
    if shapes.islets[0] and geo != "geo":
        # Of several divisions: a colour of the scale would tell the class of one.
        dot = {"size": 2.6, "color": colours.muted}
        found.append({"mode": "markers", "lon": shapes.islets[0], "lat": shapes.islets[1], "marker": dot})
    return [{"type": "scattergeo", "geo": geo, "hoverinfo": "skip", **trace} for trace in found]


def _north_of(
    south: float, lon: Sequence[float | None], lat: Sequence[float | None]
) -> tuple[tuple[float | None, ...], tuple[float | None, ...]]:
    """Coordinates north of a parallel; those south of it become gaps."""
    kept = [y is not None and y > south for y in lat]
    return (
        tuple(x if keep else None for x, keep in zip(lon, kept, strict=True)),
        tuple(y if keep else None for y, keep in zip(lat, kept, strict=True)),
    )


def _labels(what: Choropleth, shapes: Geometry, scale: Classes, colours: Palette) -> dict[str, Any]:
    fills = {
        code: scale.fill(what.values[code]) if code in what.values else colours.land for code in shapes.labels
    }
    return {
        "type": "scattergeo",
        "mode": "text",
        "geo": "geo",
        "lon": [point[0] for point in shapes.labels.values()],
        "lat": [point[1] for point in shapes.labels.values()],
        "text": [what.names[code] for code in shapes.labels],
        "textfont": {
            "family": FONT,
            "size": 12 if max(map(len, what.names.values())) < 6 else 10,
            "color": [ink(fill) for fill in fills.values()],
            "shadow": [halo(fill) for fill in fills.values()],
        },
        "hoverinfo": "skip",
    }


def ink(fill: str) -> str:
    """Black or white, whichever reads better on a fill of the form #RRGGBB: at least 4.5 to 1 on any (WCAG 1.4.3)."""
    red, green, blue = (_linear(int(fill[i : i + 2], 16) / 255) for i in (1, 3, 5))
    luminance = 0.2126 * red + 0.7152 * green + 0.0722 * blue
    return "#FFFFFF" if 1.05 / (luminance + 0.05) > (luminance + 0.05) / 0.05 else "#000000"


def halo(fill: str) -> str:
    """A text shadow in the colour of the fill: a label wider than its area still stands on that colour."""
    return ", ".join(
        f"{x}px {y}px 1px {fill}" for x in (-2, -1, 0, 1, 2) for y in (-2, -1, 0, 1, 2) if x or y
    )


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
    own = shapes.settings["projection"]
    west, south, east, north = shapes.settings["window"]
    return _frame(
        colours,
        projection={
            "type": own["kind"],
            "parallels": own["parallels"],
            "rotation": {"lon": own["meridian"]},
        },
        lonaxis={"range": [west, east]},
        lataxis={"range": [south, north]},
        domain={"x": [0, 0.98], "y": [0.0, 1]},
    )


INSET = {"x": (0.855, 0.99), "y": (0.03, 0.31)}


def _inset(shapes: Geometry, colours: Palette) -> dict[str, Any]:
    west, south, east, north = shapes.inset["window"]
    return _frame(
        colours,
        projection={"type": "mercator"},
        lonaxis={"range": [west, east]},
        lataxis={"range": [south, north]},
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
    x, y = INSET["x"][1] - 0.005, INSET["y"][0] + 0.008
    return _word(x, y, what.words["inset"], colours, anchor="right", yanchor="bottom")


def _word(
    x: float, y: float, text: str, colours: Palette, *, anchor: str = "center", yanchor: str = "top"
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
        "font": {"family": FONT, "size": 12, "color": colours.text},
    }


def _legend(
    what: Choropleth, scale: Classes, colours: Palette
) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    """Boxes of the classes with their limits printed under the edges, and a box for what has no data."""
    left, bottom, width, height = 0.03, 0.075, 0.062, 0.018
    boxes = [_box(left + i * width, bottom, width, height, shade) for i, shade in enumerate(scale.shades)]
    words = [_word(left + i * width, bottom - 0.005, exact(v), colours) for i, v in enumerate(scale.limits)]
    title = what.words["legend"]
    words.append(_word(left, bottom + height + 0.008, title, colours, anchor="left", yanchor="bottom"))
    above, absent = bottom + 0.07, what.words["absent"]
    boxes.append(_box(left, above, width * 0.5, height, colours.land, line=colours.outline))
    words.append(
        _word(left + width * 0.6, above + height / 2, absent, colours, anchor="left", yanchor="middle")
    )
    return boxes, words


def _box(
    x: float, y: float, width: float, height: float, fill: str, *, line: str | None = None
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
