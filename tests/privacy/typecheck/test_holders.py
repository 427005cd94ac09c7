"""Days are compared and sorted among those of one holder, and told by the mark of their own row."""

import pytest

from tests.privacy.typecheck.register import Judge
from tests.privacy.typecheck.test_days import ENDING

E = "core_ending"
S = "safe_ending"
_EARLIER = f"{E} AS a, {E} AS b WHERE b.ends_on < a.ends_on"


def _told(leaks: Judge, sql: str, **others: str) -> list[str]:
    """The models that leak when a model of the safe zone is read by one of the open zone."""
    models = {**ENDING, **{f"core/{name}": text for name, text in others.items()}, "safe/safe_told": sql}
    return sorted({leak.model for leak in leaks("open", "SELECT * FROM safe_told", others=models)})


@pytest.mark.parametrize(
    "sql",
    [
        "SELECT lag(place_code) OVER (ORDER BY ends_on) AS place_code FROM core_ending",
        "SELECT first_value(place_code) OVER (PARTITION BY place_code ORDER BY ends_on) AS place_code FROM core_ending",
        "SELECT count(*) OVER (PARTITION BY ends_on) AS persons FROM core_ending",
        "SELECT lag(1) OVER w AS persons FROM core_ending WINDOW w AS (ORDER BY ends_on)",
        f"SELECT lag(1) OVER (PARTITION BY a.person_id ORDER BY b.ends_on) AS persons FROM {E} AS a, {E} AS b",
        f"SELECT lag(1) OVER (PARTITION BY p.enterprise_id ORDER BY e.ends_on) AS persons FROM {E} AS e"
        " JOIN core_person__entity AS p USING (person_id)",
        f"SELECT count(*) AS persons FROM {_EARLIER} GROUP BY a.person_id",
        f"SELECT count(*) FILTER (WHERE b.ends_on < a.ends_on) AS persons FROM {E} AS a, {E} AS b GROUP BY a.person_id",
        f"SELECT (SELECT count(*) FROM {E} AS b WHERE b.ends_on < a.ends_on) AS persons FROM {E} AS a",
        f"SELECT a.ends_on < (SELECT max(b.ends_on) FROM {E} AS b) AS status_code FROM {E} AS a",
        f"SELECT (SELECT max(ends_on) FROM {E} WHERE place_code = 'a') < (SELECT max(ends_on) FROM {E}"
        " WHERE place_code = 'b') AS status_code",
        f"SELECT l.d < a.ends_on AS status_code FROM {E} AS a, LATERAL (SELECT b.ends_on AS d FROM {E} AS b) AS l",
        f"SELECT count(*) AS persons FROM {E} GROUP BY GROUPING SETS ((person_id, ends_on), (ends_on))",
        f"SELECT max_by(place_code, ends_on) AS place_code FROM {E} GROUP BY CUBE (person_id)",
        f"SELECT max_by(place_code, ends_on) AS place_code FROM {E} GROUP BY place_code",
        f"SELECT count(*) AS persons FROM {E} GROUP BY ends_on",
        f"SELECT persons FROM (SELECT place_code, ends_on, count(*) AS persons FROM {E} GROUP BY ALL)",
        f"SELECT count(*) AS persons FROM (SELECT DISTINCT ends_on FROM {E})",
        f"SELECT count(*) AS persons FROM (SELECT ends_on FROM {E} UNION SELECT ends_on FROM {E})",
        f"SELECT place_code, count(DISTINCT ends_on) AS persons FROM {E} GROUP BY place_code",
        f"SELECT DISTINCT ON (ends_on) place_code FROM {E}",
        f"SELECT b.place_code FROM {E} AS a ASOF JOIN {E} AS b"
        " ON a.place_code = b.place_code AND a.ends_on >= b.ends_on",
        f"SELECT place_code FROM {E} ANTI JOIN (SELECT ends_on AS d FROM {E}) ON ends_on < d",
        f"SELECT place_code FROM {E} WHERE ends_on IN (SELECT ends_on FROM {E} WHERE place_code = 'a')",
        f"SELECT min(ends_on) = max(ends_on) AS status_code FROM {E} GROUP BY place_code",
        f"SELECT lag(ends_on) OVER (ORDER BY place_code) < ends_on AS status_code FROM {E}",
        f"SELECT (max(row(ends_on, place_code)))[2] AS place_code FROM {E}",
        f"SELECT list_position(list_sort(list(ends_on)), max(ends_on)) AS persons FROM {E}",
        f"WITH RECURSIVE r(p, d, n) AS (SELECT place_code, ends_on, 1 FROM {E} UNION ALL SELECT e.place_code,"
        f" e.ends_on, r.n + 1 FROM r JOIN {E} AS e ON e.ends_on > r.d WHERE r.n < 9) SELECT p AS place_code FROM r",
        "SELECT ends_on + 1 + 1 + 1 + 1 < as_of AS status_code FROM core_ending, param_build",
    ],
)
def test_days_of_several_holders_are_not_set_against_each_other(leaks: Judge, sql: str) -> None:
    assert _told(leaks, sql)


@pytest.mark.parametrize(
    "sql",
    [
        f"SELECT count(*) AS persons FROM {_EARLIER} AND a.person_id = b.person_id GROUP BY a.person_id",
        f"SELECT (SELECT count(*) FROM {E} AS b WHERE b.ends_on < a.ends_on AND b.person_id = a.person_id) AS persons"
        f" FROM {E} AS a",
        f"SELECT a.ends_on < (SELECT max(b.ends_on) FROM {E} AS b WHERE b.person_id = a.person_id) AS status_code"
        f" FROM {E} AS a",
        f"SELECT min(ends_on) = max(ends_on) AS status_code FROM {E} GROUP BY person_id",
        f"SELECT lag(ends_on) OVER (PARTITION BY person_id ORDER BY ends_on) < ends_on AS status_code FROM {E}",
        f"SELECT persons FROM (SELECT person_id, ends_on, count(*) AS persons FROM {E} GROUP BY ALL)",
        f"SELECT place_code FROM (SELECT DISTINCT person_id, place_code, ends_on FROM {E})",
        f"SELECT b.place_code FROM {E} AS a ASOF JOIN {E} AS b"
        " ON a.person_id = b.person_id AND a.ends_on >= b.ends_on",
        f"WITH w AS (SELECT person_id, ends_on FROM {E} UNION ALL SELECT person_id, ends_on FROM {E})"
        " SELECT max_by(1, ends_on) AS persons FROM w GROUP BY person_id",
        f"SELECT b.ends_on < a.ends_on AS status_code FROM {E} AS a LEFT JOIN {E} AS b ON a.person_id = b.person_id",
        "SELECT ends_on + 1 <= as_of + 1 AS status_code FROM core_ending, param_build",
    ],
)
def test_days_of_one_holder_may_be_compared_and_sorted(leaks: Judge, sql: str) -> None:
    assert _told(leaks, sql) == []


_SORTED = "lag(1) OVER (PARTITION BY person_id ORDER BY ends_on) AS persons"


@pytest.mark.parametrize(
    "rows",
    [
        f"SELECT CASE WHEN FALSE THEN person_id END AS person_id, ends_on FROM {E}",
        f"SELECT min(person_id) OVER () AS person_id, ends_on FROM {E}",
        f"SELECT left(person_id, 1) AS person_id, ends_on FROM {E}",
        f"SELECT a.person_id, b.ends_on FROM {E} AS a, {E} AS b",
        f"SELECT b.person_id, a.ends_on FROM {E} AS a LEFT JOIN {E} AS b ON a.person_id = b.person_id AND FALSE",
        f"SELECT person_id, ends_on FROM {E} UNION ALL SELECT NULL, ends_on FROM {E}",
        f"SELECT person_id, ends_on FROM {E} UNION ALL SELECT 'x', ends_on FROM {E}",
    ],
    ids=[
        "missing",
        "one for all",
        "a part",
        "another's",
        "padded",
        "union with NULL",
        "union with a constant",
    ],
)
def test_a_key_that_is_not_the_holders_makes_no_holder(leaks: Judge, rows: str) -> None:
    assert _told(leaks, f"WITH w AS ({rows}) SELECT {_SORTED} FROM w")
    assert "core_kept" in _told(leaks, f"SELECT {_SORTED} FROM core_kept", core_kept=rows)


@pytest.mark.parametrize(
    "joined",
    [
        f"{E} AS a, {E} AS b WHERE a.person_id = b.person_id OR a.place_code = b.place_code",
        f"{E} AS a, {E} AS b WHERE NOT (a.person_id = b.person_id)",
        f"{E} AS a CROSS JOIN {E} AS b LEFT JOIN {E} AS c ON a.person_id = b.person_id",
        f"{E} AS a CROSS JOIN {E} AS b ANTI JOIN {E} AS c ON a.person_id = b.person_id",
        f"{E} AS a JOIN {E} AS b USING (place_code)",
        f"{E} AS a, {E} AS b WHERE a.person_id - a.person_id + 1 - 1 = b.person_id - b.person_id + 1 - 1",
        *(
            f"{E} AS a CROSS JOIN {E} AS b {kind} JOIN {E} AS c"
            " ON a.person_id = c.person_id AND b.person_id = c.person_id"
            for kind in ("LEFT", "ANTI")
        ),
        f"({E} AS a CROSS JOIN {E} AS b) FULL JOIN {E} AS c"
        " ON a.person_id = c.person_id AND b.person_id = c.person_id",
    ],
    ids=[
        *("OR", "NOT", "outer join of others", "anti-join", "public column", "computed of keys"),
        *("two by a left join", "two by an anti-join", "two by a full join"),
    ],
)
def test_only_an_equality_of_keys_that_holds_makes_rows_of_one_holder(leaks: Judge, joined: str) -> None:
    assert "safe_told" in _told(leaks, f"SELECT a.ends_on < b.ends_on AS status_code FROM {joined}")


@pytest.mark.parametrize("kind", ["INNER", "SEMI"])
def test_two_rows_equated_with_one_that_is_found_are_of_one_holder(leaks: Judge, kind: str) -> None:
    joined = (
        f"{E} AS a CROSS JOIN {E} AS b {kind} JOIN {E} AS c"
        " ON a.person_id = c.person_id AND b.person_id = c.person_id"
    )
    assert _told(leaks, f"SELECT a.ends_on < b.ends_on AS status_code FROM {joined}") == []


_BRANCH = f"SELECT a.person_id, b.person_id AS other, a.ends_on FROM {E} AS a, {E} AS b"


@pytest.mark.parametrize(
    ("other", "is_told"),
    [(f"SELECT a.person_id, b.person_id, b.ends_on FROM {E} AS b, {E} AS a", True), (_BRANCH, False)],
    ids=["rows swapped", "alike"],
)
def test_branches_of_a_union_that_swap_their_rows_make_no_holder(
    leaks: Judge, other: str, is_told: bool
) -> None:
    sql = f"WITH w AS ({_BRANCH} UNION ALL {other}) SELECT max_by(1, ends_on) AS persons FROM w GROUP BY person_id"
    assert bool(_told(leaks, sql)) == is_told


@pytest.mark.parametrize(
    "sql",
    [
        f"SELECT month_unless(a.ends_on, b.untold) AS month FROM {S} AS a, {S} AS b",
        f"SELECT month_unless(a.ends_on, b.untold) AS month FROM {S} AS a JOIN {S} AS b USING (person_ref)",
        f"WITH w AS (SELECT a.ends_on, b.untold FROM {S} AS a JOIN {S} AS b USING (person_ref))"
        " SELECT month_unless(ends_on, untold) AS month FROM w",
        f"WITH w AS (SELECT ends_on, untold FROM {S} UNION ALL SELECT ends_on, FALSE FROM {S})"
        " SELECT month_unless(ends_on, untold) AS month FROM w",
        f"SELECT month_unless(a.ends_on, (SELECT bool_and(untold) FROM {S})) AS month FROM {S} AS a",
        f"SELECT month_unless(a.ends_on, l.untold) AS month FROM {S} AS a, LATERAL (SELECT untold FROM {S}) AS l",
        f"SELECT (SELECT max(month_unless(a.ends_on, b.untold)) FROM {S} AS b) AS month FROM {S} AS a",
        f"SELECT month_unless(ends_on, min(untold)) AS month FROM {S} GROUP BY ends_on",
        f"SELECT month_unless(ends_on, lag(untold) OVER (PARTITION BY person_ref)) AS month FROM {S}",
        f"SELECT month_unless(b.ends_on, b.untold) AS month FROM {S} AS a LEFT JOIN {S} AS b USING (person_ref)",
        f"SELECT month_unless(untold, ends_on) AS month FROM {S}",
        f"SELECT month_unless(ends_on, ends_on) AS month FROM {S}",
    ],
)
def test_a_mark_of_another_row_tells_no_day(leaks: Judge, sql: str) -> None:
    assert "safe_told" in _told(leaks, sql)


@pytest.mark.parametrize(
    "source", [S, f"{S} AS t(p, q, ends_on, untold)", f"{S} JOIN core_person__entity ON FALSE"]
)
def test_the_mark_of_its_row_tells_a_day(leaks: Judge, source: str) -> None:
    assert _told(leaks, f"SELECT month_unless(ends_on, untold) AS month FROM {source}") == []


def test_how_many_rows_are_untold_may_be_told(leaks: Judge) -> None:
    others = {
        **ENDING,
        "safe/safe_told": f"SELECT place_code, month_unless(ends_on, untold) AS month FROM {S}",
    }
    sql = "SELECT place_code, count(*) AS persons FROM safe_told WHERE month IS NULL GROUP BY place_code"
    assert leaks("open", sql, others=others) == []


_SAME_DAY = f"SELECT c.month FROM {E} AS e JOIN core_calendar AS c ON c.month = e.ends_on"


@pytest.mark.parametrize(
    "calendar",
    [
        "SELECT CAST(as_of - n AS DATE) AS month FROM param_build, range(999) AS s(n)",
        "SELECT valid_from AS month FROM stg_event",
    ],
)
def test_a_day_meets_no_calendar_in_core(leaks: Judge, calendar: str) -> None:
    kept = {"core_calendar": calendar, "core_kept": _SAME_DAY}
    assert _told(leaks, "SELECT month FROM core_kept", **kept)


def test_a_day_may_be_set_against_the_editions_of_a_roster_in_core(leaks: Judge) -> None:
    kept = f"SELECT s.seen_on FROM {E} AS e JOIN stg_edition AS s ON e.ends_on <= s.seen_on"
    assert _told(leaks, "SELECT seen_on FROM core_kept", core_kept=kept) == []


def test_a_calendar_does_not_pass_for_editions(leaks: Judge) -> None:
    days = "SELECT CAST(as_of - n AS DATE) AS seen_on FROM param_build, range(999) AS s(n)"
    assert "core_kept" in _told(leaks, "SELECT seen_on FROM core_kept", core_kept=days)


_ASOF = "SELECT as_of AS d FROM param_build"


@pytest.mark.parametrize(
    "days",
    [
        f"{_ASOF} UNION ALL SELECT DATE '2026-12-17'",
        "SELECT v.d FROM param_build AS b, LATERAL (VALUES (b.as_of), (DATE '2026-12-17')) AS v(d)",
        "SELECT lag(as_of, 1, DATE '2026-12-17') OVER () AS d FROM param_build",
        f"SELECT d FROM ({_ASOF}) FULL JOIN (SELECT DATE '2026-12-17' AS d) USING (d)",
    ],
    ids=["UNION ALL", "VALUES", "default of lag", "FULL JOIN USING"],
)
def test_a_constant_among_days_makes_a_calendar(leaks: Judge, days: str) -> None:
    assert _told(leaks, f"WITH c AS ({days}) SELECT c.d < e.ends_on AS status_code FROM {E} AS e, c")


@pytest.mark.parametrize(
    "days",
    [
        f"{_ASOF} UNION ALL SELECT NULL",
        f"{_ASOF} UNION ALL SELECT CAST(NULL AS DATE)",
        f"{_ASOF} UNION ALL SELECT n.d FROM (SELECT NULL AS d) AS n",
        "SELECT v.d FROM param_build AS b, LATERAL (VALUES (b.as_of), (NULL)) AS v(d)",
        "SELECT lag(as_of, 1, NULL) OVER () AS d FROM param_build",
    ],
    ids=["UNION ALL", "of a type", "of a subquery", "VALUES", "default of lag"],
)
def test_null_among_days_makes_no_calendar(leaks: Judge, days: str) -> None:
    sql = f"WITH c AS ({days}) SELECT c.d < e.ends_on AS status_code FROM {E} AS e, c"
    assert _told(leaks, sql) == []


def test_a_constant_among_editions_is_refused(leaks: Judge) -> None:
    days = "SELECT seen_on FROM stg_edition UNION ALL SELECT DATE '2026-12-17'"
    assert "core_kept" in _told(leaks, "SELECT seen_on FROM core_kept", core_kept=days)
