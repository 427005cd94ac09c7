"""Boundaries of divisions, made from the package of boundaries."""

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import shapely
from shapely.geometry import shape

from etl.errors import BadInput
from etl.metadata import CodeList, Metadata
from etl.publish.geography import divisions


@pytest.fixture(scope="module")
def made(metadata: Metadata, tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = divisions(metadata, tmp_path_factory.mktemp("geography"))
    assert path is not None
    return path


@pytest.fixture(scope="module")
def features(made: Path) -> list[dict[str, Any]]:
    collection: dict[str, Any] = json.loads(made.read_text(encoding="utf-8"))
    listed: list[dict[str, Any]] = collection["features"]
    return listed


def _areas(features: list[dict[str, Any]]) -> dict[str, Any]:
    return {f["id"]: shape(f["geometry"]) for f in features if f["properties"]["kind"] == "division"}


def test_every_division_has_its_area(metadata: Metadata, features: list[dict[str, Any]]) -> None:
    assert set(_areas(features)) == set(metadata.codes["division"].by_code)


def test_areas_are_valid_and_their_exteriors_run_clockwise(features: list[dict[str, Any]]) -> None:
    for area in _areas(features).values():
        assert area.is_valid
        assert not any(shapely.is_ccw(part.exterior) for part in shapely.get_parts(area))


def test_coordinates_are_rounded_and_the_file_is_small(made: Path) -> None:
    assert made.stat().st_size <= 500_000
    collection = json.loads(made.read_text(encoding="utf-8"), parse_float=str)
    longest = max(len(text.partition(".")[2]) for text in _numbers(collection["features"]))
    assert longest <= 3


def test_each_disputed_place_lies_in_its_division(features: list[dict[str, Any]]) -> None:
    areas = _areas(features)
    assert areas["540000"].contains(shapely.Point(94.0, 27.8))
    assert areas["650000"].contains(shapely.Point(79.5, 35.2))


def test_the_islands_of_the_south_china_sea_and_the_dashes_are_there(features: list[dict[str, Any]]) -> None:
    kinds = {(f["properties"]["kind"], f["properties"].get("code")): shape(f["geometry"]) for f in features}
    assert len(kinds["line", None].geoms) == 10
    islets = kinds["islets", "460000"]
    south, north = islets.bounds[1], islets.bounds[3]
    assert (south < 5, north > 15) == (True, True)


def test_every_label_lies_on_the_map(features: list[dict[str, Any]]) -> None:
    window = shapely.box(73, 3, 136, 54)
    labels = [f["properties"]["label"] for f in features if f["properties"]["kind"] == "division"]
    assert all(window.contains(shapely.Point(label)) for label in labels)


def test_the_same_parameters_give_the_same_bytes(metadata: Metadata, tmp_path: Path) -> None:
    few = _only(metadata, "110000", "120000", "460000")
    once, again = divisions(few, tmp_path / "once"), divisions(few, tmp_path / "again")
    assert once is not None
    assert again is not None
    assert once.read_bytes() == again.read_bytes()


def test_a_map_is_made_once_and_another_tolerance_makes_another(metadata: Metadata, tmp_path: Path) -> None:
    few = _only(metadata, "110000", "120000")
    kept = divisions(few, tmp_path)
    assert kept is not None
    kept.write_text("kept", encoding="utf-8")
    assert divisions(few, tmp_path) == kept
    assert kept.read_text(encoding="utf-8") == "kept"
    other = divisions(_coarser(few), tmp_path)
    assert other is not None
    assert other.read_text(encoding="utf-8") != "kept"


def test_a_register_without_geography_has_no_boundaries(metadata: Metadata, tmp_path: Path) -> None:
    assert divisions(replace(metadata, geography={}), tmp_path) is None
    assert not list(tmp_path.iterdir())


def test_divisions_that_the_package_lacks_are_told(metadata: Metadata, tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="boundaries"):
        divisions(_only(metadata, "nowhere"), tmp_path)


def _only(metadata: Metadata, *codes: str) -> Metadata:
    known = metadata.codes["division"]
    kept = [replace(known.entries[0], code=c) for c in codes if c not in known.by_code]
    kept += [known.by_code[c] for c in codes if c in known.by_code]
    return replace(
        metadata, codes={**metadata.codes, "division": CodeList("division", tuple(kept), known.extra_columns)}
    )


def _coarser(metadata: Metadata) -> Metadata:
    levels = {"level1": {"codes": "division", "tolerance": 0.5}}
    return replace(metadata, geography={**metadata.geography, "levels": levels})


def _numbers(value: Any) -> list[str]:
    if isinstance(value, dict):
        return [text for item in value.values() for text in _numbers(item)]
    if isinstance(value, list):
        return [text for item in value for text in _numbers(item)]
    return [value] if isinstance(value, str) and value.replace(".", "").replace("-", "").isdigit() else []
