"""Every reason for which a row is set aside is told in words, and says who must act."""

import ast

import pytest

from etl.metadata import Metadata
from etl.settings import PROJECT
from etl.sources.settings import ingest_rules

FILES = [path for folder in ("clean", "sources") for path in (PROJECT / "etl" / folder).rglob("*.py")]
GIVEN = {
    text.value
    for path in FILES
    for call in ast.walk(ast.parse(path.read_text("utf-8")))
    if isinstance(call, ast.Call) and getattr(call.func, "id", "") == "Unclean"
    for text in ast.walk(call.args[0] if call.args else call)
    if isinstance(text, ast.Constant) and isinstance(text.value, str)
}


def test_the_reasons_of_the_code_are_found() -> None:
    assert {"unknown_code", "bad_check_character", "malformed_identifier"} <= GIVEN


@pytest.mark.parametrize("reason", sorted({*GIVEN, "missing_value", "broken_row", "contradiction"}))
def test_a_reason_has_words_and_somebody_who_must_act(metadata: Metadata, reason: str) -> None:
    assert reason in metadata.rules["reasons"]
    assert ingest_rules(metadata).responsible[reason] in {"provider", "steward"}


def test_a_check_of_single_rows_says_who_must_act(metadata: Metadata) -> None:
    rules = ingest_rules(metadata)
    assert {check.name for check in rules.checks} <= rules.responsible.keys()
    assert rules.responsible["end_before_start"] == "provider"
