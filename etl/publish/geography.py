"""The map of a register's divisions, made from a package of boundaries at build time."""

import hashlib
import json
from collections.abc import Iterable, Mapping
from importlib import import_module
from importlib.metadata import version
from pathlib import Path
from typing import Any

from etl.metadata import Code, Metadata

_FORMAT = "2"


def divisions(metadata: Metadata, folder: Path, level: str = "level1") -> Path | None:
    """The file in `folder` with the boundaries of one level of divisions; None when the register declares none.

    The file is a GeoJSON FeatureCollection in degrees. Features carry `kind`: 'division' (an area, with
    `code`, `name`, `name_en` and `label`, the point for its name), 'islets' (points for the small parts of
    a division, same `code`) and 'line' (maritime dashes). The member `map` holds projection, window, inset
    and attribution. Exterior rings run clockwise, as spherical renderers require.

    Same package version and parameters give the same bytes, so it is made once, and named by them.
    Raises BadInput when the package lacks every division of the register.
    """
    boundaries = metadata.geography
    if not boundaries or level not in boundaries["levels"]:
        return None
    codes = metadata.codes[boundaries["levels"][level]["codes"]].entries
    path = folder / f"divisions-{_fingerprint(boundaries, level, codes)}.geojson"
    if not path.exists():
        # Imported here: pandas and geopandas cost most of a second that an unchanged build does not need.
        from etl.publish.boundaries import collection  # noqa: PLC0415

        made = collection(metadata, level, codes)
        _write(path, json.dumps(made, ensure_ascii=False, separators=(",", ":")) + "\n")
    return path


def _fingerprint(boundaries: Mapping[str, Any], level: str, codes: Iterable[Code]) -> str:
    package = import_module(boundaries["package"]).__version__
    named = [(code.code, code.zh, code.en, code.extra.get("short_zh")) for code in codes]
    parts = [_FORMAT, package, version("shapely"), version("geopandas"), level, boundaries, named]
    return hashlib.sha256(json.dumps(parts, sort_keys=True).encode()).hexdigest()[:16]


def _write(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    unfinished = path.with_name(path.name + ".part")
    unfinished.write_text(text, encoding="utf-8")
    unfinished.replace(path)
