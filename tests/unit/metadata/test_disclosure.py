"""A family that does not fit the dictionary, the codes or the registration rules is refused with file and line."""

from pathlib import Path

import pytest

from etl.errors import BadInput
from etl.metadata import Metadata, load

RULES = "rules/disclosure.yaml"
SPECIALTY = "by: [division_code, category_code, specialty_code]"
MERGE = "    sensitive: [education_code]\n    merge_below: 20\n"


@pytest.mark.parametrize(
    ("old", "new", "at", "rule"),
    [
        ("[sex_code, age_band_code]", "[sex_code, age_bands]", "age_bands", "cross-reference"),
        ("[sex_code, age_band_code]", "[sex_code, category_code]", "[sex_code, cat", "planes"),
        ("[sex_code, age_band_code]", "[sex_code, birth_date]", "[sex_code, birth", "planes"),
        (
            SPECIALTY,
            "by: [division_code, category_code, education_code]",
            "y_code, education_code]",
            "planes",
        ),
        (SPECIALTY, "by: [division_code, specialty_code]", "[division_code, specialty_code]", "tree"),
        (SPECIALTY, "by: [division_code, category_code]", "specialty, by", "tree"),
        ("name: specialty", "name: division", SPECIALTY, "tree"),
        ("variance: 25", "variance: 0", "variance: 0", "schemas/disclosure.json"),
        ("rho_ceiling: 1", "rho_ceiling: 0.3", "rho_ceiling: 0.3", "rho_ceiling"),
        ('education_code: "99"', 'education_code: "98"', '"98"', "cross-reference"),
        ("  specialty_code: unknown", "  specialty_code: none", "specialty_code: none", "cross-reference"),
        ('  education_code: "99"\n', "", "absent:", "cross-reference"),
        ("hidden: D", "hidden: E", "quality:\n", "cross-reference"),
        ("first_year: 2021", "first_yaer: 2021", "first_yaer", "schemas/disclosure.json"),
        (
            MERGE,
            MERGE + "    impossible: [{rule: age_minimum, codes: {education_code: ['60']}}]\n",
            "age_minimum",
            "cross-reference",
        ),
        (
            MERGE,
            MERGE + "    impossible: [{rule: age_limit, codes: {education_code: ['61']}}]\n",
            "'61'",
            "cross-reference",
        ),
        (
            MERGE,
            MERGE + "    impossible: [{rule: age_limit, codes: {category_code: ['1']}}]\n",
            "codes: {category",
            "cross-reference",
        ),
        (
            MERGE,
            MERGE + "    impossible: [{rule: age_limit, codes: {sex_code: ['1']}}]\n",
            "sex_code: ['1']",
            "cross-reference",
        ),
        ("  other: {zh", "  '01': {zh", "'01'", "schemas/disclosure.json"),
    ],
)
def test_a_mistake_is_told_with_its_line_and_rule(own: Path, old: str, new: str, at: str, rule: str) -> None:
    path = own / RULES
    text = path.read_text("utf-8").replace(old, new, 1)
    path.write_text(text, "utf-8")
    with pytest.raises(BadInput) as told:
        load(own)
    line = text[: text.index(at)].count("\n") + 1
    assert told.value.where == f"{path}:{line}"
    assert told.value.rule.startswith(rule)


def test_a_reserved_code_may_not_be_in_a_code_list_of_the_tree(own: Path) -> None:
    path = own / "codes/category.csv"
    path.write_text(path.read_text("utf-8") + "other,别的,Other,9,,,no,,\n", "utf-8")
    with pytest.raises(BadInput, match="reserved code is in code list category: other"):
        load(own)


def test_a_cell_may_be_impossible_by_a_registration_rule(own: Path) -> None:
    path = own / RULES
    impossible = (
        "    impossible: [{rule: age_limit, codes: {education_code: ['60', '40'], category_code: ['1']}}]\n"
    )
    path.write_text(path.read_text("utf-8").replace(MERGE, MERGE + impossible), "utf-8")
    assert load(own).rules["disclosure"]["families"]["education"]["impossible"][0]["rule"] == "age_limit"


def test_what_the_lookup_shows_is_public_and_everything_else_sensitive(metadata: Metadata) -> None:
    planes = {
        plane: {name for name, field in metadata.fields.items() if field.plane == plane}
        for plane in ("public", "sensitive")
    }
    assert {"division_code", "person_name", "valid_to_month", "moves", "person_ref"} <= planes["public"]
    assert {"sex_code", "age_band_code", "education_code", "compulsory_hours"} <= planes["sensitive"]
    assert {"insured_month", "id_number", "birth_year"} <= planes["sensitive"]


@pytest.mark.parametrize(
    ("old", "new", "match"),
    [
        ("women_share: {", "mens_share: {", "not a code of measure: mens_share"),
        ('{sex_code: ["2"]}', '{sex_code: ["7"]}', "not a code of sex: 7"),
        ('{sex_code: ["2"]}', '{education_code: ["20"]}', "education_code"),
        ("35-39: [35, 40]", "35-39: [35, 41]", "bands out of order"),
        ("u30: [20, 30]", "u20: [20, 30]", "not a code of age_band: u20"),
    ],
)
def test_a_measure_that_its_family_cannot_make_is_refused(own: Path, old: str, new: str, match: str) -> None:
    path = own / RULES
    path.write_text(path.read_text("utf-8").replace(old, new, 1), "utf-8")
    with pytest.raises(BadInput, match=match):
        load(own)
