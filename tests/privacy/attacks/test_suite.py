"""The suite as a gate, and the command `jzs attack` on a release folder."""

import json
import os
import shutil
from dataclasses import replace

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from etl.cli import main
from etl.metadata.reading import read_yaml
from etl.privacy.attacks import (
    Estimate,
    Evidence,
    Finding,
    Measured,
    attack_gate,
    declared,
    differencing,
    figures,
    judge,
    noise,
    problems,
    record,
)
from etl.privacy.attacks.reading import evidence
from etl.privacy.attacks.series import series
from etl.privacy.declared import family_of, write_declared
from etl.privacy.protect import declarations
from etl.publish.release import SUMS, write_sums
from etl.settings import METADATA
from tests.fixtures.mutants import registers, rules, vintages
from tests.fixtures.vintages import AGE_SEX, key_of, protect_table, vintage


def texts():
    return read_yaml(METADATA / "rules/attacks.yaml", "attacks")["metrics"]


def test_findings_stand_in_the_order_of_the_attacks():
    held = Evidence(vintages(), [AGE_SEX], keys={2021: key_of(2021)})
    elsewhere = Finding("A10", "linkage", 0.02, 0.05, 0.02, 0.02, None, 0.1, True, "")

    found = attack_gate(held, rules(victims=20), [elsewhere])

    numbers = [int(finding.attack[1:]) for finding in found]
    assert numbers == sorted(numbers)
    assert {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 15, 16} == set(numbers)


@pytest.mark.parametrize(
    ("module", "attack", "metrics"),
    [
        (differencing, "differencing", {"exact_cell_gain", "newly_certain", "auc_gain"}),
        (declared, "declared_errors", {"error_ratio", "declared_sd"}),
        (noise, "wrong_key", {"wrong_key"}),
    ],
)
def test_a_metric_that_is_missing_fails_the_gate(monkeypatch, module, attack, metrics):
    monkeypatch.setattr(module, attack, lambda *_: ())

    found = attack_gate(Evidence(vintages(), [AGE_SEX], keys={2021: key_of(2021)}), rules(victims=20))

    failed = {finding.metric for finding in found if not finding.passed}
    assert failed == metrics
    assert all("not measured" in line for line in problems(found, texts()))


def test_a_metric_of_microdata_that_is_missing_fails_the_gate():
    found = attack_gate(Evidence((), (), elsewhere={"file", "criteria", "secrets"}), rules())

    failed = {finding.metric for finding in found if not finding.passed}
    assert failed == {name for name in texts() if name.startswith("microdata_")}
    assert json.loads(json.dumps(record(found), allow_nan=False))


def test_metrics_of_microdata_that_were_attacked_elsewhere_are_not_missing():
    elsewhere = [
        Finding(text["attack"], name, 0, 1, 0, 0, None, 0.1, True, "")
        for name, text in texts().items()
        if name.startswith("microdata_")
    ]

    found = attack_gate(Evidence((), (), elsewhere={"file", "criteria", "secrets"}), rules(), elsewhere)

    assert all(finding.passed for finding in found)


def test_without_tables_and_microdata_nothing_is_missing():
    assert all(finding.passed for finding in attack_gate(Evidence((), ()), rules()))


def test_a_year_without_its_truth_fails_the_gate():
    first, *others = vintages()

    found = attack_gate(Evidence([replace(first, truth=None), *others], [AGE_SEX]), rules(victims=20))

    assert {"auc_gain", "zeros_true"} <= {finding.metric for finding in found if not finding.passed}


def test_what_could_not_be_judged_is_told_as_neither_passed_nor_failed():
    silent = judge(Measured("error_ratio", Estimate.unknown(), 1.0, "not judged: register"), rules(), 0.0)

    told = figures([silent], texts())

    assert told == {"findings": [], "not_judged": [{"attack": "A7", "metric": "error_ratio"}]}
    assert json.loads(json.dumps(record([silent]), allow_nan=False))["findings"][0]["value"] is None


def test_the_record_of_the_gate_is_json():
    found = attack_gate(Evidence(vintages()[:1], [AGE_SEX]), rules(victims=20))

    assert len(json.loads(json.dumps(figures(found, texts())))["findings"]) == len(found)


def test_what_was_scored_on_the_truth_is_published_as_a_verdict_alone():
    found = attack_gate(Evidence(vintages()[:2], [AGE_SEX], keys={2021: key_of(2021)}), rules(victims=20))

    published = figures(found, texts())["findings"]

    shown = {finding["metric"] for finding in published if finding["value"] is not None}
    assert {"public_totals", "tree_sums"} <= shown
    assert not shown & {"zeros_true", "alike_true", "auc_gain", "error_ratio", "records_gain", "wrong_key"}
    assert all(finding["passed"] in {True, False} for finding in published)


def test_no_published_figure_changes_with_a_sensitive_code():
    register = registers()[0][1]
    position = register.column_names.index("sex")
    codes = register["sex"].to_pylist()
    one, two = sorted(set(codes))
    turned = pa.array([{one: two, two: one}[code] if row % 3 else code for row, code in enumerate(codes)])
    others = register.set_column(position, "sex", turned)
    told = []
    for table in (register, others):
        held = vintage(2021, table, {"age_sex": protect_table(table, AGE_SEX, 2021).table}, [AGE_SEX])
        found = figures(attack_gate(Evidence([held], [AGE_SEX]), rules(victims=20)), texts())["findings"]
        told.append([{key: one[key] for key in one if key != "seconds"} for one in found])
    assert told[0] == told[1]


def test_a_finding_that_fails_is_told_in_both_languages():
    failed = Finding("A4", "newly_certain", 0.5, 0.0, 0.4, 0.6, None, 1.0, False, "age_sex")

    (line,) = problems([failed], {"newly_certain": {"zh": "中文", "en": "English"}})

    assert "中文 | English" in line


@pytest.mark.parametrize(
    ("metric", "value", "limit"),
    [("newly_certain", 0.5, "至多 at most 0.01"), ("error_ratio", 0.1, "至少 at least 0.5")],
)
def test_a_finding_that_fails_is_told_with_the_side_of_its_bound(metric, value, limit):
    failed = judge(Measured(metric, Estimate.exact(value)), rules(), 0.0)

    (line,) = problems([failed], {})

    assert f"({limit})" in line


@pytest.fixture(scope="module")
def release(metadata, tmp_path_factory):
    """A release folder with one year of every family, of a register drawn at random."""
    folder = tmp_path_factory.mktemp("release")
    rng = np.random.default_rng(3)
    for declaration in declarations(metadata):
        family = family_of(declaration)
        columns = {column: rng.choice(["11", "12"], 600) for column in family.public}
        columns |= {
            c: rng.choice(codes[:3], 600) for c, codes in zip(family.sensitive, family.codes, strict=True)
        }
        columns |= {"enterprise_key": rng.choice(list("abcdefghi"), 600)}
        register = pa.table({"unit": [f"u{number}" for number in range(600)], **columns})
        path = folder / f"open/vintages/2021/{family.name}.parquet"
        path.parent.mkdir(parents=True, exist_ok=True)
        pq.write_table(protect_table(register, family, 2021).table, path)
        write_declared(path.with_suffix(".json"), declaration)
    write_sums(folder)
    return folder


def test_the_command_passes_a_sound_release(release, capsys):
    assert main(["attack", str(release), "--against", str(release)]) == 0
    assert "refrozen" in capsys.readouterr().out


def test_the_command_prints_findings_as_json(release, capsys):
    main(["attack", str(release), "--json"])

    assert {"attack", "metric", "value", "threshold"} <= set(json.loads(capsys.readouterr().out)[0])


def test_the_command_refuses_a_release_that_was_spoilt(release, tmp_path, capsys):
    shutil.copytree(release, tmp_path, dirs_exist_ok=True)
    for path in tmp_path.glob("open/vintages/*/*.parquet"):
        table = pq.read_table(path)
        position = table.column_names.index("persons")
        spoilt = np.array(table["persons"].fill_null(0)) + 1
        pq.write_table(table.set_column(position, "persons", pa.array(spoilt)), path)
    write_sums(tmp_path)

    assert main(["attack", str(tmp_path)]) == 1
    assert "tree_sums" in capsys.readouterr().out


def test_a_release_that_does_not_tell_what_a_table_was_made_of_is_bad_input(release, tmp_path, capsys):
    shutil.copytree(release, tmp_path, dirs_exist_ok=True)
    (tmp_path / "open/vintages/2021/education.json").unlink()
    write_sums(tmp_path)

    assert main(["attack", str(tmp_path)]) == 2
    assert "not told what a table was made of: education 2021" in capsys.readouterr().err


def test_a_release_that_was_touched_is_not_attacked(release, tmp_path, capsys):
    shutil.copytree(release, tmp_path, dirs_exist_ok=True)
    (tmp_path / "open/vintages/2021/education.json").write_text("{}")

    assert main(["attack", str(tmp_path)]) == 1
    assert "changed file: open/vintages/2021/education.json" in capsys.readouterr().err


def test_a_table_is_attacked_as_it_was_declared_in_its_year(release, tmp_path):
    shutil.copytree(release, tmp_path, dirs_exist_ok=True)
    former = tmp_path / "open/vintages/2021/education.json"
    later = tmp_path / "open/vintages/2022/education.json"
    later.parent.mkdir()
    shutil.copyfile(former.with_suffix(".parquet"), later.with_suffix(".parquet"))
    later.write_text(former.read_text().replace('"variance": 40', '"variance": 90'))

    held = evidence(tmp_path)
    (education,) = [family for family in held.families if family.name == "education"]

    assert series(education, held.of("education")).variance.tolist() == [[10, 40, 40], [10, 90, 90]]


@pytest.fixture
def unprotected(tmp_path):
    """A release of a register without protected tables."""
    (tmp_path / "manifest.json").write_text("{}")
    write_sums(tmp_path)
    return tmp_path


@pytest.mark.parametrize(("more", "told"), [([], "nothing to attack\n"), (["--json"], "[]\n")])
def test_of_a_release_without_protected_tables_nothing_is_attacked(unprotected, capsys, more, told):
    assert main(["attack", str(unprotected), *more]) == 0
    assert capsys.readouterr().out.endswith(told)


def test_an_earlier_release_without_protected_tables_tells_an_attacker_nothing(release, unprotected, capsys):
    alone = main(["attack", str(release), "--json"])
    found = [finding["value"] for finding in json.loads(capsys.readouterr().out)]
    assert main(["attack", str(release), "--against", str(unprotected), "--json"]) == alone
    assert [finding["value"] for finding in json.loads(capsys.readouterr().out)] == found


def test_a_folder_with_hashes_that_is_no_release_is_bad_input(tmp_path, capsys):
    (tmp_path / SUMS).touch()

    assert main(["attack", str(tmp_path)]) == 2
    assert "not the folder of a release" in capsys.readouterr().err


def test_a_release_that_is_not_there_is_told_with_those_that_are(tmp_path, capsys):
    for version in ("2026.9.0", "2026.10.0"):
        (tmp_path / "public/releases" / version).mkdir(parents=True)
        (tmp_path / "public/releases" / version / SUMS).touch()

    assert main(["attack", "2026.11.0", "--store", str(tmp_path)]) == 2
    told = capsys.readouterr().err
    assert "no such release: 2026.11.0" in told
    assert "2026.10.0, 2026.9.0" in told


def test_a_command_lets_linear_algebra_run_on_one_thread(tmp_path, monkeypatch):
    monkeypatch.delenv("OPENBLAS_NUM_THREADS", raising=False)
    main(["attack", str(tmp_path)])

    assert os.environ["OPENBLAS_NUM_THREADS"] == "1"


def test_a_store_that_is_not_there_is_bad_input(release, tmp_path, capsys):
    assert main(["attack", str(release), "--store", str(tmp_path / "nothing")]) == 2
    assert "there is no store here" in capsys.readouterr().err


def test_the_last_lines_tell_how_many_metrics_hold(release, capsys):
    main(["attack", str(release)])
    assert "beyond 0" in capsys.readouterr().out.splitlines()[-2]
