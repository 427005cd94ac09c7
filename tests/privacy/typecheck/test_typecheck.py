"""The privacy type-check: every leaking model is refused, every innocent one accepted."""

import tempfile
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.privacy.typecheck.cases import INNOCENT, LEAKS, C, P
from tests.privacy.typecheck.register import Judge, judge

_WRAPPERS = (
    "WITH w AS ({}) SELECT {} FROM w",
    "SELECT {1} FROM ({0}) AS w",
    "WITH w AS ({}), v AS (SELECT * FROM w) SELECT {} FROM v",
    "SELECT {1} FROM ({0}) UNION ALL SELECT {1} FROM ({0})",
)


@pytest.mark.parametrize(("zone", "sql"), [case[1:] for case in LEAKS], ids=[case[0] for case in LEAKS])
def test_a_leaking_model_is_refused(leaks: Judge, zone: str, sql: str) -> None:
    assert {leak.model for leak in leaks(zone, sql)} == {"judged"}


@pytest.mark.parametrize(("zone", "sql"), [case[1:] for case in INNOCENT], ids=[case[0] for case in INNOCENT])
def test_an_innocent_model_is_accepted(leaks: Judge, zone: str, sql: str) -> None:
    assert leaks(zone, sql) == []
