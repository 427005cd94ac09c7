"""Column lineage: what an output column, and the choice of rows, follow from."""

from pathlib import Path

import pytest

from etl.errors import Refused
from etl.lineage import Call, Flow, Relation, column_flows
from tests.unit.kernel.project import Project

_SCHEMAS = {"t": ("id", "a", "b", "c"), "u": ("id", "x", "y"), "Codes": ("Code",)}


def flows_of(root: Path, sql: str) -> Relation:
    project = Project(root)
    project.model("core/core_m", sql)
    return column_flows(project.models().values(), _SCHEMAS, frozenset({"mask"}))["core_m"]


def text(flow: Flow) -> str:
    """A flow as `table.column` for a bare column, `table.column:use` otherwise, sorted."""
    return " ".join(
        sorted(
            f"{atom.function}[{text(atom.arguments)}]"
            if isinstance(atom, Call)
            else f"{atom.table}.{atom.column}" + ("" if atom.use == "is" else f":{atom.use}")
            for atom in flow
            if (
                atom.function not in ("match", "sort", "constant")
                if isinstance(atom, Call)
                else atom.column != "*"
            )
        )
    )


@pytest.mark.parametrize(
    ("sql", "value"),
    [
        ("SELECT a FROM t", "t.a"),
        ("SELECT A FROM T", "t.a"),
        ("SELECT code AS v FROM codes", "codes.code"),
        ("SELECT t.a AS v FROM t", "t.a"),
        ("SELECT s.a AS v FROM t AS s", "t.a"),
        ("SELECT 1 AS v FROM t", ""),
        ("SELECT a + b AS v FROM t", "t.a:shift t.b:shift"),
        ("SELECT a + 1 AS v FROM t", "t.a:shift"),
        ("SELECT a + 2 AS v FROM t", "t.a:of"),
        ("SELECT a + b * 2 AS v FROM t", "t.a:of t.b:of"),
        ("SELECT coalesce(least(a, b), CAST(NULL AS DATE)) AS v FROM t", "t.a:choice t.b:choice"),
        ("SELECT coalesce(a, 0) AS v FROM t", "t.a:of"),
        ("SELECT least(a, b + 2) AS v FROM t", "t.a:of t.b:of"),
        ("SELECT count(a) AS v FROM t", "t.a:compare"),
        ("SELECT CASE WHEN a THEN b ELSE c END AS v FROM t", "t.a:of t.b:choice t.c:choice"),
        ("SELECT a < b + 1 AS v FROM t", "compare[t.a t.b:shift]"),
        ("SELECT a < DATE '2020-01-01' AS v FROM t", "t.a:of"),
        ("SELECT a BETWEEN b AND c AS v FROM t", "compare[t.a t.b t.c]"),
        ("SELECT a BETWEEN b AND 1 AS v FROM t", "t.a:of t.b:of"),
        ("SELECT a IS NULL AS v FROM t", "t.a:compare"),
        ("SELECT md5(a) = b AS v FROM t", "t.a:of t.b:of"),
        ("SELECT md5(a) IS NULL AS v FROM t", "t.a:of"),
        ("SELECT max_by(a, b * 2) AS v FROM t", "t.a:choice t.b:of"),
        ("SELECT sum(a) FILTER (WHERE b) AS v FROM t", "t.a:of t.b:of"),
        ("SELECT list(a ORDER BY b) AS v FROM t", "t.a:of t.b:order"),
        ("SELECT first(a ORDER BY b) AS v FROM t", "t.a:choice t.b:match"),
        ("SELECT max_by(a, (b, c + 1)) AS v FROM t", "t.a:choice t.b:match t.c:match"),
        ("SELECT max_by(a, mask(b)) AS v FROM t", "mask[t.b] t.a:choice"),
        ("SELECT rank() OVER (PARTITION BY a ORDER BY b) AS v FROM t", "t.a:match t.b:order"),
        (
            "SELECT lag(a, 1, c) OVER (PARTITION BY id ORDER BY b) AS v FROM t",
            "t.a:choice t.b:match t.c:of t.id:match",
        ),
        ("SELECT sum(a) OVER (ORDER BY b ROWS c PRECEDING) AS v FROM t", "t.a:of t.b:order t.c:of"),
        ("SELECT mask(a || b) AS v FROM t", "mask[t.a:of t.b:of]"),
        ("SELECT mask(a) || b AS v FROM t", "mask[t.a] t.b:of"),
        ("WITH w AS (SELECT a AS p FROM t) SELECT p AS v FROM w", "t.a"),
        ("WITH w(p) AS (SELECT a FROM t) SELECT p AS v FROM w", "t.a"),
        ("WITH t AS (SELECT x AS a FROM u) SELECT a AS v FROM t", "u.x"),
        ("SELECT p AS v FROM (SELECT a AS p FROM t)", "t.a"),
        ("SELECT p AS v FROM (SELECT a, b FROM t) AS s(p)", "t.a"),
        ("SELECT b AS v FROM (SELECT a, b FROM t) AS s(p)", "t.b"),
        ("SELECT a AS v FROM t UNION ALL SELECT x FROM u", "t.a u.x"),
        ("SELECT id AS v FROM t JOIN u USING (id)", "t.id u.id"),
        (
            "SELECT (SELECT max(x) FROM u WHERE u.id = t.id AND y > 1) AS v FROM t",
            "t.id:match u.id:match u.x:choice u.y:of",
        ),
        ("SELECT EXISTS (SELECT x FROM u WHERE u.id = t.id) AS v FROM t", "t.id:match u.id:match"),
        ("SELECT a IN (SELECT x FROM u) AS v FROM t", "t.a:match u.x:match"),
        ("SELECT a + 1 IN (SELECT x FROM u) AS v FROM t", "t.a:of u.x:match"),
        ("SELECT a > ALL (SELECT x FROM u) AS v FROM t", "t.a:of u.x:of"),
        ("SELECT a AS p, p AS v FROM t", "t.a"),
        ("SELECT a AS b, b AS v FROM t", "t.a t.b"),
        ("SELECT p.f AS v FROM (SELECT {'f': a} AS p FROM t)", "t.a:of"),
        ("SELECT t AS v FROM t", "t.a t.b t.c t.id"),
        ("SELECT list_transform([a], lambda p: p + b) AS v FROM t", "t.a:of t.b:of"),
        ("SELECT list_reduce([a], lambda p, q: p || q || c) AS v FROM t", "t.a:of t.c:of"),
        ("SELECT list_transform([a], lambda b: b.f) AS v FROM t", "t.a:of t.b:of"),
        ("SELECT (a -> 'f') AS v FROM t", "t.a:of"),
        ("SELECT p AS v FROM t, LATERAL (SELECT a AS p)", "t.a"),
        ("SELECT p AS v FROM t, unnest([a]) AS s(p)", "t.a:of"),
        ("SELECT range AS v FROM range(3)", ""),
        ("SELECT p AS v FROM t, LATERAL (VALUES (a, 1), (b, 2)) AS s(p, q)", "t.a t.b"),
        ("SELECT * FROM (SELECT a AS v FROM t)", "t.a"),
        ("SELECT s.* EXCLUDE (b) FROM (SELECT a AS v, b FROM t) AS s, u", "t.a"),
        ("SELECT * FROM (SELECT a AS v FROM t) AS s ANTI JOIN u ON s.v = u.x", "t.a"),
        (
            "WITH RECURSIVE r(p, q) AS (SELECT a, b FROM t UNION ALL SELECT q, p FROM r)"
            " SELECT p AS v FROM r",
            "t.a t.b",
        ),
    ],
)
def test_values(tmp_path: Path, sql: str, value: str) -> None:
    relation = flows_of(tmp_path, sql)
    assert text(relation.columns[-1][1]) == value


@pytest.mark.parametrize(
    ("sql", "rows"),
    [
        ("SELECT a FROM t", ""),
        ("SELECT a FROM t WHERE b > 1", "t.b:of"),
        ("SELECT a FROM t WHERE b", "t.b:of"),
        ("SELECT a FROM t, u WHERE t.id = u.id AND NOT y", "t.id:match u.id:match u.y:of"),
        ("SELECT a FROM t WHERE a = b OR c = a", "compare[t.a t.b] compare[t.a t.c]"),
        ("SELECT a FROM t JOIN u ON t.id = u.id", "t.id:match u.id:match"),
        ("SELECT a FROM t LEFT JOIN u ON t.id < u.id", "compare[t.id u.id]"),
        ("SELECT a FROM t JOIN u USING (id)", "t.id:match u.id:match"),
        ("SELECT a FROM t ASOF JOIN u ON t.a >= u.x", "compare[t.a u.x]"),
        ("SELECT a FROM t WHERE EXISTS (SELECT 1 FROM u WHERE x = t.b)", "t.b:match u.x:match"),
        ("SELECT a FROM t WHERE id NOT IN (SELECT id FROM u WHERE x)", "t.id:match u.id:match u.x:of"),
        ("SELECT count(*) AS n FROM t GROUP BY a, b + 1", "t.a:match t.b:of"),
        ("SELECT a, count(*) AS n FROM t GROUP BY 1", "t.a:match"),
        ("SELECT a, count(*) AS n FROM t GROUP BY ROLLUP (b)", "t.b:match"),
        ("SELECT a FROM t GROUP BY a HAVING max(b) > 1", "t.a:match t.b:of"),
        ("SELECT a FROM t QUALIFY row_number() OVER (PARTITION BY b ORDER BY c) = 1", "t.b:match t.c:order"),
        ("SELECT DISTINCT a, b + 1 AS d FROM t", "t.a:match t.b:of"),
        ("SELECT DISTINCT ON (b) a FROM t", "t.b:match"),
        ("SELECT a FROM t ORDER BY b", "t.b:of"),
        ("SELECT a FROM t ORDER BY 1", "t.a:of"),
        ("SELECT a, b FROM t ORDER BY 9", "t.a:of t.b:of"),
        ("SELECT a, b FROM t ORDER BY ALL", "t.a:of t.b:of"),
        ("SELECT a FROM t LIMIT (SELECT max(x) FROM u) OFFSET 2", "u.x:of"),
        ("SELECT a FROM t UNION SELECT x FROM u", "t.a:match u.x:match"),
        ("SELECT a FROM t UNION ALL SELECT x FROM u WHERE y", "u.y:of"),
        ("SELECT a FROM t EXCEPT ALL SELECT x FROM u ORDER BY a", "t.a:match t.a:of u.x:match u.x:of"),
        ("SELECT a FROM t, unnest([b]) AS s(p)", "t.b:of"),
        ("SELECT a FROM (SELECT a FROM t WHERE b)", "t.b:of"),
        ("WITH w AS (SELECT a FROM t WHERE b) SELECT count(*) AS n FROM w", "t.b:of"),
        ("SELECT 1 AS n ORDER BY n", ""),
        ("SELECT a, b + 1 AS v, count(*) AS n FROM t GROUP BY ALL", "t.a:match t.b:of"),
    ],
)
def test_rows(tmp_path: Path, sql: str, rows: str) -> None:
    assert text(flows_of(tmp_path, sql).rows) == rows


@pytest.mark.parametrize(
    "matched",
    ["JOIN u ON a = x", "JOIN (SELECT x AS a FROM u) AS s USING (a)", "WHERE a IN (SELECT x FROM u)"],
)
def test_columns_matched_are_kept_together(tmp_path: Path, matched: str) -> None:
    rows = flows_of(tmp_path, f"SELECT 1 AS v FROM (SELECT a FROM t) AS r {matched}").rows
    assert {text(atom.arguments) for atom in rows if isinstance(atom, Call)} == {"t.a u.x"}


def test_the_rows_of_every_table_read_are_an_influence(tmp_path: Path) -> None:
    relation = flows_of(tmp_path, "SELECT a FROM t WHERE EXISTS (FROM u)")
    assert {atom.table for atom in relation.rows if not isinstance(atom, Call)} == {"t", "u"}


def test_the_path_tells_the_steps_between(tmp_path: Path) -> None:
    sql = "WITH w AS (SELECT substr(a, 1, 2) AS p FROM t) SELECT upper(p) AS v FROM w WHERE p > 'x'"
    relation = flows_of(tmp_path, sql)
    (source,) = relation.columns[0][1]
    assert source.path == ("substr(a, 1, 2)", "CTE w.p", "upper(p)")
    assert ("substr(a, 1, 2)", "CTE w.p", "WHERE p > 'x'") in {atom.path for atom in relation.rows}


@pytest.mark.parametrize(
    "sql",
    [
        "SELECT nosuch FROM t",
        "SELECT main.t.a AS v FROM t",
        "SELECT s.a AS v FROM t",
        "SELECT 1 + 1",
        "SELECT a, a FROM t",
        "SELECT unnest([a]) AS v FROM t",
        "SELECT * FROM t, u",
        "SELECT * FROM t JOIN u USING (id)",
        "SELECT * FROM unnest([1]) AS s(v)",
        "SELECT * REPLACE (b AS a) FROM t",
        "SELECT COLUMNS('a') FROM t",
        "SELECT count(t.*) AS v FROM t",
        "SELECT a FROM t USING SAMPLE 3",
        "SELECT a FROM t TABLESAMPLE 3%",
        "SELECT a FROM t NATURAL JOIN u",
        "SELECT a FROM t POSITIONAL JOIN u",
        "SELECT a FROM t UNION ALL BY NAME SELECT x FROM u",
        "SELECT a, b FROM t UNION ALL SELECT x FROM u",
        "SELECT a FROM t PIVOT (count(*) FOR b IN (1))",
        "SELECT v FROM read_csv('x') AS s(v)",
        "SELECT v FROM unnest([1]) WITH ORDINALITY AS s(v, n)",
        "SELECT a FROM main.t",
        "SELECT a FROM nosuch",
        "SELECT random() AS v FROM t",
        "SELECT main.upper(a) AS v FROM t",
        "SELECT a.upper() AS v FROM t",
        "SELECT #1 AS v FROM t",
        "SELECT a AS v FROM t AT (VERSION => 1)",
        "WITH RECURSIVE r(p) USING KEY (p) AS (SELECT a FROM t UNION SELECT p FROM r) SELECT p FROM r",
        "WITH RECURSIVE r(p) AS (SELECT a FROM t UNION ALL SELECT mask(p) FROM r) SELECT p FROM r",
    ],
)
def test_what_cannot_be_analysed_is_refused(tmp_path: Path, sql: str) -> None:
    with pytest.raises(Refused) as error:
        flows_of(tmp_path, sql)
    assert error.value.where.endswith("m.sql")
