"""The assessment of a release: what its record tells, and nothing more."""

import re
from typing import Any

import pytest

from etl.metadata import Metadata
from etl.publish.assessment import assessment_page

FINDING = {
    "attack": "A15",
    "metric": "remainder_small",
    "value": 0.0123456,
    "threshold": 0.02,
    "low": 0.001,
    "high": 0.019,
    "baseline": None,
    "seconds": 12.3,
    "passed": True,
    "note": "",
}
CHARGED = {
    "rho_ceiling": 1.0,
    "years": [
        {"year": 2025, "rho": 0.725, "rho_cumulated": 3.625, "tables": [{"family": "age_sex"}]},
    ],
}


def gate(name: str, passed: bool = True, **figures: Any) -> dict[str, Any]:
    return {"name": name, "figures": figures, "problems": [], "passed": passed}


def page(
    register: Metadata, *gates: dict[str, Any], synthetic: bool = False, language: str = "en"
) -> dict[str, Any]:
    return assessment_page({"passed": True, "gates": list(gates)}, CHARGED, register, synthetic, language)


def test_without_an_attack_nothing_is_claimed(register: Metadata) -> None:
    told = page(register, gate("hashes", files=3))
    assert told["findings"] == []
    assert len(told["absent"]) == 19
    assert "this page states nothing" in told["no_findings"]
    assert told["conclusion"].startswith("1 checks passed, 0 failed; 0 attack metrics within")


def test_an_attack_is_told_with_its_metric_bound_and_verdict(register: Metadata) -> None:
    told = page(register, gate("attacks", findings=[FINDING]))
    (shown,) = told["findings"]
    assert (shown["value"], shown["bound"]) == ("0.01235", "≤ 0.02")
    assert (shown["verdict"], shown["note"]) == ("passed", "")
    assert not [name for name in told["absent"] if name.startswith("A15 ")]


def test_a_figure_that_is_not_published_is_told_as_such(register: Metadata) -> None:
    (shown,) = page(register, gate("attacks", findings=[FINDING | {"value": None}]))["findings"]
    assert (shown["value"], shown["verdict"]) == ("not told", "passed")


@pytest.mark.parametrize("others", [{"passed": False, "value": 0.5}, {"value": 0.015}])
def test_of_several_tables_the_worst_is_told(register: Metadata, others: dict[str, Any]) -> None:
    told = page(register, gate("attacks", findings=[FINDING, FINDING | others, FINDING]))
    (shown,) = told["findings"]
    assert (shown["value"], shown["note"]) == (str(others["value"]), "the worst of 3 tables")
    beyond = 1 - others.get("passed", True)
    assert f"{3 - beyond} attack metrics within their bounds, {beyond} beyond" in told["conclusion"]


def test_the_leak_scan_is_the_record_of_its_attack(register: Metadata) -> None:
    leaks = gate("leaks", files=95, columns=11, keys=3, spellings=146484, findings=0)
    told = page(register, leaks)
    assert not [name for name in told["absent"] if name.startswith("A17 ")]
    assert any("95 files" in statement for section in told["sections"] for statement in section["statements"])


def test_a_check_that_was_not_made_is_not_measured(register: Metadata) -> None:
    statements = [s for section in page(register)["sections"] for s in section["statements"]]
    assert {"leaks: not measured", "planes: not measured", "totals: not measured"} <= set(statements)


def test_no_figure_stands_in_the_words_themselves(register: Metadata) -> None:
    """Without a record the statements hold numbers of clauses and articles alone."""
    allowed = {
        "37964",
        "2019",
        "42460",
        "2023",
        "6",
        "1",
        "2",
        "3",
        "4",
        "5",
        "7",
        "8",
        "55",
        "56",
        "27",
        "410",
        "17",
    }
    for section in page(register)["sections"]:
        for text in (section["title"], section["basis"], *section["statements"]):
            assert set(re.findall(r"\d+", text)) <= allowed


def test_synthetic_data_speak_for_no_real_register(register: Metadata) -> None:
    assert page(register, synthetic=False)["synthetic"] is None
    assert "synthetic" in page(register, synthetic=True)["synthetic"]
