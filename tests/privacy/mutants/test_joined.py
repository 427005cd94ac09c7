"""Microdata joined with tables, and with another file: what neither tells alone must be found."""

import numpy as np
import pyarrow as pa
import pytest

from etl.privacy.attacks import Evidence, attack_gate, suite
from etl.privacy.attacks.joined import Microdata, joined, linked
from etl.privacy.attacks.series import series
from tests.fixtures.mutants import rules, verdicts
from tests.fixtures.vintages import EDUCATION, EDUCATIONS, protect_table, simulate, vintage

YEAR = 2021


def register(*, told_in_halves=False):
    """A register of many divisions; or one whose division tells half of a code of education, and nature the other."""
    ((_, table),) = simulate(8_000, 1, divisions=24)
    if not told_in_halves:
        return table
    high, low = (np.array(table[name].to_pylist(), int) % 2 for name in ("division", "nature"))
    education = pa.array(EDUCATIONS[:4]).take(pa.array(2 * high + low))
    return table.set_column(table.column_names.index("education"), "education", education)


def microdata(table, *public, share=0.3):
    persons = table.select(["unit", *public, "education"])
    drawn = np.random.default_rng(len(public[0])).random(table.num_rows) < share
    return Microdata(YEAR, persons.filter(pa.array(drawn)).drop_columns(["unit"]), persons, public)


def found_in(table):
    made = vintage(YEAR, table, {EDUCATION.name: protect_table(table, EDUCATION, YEAR).table}, [EDUCATION])
    return series(EDUCATION, [made])


def test_a_file_beside_a_table_passes():
    table = register()

    assert all(verdicts(joined(found_in(table), microdata(table, "nature"), rules())).values())


def test_two_files_that_tell_the_same_pass():
    table = register()
    files = microdata(table, "nature"), microdata(table, "specialty", "nature")

    assert all(verdicts(linked(found_in(table), files, rules())).values())


@pytest.mark.parametrize("metric", ["joined_gain", "joined_certain"])
def test_a_code_told_in_halves_by_table_and_file_is_caught_by_a19(metric):
    table = register(told_in_halves=True)

    assert not verdicts(joined(found_in(table), microdata(table, "nature"), rules(victims=600)))[metric]


@pytest.mark.parametrize("metric", ["linked_gain", "linked_certain"])
def test_a_code_told_in_halves_by_two_files_is_caught_by_a19(metric):
    table = register(told_in_halves=True)
    files = microdata(table, "nature"), microdata(table, "division")

    assert not verdicts(linked(found_in(table), files, rules(victims=600)))[metric]


def evidence_of_two_files():
    table = register()
    made = vintage(YEAR, table, {EDUCATION.name: protect_table(table, EDUCATION, YEAR).table}, [EDUCATION])
    files = microdata(table, "nature"), microdata(table, "specialty", "nature")
    return Evidence([made], [EDUCATION], files=files)


def test_two_files_that_nobody_attacked_together_fail_the_gate(monkeypatch):
    monkeypatch.setattr(suite.joined, "linked", lambda *_: ())

    found = attack_gate(evidence_of_two_files(), rules(victims=60))

    assert {one.metric for one in found if not one.passed} == {"linked_gain", "linked_certain"}


def test_files_and_tables_are_joined_by_the_suite():
    found = attack_gate(evidence_of_two_files(), rules(victims=60))

    metrics = [finding.metric for finding in found if finding.attack == "A19"]
    assert sorted(metrics) == sorted(
        [*["joined_gain", "joined_certain"] * 2, "linked_gain", "linked_certain"]
    )
