"""Protected tables of a release: made once, frozen with the release, copied for ever; else refused."""

import json
import shutil
from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import pyarrow.parquet as pq
import pytest

from etl.errors import BadInput, Refused
from etl.metadata import Metadata
from etl.privacy import frozen, ledger
from etl.privacy.declared import family_of
from etl.privacy.frozen import STATEMENT
from etl.privacy.protect import declarations
from tests.fixtures.frozen import MEASURES, TABLE, YEARS, Place, measured, persons, write


def test_every_finished_year_since_the_first_is_made(place: Place) -> None:
    done = place.build()
    assert [(entry.year, entry.family) for entry in done.made] == [(year, "education") for year in YEARS]
    table = pq.read_table(place.root / "protected" / TABLE)
    assert set(table["year"].to_pylist()) == set(YEARS)


def test_an_unfinished_year_and_one_before_the_first_are_not_made(place: Place) -> None:
    write(place.root, persons((2022, 2023, 2024)))
    assert [entry.year for entry in place.build(year=2023).made] == [2023]


def test_an_absent_code_is_counted_as_unknown(place: Place) -> None:
    place.build()
    rows = pq.read_table(place.root / "protected" / TABLE).to_pylist()
    told = {
        row["education_code"]: row["persons"]
        for row in rows
        if row["level"] == "register" and row["year"] == 2025
    }
    assert told["99"] is not None
    assert abs(told["99"] - 30) < 20


def test_nothing_is_frozen_before_the_release_is_promoted(place: Place) -> None:
    place.build()
    assert not place.frozen.exists()


def test_a_build_that_is_repeated_before_its_release_gives_the_same_bytes(place: Place) -> None:
    place.build()
    before = place.published()
    place.build()
    assert place.published() == before


def test_a_frozen_table_is_copied_whatever_its_data_became(place: Place) -> None:
    place.release()
    before = place.published()
    write(place.root, persons(divisions="abc"))
    assert place.release(release="2026.2.0").made == {}
    assert place.published() == before


def test_a_new_year_is_made_beside_the_frozen_ones(place: Place) -> None:
    place.release(year=2024)
    done = place.release(year=2025, release="2027.1.0")
    assert [(entry.year, entry.release) for entry in done.tables] == [
        (2023, "2026.1.0"),
        (2024, "2026.1.0"),
        (2025, "2027.1.0"),
    ]


def test_a_release_of_an_earlier_day_holds_its_years_only(place: Place) -> None:
    place.release()
    done = place.build(year=2024, release="2025.6.0")
    assert done.charged.years == {2023, 2024}
    assert ledger.read(place.frozen).years == set(YEARS)


def test_the_key_of_a_frozen_year_is_not_asked_for(place: Place) -> None:
    place.release()

    def gone(year: int) -> bytes:
        raise Refused(f"the key of {year} was asked for")

    assert place.build(key=gone).made == {}


def test_a_frozen_table_that_was_touched_is_refused(place: Place) -> None:
    place.release()
    path = place.frozen / "2024" / "education.parquet"
    path.write_bytes(path.read_bytes() + b" ")
    with pytest.raises(Refused, match="was touched: 2024/education\\.parquet"):
        place.build()


def test_a_frozen_table_that_is_missing_is_refused(place: Place) -> None:
    place.release()
    (place.frozen / "2024" / "education.parquet").unlink()
    with pytest.raises(Refused, match=r"is missing: 2024/education\.parquet"):
        place.build()


def test_tables_that_were_released_but_are_frozen_nowhere_are_refused_not_made_anew(place: Place) -> None:
    done = place.release()
    told = place.root / "releases" / "2026.1.0" / "open" / STATEMENT
    told.parent.mkdir(parents=True)
    told.write_text(json.dumps(ledger.statement(done.charged, Fraction(1))))
    place.build()
    shutil.rmtree(place.frozen)
    with pytest.raises(Refused, match="lacks a released table: education 2023"):
        place.build()
    with pytest.raises(Refused, match="lacks a released table: education 2023"):
        frozen.checked(place.frozen, place.root / "releases")


def test_a_family_over_the_ceiling_is_refused_before_any_noise_is_drawn(place: Place) -> None:
    rules = place.metadata.rules["disclosure"]
    place.metadata = replace(
        place.metadata, rules={**place.metadata.rules, "disclosure": {**rules, "rho_ceiling": 0.1}}
    )

    def unasked(year: int) -> bytes:
        raise AssertionError(year)

    with pytest.raises(Refused, match="pass the ceiling"):
        place.build(key=unasked)


def test_a_table_that_was_not_built_is_told(place: Place) -> None:
    (place.root / "sensitive" / "mart_person__yearly.parquet").unlink()
    with pytest.raises(BadInput, match="the sensitive table was not built"):
        place.build()


def test_cut_short_while_freezing_the_old_ledger_holds(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    done = place.build()

    def killed(source: Path, target: Path) -> None:
        target.write_bytes(b"half")
        raise KeyboardInterrupt

    monkeypatch.setattr(shutil, "copyfile", killed)
    with pytest.raises(KeyboardInterrupt):
        done.freeze(place.frozen)
    monkeypatch.undo()
    assert ledger.read(place.frozen) == ledger.Ledger()
    assert place.release().made.keys() == done.made.keys()


def test_a_register_without_sensitive_columns_has_no_families(place: Place, metadata: Metadata) -> None:
    bare = replace(metadata, sources={})
    assert declarations(bare) == []
    place.metadata = bare
    assert place.build().tables == {}


def test_the_declared_families_are_those_of_the_decision(metadata: Metadata) -> None:
    told = {
        declared["table"]: (family.rho, family.sensitive, family.public)
        for declared in declarations(metadata)
        for family in (family_of(declared),)
    }
    assert told == {
        "mart_person__yearly_age_sex": (
            Fraction(11, 50),
            ("sex_code", "age_band_code"),
            ("division_code", "category_code", "specialty_code"),
        ),
        "mart_person__yearly_education": (
            Fraction(3, 20),
            ("education_code",),
            ("division_code", "category_code"),
        ),
        "mart_person__yearly_continuing_education": (
            Fraction(3, 40),
            ("continuing_education_code",),
            ("division_code",),
        ),
    }


def test_released_frozen_tables_are_checked_by_hash(place: Place) -> None:
    done = place.release()
    assert {frozen.digest(path) for path in done.made.values()} == {entry.sha256 for entry in done.tables}


def test_measures_are_made_of_the_figures_that_are_not_shown_too(place: Place) -> None:
    measured(place).build()
    rows = pq.read_table(place.root / "protected" / MEASURES).to_pylist()
    register = [row for row in rows if row["level"] == "register"]
    assert [row["year"] for row in register] == list(YEARS)
    assert all(abs(row["value"] - 1 / 3) < 0.2 for row in register)
    assert pq.read_table(place.root / "protected" / TABLE)["persons"].null_count > 0


def test_measures_of_frozen_years_are_the_same_in_every_later_release(place: Place) -> None:
    told = measured(place)
    told.release()
    before = (place.root / "protected" / MEASURES).read_bytes()
    write(place.root, persons(divisions="b"))
    told.release(release="2026.2.0", key=None)
    assert (place.root / "protected" / MEASURES).read_bytes() == before


@pytest.mark.parametrize(
    "name",
    [
        "education.json",
        "education.whole.parquet",
        "education.measures.parquet",
        "*.units.parquet",
    ],
)
def test_what_stands_beside_a_frozen_table_is_refused_when_touched_or_missing(
    place: Place, name: str
) -> None:
    told = measured(place)
    told.release()
    (path,) = (place.frozen / "2024").glob(name)
    path.write_bytes(path.read_bytes() + b" ")
    with pytest.raises(Refused, match=f"was touched: 2024/{path.name}"):
        told.build()
    path.unlink()
    with pytest.raises(Refused, match=f"is missing: 2024/{path.name}"):
        told.build()


def test_units_that_were_frozen_stay_when_a_build_cut_short_is_made_again_with_another_family_and_corrected_data(
    place: Place, metadata: Metadata
) -> None:
    place.release()
    before = {path: path.read_bytes() for path in place.frozen.rglob("*.units.parquet")}
    write(place.root, persons(divisions="b"))
    rules = place.metadata.rules["disclosure"]
    other = {**metadata.rules["disclosure"]["families"]["age_sex"], "first_year": 2023}
    told = {**rules, "families": {**rules["families"], "age_sex": other}}
    grown = Place(place.root, replace(place.metadata, rules={**place.metadata.rules, "disclosure": told}))
    grown.release()
    assert {path: path.read_bytes() for path in before} == before
    assert grown.build().made == {}
