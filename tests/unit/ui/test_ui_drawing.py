"""Colours, tables and texts of the dashboard."""

import json
import re
from pathlib import Path

import pytest
import yaml
from shapely.geometry import box, mapping, shape
from shapely.ops import unary_union

from dashboards.ui.maps import areas, ink
from dashboards.ui.tables import html_table
from dashboards.ui.theme import DARK, LIGHT, Palette
from dashboards.workforce.release import queries
from etl.settings import METADATA, PROJECT


def luminance(colour: str) -> float:
    channels = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(one: str, other: str) -> float:
    dark, light = sorted((luminance(one), luminance(other)))
    return (light + 0.05) / (dark + 0.05)


@pytest.mark.parametrize("colours", [LIGHT, DARK], ids=["light", "dark"])
def test_words_stand_out_from_page_and_panel(colours: Palette) -> None:
    for word in (colours.text, colours.muted, colours.accent):
        assert min(contrast(word, colours.page), contrast(word, colours.panel)) >= 4.5


@pytest.mark.parametrize("colours", [LIGHT, DARK], ids=["light", "dark"])
def test_labels_on_the_map_can_be_read_on_every_class(colours: Palette) -> None:
    assert min(contrast(ink(fill), fill) for fill in (*colours.steps, colours.land)) >= 3.5


def test_parts_south_of_a_main_map_with_an_inset_are_left_to_the_inset(tmp_path: Path) -> None:
    mainland, islet = box(0, 10, 10, 20), box(4, 1, 5, 2)
    feature = {
        "type": "Feature",
        "properties": {"kind": "division", "code": "1"},
        "geometry": mapping(unary_union([mainland, islet])),
    }
    for name, settings in (("with", {"window": [0, 5, 10, 20], "inset": {}}), ("without", {})):
        (tmp_path / name).write_text(json.dumps({"map": settings, "features": [feature]}), "utf-8")
    drawn = {
        name: [shape(f["geometry"]).area for f in json.loads(areas(tmp_path / name))["features"]]
        for name in ("with", "without")
    }
    assert drawn == {"with": [100, 100], "without": [101, 101]}


def test_table_escapes_what_it_shows_and_marks_the_chosen_row() -> None:
    html = html_table("a<b", ["x", "n"], [["<i>", "1"], ["two", "2"]], marked="two")

    assert "<i>" not in html
    assert "a&lt;b" in html
    assert '<tr class="marked"><th scope="row">two</th><td class="number">2</td></tr>' in html


def test_both_languages_have_the_same_texts_with_the_same_placeholders() -> None:
    zh, en = (
        yaml.safe_load((METADATA / "i18n" / f"{lang}.yaml").read_text("utf-8")) for lang in ("zh", "en")
    )
    own = [key for key in zh if key.startswith("dashboard.")]

    assert own == [key for key in en if key.startswith("dashboard.")]
    for key in own:
        zh_names, en_names = (set(re.findall(r"\{(\w+)\}", texts[key])) for texts in (zh, en))
        assert zh_names ^ en_names <= {"division"}, key


def test_every_query_says_what_it_requires() -> None:
    assert [name for name, query in queries().items() if not query.requires] == ["schema"]


def test_no_sql_stands_in_the_python_of_the_dashboard() -> None:
    files = [
        *Path(PROJECT / "dashboards" / "workforce").rglob("*.py"),
        *Path(PROJECT / "dashboards" / "ui").rglob("*.py"),
    ]

    assert [file.name for file in files if re.search(r"\bSELECT\b.*\bFROM\b", file.read_text("utf-8"))] == []
