"""A table on a real PostgreSQL server as a source: read through ADBC, anew when it has changed, never written."""

from collections.abc import Callable, Iterator

import pytest

from etl.errors import BadInput
from tests.fixtures.ingest import Register, register, staged
from tests.fixtures.postgresql import Server, server

__all__ = ["register", "server", "staged"]

ROSTER = """
DROP TABLE IF EXISTS roster;
CREATE TABLE roster ("姓名" text, "注册号" varchar(20), "有效期至" date, "序号" numeric(20, 0));
INSERT INTO roster VALUES ('䶮𬱖', 'A1', '2026-05-01', 12345678901234567890), ('李四', 'A2', NULL, NULL);
"""


@pytest.fixture
def roster(
    server: Server, register: Register, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Callable[[str], None]]:
    """Puts a source file in place that reads what its last lines say."""
    server.run(ROSTER)
    monkeypatch.setenv("ROSTER_HOST", str(server.host))
    address = f"host_variable: ROSTER_HOST\nport: {server.port}\ndatabase: postgres\nuser: {server.user}\n"
    yield lambda wanted: register.export("a.pg.yaml", address + wanted) and None


def test_a_table_is_read_with_its_types_as_text(
    register: Register, roster: Callable[[str], None], staged: Callable[..., list[tuple[object, ...]]]
) -> None:
    roster("table: public.roster\n")
    assert register.ingest().total("accepted") == 2
    assert staged("person_name, registration_no, valid_to::VARCHAR, source_file, source_row") == [
        ("䶮𬱖", "A1", "2026-05-01", "a.pg.yaml", 1),
        ("李四", "A2", None, "a.pg.yaml", 2),
    ]


def test_a_query_is_read_in_its_order(
    register: Register, roster: Callable[[str], None], staged: Callable[..., list[tuple[object, ...]]]
) -> None:
    roster('query: SELECT "姓名", "注册号" FROM roster ORDER BY "注册号" DESC -- newest first\n')
    register.ingest()
    assert staged("registration_no, source_row") == [("A2", 1), ("A1", 2)]


def test_it_is_read_again_only_when_its_rows_have_changed(
    server: Server, register: Register, roster: Callable[[str], None]
) -> None:
    roster("table: roster\n")
    assert [register.ingest().read for _ in range(2)] == [1, 0]
    server.run("INSERT INTO roster VALUES ('王五', 'A3', NULL, NULL)")
    assert register.ingest().read == 1


@pytest.mark.parametrize(
    "wanted",
    [
        "table: nowhere\n",
        "query: DELETE FROM roster RETURNING *\n",
        'query: SELECT pg_sleep(0) AS "姓名", 1/0 AS "注册号"\n',
        "query: SELECT 1) q; DROP TABLE roster; SELECT (1\n",
        "query: WITH gone AS (DELETE FROM roster RETURNING *) SELECT * FROM gone\n",
    ],
)
def test_what_cannot_be_read_is_refused_and_nothing_is_written(
    server: Server, register: Register, roster: Callable[[str], None], wanted: str
) -> None:
    roster(wanted)
    with pytest.raises(BadInput) as caught:
        register.ingest()
    assert caught.value.where == "a.pg.yaml"
    roster("table: roster\n")
    assert register.ingest().total("accepted") == 2


@pytest.mark.parametrize(
    ("content", "told"),
    [
        ("service: s\ntable: t\npassword: secret\n", "password"),
        ("host: db.example.org\ntable: t\n", "host"),
        ("service: s\n", "query, table"),
        ("service: s\nhost_variable: H\ntable: t\n", "host_variable, service"),
        ("host_variable: NOT_SET_HERE\ntable: t\n", "NOT_SET_HERE"),
        ("- a\n", "mapping"),
        ("table: [t]\nservice: s\n", "text"),
    ],
)
def test_a_source_file_that_says_too_little_or_too_much_is_refused(
    register: Register, content: str, told: str
) -> None:
    register.export("a.postgresql.yaml", content)
    with pytest.raises(BadInput) as caught:
        register.ingest()
    assert told in caught.value.message
    assert "secret" not in str(caught.value)
