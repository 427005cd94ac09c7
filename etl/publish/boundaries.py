"""Boundaries out of a package: simplified without gaps, rounded, labelled. Geometries are in degrees."""

from collections.abc import Mapping, Sequence
from importlib import import_module
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from etl.errors import BadInput
from etl.metadata import Code, Metadata
from etl.metadata.reading import line_of

_LAND = "administrative/amap/land"
_SEA = "administrative/amap/maritime"
_SHOWN = ("projection", "window", "inset", "attribution")


def collection(metadata: Metadata, level: str, codes: Sequence[Code]) -> dict[str, Any]:
    """Boundaries, small islands and maritime dashes of one level of divisions, as GeoJSON; see `geography`.

    Raises BadInput when the package lacks every division.
    """
    boundaries = metadata.geography
    whole = _land(boundaries, boundaries["levels"][level].get("files", {}), codes)
    if whole.empty:
        path = metadata.root / "geography/boundaries.yaml"
        message = "软件包中没有本登记册的区划 | the package has none of this register's divisions"
        remedy = "检查代码表与 files | check the code list and `files`"
        raise BadInput(message, f"{path}:{line_of(path, ['levels', level])}", "boundaries by code", remedy)
    precision = boundaries["precision"]
    simple = _rounded(whole.simplify_coverage(boundaries["levels"][level]["tolerance"]), precision)
    areas = whole.set_geometry(simple.orient_polygons(exterior_cw=True)).assign(
        kind="division", label=_labels(whole, boundaries.get("labels", {}))
    )
    parts = [areas.set_index("code", drop=False), _islets(whole, boundaries), _lines(boundaries)]
    features = [_feature(row) for part in parts for row in part.iterfeatures(na="drop")]
    shown = {key: boundaries[key] for key in _SHOWN if key in boundaries}
    return {"type": "FeatureCollection", "map": shown, "features": features}


def _land(boundaries: Mapping[str, Any], files: Mapping[str, str], codes: Sequence[Code]) -> gpd.GeoDataFrame:
    """The divisions that the package has, whole: code, name, name_en."""
    paths = [_path(boundaries, f"{_LAND}/{files.get(code.code, code.code)}.geojson") for code in codes]
    found = [(code, path) for code, path in zip(codes, paths, strict=True) if path.exists()]
    names = [(code.code, code.extra.get("short_zh") or code.zh, code.en) for code, _ in found]
    return gpd.GeoDataFrame(
        pd.DataFrame(names, columns=["code", "name", "name_en"]),
        geometry=shapely.from_geojson([path.read_bytes() for _, path in found]),
    )


def _path(boundaries: Mapping[str, Any], name: str) -> Path:
    provider = import_module(f"{boundaries['package']}.provider").get_provider()
    return Path(provider.resolve_dataset_path("administrative", name))


def _rounded(geometries: gpd.GeoSeries, precision: float) -> gpd.GeoSeries:
    """Valid geometries on the grid of `precision` degrees, written with no more digits than that."""
    decimals = round(-np.log10(precision))
    return geometries.set_precision(precision).transform(lambda points: np.round(points, decimals))


def _labels(whole: gpd.GeoDataFrame, chosen: Mapping[str, list[float]]) -> list[list[float]]:
    """The point for each name: the chosen one, else one inside the largest part."""
    parts = whole.geometry.explode()
    largest = parts[parts.area.groupby(level=0).rank(method="first", ascending=False) == 1]
    points = largest.representative_point()
    found = zip(whole["code"], points.x.round(2), points.y.round(2), strict=True)
    return [chosen.get(code) or [x, y] for code, x, y in found]


def _islets(whole: gpd.GeoDataFrame, boundaries: Mapping[str, Any]) -> gpd.GeoDataFrame:
    """The small parts of divisions, as points."""
    islets = boundaries.get("islets", {"area": 0, "window": [0, 0, 0, 0]})
    parts = whole.explode(ignore_index=True)
    small = parts[(parts.area < islets["area"]) & parts.intersects(shapely.box(*islets["window"]))]
    points = small.set_geometry(small.centroid.transform(lambda coordinates: np.round(coordinates, 2)))
    return points.dissolve("code", sort=False, as_index=False).assign(kind="islets")


def _lines(boundaries: Mapping[str, Any]) -> gpd.GeoDataFrame:
    """The maritime dashes; none where the register names none."""
    if "lines" not in boundaries:
        return gpd.GeoDataFrame(geometry=[])
    lines = boundaries["lines"]
    dashes = shapely.from_geojson(_path(boundaries, f"{_SEA}/{lines['file']}.geojson").read_bytes())
    row = {"kind": ["line"], "name": [lines["zh"]], "name_en": [lines["en"]]}
    return gpd.GeoDataFrame(row, geometry=_rounded(gpd.GeoSeries([dashes]), boundaries["precision"]))


def _feature(row: dict[str, Any]) -> dict[str, Any]:
    """A feature as maps read it: only a division is known by its code."""
    named = {"id": row["id"]} if row["properties"]["kind"] == "division" else {}
    return named | {"type": "Feature", "properties": row["properties"], "geometry": row["geometry"]}
