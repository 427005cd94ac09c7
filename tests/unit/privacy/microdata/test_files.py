"""The files of a year: made once under the project's own rules, frozen, and never made a second time."""

import json
import random
import re
import shutil
from functools import cache

import pyarrow as pa
import pyarrow.csv as pa_csv
import pyarrow.parquet as pq
import pytest

from etl import metadata
from etl.errors import BadInput, Refused
from etl.metadata.reading import read_yaml
from etl.privacy.frozen import STATEMENT
from etl.privacy.microdata import read_hierarchy, tier
from etl.privacy.microdata.ended import Ended
from etl.privacy.microdata.files import Job, Microdata, attackable, microdata
from etl.privacy.microdata.frozen import CODEBOOK, PAGES, RECORDS
from etl.settings import DATASETS, METADATA

HIERARCHIES = METADATA / "hierarchies"
REGISTER = metadata.load()
RULES = REGISTER.rules["microdata"]


@cache
def persons(year, number=4000, seed=1):
    """Persons of a small register, not to be changed: few divisions, specialties as skewed as real ones."""
    source = random.Random(seed)
    return tuple(
        {
            "year": year,
            "person_ref": person,
            "division_code": source.choice(["110000", "120000", "310000"]),
            "category_code": source.choice("1222"),
            "specialty_code": source.choice(["01", "01", "08", "10"]),
            "nature_code": source.choice(["private", "private", "state", None]),
            "first_registered_year": source.choice(["2012", "2018", "2019", None]),
            "sex_code": source.choice("1112"),
            "age_band_code": source.choice(["30-34", "35-39", "40-44", "45-49"]),
            "education_code": source.choice(["20", "30", "40", None]),
        }
        for person in range(number)
    )


@pytest.fixture
def made(tmp_path):
    def make(year, rows=None, key=bytes(32), rules=RULES):
        units = tmp_path / f"{RULES['units']}.parquet"
        pq.write_table(pa.Table.from_pylist(list(rows or persons(year))), units)
        job = Job(units, HIERARCHIES, tmp_path / "frozen", tmp_path / "releases", key)
        return microdata(job, rules, "open", tmp_path / "made")

    return make


def test_every_code_of_the_register_has_its_place_in_a_hierarchy():
    for column in (
        "division_code",
        "category_code",
        "specialty_code",
        "nature_code",
        "sex_code",
        "age_band_code",
    ):
        listed = {entry.code for entry in REGISTER.codes[REGISTER.fields[column].codes].entries}
        assert set(read_hierarchy(HIERARCHIES / f"{column}.csv").codes[0]) == listed | {
            RULES["absent"][column]
        }


def test_divisions_lie_in_the_regions_of_the_code_list():
    regions = {entry.code: entry.extra["region"] for entry in REGISTER.codes["division"].entries}
    paths = read_hierarchy(HIERARCHIES / "division_code.csv").paths
    assert {path[0]: path[1] for path in paths if path[0] in regions} == regions


def test_every_column_that_identifies_has_a_hierarchy_and_a_name_and_a_code_for_nothing():
    for name, content in RULES["tiers"].items():
        wanted = tier(name, content)
        for column in wanted.identifiers:
            assert RULES["absent"][column] in read_hierarchy(HIERARCHIES / f"{column}.csv").codes[0]
        assert {*wanted.identifiers, *wanted.sensitive} <= RULES["columns"].keys() == RULES["absent"].keys()


def test_records_have_the_columns_of_the_dataset(made):
    contract = read_yaml(DATASETS / "microdata-open" / "dataset.yaml", "dataset")
    assert pq.read_schema(made(2024).folder / RECORDS).names == contract["columns"]


def test_a_tenth_is_sampled(made):
    assert 300 < pq.read_metadata(made(2024).folder / RECORDS).num_rows < 500


def test_every_attack_fails(made):
    findings = made(2024).findings
    assert {finding.attack for finding in findings} == {"A10", "A11", "A12", "A13", "A14"}
    assert [finding for finding in findings if not finding.passed] == []


def test_what_a_file_holds_for_the_attacks_follows_from_its_tier_and_register(made):
    alike = [row | {"education_code": "40"} for row in persons(2024)]
    identifiers = RULES["tiers"]["contract"]["requirements"][0]["identifiers"]
    lone = {"identifiers": identifiers, "size": 5, "sensitive": {"education_code": {}}}
    rules = RULES | {"tiers": {"open": RULES["tiers"]["open"] | {"requirements": [lone]}}}
    assert attackable(made(2024), RULES) == {"file", "criteria", "secrets"}
    assert attackable(made(2024, alike, rules=rules), rules) == {"file", "secrets"}


def test_the_codebook_explains_every_value(made):
    folder = made(2024).folder
    told = {(row["column"], str(row["code"])) for row in pa_csv.read_csv(folder / CODEBOOK).to_pylist()}
    records = pq.read_table(folder / RECORDS).drop_columns(["record_ref", "education_code"])
    assert {
        (name, value) for name in records.column_names for value in records[name].unique().to_pylist()
    } <= told


def test_the_codebook_is_in_both_languages(made):
    text = (made(2024).folder / PAGES).read_text("utf-8")
    assert "at least 20 persons are alike in division_group" in text
    assert (
        "division_group、category_group、specialty_group、nature_group、first_registered_group 都相同的至少 20 人"
        in text
    )


def test_the_published_files_hold_no_person(made):
    folder = made(2024).folder
    assert "person_ref" not in pq.read_schema(folder / RECORDS).names


def test_a_frozen_year_is_not_made_again(made):
    first = made(2024)
    first.freeze()
    content = (first.home / RECORDS).read_bytes()
    again = made(2024, persons(2024, seed=2))
    assert (again.is_new, again.folder, (again.folder / RECORDS).read_bytes()) == (False, first.home, content)


def test_the_next_year_follows_the_frozen_one(made):
    made(2024).freeze()
    following = made(2025, persons(2025, 4400))
    assert following.is_new
    assert all(finding.passed for finding in following.findings)


def test_the_levels_of_the_first_year_are_kept(made):
    made(2024).freeze()
    following = made(2025, persons(2025, 4400))
    levels = [
        json.loads((folder / "held.json").read_text("utf-8"))["levels"]
        for folder in (following.folder, following.home.with_name("2024"))
    ]
    assert levels[0] == levels[1]


def test_a_touched_file_is_refused(made):
    first = made(2024)
    first.freeze()
    with (first.home / RECORDS).open("ab") as file:
        file.write(b" ")
    with pytest.raises(Refused, match="were touched: records"):
        made(2025)


def test_a_missing_file_is_refused(made):
    first = made(2024)
    first.freeze()
    (first.home / "held.json").unlink()
    with pytest.raises(Refused, match="missing or were touched"):
        made(2024)


def test_a_year_before_one_that_has_a_file_gets_none(made):
    made(2024).freeze()
    assert made(2023) is None


def test_a_freeze_that_was_cut_short_is_made_up_for(made):
    first = made(2024)
    half = first.home.with_name(f".{first.home.name}.new")
    half.mkdir(parents=True)
    (half / RECORDS).write_bytes(b"")
    first.freeze()
    assert not made(2024).is_new


def test_a_table_that_was_not_built_is_told(tmp_path):
    job = Job(tmp_path / "none.parquet", HIERARCHIES, tmp_path, tmp_path / "releases", bytes(32))
    with pytest.raises(BadInput, match="was not built"):
        microdata(job, RULES, "open", tmp_path / "made")


def test_a_register_without_persons_has_no_files(tmp_path):
    units = tmp_path / "units.parquet"
    pq.write_table(pa.Table.from_pylist(list(persons(2024, 1))).slice(0, 0), units)
    job = Job(units, HIERARCHIES, tmp_path, tmp_path / "releases", bytes(32))
    assert microdata(job, RULES, "open", tmp_path / "made") is None


def test_a_register_too_small_for_any_file_has_none(made):
    assert made(2024, persons(2024, 15)) is None


def test_a_register_that_became_too_small_for_its_file_ends_the_tier(made):
    made(2024).freeze()
    ended = made(2025, persons(2025, 15))
    assert isinstance(ended, Ended)
    assert "suppress more persons" in ended.text["en"]
    assert "须隐去的人超过上限" in ended.text["zh"]


def drifted(year):
    """The same persons, now mostly of one degree: what was released of them is far from the register."""
    return [row | {"education_code": "40"} if row["person_ref"] % 10 > 3 else row for row in persons(year)]


def test_a_register_that_drifted_too_far_from_its_file_ends_the_tier(made):
    made(2024).freeze()
    ended = made(2025, drifted(2025))
    assert isinstance(ended, Ended)
    assert "A11 microdata_distance" in ended.text["en"]
    assert {finding.metric for finding in ended.findings} == {"microdata_distance"}


def test_what_is_told_of_an_end_has_no_figure_but_the_year(made):
    made(2024).freeze()
    told = made(2025, drifted(2025)).told
    assert (told["tier"], told["ended"]) == ("open", 2025)
    assert set(re.findall(r"[0-9]+", told["zh"] + told["en"])) == {"2025", "11"}


def test_a_tier_that_ended_stays_so_whatever_the_register_becomes(made):
    made(2024).freeze()
    made(2025, drifted(2025)).freeze()
    ended = made(2026)
    assert (ended.year, "A11" in ended.text["en"]) == (2025, True)


def test_an_end_that_no_release_told_of_is_none(made):
    made(2024).freeze()
    made(2025, drifted(2025))
    assert isinstance(made(2025, persons(2025, 4400)), Microdata)


def test_the_frozen_years_of_a_tier_that_ended_stay_as_they_were(made):
    first = made(2024)
    first.freeze()
    content = (first.home / RECORDS).read_bytes()
    made(2025, drifted(2025)).freeze()
    again = made(2024)
    assert (again.folder / RECORDS).read_bytes() == content
    assert all(finding.passed for finding in again.findings)


def test_a_first_file_that_an_attack_succeeds_on_is_told_to_the_gate(made):
    strict = {**RULES["tiers"]["open"], "inference": 0.0}
    found = made(2024, rules={**RULES, "tiers": {"open": strict}})
    assert isinstance(found, Microdata)
    assert not all(finding.passed for finding in found.findings)


def test_a_tier_that_is_declared_otherwise_than_its_frozen_file_is_refused(made):
    made(2024).freeze()
    larger = {**RULES["tiers"]["open"], "sample": 0.5}
    with pytest.raises(Refused, match="otherwise than its frozen file of 2024: tier"):
        made(2025, rules={**RULES, "tiers": {"open": larger}})


def tell(tmp_path, told):
    path = tmp_path / "releases" / "2025.1.0" / "open" / STATEMENT
    path.parent.mkdir(parents=True)
    path.write_text(json.dumps({"years": [], "microdata": told}), "utf-8")


def test_a_released_file_that_is_frozen_nowhere_is_refused(made, tmp_path):
    first = made(2024)
    first.freeze()
    tell(tmp_path, first.told)
    made(2024)
    shutil.rmtree(first.home)
    with pytest.raises(Refused, match="missing or were touched: open 2024"):
        made(2025)


@pytest.mark.parametrize("end", [False, True])
def test_another_tier_than_the_one_released_is_refused(made, tmp_path, end):
    made(2024).freeze()
    told = made(2025, drifted(2025)) if end else made(2024)
    told.freeze()
    tell(tmp_path, told.told)
    with pytest.raises(Refused, match=r"another tier were released, and second cannot be: open"):
        made(2026, rules={**RULES, "released": "second"})


def test_another_tier_may_be_released_where_none_was(made):
    made(2024).freeze()
    assert isinstance(made(2025, rules={**RULES, "released": "second"}), Microdata)


def test_an_end_that_a_release_told_of_and_nobody_remembers_is_refused(made, tmp_path):
    made(2024).freeze()
    ended = made(2025, drifted(2025))
    ended.freeze()
    tell(tmp_path, ended.told)
    made(2025)
    (ended.home / "ended.json").unlink()
    with pytest.raises(Refused, match="missing or were touched: open"):
        made(2025)


def test_the_same_key_makes_the_same_files(made):
    first = (made(2024).folder / RECORDS).read_bytes()
    assert (made(2024).folder / RECORDS).read_bytes() == first


def test_a_column_that_identifies_and_is_sensitive_at_once_is_refused():
    both = {"identifiers": ["place"], "size": 2, "sensitive": {"place": {"distinct": 2}}}
    with pytest.raises(BadInput, match="identifies and is sensitive"):
        tier("wrong", {"requirements": [both], "suppressed": 0, "sample": 1})


def test_requirements_extend_each_other():
    items = [{"identifiers": ["place"], "size": 2}, {"identifiers": ["age", "place"], "size": 2}]
    with pytest.raises(BadInput, match="must begin with those of the one before"):
        tier("wrong", {"requirements": items, "suppressed": 0, "sample": 1})
