"""Days of the register: told by the month only, though what is in force follows from comparing them."""

import pytest

from tests.privacy.typecheck.register import PREFIXES, Judge

ENDING = {
    "core/core_ending": "SELECT md5(id_number) AS person_id, place_code, ends_on FROM stg_ending",
    "safe/safe_ending": "SELECT keyed_pseudonym(e.person_id) AS person_ref, e.place_code, e.ends_on,"
    " p.birth_date < e.ends_on AS untold FROM core_ending AS e JOIN core_person__entity AS p USING (person_id)",
    "core/core_permit": "SELECT permit_no, ends_on FROM stg_permit",
    "safe/safe_permit": "SELECT permit_no, ends_on FROM core_permit",
}


@pytest.mark.parametrize(
    ("zone", "sql"),
    [
        ("served", "SELECT person_ref, ends_on FROM safe_ending"),
        ("open", "SELECT place_code, ends_on, count(*) AS persons FROM safe_ending GROUP BY 1, 2"),
        ("open", "SELECT count(*) AS persons FROM safe_ending GROUP BY ends_on"),
        ("open", "SELECT place_code FROM safe_ending AS a JOIN param_build AS b ON a.ends_on > b.as_of"),
        ("served", "SELECT CAST(ends_on - INTERVAL 65 YEAR AS DATE) AS month FROM safe_ending"),
        ("safe", "SELECT ends_on AS month FROM core_ending"),
        ("safe", "SELECT CAST(date_trunc('month', ends_on) AS DATE) AS month FROM core_ending"),
        ("safe", "SELECT CASE WHEN ends_on > DATE '2026-12-15' THEN 'a' END AS status_code FROM core_ending"),
        ("safe", "SELECT day(ends_on) > 15 AS status_code FROM core_ending"),
        ("safe", "SELECT CAST(ends_on AS VARCHAR) AS status_code FROM core_ending"),
        ("safe", "SELECT row_number() OVER (ORDER BY ends_on) AS persons FROM core_ending"),
        ("safe", "SELECT month_of(valid_from) AS month FROM core_person__entity"),
        ("safe", "SELECT month_of(birth_date) AS month FROM core_person__entity"),
        ("core", "SELECT md5(CAST(ends_on AS VARCHAR)) AS event_id FROM stg_ending"),
        ("core", "SELECT id_number, birth_date AS ends_on FROM stg_registration"),
        ("core", "SELECT CASE WHEN sex_code = '2' THEN valid_from END AS ends_on FROM stg_registration"),
        ("safe", "SELECT birth_date AS ends_on FROM core_person__entity"),
        ("safe", "SELECT (CASE WHEN day(ends_on) > 15 THEN 1 END) IS NULL AS status_code FROM core_ending"),
        ("safe", "SELECT nullif(ends_on, DATE '2026-12-17') IS NULL AS status_code FROM core_ending"),
        ("safe", "SELECT ends_on < as_of + 17 AS status_code FROM core_ending, param_build"),
        ("safe", "SELECT day(ends_on) < day(as_of) AS status_code FROM core_ending, param_build"),
        (
            "safe",
            "SELECT place_code, max_by(n, CASE WHEN day(ends_on) = n THEN 1 END) AS year"
            " FROM core_ending, range(32) AS s(n) GROUP BY ALL",
        ),
        ("safe", "SELECT month_unless(ends_on, FALSE) AS month FROM safe_ending"),
        ("safe", "SELECT month_unless(ends_on, untold AND FALSE) AS month FROM safe_ending"),
        ("safe", "SELECT month_unless(CASE WHEN untold THEN ends_on END, untold) AS month FROM safe_ending"),
        ("safe", "SELECT month_of(ends_on + 15) AS month FROM core_ending"),
        ("safe", "SELECT month_of(make_date(2000 + day(ends_on), 1, 1)) AS month FROM core_ending"),
        ("safe", "SELECT month_of(coalesce(ends_on, DATE '2000-01-01')) AS month FROM core_ending"),
        (
            "safe",
            "SELECT month_unless(e.ends_on, p.untold) AS month FROM safe_ending AS e"
            " JOIN (SELECT person_ref, sex_code = '2' AS untold FROM safe_person__entity) AS p USING (person_ref)",
        ),
    ],
)
def test_a_day_is_not_told(leaks: Judge, zone: str, sql: str) -> None:
    assert {leak.model for leak in leaks(zone, sql, others=ENDING)} == {f"{PREFIXES[zone]}_judged"}


@pytest.mark.parametrize(
    "chosen",
    [
        "WHERE ends_on = DATE '2026-12-17'",
        "WHERE day(ends_on) > 15",
        "ORDER BY ends_on LIMIT 5",
        ", param_build, range(99) AS s(n) WHERE as_of + n = ends_on",
        "JOIN (SELECT as_of + n AS month FROM param_build, range(99) AS s(n)) AS c ON month = ends_on",
        "JOIN core_person__entity ON valid_from = ends_on",
    ],
)
def test_rows_chosen_by_a_day_do_not_leave(leaks: Judge, chosen: str) -> None:
    others = {**ENDING, "safe/safe_few": f"SELECT core_ending.place_code FROM core_ending {chosen}"}
    (leak,) = leaks("open", "SELECT place_code FROM safe_few", others=others)
    assert (leak.column, leak.derived) == ("*", "restricted")


@pytest.mark.parametrize(
    "sql",
    [
        "SELECT month_of(ends_on) AS month FROM core_ending",
        "SELECT month_of(ends_on) AS month, count(*) AS persons FROM core_ending GROUP BY month_of(ends_on)",
        "SELECT month_unless(ends_on, untold) AS month FROM safe_ending",
        "WITH e AS (SELECT least(ends_on, lag(ends_on) OVER (ORDER BY place_code)) AS last_on FROM core_ending)"
        " SELECT month_of(last_on) AS month FROM e",
        "SELECT e.place_code FROM core_ending AS e, param_build AS b WHERE e.ends_on >= b.as_of",
        "SELECT CASE WHEN e.ends_on < b.as_of THEN 'a' END AS status_code FROM core_ending AS e, param_build AS b",
        "SELECT max_by(place_code, ends_on) AS place_code FROM core_ending GROUP BY person_id",
        "SELECT lag(place_code) OVER (PARTITION BY person_id ORDER BY ends_on) AS place_code FROM core_ending",
        "SELECT ends_on < as_of + 1 AS status_code FROM core_ending, param_build",
        "SELECT coalesce(ends_on + 1, as_of) <= as_of AS status_code FROM core_ending, param_build",
        "SELECT a.ends_on = b.ends_on AS status_code FROM core_ending AS a JOIN core_ending AS b USING (person_id)",
        "SELECT ends_on IS NULL AS status_code FROM core_ending",
    ],
)
def test_months_and_what_was_in_force_may_leave(leaks: Judge, sql: str) -> None:
    others = {**ENDING, "safe/safe_told": sql}
    assert leaks("open", "SELECT * FROM safe_told", others=others) == []


def test_a_day_may_be_part_of_a_key_in_core(leaks: Judge) -> None:
    sql = "SELECT md5(id_number || CAST(ends_on AS VARCHAR)) AS person_id FROM stg_ending"
    assert leaks("core", sql, others=ENDING) == []


def test_a_day_may_be_made_of_days_in_core(leaks: Judge) -> None:
    sql = (
        "SELECT coalesce(least(ends_on, DATE '2026-12-31'), valid_from) AS ends_on FROM stg_ending, stg_event"
    )
    assert leaks("core", sql, others=ENDING) == []


def test_a_name_may_be_public_in_the_tables_of_another_subject(leaks: Judge) -> None:
    assert leaks("open", "SELECT ends_on AS month FROM safe_permit", others=ENDING) == []


def test_a_subject_does_not_make_the_days_of_another_public(leaks: Judge) -> None:
    others = {**ENDING, "safe/safe_permit": "SELECT ends_on FROM core_ending"}
    assert [
        leak.model for leak in leaks("served", "SELECT ends_on AS month FROM safe_permit", others=others)
    ] == ["safe_permit"]


_CALENDAR = "(SELECT DATE '2026-12-01' + CAST(n AS INTEGER) AS ends_on, n FROM range(31) AS s(n)) AS c"


@pytest.mark.parametrize(
    "sql",
    [
        f"SELECT c.n AS year FROM core_ending AS e JOIN {_CALENDAR} ON c.ends_on = e.ends_on",
        f"SELECT c.n AS year FROM core_ending AS e, {_CALENDAR} WHERE NOT (c.ends_on = e.ends_on)",
        f"SELECT c.n AS year FROM core_ending JOIN {_CALENDAR} USING (ends_on)",
        f"SELECT (SELECT c.n FROM {_CALENDAR} WHERE c.ends_on = e.ends_on) AS year FROM core_ending AS e",
        f"SELECT EXISTS (SELECT 1 FROM {_CALENDAR} WHERE c.ends_on = e.ends_on) AS status_code FROM core_ending AS e",
        f"SELECT place_code FROM core_ending SEMI JOIN {_CALENDAR} ON c.ends_on = core_ending.ends_on",
        "SELECT place_code FROM core_ending WHERE ends_on IN (SELECT DATE '2026-12-17')",
        "SELECT ends_on IN (SELECT DATE '2026-12-17') AS status_code FROM core_ending",
    ],
    ids=["join", "NOT", "USING", "scalar", "EXISTS", "semi-join", "IN", "IN as a value"],
)
def test_a_day_equal_to_a_generated_one_is_told(leaks: Judge, sql: str) -> None:
    assert leaks("open", "SELECT * FROM safe_told", others={**ENDING, "safe/safe_told": sql})


@pytest.mark.parametrize(
    "sql",
    [
        "SELECT place_code FROM core_ending AS e JOIN param_build AS b ON b.as_of = e.ends_on",
        "SELECT place_code FROM core_ending WHERE ends_on IN (SELECT as_of FROM param_build)",
        "SELECT place_code FROM core_ending JOIN (SELECT as_of AS ends_on FROM param_build) AS c USING (ends_on)",
    ],
)
def test_a_day_may_equal_the_as_of_date(leaks: Judge, sql: str) -> None:
    assert leaks("open", "SELECT place_code FROM safe_told", others={**ENDING, "safe/safe_told": sql}) == []
