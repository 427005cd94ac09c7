"""What is asked of the release does not depend on what there is to find."""

from pathlib import Path

import pytest
from datasette.utils.sqlite import sqlite3

from dashboards.lookup.finding.queries import columns_of, find_certificates
from dashboards.lookup.finding.question import Question
from tests.fixtures.lookup import NUMBER, publish, register

ABSENT = "京2110000000000003"


@pytest.fixture
def release(tmp_path: Path) -> sqlite3.Connection:
    path = publish(tmp_path, "1", register()).current / "served" / "lookup.sqlite"
    return sqlite3.connect(f"file:{path}?mode=ro", uri=True)


def asked(release: sqlite3.Connection, question: Question) -> list[str]:
    """The statements that a question leads to, without their values."""
    statements: list[str] = []
    run = find_certificates(question, columns_of(release), 20)
    release.set_trace_callback(statements.append)
    run(release)
    release.set_trace_callback(None)
    return [statement.partition(" WHERE ")[0] for statement in statements]


@pytest.mark.parametrize(
    "found",
    [
        Question(number=NUMBER),
        Question(name="曾国合", division="110000"),
        Question(name="李合成", tail="0007"),
        Question(name="李合成", division="110000"),
    ],
    ids=["a number", "a name and a division", "a name and an ending", "too many"],
)
def test_one_many_and_nobody_are_found_by_the_same_statements(
    release: sqlite3.Connection, found: Question
) -> None:
    statements = asked(release, found)
    assert statements == asked(release, Question(number=ABSENT))
    assert len(statements) == 2
