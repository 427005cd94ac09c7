"""Models that leak and models that do not: (name, zone, SQL). `P` is the safe model, `C` the core one."""

# ruff: noqa: E501  (a case is one line)

P = "safe_person__entity"
C = "core_person__entity"

_OPEN = {
    "bare column": f"SELECT birth_date FROM {P}",
    "renamed column": f"SELECT birth_date AS valid_from FROM {P}",
    "name of a person in the open zone": f"SELECT person_name FROM {P}",
    "part of a value": f"SELECT substr(person_name, 1, 1) AS division_code FROM {P}",
    "method call on a column": f"SELECT person_name.substr(1, 1) AS division_code FROM {P}",
    "cast": f"SELECT birth_date::VARCHAR AS year FROM {P}",
    "concatenation": f"SELECT division_code || sex_code AS division_code FROM {P}",
    "format string": f"SELECT printf('%s', sex_code) AS division_code FROM {P}",
    "CASE condition": f"SELECT CASE WHEN birth_date < DATE '1970-01-01' THEN 'a' END AS status_code FROM {P}",
    "CASE operand": f"SELECT CASE sex_code WHEN '1' THEN 'a' ELSE 'b' END AS status_code FROM {P}",
    "COALESCE": f"SELECT coalesce(NULL, sex_code) AS status_code FROM {P}",
    "NULL test": f"SELECT birth_date IS NULL AS status_code FROM {P}",
    "list membership": f"SELECT sex_code IN ('1', '2') AS status_code FROM {P}",
    "BETWEEN": f"SELECT year BETWEEN 1 AND 2 AS status_code FROM (SELECT year(birth_date) AS year FROM {P})",
    "CTE": f"WITH a AS (SELECT birth_date AS b FROM {P}) SELECT b AS valid_from FROM a",
    "CTE with column names": f"WITH a(valid_from) AS (SELECT birth_date FROM {P}) SELECT valid_from FROM a",
    "CTE that shadows a table": f"WITH {P} AS (SELECT sex_code AS status_code FROM {P}) SELECT status_code FROM {P}",
    "CTE that shadows a CTE": f"WITH a AS (SELECT status_code AS s FROM {P}), b AS (WITH a AS (SELECT sex_code AS s"
    f" FROM {P}) SELECT s FROM a) SELECT s AS status_code FROM b",
    "recursive CTE": f"WITH RECURSIVE r(status_code, n) AS (SELECT status_code, 1 FROM {P} UNION ALL"
    f" SELECT p.sex_code, r.n + 1 FROM r, {P} AS p WHERE r.n < 2) SELECT status_code FROM r",
    "nested subqueries": f"SELECT x AS status_code FROM (SELECT y AS x FROM (SELECT sex_code AS y FROM {P}))",
    "alias list on a subquery": f"SELECT status_code FROM (SELECT sex_code FROM {P}) AS t(status_code)",
    "alias list on a table": f"SELECT e AS status_code FROM {P} AS t(a, b, e)",
    "self-join": f"SELECT b.sex_code AS status_code FROM {P} AS a JOIN {P} AS b ON a.person_ref = b.person_ref",
    "star": f"SELECT * FROM {P}",
    "star with EXCLUDE": f"SELECT * EXCLUDE (person_ref, person_name, sex_code) FROM {P}",
    "star with REPLACE": f"SELECT * REPLACE (sex_code AS status_code) FROM (SELECT status_code, sex_code FROM {P})",
    "COLUMNS": f"SELECT min(COLUMNS('sex.*')) AS status_code FROM {P}",
    "UNION by position": f"SELECT status_code FROM {P} UNION ALL SELECT sex_code FROM {P}",
    "UNION BY NAME": f"SELECT status_code FROM {P} UNION ALL BY NAME SELECT sex_code AS status_code FROM {P}",
    "UNION below two levels": f"SELECT s AS status_code FROM ((SELECT 'a' AS s UNION ALL SELECT 'b')"
    f" UNION ALL SELECT sex_code FROM {P})",
    "EXCEPT as a filter": f"SELECT status_code FROM {P} EXCEPT SELECT sex_code FROM {P}",
    "window order": f"SELECT row_number() OVER (ORDER BY birth_date) AS persons FROM {P}",
    "window partition": f"SELECT count(*) OVER (PARTITION BY sex_code) AS persons FROM {P}",
    "named window": f"SELECT rank() OVER w AS persons FROM {P} WINDOW w AS (ORDER BY birth_date)",
    "window frame": f"SELECT sum(1) OVER (ORDER BY valid_from ROWS BETWEEN year(birth_date) PRECEDING"
    f" AND CURRENT ROW) AS persons FROM {P}",
    "lag of a value": f"SELECT lag(sex_code) OVER (ORDER BY valid_from) AS status_code FROM {P}",
    "rank by a key": f"SELECT row_number() OVER (ORDER BY person_ref) AS persons FROM {P}",
    "filtered aggregate": f"SELECT count(*) FILTER (WHERE sex_code = '2') AS persons FROM {P}",
    "aggregate order": f"SELECT list(status_code ORDER BY birth_date) AS status_code FROM {P}",
    "minimum": f"SELECT min(birth_date) AS valid_from FROM {P}",
    "any_value": f"SELECT any_value(sex_code) AS status_code FROM {P} GROUP BY division_code",
    "arg_max by a value": f"SELECT arg_max(status_code, birth_date) AS status_code FROM {P}",
    "count of distinct values": f"SELECT count(DISTINCT sex_code) AS persons FROM {P}",
    "list and index": f"SELECT [status_code, sex_code][2] AS status_code FROM {P}",
    "struct and field": f"SELECT s.a AS status_code FROM (SELECT struct_pack(a := sex_code) AS s FROM {P})",
    "struct literal": f"SELECT {{'a': sex_code}} AS status_code FROM {P}",
    "map": f"SELECT map(['a'], [sex_code]) AS status_code FROM {P}",
    "whole row": f"SELECT t AS status_code FROM {P} AS t",
    "whole row that looks like an outer column": f"SELECT (SELECT max(u)::VARCHAR FROM {P} AS u) AS status_code"
    " FROM (SELECT 1 AS u)",
    "name through the schema": f"SELECT main.p.birth_date AS valid_from FROM {P} AS p,"
    " (SELECT {'birth_date': 1} AS p) AS main",
    "unnest in FROM": f"SELECT u.x AS status_code FROM {P} AS p, unnest([p.sex_code]) AS u(x)",
    "unnest of a struct": f"SELECT unnest({{'status_code': sex_code}}) AS year FROM {P}",
    "unnest that multiplies rows": f"SELECT p.status_code FROM {P} AS p, range(year(p.birth_date)) AS r(n)",
    "lambda body": f"SELECT list_transform([1], lambda x: sex_code) AS status_code FROM {P}",
    "lambda over a list": f"SELECT list_filter([birth_date], lambda x: x > DATE '1970-01-01') AS year FROM {P}",
    "arrow on a column": f"SELECT (birth_date -> 'a') AS status_code FROM {P}",
    "comprehension": f"SELECT [x FOR x IN [1] IF sex_code = '1'] AS status_code FROM {P}",
    "alias used by the next column": f"SELECT sex_code AS x, x AS status_code FROM {P}",
    "alias that hides a column": f"SELECT '1' AS sex_code, sex_code AS status_code FROM {P}",
    "scalar subquery": f"SELECT (SELECT max(sex_code) FROM {P}) AS status_code",
    "correlated subquery": f"SELECT (SELECT p.sex_code) AS status_code FROM {P} AS p",
    "filter in a scalar subquery": f"SELECT (SELECT count(*) FROM {P} WHERE sex_code = '2') AS persons",
    "EXISTS as a value": f"SELECT EXISTS (SELECT 1 FROM {P} WHERE sex_code = '2') AS status_code",
    "VALUES": f"SELECT v.x AS status_code FROM {P} AS p, LATERAL (VALUES (p.sex_code)) AS v(x)",
    "LATERAL": f"SELECT l.x AS status_code FROM {P} AS p, LATERAL (SELECT p.sex_code AS x) AS l",
    "USING column": f"SELECT division_code FROM (SELECT sex_code AS division_code FROM {P}) AS a"
    f" FULL JOIN (SELECT division_code FROM {P}) AS b USING (division_code)",
    "WHERE": f"SELECT status_code FROM {P} WHERE birth_date < DATE '1970-01-01'",
    "WHERE on an equated value": f"SELECT a.status_code FROM {P} AS a, {P} AS b WHERE a.sex_code = b.sex_code",
    "count of filtered rows": f"SELECT count(*) AS persons FROM {P} WHERE sex_code = '2'",
    "filter inside a CTE": f"WITH a AS (SELECT division_code FROM {P} WHERE sex_code = '2')"
    " SELECT division_code, count(*) AS persons FROM a GROUP BY division_code",
    "GROUP BY": f"SELECT count(*) AS persons FROM {P} GROUP BY sex_code",
    "GROUP BY position": "SELECT count(*) AS persons FROM (SELECT min(status_code) AS s, birth_date AS b"
    f" FROM {P} GROUP BY 2)",
    "GROUP BY ALL": f"SELECT count(*) AS persons FROM (SELECT sex_code, count(*) AS n FROM {P} GROUP BY ALL)",
    "grouping sets": f"SELECT count(*) AS persons FROM {P} GROUP BY GROUPING SETS ((division_code), (sex_code))",
    "HAVING": f"SELECT division_code FROM {P} GROUP BY division_code HAVING min(birth_date) < DATE '1970-01-01'",
    "QUALIFY": f"SELECT status_code FROM {P} QUALIFY row_number() OVER (ORDER BY birth_date) = 1",
    "DISTINCT rows counted": f"SELECT count(*) AS persons FROM (SELECT DISTINCT birth_date FROM {P})",
    "UNION rows counted": f"SELECT count(*) AS persons FROM (SELECT sex_code FROM {P} UNION SELECT '1')",
    "DISTINCT ON": f"SELECT DISTINCT ON (sex_code) status_code FROM {P}",
    "ORDER BY": f"SELECT status_code FROM {P} ORDER BY birth_date",
    "ORDER BY with LIMIT": f"SELECT status_code FROM {P} ORDER BY birth_date LIMIT 3",
    "ORDER BY ALL": f"SELECT s FROM (SELECT status_code AS s, birth_date AS b FROM {P} ORDER BY ALL LIMIT 1)",
    "LIMIT from a subquery": f"SELECT status_code FROM {P} LIMIT (SELECT max(year(birth_date)) FROM {P})",
    "join on a value": f"SELECT a.status_code FROM {P} AS a JOIN {P} AS b ON a.sex_code = b.sex_code",
    "join on an inequality": f"SELECT a.status_code FROM {P} AS a JOIN {P} AS b ON a.birth_date < b.birth_date",
    "left join on a value": f"SELECT d.code AS division_code FROM codes_division AS d LEFT JOIN {P} AS p"
    " ON d.code = p.sex_code",
    "semi-join on a value": f"SELECT code AS division_code FROM codes_division SEMI JOIN"
    f" (SELECT sex_code AS code FROM {P}) USING (code)",
    "ASOF join": f"SELECT a.status_code FROM {P} AS a ASOF JOIN {P} AS b ON a.birth_date >= b.birth_date",
    "EXISTS": f"SELECT code AS division_code FROM codes_division WHERE EXISTS (SELECT 1 FROM {P} AS p"
    " WHERE p.sex_code = code)",
    "IN subquery": f"SELECT status_code FROM {P} WHERE division_code IN (SELECT sex_code FROM {P})",
    "NOT IN subquery": f"SELECT status_code FROM {P} WHERE sex_code NOT IN (SELECT code FROM codes_division)",
    "ANY comparison": f"SELECT status_code FROM {P} WHERE birth_date < ANY (SELECT DATE '1970-01-01')",
    "a key by its NULLs": f"SELECT status_code FROM {P} WHERE person_ref IS NULL",
    "a key by its digits": f"SELECT count(*) AS persons FROM {P} GROUP BY substr(person_ref, 1, 2)",
    "a value under a key's name": f"SELECT count(*) AS persons FROM (SELECT birth_date AS enterprise_id FROM {P})"
    " GROUP BY enterprise_id",
    "declassifier above what it accepts": f"SELECT count_persons(birth_date) AS persons FROM {P}",
    "CASE inside a declassifier": f"SELECT count_persons(CASE WHEN sex_code = '1' THEN person_ref END) AS persons"
    f" FROM {P}",
    "FILTER on a declassifier": f"SELECT count_persons(person_ref) FILTER (WHERE sex_code = '1') AS persons FROM {P}",
    "declassifier of another schema": f"SELECT other.count_persons(person_ref) AS persons FROM {P}",
    "PIVOT": f"SELECT status_code FROM (SELECT status_code, sex_code FROM {P}) PIVOT (count(*) FOR sex_code IN ('1'))",
    "UNPIVOT": f"SELECT status_code FROM (SELECT sex_code FROM {P}) UNPIVOT (status_code FOR year IN (sex_code))",
    "SAMPLE": f"SELECT status_code FROM {P} USING SAMPLE 10",
    "NATURAL join": f"SELECT status_code FROM {P} NATURAL JOIN {P} AS b",
    "POSITIONAL join": f"SELECT a.status_code FROM {P} AS a POSITIONAL JOIN {P} AS b",
    "positional column": f"SELECT #3 AS status_code FROM {P}",
    "parameter": f"SELECT $1 AS status_code FROM {P}",
    "read_parquet": "SELECT x AS status_code FROM read_parquet('core/core_person__entity.parquet') AS t(x)",
    "read_csv": "SELECT x AS status_code FROM read_csv('x.csv') AS t(x)",
    "table by its text": f"SELECT x AS status_code FROM query('SELECT sex_code FROM {P}') AS t(x)",
    "DESCRIBE": f"SELECT max AS status_code FROM (SUMMARIZE {P})",
    "getvariable": "SELECT getvariable('pseudonym_key_inner') AS status_code",
    "clock": "SELECT current_date AS valid_from",
    "chance": f"SELECT status_code FROM {P} WHERE random() < 0.5",
    "core model past the door": f"SELECT status_code FROM {C}",
    "staging past the door": "SELECT status_code FROM stg_registration",
    "column outside the dictionary": f"SELECT status_code AS whatever FROM {P}",
    "two columns of one name": f"SELECT status_code, status_code FROM {P}",
    "column without a name": f"SELECT upper(status_code) FROM {P}",
}

LEAKS = [
    *((name, "open", sql) for name, sql in _OPEN.items()),
    ("restricted column in served", "served", f"SELECT sex_code FROM {P}"),
    (
        "filter by a restricted column in served",
        "served",
        f"SELECT person_name FROM {P} WHERE sex_code = '2'",
    ),
    ("renamed in core", "core", "SELECT birth_date AS valid_from FROM stg_registration"),
    (
        "part of a secret in core",
        "core",
        "SELECT substr(id_number, 7, 8) AS birth_date FROM stg_registration",
    ),
    ("hash of a secret in core", "core", "SELECT md5(id_number) AS public_id FROM stg_registration"),
    ("value under a key's name in core", "core", "SELECT birth_date AS person_id FROM stg_registration"),
    ("secret in safe", "safe", f"SELECT id_number FROM {C}"),
    ("key in safe", "safe", f"SELECT person_id FROM {C}"),
    ("filter by a secret in safe", "safe", f"SELECT status_code FROM {C} WHERE id_number LIKE '11%'"),
    ("staging in safe", "safe", "SELECT status_code FROM stg_registration"),
    ("renamed in sensitive", "sensitive", f"SELECT sex_code AS status_code FROM {P}"),
    ("name in sensitive under a public name", "sensitive", f"SELECT person_name AS division_code FROM {P}"),
]

_FINE_OPEN = {
    "public column": f"SELECT status_code FROM {P}",
    "public expression": f"SELECT upper(status_code) || '-' || division_code AS status_code FROM {P}",
    "count of rows": f"SELECT division_code, count(*) AS persons FROM {P} GROUP BY division_code",
    "declassified count": f"SELECT division_code, count_persons(person_ref) AS persons FROM {P} GROUP BY 1",
    "CTE": f"WITH a AS (SELECT division_code AS d FROM {P}) SELECT d AS division_code FROM a",
    "CTE with unused sensitive column": f"WITH a AS (SELECT division_code, sex_code FROM {P})"
    " SELECT division_code FROM a",
    "CTE that shadows a table": f"WITH {P} AS (SELECT status_code FROM {P}) SELECT status_code FROM {P}",
    "recursive CTE": "WITH RECURSIVE r(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM r WHERE n < 4)"
    " SELECT n AS year FROM r",
    "nested subqueries": f"SELECT x AS status_code FROM (SELECT y AS x FROM (SELECT status_code AS y FROM {P}))",
    "self-join on a key": f"SELECT a.status_code FROM {P} AS a JOIN {P} AS b ON a.person_ref = b.person_ref",
    "join by USING a key": f"SELECT a.status_code FROM {P} AS a JOIN {P} AS b USING (person_ref)",
    "comma join on a key": f"SELECT a.status_code FROM {P} AS a, {P} AS b WHERE a.person_ref = b.person_ref",
    "join with a code list": f"SELECT d.code AS division_code, count(*) AS persons FROM {P} AS p"
    " JOIN codes_division AS d ON d.code = p.division_code GROUP BY d.code",
    "semi-join on a key": f"SELECT status_code FROM {P} AS a SEMI JOIN {P} AS b ON a.person_ref = b.person_ref",
    "IN on a key": f"SELECT status_code FROM {P} WHERE person_ref IN (SELECT person_ref FROM {P}"
    " WHERE status_code = 'a')",
    "EXISTS on a key": f"SELECT status_code FROM {P} AS a WHERE NOT EXISTS (SELECT 1 FROM {P} AS b"
    " WHERE b.person_ref = a.person_ref AND b.valid_from > a.valid_from)",
    "GROUP BY a key": f"SELECT min(valid_from) AS valid_from FROM {P} GROUP BY person_ref",
    "window by a key": f"SELECT lag(status_code) OVER (PARTITION BY person_ref ORDER BY valid_from, person_ref)"
    f" AS status_code FROM {P}",
    "latest row of a key": f"SELECT status_code FROM {P} QUALIFY row_number() OVER (PARTITION BY person_ref"
    " ORDER BY valid_from DESC, person_ref) = 1",
    "pick by a public value and a key": f"SELECT max_by(status_code, (valid_from, person_ref)) AS status_code"
    f" FROM {P} GROUP BY division_code",
    "WHERE on a public column": f"SELECT status_code FROM {P} WHERE valid_from < DATE '2020-01-01'",
    "CASE on a public column": f"SELECT CASE WHEN valid_from > DATE '2020-01-01' THEN 'a' END AS status_code FROM {P}",
    "UNION of public columns": f"SELECT status_code FROM {P} UNION SELECT division_code FROM {P}",
    "EXCEPT of public columns": f"SELECT status_code FROM {P} EXCEPT SELECT division_code FROM {P}",
    "HAVING on a count": f"SELECT division_code FROM {P} GROUP BY division_code HAVING count(*) > 1",
    "grouping sets": f"SELECT division_code, count(*) AS persons FROM {P} GROUP BY GROUPING SETS ((division_code), ())",
    "DISTINCT ON a public column": f"SELECT DISTINCT ON (division_code) division_code FROM {P}"
    " ORDER BY division_code LIMIT 5",
    "as-of date": f"SELECT p.status_code FROM {P} AS p, param_build AS b WHERE p.valid_from <= b.as_of",
    "scalar subquery": "SELECT (SELECT max(code) FROM codes_division) AS division_code",
    "series in FROM": "SELECT s.y AS year FROM range(2010, 2026) AS s(y)",
    "unnest of public values": f"SELECT u.x AS status_code FROM {P} AS p, unnest([p.status_code]) AS u(x)",
    "VALUES": "SELECT v.y AS year FROM (VALUES (1), (2)) AS v(y)",
    "LATERAL": f"SELECT l.x AS status_code FROM {P} AS p, LATERAL (SELECT p.status_code AS x) AS l",
    "lambda on public values": f"SELECT list_transform([status_code], lambda x: upper(x)) AS status_code FROM {P}",
    "struct of public values": f"SELECT s.a AS status_code FROM (SELECT {{'a': status_code}} AS s FROM {P})",
    "star over public columns": f"SELECT * FROM (SELECT status_code, division_code FROM {P})",
    "star with EXCLUDE": f"SELECT * EXCLUDE (sex_code) FROM (SELECT status_code, sex_code FROM {P})",
    "constant": "SELECT 1 AS persons",
    "named window": f"SELECT rank() OVER w AS persons FROM {P} WINDOW w AS (ORDER BY valid_from)",
    "ASOF join on public columns": f"SELECT a.status_code FROM {P} AS a ASOF JOIN {P} AS b"
    " ON a.valid_from >= b.valid_from",
}

INNOCENT = [
    *((name, "open", sql) for name, sql in _FINE_OPEN.items()),
    ("names in served", "served", f"SELECT person_ref AS public_id, person_name FROM {P}"),
    (
        "aggregate by sex in sensitive",
        "sensitive",
        f"SELECT sex_code, count(*) AS persons FROM {P} GROUP BY sex_code",
    ),
    (
        "filter by birth in sensitive",
        "sensitive",
        f"SELECT division_code FROM {P} WHERE birth_date IS NOT NULL",
    ),
    ("pseudonym in safe", "safe", f"SELECT keyed_pseudonym(id_number) AS person_ref, sex_code FROM {C}"),
    (
        "join on a secret key in safe",
        "safe",
        f"SELECT a.status_code FROM {C} AS a JOIN {C} AS b USING (person_id)",
    ),
    (
        "everything in core",
        "core",
        "SELECT md5(id_number) AS person_id, id_number, birth_date FROM stg_registration",
    ),
    (
        "filter by a secret in core",
        "core",
        "SELECT status_code FROM stg_registration WHERE id_number LIKE '11%'",
    ),
    (
        "key from a key in core",
        "core",
        f"SELECT coalesce(a.person_id, b.person_id) AS person_id FROM {C} AS a"
        f" FULL JOIN {C} AS b ON a.id_number = b.id_number",
    ),
]
