"""Simplified boundaries of a register's divisions, made from a package of boundaries at build time."""

import hashlib
import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from importlib import import_module
from pathlib import Path
from typing import Any

import numpy as np
import shapely
from shapely.geometry.base import BaseGeometry

from etl.errors import BadInput
from etl.metadata import Code, Metadata
from etl.metadata.reading import line_of

_LAND = "administrative/amap/land"
_SEA = "administrative/amap/maritime"
_SHOWN = ("projection", "window", "inset", "attribution")
_FORMAT = "1"


def divisions(metadata: Metadata, out: Path, level: str = "level1", cache: Path | None = None) -> Path | None:
    """Writes the boundaries of one level of divisions to `out`; None when the register declares none.

    The file is a GeoJSON FeatureCollection in degrees. Features carry `kind`: 'division' (an area, with
    `code`, `name`, `name_en` and `label`, the point for its name), 'islets' (points for the small parts of
    a division, same `code`) and 'line' (maritime dashes). The member `map` holds projection, window, inset
    and attribution. Exterior rings run clockwise, as spherical renderers require.

    Same package version and parameters give the same bytes; with `cache` (a folder) they are made once.
    Raises BadInput when the package lacks every division of the register.
    """
    boundaries = metadata.geography
    if not boundaries or level not in boundaries["levels"]:
        return None
    codes = metadata.codes[boundaries["levels"][level]["codes"]].entries
    kept = cache / f"divisions-{_fingerprint(boundaries, level, codes)}.geojson" if cache else None
    if kept and kept.exists():
        text = kept.read_text(encoding="utf-8")
    else:
        text = _collection(metadata, level, codes)
        if kept:
            _write(kept, text)
    _write(out, text)
    return out


def _fingerprint(boundaries: Mapping[str, Any], level: str, codes: Iterable[Code]) -> str:
    package = import_module(boundaries["package"])
    named = [(code.code, code.zh, code.en, code.extra.get("short_zh")) for code in codes]
    parts = [_FORMAT, package.__version__, shapely.geos_version_string, level, boundaries, named]
    return hashlib.sha256(json.dumps(parts, sort_keys=True).encode()).hexdigest()[:16]


def _write(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    unfinished = path.with_name(path.name + ".part")
    unfinished.write_text(text, encoding="utf-8")
    unfinished.replace(path)


def _collection(metadata: Metadata, level: str, codes: Sequence[Code]) -> str:
    boundaries = metadata.geography
    files = boundaries["levels"][level].get("files", {})
    found = [(code, area) for code in codes if (area := _land(boundaries, files.get(code.code, code.code)))]
    if not found:
        path = metadata.root / "geography/boundaries.yaml"
        message = "软件包中没有本登记簿的区划 | the package has none of this register's divisions"
        remedy = "检查代码表与 files | check the code list and `files`"
        raise BadInput(message, f"{path}:{line_of(path, ['levels', level])}", "boundaries by code", remedy)
    raw = np.array([area for _, area in found])
    simple = shapely.coverage_simplify(raw, boundaries["levels"][level]["tolerance"])
    areas = shapely.orient_polygons(_rounded(simple, boundaries["precision"]), exterior_cw=True)
    features = [
        *_areas([code for code, _ in found], raw, areas, boundaries),
        *_islets([code for code, _ in found], raw, boundaries),
        *_lines(boundaries),
    ]
    shown = {key: boundaries[key] for key in _SHOWN if key in boundaries}
    collection = {"type": "FeatureCollection", "map": shown, "features": features}
    return json.dumps(collection, ensure_ascii=False, separators=(",", ":")) + "\n"


def _land(boundaries: Mapping[str, Any], name: str) -> BaseGeometry | None:
    path = _path(boundaries, f"{_LAND}/{name}.geojson")
    return shapely.from_geojson(path.read_bytes()) if path.exists() else None


def _path(boundaries: Mapping[str, Any], name: str) -> Path:
    provider = import_module(f"{boundaries['package']}.provider").get_provider()
    return Path(provider.resolve_dataset_path("administrative", name))


def _rounded(geometries: Any, precision: float) -> Any:
    """Valid geometries on the grid of `precision` degrees, written with no more digits than that."""
    decimals = round(-np.log10(precision))
    snapped = shapely.set_precision(geometries, precision)
    return shapely.transform(snapped, lambda points: np.round(points, decimals))


def _areas(
    codes: Sequence[Code], raw: Any, areas: Any, boundaries: Mapping[str, Any]
) -> Iterator[dict[str, Any]]:
    labels = boundaries.get("labels", {})
    for code, whole, area in zip(codes, raw, areas, strict=True):
        label = labels.get(code.code) or _inner_point(whole)
        yield _feature(area, kind="division", **_named(code), label=label)


def _inner_point(area: BaseGeometry) -> list[float]:
    largest = max(shapely.get_parts(area), key=shapely.area)
    point = shapely.point_on_surface(largest)
    return [round(point.x, 2), round(point.y, 2)]


def _named(code: Code) -> dict[str, str]:
    return {"code": code.code, "name": code.extra.get("short_zh") or code.zh, "name_en": code.en}


def _islets(codes: Sequence[Code], raw: Any, boundaries: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    if "islets" not in boundaries:
        return
    window = shapely.box(*boundaries["islets"]["window"])
    for code, area in zip(codes, raw, strict=True):
        parts = shapely.get_parts(area)
        small = parts[
            (shapely.area(parts) < boundaries["islets"]["area"]) & shapely.intersects(parts, window)
        ]
        points = np.unique(np.round(shapely.get_coordinates(shapely.centroid(small)), 2), axis=0)
        if len(points):
            yield _feature(shapely.multipoints(points), kind="islets", **_named(code))


def _lines(boundaries: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    if "lines" not in boundaries:
        return
    lines = boundaries["lines"]
    dashes = shapely.from_geojson(_path(boundaries, f"{_SEA}/{lines['file']}.geojson").read_bytes())
    yield _feature(
        _rounded(dashes, boundaries["precision"]), kind="line", name=lines["zh"], name_en=lines["en"]
    )


def _feature(geometry: BaseGeometry, **properties: Any) -> dict[str, Any]:
    feature = {"type": "Feature", "properties": properties, "geometry": shapely.geometry.mapping(geometry)}
    return ({"id": properties["code"]} if properties["kind"] == "division" else {}) | feature
