"""Families that are declared otherwise than their frozen tables."""

from dataclasses import replace
from fractions import Fraction
from typing import Any

import pyarrow.parquet as pq
import pytest

from etl.errors import Refused
from etl.privacy import frozen
from etl.privacy.declared import family_of, read_declared
from tests.fixtures.frozen import MEASURES, TABLE, YEARS, Place, measured


def declared(place: Place, **changes: Any) -> Place:
    """The place with its family declared otherwise."""
    rules = place.metadata.rules["disclosure"]
    family = {**rules["families"]["education"], **changes}
    told = {**place.metadata.rules, "disclosure": {**rules, "families": {"education": family}}}
    return Place(place.root, replace(place.metadata, rules=told))


def renamed(place: Place, name: str, **changes: Any) -> Place:
    """The place with its family under another name."""
    rules = declared(place, **changes).metadata.rules
    families = {name: rules["disclosure"]["families"]["education"]}
    told = {**rules, "disclosure": {**rules["disclosure"], "families": families}}
    return Place(place.root, replace(place.metadata, rules=told))


LEVELS = [{"name": "register", "by": [], "variance": 10}]


@pytest.mark.parametrize(
    ("changes", "part"),
    [
        pytest.param({"levels": LEVELS}, "levels", id="a level less"),
        pytest.param({"merge_below": 30}, "merge_below", id="another bound of merging"),
        pytest.param({"table": "mart_person__yearly_other"}, "table", id="another table"),
    ],
)
def test_a_family_that_is_declared_otherwise_than_its_frozen_tables_is_refused(
    place: Place, changes: dict[str, Any], part: str
) -> None:
    place.release(year=2024)
    with pytest.raises(Refused, match=f"(?s)frozen education of 2023: [^\n]*{part}\n.*first_year: 2025"):
        declared(place, **changes).build()


def test_codes_that_were_added_since_a_table_was_frozen_are_refused(place: Place) -> None:
    place.release(year=2024)
    listed = place.metadata.codes["education"]
    more = replace(listed, entries=(*listed.entries, replace(listed.entries[0], code="77")))
    place.metadata = replace(place.metadata, codes={**place.metadata.codes, "education": more})
    with pytest.raises(Refused, match="frozen education of 2023: codes"):
        place.build()


def test_variances_may_change_and_each_year_is_told_with_its_own(place: Place) -> None:
    place.release(year=2024)
    levels = [
        level | {"variance": 60}
        for level in place.metadata.rules["disclosure"]["families"]["education"]["levels"]
    ]
    done = declared(place, levels=levels).release(release="2027.1.0")
    told = {
        entry.year: (entry.rho, read_declared(frozen.declared_of(path)))
        for entry, path in done.tables.items()
    }
    assert {year: rho for year, (rho, _) in told.items()} == {
        2023: Fraction(3, 20),
        2024: Fraction(3, 20),
        2025: Fraction(3, 60),
    }
    assert {year: family_of(made).levels[0].variance for year, (_, made) in told.items()} == {
        2023: 10,
        2024: 10,
        2025: 60,
    }


def test_a_family_that_is_removed_stays_published_and_gets_no_new_year(place: Place) -> None:
    place.release(year=2024)
    rules = place.metadata.rules
    told = {**rules, "disclosure": {**rules["disclosure"], "families": {}}}
    done = Place(place.root, replace(place.metadata, rules=told)).build()
    assert done.made == {}
    assert set(pq.read_table(place.root / "protected" / TABLE)["year"].to_pylist()) == {2023, 2024}


def test_a_changed_family_goes_on_under_another_name(place: Place) -> None:
    place.release(year=2024)
    other = {"levels": LEVELS, "table": "mart_person__yearly_other", "first_year": 2025}
    done = renamed(place, "schooling", **other).build()
    assert [(entry.year, entry.family) for entry in done.made] == [(2025, "schooling")]
    assert (place.root / "protected" / TABLE).exists()
    assert (place.root / "protected" / "mart_person__yearly_other.parquet").exists()


def test_a_renamed_family_does_not_answer_for_a_frozen_year_again(place: Place) -> None:
    place.release(year=2024)
    other = {"levels": LEVELS, "table": "mart_person__yearly_other"}
    with pytest.raises(Refused, match="answer the same question twice"):
        renamed(place, "schooling", **other).build()


def test_a_renamed_family_does_not_publish_in_the_table_of_the_old_one(place: Place) -> None:
    place.release(year=2024)
    with pytest.raises(
        Refused, match="schooling is declared otherwise than the frozen education of 2023: table"
    ):
        renamed(place, "schooling", first_year=2025).build()


def test_a_measure_that_is_another_than_in_frozen_years_is_refused(place: Place) -> None:
    measured(place).release(year=2024)
    with pytest.raises(Refused, match=r"of 2023: measures\.women_share"):
        measured(place, codes=("30",)).build()


def test_a_measure_that_is_added_begins_with_the_next_year(place: Place) -> None:
    measured(place).release(year=2024)
    measured(place, more={"age_median": {"education_code": ["30"]}}).build()
    rows = pq.read_table(place.root / "protected" / MEASURES).to_pylist()
    assert {row["year"] for row in rows if row["measure_code"] == "women_share"} == set(YEARS)
    assert {row["year"] for row in rows if row["measure_code"] == "age_median"} == {2025}
