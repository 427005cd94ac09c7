"""Every kind of mistake in a metadata file is told with its file, its line and the rule it breaks."""

from pathlib import Path

import pytest

from etl.errors import BadInput
from etl.metadata import load
from tests.unit.metadata.conftest import SOURCE, Write


def _refused(root: Path) -> BadInput:
    with pytest.raises(BadInput) as told:
        load(root)
    assert told.value.exit_code == 2
    return told.value


def _line(text: str, part: str) -> int:
    return text[: text.index(part)].count("\n") + 1


@pytest.mark.parametrize(
    ("old", "new", "at", "rule"),
    [
        ("record: registration", "recrod: registration", "recrod", "additionalProperties"),
        ("record: registration", "record: registry", "registry", "cross-reference"),
        ("valid_to: {", "valid_until: {", "valid_until", "cross-reference"),
        ("{headers: [有效期至]}", "{header: [有效期至]}", "header: [有", "additionalProperties"),
        ("{headers: [有效期至]}", "{headers: 有效期至}", "headers: 有", "type"),
        ("{headers: [类别]}", "{headers: [类别], codes: kinds}", "kinds", "cross-reference"),
        ("[有效期至]", "[编号]", "valid_to", "one header, one field"),
        ("自由文字 | free text", "自由文字", "自由文字", "pattern"),
        ("备注: 自由", "编号: 自由", "编号: 自由", "one header, one field"),
        ("ignored:", "constants:\n  sex_code: X\nignored:", "sex_code", "cross-reference"),
        ("ignored:", "constants:\n  category_code: C\nignored:", "category_code: C", "cross-reference"),
        ("ignored:", "constants:\n  person_name: 1\nignored:", "person_name", "type"),
        ("ignored:", "drop_budget: 5\nignored:", "drop_budget", "maximum"),
        ("ignored:", "snapshots: latest\nignored:", "snapshots", "enum"),
        ("ignored:", "derive: {sex_code: {kind: guess, from: id_number}}\nignored:", "derive", "enum"),
        ("ignored:", "derive: {sex_code: {kind: copy, from: id_number}}\nignored:", "derive", "reference"),
        ("ignored:", "split: [{fields: [sex], headers: [b], kind: list}]\nignored:", "split", "reference"),
        ("licence: CC0-1.0", "licence: CC0-1.0\nzh: 又一份", "zh: 又", "YAML"),
        ("licence: CC0-1.0", "licence: [CC0-1.0", "fields:", "YAML"),
        ("licence: CC0-1.0", "? [a]\n: b", "? [a]", "YAML"),
        ("{headers: [有效期至]}", "{headers: [至], timezone: Mars/Base}", "Mars", "time zone"),
        ("ignored:", "date_pattern: '(['\nignored:", "date_pattern", "format"),
        ("origin:", "origin:\n  retrieved: 2026-02-30", "2026-02-30", "format"),
    ],
)
def test_a_mistake_in_a_source_is_told(write: Write, old: str, new: str, at: str, rule: str) -> None:
    text = SOURCE.replace(old, new, 1)
    path = write("sources/roster.yaml", text)
    told = _refused(path.parents[1])
    assert told.where == f"{path}:{_line(text, at)}"
    assert rule in told.rule


def test_a_misspelt_key_is_named_in_both_languages(write: Write) -> None:
    path = write("sources/roster.yaml", SOURCE.replace("record: registration", "recrod: registration", 1))
    assert _refused(path.parents[1]).message.startswith("有不认识的键 recrod | ")


@pytest.mark.parametrize(
    ("name", "change", "at", "rule"),
    [
        ("fields.yaml", ("type: text", "type: string"), "type: string", "enum"),
        ("fields.yaml", ("sensitivity: secret", "sensitivity: hidden"), "sensitivity: hidden", "enum"),
        ("fields.yaml", ("unit: 行 | rows", "unit: rows"), "unit: rows", "pattern"),
        ("fields.yaml", ("codes: sex", "codes: gender"), "codes: gender", "cross-reference"),
        ("fields.yaml", ("  codes: sex\n", ""), "sex_code:", "type code has codes"),
        ("fields.yaml", ("person_id:", "Person-Id:"), "Person-Id:", "propertyNames"),
        (
            "fields.yaml",
            ("person_ref:", "person_id:"),
            "person_id:\n  type: integer\n  sensitivity: prot",
            "YAML",
        ),
        ("records.yaml", ("[event_no]", "[event_number]"), "[event_number]", "cross-reference"),
        ("records.yaml", ("[birth_date]", "[born_on]"), "[born_on]", "cross-reference"),
        ("records.yaml", ("key: [project_no]", "keys: [project_no]"), "keys: [project_no]", "additional"),
        ("register.yaml", ("Asia/Shanghai", "Asia/Peking"), "Asia/Peking", "time zone"),
        ("rules/registration.yaml", ("2007-03-01", "2007-03-32"), "2007-03-32", "format"),
        ("codes/category.csv", ("2013-12-31", "2013-13-31"), "2013-13-31", "date"),
        ("register.yaml", ("time_zone:", "timezone:"), "timezone:", "additionalProperties"),
        ("rules/registration.yaml", ("unit: month", "unit: months"), "unit: months", "enum"),
        ("rules/registration.yaml", ('category: "1"', 'category: "9"'), 'category: "9"', "cross-reference"),
        ("rules/quota.yaml", ('grade: "3"', 'grade: "7"'), 'grade: "7"', "cross-reference"),
        ("rules/disclosure.yaml", ("threshold: 20", "threshold: 1"), "threshold: 1", "minimum"),
        ("rules/declassifiers.yaml", ("gives: protected", "gives: anyone"), "gives: anyone", "enum"),
        (
            "geography/boundaries.yaml",
            ("tolerance: 0.02", "tolerance: 0"),
            "tolerance: 0",
            "exclusiveMinimum",
        ),
        ("geography/changes.csv", (",recode,", ",moved,"), ",moved,", "rename、recode"),
        ("geography/changes.csv", (",640300,", ",999999,"), ",999999,", "prefecture"),
        ("i18n/zh.yaml", ("product.title", "Product title"), "Product title", "additionalProperties"),
        ("codes/sex.csv", ("2,女,Female", "1,女,Female"), "1,女,Female", "unique code"),
        ("codes/sex.csv", ("女性|f", "男性|f"), "男性|f", "disjoint spellings"),
        ("codes/sex.csv", ("2,女,Female", "2,,Female"), "2,,Female", "required column"),
        ("codes/sex.csv", ("zh,en,sort", "zh,en,order"), "code,", "declared columns"),
        ("codes/sex.csv", ("zh,en,sort", "zh,zh,sort"), "code,", "CSV header"),
        ("codes/sex.csv", ("2,女,Female,", "2,女,Female,,"), "2,女", "CSV width"),
        ("codes/category.csv", (",1,no,", ",1,maybe,"), "maybe", "yes、no"),
        ("codes/division.csv", ("北京,north,", "北京,nord,"), ",nord,", "region"),
        ("codes/prefecture.csv", ("Shijiazhuang,130000", "Shijiazhuang,990000"), "990000", "division"),
    ],
)
def test_a_mistake_in_the_projects_own_files_is_told(
    own: Path, name: str, change: tuple[str, str], at: str, rule: str
) -> None:
    path = own / name
    text = path.read_text(encoding="utf-8")
    changed = text.replace(*change, 1)
    assert changed != text
    path.write_text(changed, encoding="utf-8")
    told = _refused(own)
    assert told.where == f"{path}:{_line(changed, at)}"
    assert rule in told.rule


def test_texts_must_have_the_same_keys_in_both_languages(own: Path) -> None:
    path = own / "i18n/zh.yaml"
    text = path.read_text(encoding="utf-8") + "only.zh: 只有中文\n"
    path.write_text(text, encoding="utf-8")
    told = _refused(own)
    assert told.where == f"{path}:{_line(text, 'only.zh')}"
    assert told.rule == "same keys in zh and en"


def test_a_missing_directory_is_told(tmp_path: Path) -> None:
    assert _refused(tmp_path / "nowhere").where == str(tmp_path / "nowhere")


def test_a_missing_register_file_is_told(small: Path) -> None:
    (small / "register.yaml").unlink()
    assert _refused(small).where == str(small / "register.yaml")


@pytest.mark.parametrize(
    "name", ["rules/registraton.yaml", "regster.yaml", "i18n/fr.yaml", "sources/list.yml"]
)
def test_a_misspelt_file_name_is_told(small: Path, write: Write, name: str) -> None:
    path = write(name, "x: 1\n")
    assert _refused(small).where == str(path)


def test_an_unknown_code_list_is_told(small: Path, write: Write) -> None:
    path = write("codes/specialities.csv", "code,zh,en\n1,一,One\n")
    assert _refused(small).where == f"{path}:1"


def test_an_empty_code_list_file_is_told(small: Path, write: Write) -> None:
    path = write("codes/category.csv", "")
    assert _refused(small).where == f"{path}:1"


def test_a_file_that_is_not_utf8_is_told_with_its_line(small: Path) -> None:
    path = small / "codes/category.csv"
    path.write_bytes("code,zh,en\nA,甲,Class A\n".encode("gb18030"))
    assert _refused(small).where == f"{path}:2"


def test_an_overlay_may_not_change_what_a_field_is(small: Path, write: Write) -> None:
    path = write("fields.yaml", "birth_date:\n  sensitivity: public\n")
    told = _refused(small)
    assert told.where == f"{path}:2"
    assert "fields-overlay" in told.rule


def test_an_overlay_may_not_invent_a_field(small: Path, write: Write) -> None:
    path = write("fields.yaml", "zh_name: {zh: 名}\n")
    assert _refused(small).where == f"{path}:1"


def test_the_first_of_several_mistakes_is_told_and_the_others_counted(small: Path, write: Write) -> None:
    path = write("sources/roster.yaml", SOURCE.replace("zh: 名册", "zh: 1").replace("en: Roster", "en: 2"))
    told = _refused(small)
    assert told.where == f"{path}:1"
    assert "1 more" in told.message


def test_a_control_character_is_told(small: Path, write: Write) -> None:
    path = write("sources/roster.yaml", SOURCE + "\x00")
    assert _refused(small).where.startswith(str(path))


def test_a_register_without_a_code_list_cannot_point_to_one(small: Path, write: Write) -> None:
    path = write("codes/prefecture.csv", "code,zh,en,parent\n1,一,One,\n2,二,Two,X\n")
    assert _refused(small).where == f"{path}:3"
