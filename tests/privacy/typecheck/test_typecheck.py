"""The privacy type-check: every leaking model is refused, every innocent one accepted."""

import tempfile
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from etl.errors import UserError
from etl.kernel.model import discover
from etl.privacy.typecheck import declassified_rows
from tests.privacy.typecheck.cases import INNOCENT, LEAKS, C, P
from tests.privacy.typecheck.register import PREFIXES, Judge, judge

_WRAPPERS = (
    "WITH w AS ({}) SELECT {} FROM w",
    "SELECT {1} FROM ({0}) AS w",
    "WITH w AS ({}), v AS (SELECT * FROM w) SELECT {} FROM v",
    "SELECT {1} FROM ({0}) UNION ALL SELECT {1} FROM ({0})",
)


@pytest.mark.parametrize(("zone", "sql"), [case[1:] for case in LEAKS], ids=[case[0] for case in LEAKS])
def test_a_leaking_model_is_refused(leaks: Judge, zone: str, sql: str) -> None:
    assert {leak.model for leak in leaks(zone, sql)} == {f"{PREFIXES[zone]}_judged"}


def test_noise_on_the_public_plane_is_refused(leaks: Judge) -> None:
    (leak,) = leaks("sensitive", f"SELECT division_code, count(*) AS persons FROM {P} GROUP BY division_code")
    assert "does not touch the sensitive plane" in leak.reason


def test_an_exact_table_that_touches_the_sensitive_plane_is_refused(leaks: Judge) -> None:
    sql = f"SELECT sex_code, count(*) AS persons FROM {P} GROUP BY sex_code"
    assert {leak.column for leak in leaks("open", sql)} == {"*", "sex_code"}


_KELVIN = "\u212a"  # folded to `k` by Python, not by DuckDB


@pytest.mark.parametrize(
    "sql",
    [
        f'WITH k AS (SELECT sex_code FROM {P}), "{_KELVIN}" AS (SELECT code AS sex_code FROM codes_division)'
        " SELECT sex_code AS status_code FROM k",
        f'SELECT * EXCLUDE ("{_KELVIN}") FROM (SELECT 1 AS "{_KELVIN}", sex_code AS k, status_code FROM {P})',
        f'SELECT k.status_code FROM {P} AS "{_KELVIN}", (SELECT sex_code AS status_code FROM {P}) AS k',
        f'SELECT t.k AS status_code FROM (SELECT sex_code, status_code FROM {P}) AS t(k, "{_KELVIN}")',
        f'SELECT list_transform([1], lambda "{_KELVIN}": k) AS status_code FROM (SELECT sex_code AS k FROM {P})',
        f'SELECT status_code AS "状态" FROM {P}',
    ],
    ids=["CTE", "EXCLUDE", "alias of a table", "alias list", "lambda", "Chinese alias"],
)
def test_a_name_that_is_not_ascii_is_refused(leaks: Judge, sql: str) -> None:
    with pytest.raises(UserError, match="names must be ASCII"):
        leaks("open", sql)


@pytest.mark.parametrize("table", ["codes_people", "rule_people", "param_people"])
def test_a_model_does_not_pass_for_a_reference_table(leaks: Judge, table: str) -> None:
    people = {f"core/{table}": f"SELECT id_number, birth_date FROM {C}"}
    with pytest.raises(UserError, match="does not fit its layer"):
        leaks("open", f"SELECT id_number AS status_code FROM {table}", others=people)


@pytest.mark.parametrize(("zone", "sql"), [case[1:] for case in INNOCENT], ids=[case[0] for case in INNOCENT])
def test_an_innocent_model_is_accepted(leaks: Judge, zone: str, sql: str) -> None:
    assert leaks(zone, sql) == []


@pytest.mark.parametrize("wrapper", _WRAPPERS)
@pytest.mark.parametrize("column", ["sex_code AS status_code", "upper(sex_code) AS status_code"])
def test_wrapping_does_not_hide_a_leak(leaks: Judge, wrapper: str, column: str) -> None:
    assert leaks("open", wrapper.format(f"SELECT {column} FROM {P}", "status_code"))


_EXPRESSIONS = st.sampled_from(
    ["{}", "upper({})", "'x' || {}", "CASE WHEN {} = '1' THEN 'a' END", "max({}) OVER ()"]
)
_LAYERS = st.lists(st.tuples(st.sampled_from(_WRAPPERS), _EXPRESSIONS), max_size=3)


def _wrapped(column: str, layers: list[tuple[str, str]]) -> str:
    """A query whose only column is made from `column`, renamed and wrapped in the given layers."""
    sql, name = f"SELECT {column} AS c0 FROM {P}", "c0"
    for number, (wrapper, expression) in enumerate(layers, 1):
        sql = f"SELECT {expression.format(name)} AS c{number} FROM ({wrapper.format(sql, name)})"
        name = f"c{number}"
    return f"SELECT {name} AS status_code FROM ({sql})"


@settings(max_examples=settings().max_examples // 10, deadline=None)
@given(layers=_LAYERS, column=st.sampled_from(["sex_code", "birth_date", "person_name", "person_ref"]))
def test_however_wrapped_a_leak_is_refused(layers: list[tuple[str, str]], column: str) -> None:
    with tempfile.TemporaryDirectory() as folder:
        assert judge(Path(folder), "open", _wrapped(column, layers))


@settings(max_examples=settings().max_examples // 10, deadline=None)
@given(layers=_LAYERS, column=st.sampled_from(["status_code", "division_code", "'x'"]))
def test_however_wrapped_an_innocent_column_is_accepted(layers: list[tuple[str, str]], column: str) -> None:
    with tempfile.TemporaryDirectory() as folder:
        assert judge(Path(folder), "open", _wrapped(column, layers)) == []


def test_a_leak_prints_its_path_back_to_the_source(leaks: Judge) -> None:
    (leak,) = leaks(
        "open", f"WITH a AS (SELECT substr(person_name, 1, 1) AS n FROM {P}) SELECT n AS year FROM a"
    )
    assert (leak.model, leak.column, leak.declared, leak.derived, leak.maximum) == (
        *("mart_judged", "year", "public", "protected", "public"),
    )
    assert leak.path == (
        "CTE a.n",
        "substr(person_name, 1, 1)",
        "safe_person__entity.person_name (protected)",
        "core_person__entity.person_name (protected)",
        "stg_registration.person_name (protected)",
    )
    assert str(leak).splitlines() == [
        f"{leak.file}: mart_judged.year: 数值来自更敏感的列 | its values follow from a more sensitive column",
        "  声明 declared: public；推得 derived: protected；区域上限 zone maximum: public",
        *(f"  ← {step}" for step in leak.path),
    ]


def test_a_filter_upstream_reaches_every_model_that_reads_its_rows(leaks: Judge) -> None:
    others = {"safe/safe_women": f"SELECT division_code FROM {C} WHERE sex_code = '2'"}
    sql = "SELECT division_code, count(*) AS persons FROM safe_women GROUP BY division_code"
    (leak,) = leaks("open", sql, others=others)
    assert leak.column == "*"
    assert leak.path[:3] == (
        "safe_women.* (restricted)",
        "WHERE sex_code = '2'",
        f"{C}.sex_code (restricted)",
    )


_JOINED = (
    "SELECT a.status_code FROM stg_registration AS a JOIN stg_registration AS b ON a.id_number = b.id_number"
)
_WOMEN = "SELECT enterprise_id, count(*) AS persons FROM stg_registration WHERE sex_code = '2' GROUP BY 1"


def _kept(columns: str, core: str) -> dict[str, str]:
    return {
        "core/core_kept": f"-- declassify rows ({columns}): 按证件号 | by the number\n{core}",
        "safe/safe_kept": "SELECT * FROM core_kept",
    }


def test_a_declared_choice_of_rows_in_core_is_no_leak(leaks: Judge) -> None:
    sql = "SELECT count(*) AS persons FROM safe_kept"
    assert leaks("open", sql, others=_kept("id_number", _JOINED)) == []


@pytest.mark.parametrize(
    "core",
    [
        f"{_JOINED} WHERE a.id_number LIKE '%X'",
        f"{_JOINED} WHERE a.sex_code = '2'",
        f"{_JOINED} WHERE md5(a.sex_code || a.id_number) > 'a'",
        "SELECT a.status_code FROM stg_registration AS a LEFT JOIN (SELECT id_number, 'f' AS f FROM stg_registration"
        " WHERE sex_code = '2') AS b ON a.id_number = b.id_number",
    ],
    ids=["part of the number", "attribute", "hash", "nullable side"],
)
def test_a_declared_choice_of_rows_forgives_only_matching_its_columns(leaks: Judge, core: str) -> None:
    found = leaks("open", "SELECT count(*) AS persons FROM safe_kept", others=_kept("id_number", core))
    assert "mart_judged" in {leak.model for leak in found}


def test_the_count_of_rows_chosen_by_an_attribute_does_not_leave(leaks: Judge) -> None:
    found = leaks("served", "SELECT persons FROM safe_kept", others=_kept("id_number", _WOMEN))
    assert [(leak.model, leak.column) for leak in found] == [("served_judged", "*")]


def test_an_attribute_may_not_be_declared_as_a_choice_of_rows(leaks: Judge) -> None:
    found = leaks("core", "SELECT status_code FROM core_kept", others=_kept("sex_code", _WOMEN))
    assert [leak.model for leak in found if "may be forgiven" in leak.reason] == ["core_kept"]


def test_an_undeclared_choice_of_rows_in_core_is_a_leak_where_it_leaves(leaks: Judge) -> None:
    others = {"core/core_kept": "SELECT status_code FROM stg_registration WHERE id_number IS NOT NULL"}
    (leak,) = leaks("safe", "SELECT status_code FROM core_kept", others=others)
    assert (leak.model, leak.column, leak.derived) == ("safe_judged", "*", "secret")


@pytest.mark.parametrize("join", ["SEMI JOIN", "ANTI JOIN", "JOIN"])
def test_being_in_a_table_of_restricted_facts_is_restricted(leaks: Judge, join: str) -> None:
    insured = (
        f"SELECT p.status_code FROM {C} AS p {join} core_insurance__monthly AS i ON i.person_id = p.person_id"
    )
    (leak,) = leaks("open", "SELECT status_code FROM safe_insured", others={"safe/safe_insured": insured})
    assert leak.path[-1] == "stg_insurance.* (restricted)"


def test_declassified_rows_of_core_keep_what_being_in_a_table_says(leaks: Judge) -> None:
    others = {
        "core/core_insured": "-- declassify rows (person_id): 去重 | deduplication\n"
        "SELECT DISTINCT person_id FROM core_insurance__monthly",
        "safe/safe_insured": f"SELECT status_code FROM {C} JOIN core_insured USING (person_id)",
    }
    assert [leak.column for leak in leaks("open", "SELECT status_code FROM safe_insured", others=others)] == [
        "*"
    ]


def test_a_declassifier_refuses_its_argument_even_where_the_value_may_stay(leaks: Judge) -> None:
    (leak,) = leaks("core", "SELECT count_persons(birth_date)::VARCHAR AS sex_code FROM stg_registration")
    assert "count_persons does not accept" in leak.reason


def test_a_declassifier_inside_another_is_judged_by_its_own_argument(leaks: Judge) -> None:
    (leak,) = leaks("core", "SELECT md5(count_persons(birth_date)) AS sex_code FROM stg_registration")
    assert leak.path == ("stg_registration.birth_date (restricted)",)


def test_a_declassifier_that_names_its_columns_takes_no_other_declassifier(leaks: Judge) -> None:
    (leak,) = leaks("safe", f"SELECT count_persons(keyed_pseudonym(person_id)) AS persons FROM {C}")
    assert "count_persons does not accept" in leak.reason


def test_a_column_outside_the_dictionary_is_one_leak_and_keeps_its_type_below(leaks: Judge) -> None:
    others = {"safe/safe_odd": f"SELECT upper(status_code) AS odd, sex_code AS strange FROM {P}"}
    sql = "SELECT odd AS status_code, strange AS division_code FROM safe_odd"
    assert [(leak.model, leak.column) for leak in leaks("open", sql, others=others)] == [
        *(("safe_odd", "odd"), ("safe_odd", "strange"), ("mart_judged", "division_code")),
    ]


def test_what_reads_a_model_that_cannot_be_analysed_is_not_reported_again(leaks: Judge) -> None:
    others = {"safe/safe_dark": f"SELECT COLUMNS('.*') FROM {P}"}
    assert [leak.model for leak in leaks("open", "SELECT status_code FROM safe_dark", others=others)] == [
        "safe_dark"
    ]


def test_declared_choices_of_rows_are_listed_for_the_gate_report(tmp_path: Path) -> None:
    path = tmp_path / "core" / "core_x.sql"
    path.parent.mkdir()
    path.write_text("-- 题 | title\n-- declassify rows (a): 去重 | deduplication\nSELECT 1 AS a", "utf-8")
    (tmp_path / "core" / "core_y.sql").write_text("-- 题 | title\nSELECT 1 AS a", "utf-8")
    assert declassified_rows(discover(tmp_path)) == {"core_x": {"a": "去重 | deduplication"}}


_NUMBERS = "(SELECT n, md5('110101' || CAST(n AS VARCHAR)) AS person_id FROM range(9999) AS s(n)) AS g"


@pytest.mark.parametrize(
    "sql",
    [
        f"SELECT g.n AS year FROM {C} AS p JOIN {_NUMBERS} ON g.person_id = p.person_id",
        f"SELECT g.n AS year FROM {C} JOIN {_NUMBERS} USING (person_id)",
        f"SELECT status_code FROM {C} WHERE person_id IN (SELECT md5('110101199001010042'))",
    ],
    ids=["join", "USING", "IN"],
)
def test_a_key_equal_to_a_generated_one_is_told(leaks: Judge, sql: str) -> None:
    assert leaks("open", "SELECT * FROM safe_told", others={"safe/safe_told": sql})


@pytest.mark.parametrize(
    "sql",
    [
        f"SELECT p.status_code FROM {C} AS p JOIN {C} AS q ON q.person_id = p.person_id",
        f"SELECT p.status_code FROM {C} AS p JOIN {C} AS q USING (person_id)",
        f"SELECT status_code FROM {C} WHERE person_id IN (SELECT person_id FROM {C})",
    ],
    ids=["join", "USING", "IN"],
)
def test_a_key_may_be_matched_with_a_key(leaks: Judge, sql: str) -> None:
    assert leaks("open", "SELECT * FROM safe_told", others={"safe/safe_told": sql}) == []


_CODED = (
    "(SELECT n, md5(c.code || CAST(n AS VARCHAR)) AS person_id FROM codes_division AS c, range(9999) AS s(n))"
)


@pytest.mark.parametrize(
    "numbers",
    [_CODED, "(SELECT year AS n, status_code AS person_id FROM core_numbers)"],
    ids=["a hash of a code", "a public column"],
)
def test_a_key_equal_to_what_is_no_key_is_told(leaks: Judge, numbers: str) -> None:
    others = {
        "core/core_numbers": "SELECT n AS year, md5(CAST(n AS VARCHAR)) AS status_code FROM range(9999) AS s(n)",
        "safe/safe_told": f"SELECT g.n AS year FROM {C} AS p JOIN {numbers} AS g ON g.person_id = p.person_id",
    }
    assert "safe_told" in {leak.model for leak in leaks("open", "SELECT year FROM safe_told", others=others)}


def test_a_declared_identifier_forgives_no_equality_with_what_is_no_identifier(leaks: Judge) -> None:
    joined = (
        "SELECT s.status_code FROM stg_registration AS s JOIN codes_division AS c ON c.code = s.id_number"
    )
    others = {"core/core_few": f"-- declassify rows (id_number): 去重 | deduplication\n{joined}"}
    assert leaks("safe", "SELECT status_code FROM core_few", others=others)


def test_a_key_made_of_no_column_is_refused(leaks: Judge) -> None:
    assert leaks("core", "SELECT md5(CAST(n AS VARCHAR)) AS person_id FROM range(9999) AS s(n)")


_WITHDRAWN = "SELECT public_id FROM param_withdrawal"


@pytest.mark.parametrize("zone", ["open", "served"])
def test_who_asked_to_be_taken_down_is_not_published(leaks: Judge, zone: str) -> None:
    assert leaks(zone, _WITHDRAWN)


def test_how_many_asked_to_be_taken_down_is_not_published(leaks: Judge) -> None:
    others = {"safe/safe_withdrawn": _WITHDRAWN}
    assert leaks("open", "SELECT count(*) AS persons FROM safe_withdrawn", others=others)


def test_who_asked_to_be_taken_down_may_be_left_out_of_the_lookup(leaks: Judge) -> None:
    others = {
        "safe/safe_withdrawn": _WITHDRAWN,
        "safe/safe_shown": f"SELECT person_name AS public_id FROM {P}",
    }
    sql = "SELECT public_id FROM safe_shown ANTI JOIN safe_withdrawn USING (public_id)"
    assert leaks("served", sql, others=others) == []
