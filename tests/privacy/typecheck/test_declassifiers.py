"""Each argument of a declassifier is what is declared for its place, unchanged."""

import pytest

from tests.privacy.typecheck.register import Judge
from tests.privacy.typecheck.test_days import ENDING

_PAIRS = "core_ending AS a JOIN core_ending AS b USING (person_id)"
_SEXES = "core_person__entity AS a JOIN core_person__entity AS b USING (person_id)"


@pytest.mark.parametrize(
    "sql",
    [
        "SELECT first_seen(DATE '2100-01-01', ends_on) AS month FROM core_ending",
        "SELECT first_seen(ends_on, DATE '2100-01-01') AS month FROM core_ending",
        "SELECT first_seen(ends_on, as_of + 1) AS month FROM core_ending, param_build",
        "SELECT is_later(ends_on, DATE '2026-12-17') AS status_code FROM core_ending",
        "SELECT is_later(ends_on, c.d) AS status_code FROM core_ending, (SELECT DATE '2026-12-17' AS d) AS c",
        "SELECT is_later(ends_on, max(ends_on) FILTER (WHERE place_code = 'a')) AS status_code FROM core_ending",
        "SELECT is_later(a.ends_on, b.ends_on) AS status_code FROM core_ending AS a, core_ending AS b",
        "SELECT a.place_code FROM core_ending AS a, core_ending AS b WHERE is_later(a.ends_on, b.ends_on)",
        "SELECT differs(sex_code, '2', TRUE) AS status_code FROM core_person__entity",
        "SELECT differs(sex_code, NULL, TRUE) AS status_code FROM core_person__entity",
        f"SELECT differs(a.sex_code, b.sex_code, a.sex_code = '2') AS status_code FROM {_SEXES}",
        "SELECT count_persons(CASE WHEN place_code = 'a' THEN person_ref END) AS persons FROM safe_ending",
    ],
)
def test_an_argument_that_is_not_declared_for_its_place_is_refused(leaks: Judge, sql: str) -> None:
    others = {**ENDING, "safe/safe_told": sql}
    assert "safe_told" in {leak.model for leak in leaks("open", "SELECT * FROM safe_told", others=others)}


@pytest.mark.parametrize(
    "sql",
    [
        "SELECT first_seen(ends_on, as_of) AS month FROM core_ending, param_build",
        f"SELECT is_later(a.ends_on, b.ends_on) AS status_code FROM {_PAIRS}",
        f"SELECT a.place_code FROM {_PAIRS} WHERE is_later(a.ends_on, b.ends_on)",
        "SELECT is_later(min(ends_on), max(ends_on)) AS status_code FROM core_ending GROUP BY person_id",
        f"SELECT differs(a.sex_code, b.sex_code, a.sex_code IS NOT NULL) AS status_code FROM {_SEXES}",
        f"SELECT differs(a.sex_code, b.sex_code, a.status_code = 'a') AS status_code FROM {_SEXES}",
        "SELECT count_persons(person_ref) AS persons FROM safe_ending",
    ],
)
def test_arguments_declared_for_their_places_are_accepted(leaks: Judge, sql: str) -> None:
    others = {**ENDING, "safe/safe_told": sql}
    assert leaks("open", "SELECT * FROM safe_told", others=others) == []
