"""Every accepted row is found in the core model, or the reason why not is named; a lost one is seen."""

import pytest

from etl import metadata
from etl.errors import Refused
from etl.publish.arrivals import Arrival, check_arrivals, count
from etl.settings import METADATA, SQL
from tests.sql.spec import connect

ROSTER = """
    registration_no  specialty_code  id_number  enterprise_code     valid_from  valid_to    received_on
    R1               B               X1         99110000MA0000000A  2025-05-01  2028-04-30  2026-11-01
    """
# Record type -> the core model that its rows come to, what was received, and what of it is not in the model.
CASES = {
    "registration": (
        "core_certificate__entity",
        """
        registration_no  specialty_code  valid_from  valid_to    source_file  received_on
        R1               B               2024-05-01  2027-04-30  a/old.csv    2025-11-01
        R1               B               2025-05-01  2028-04-30  a/new.csv    2026-11-01
        R2               B               2027-05-01  2030-04-30  b/new.csv    2026-11-01
        """,
        {"older_snapshot": 1, "reached": 1, "to_come": 1},
    ),
    "event": (
        "core_registration__event",
        """
        event_no  registration_no  id_number  event_type_code  specialty_code  event_on
        1         R1               -          01               B               2021-05-01
        2         -                X1         01               B               2021-05-01
        3         R1               -          03               B               2027-05-01
        4         R1               -          03               B               -
        """,
        {"reached": 2, "to_come": 1, "undated": 1},
    ),
    "enterprise": (
        "core_enterprise__entity",
        """
        enterprise_code     enterprise_name
        99110000MA0000000A  甲
        -                   乙
        """,
        {"no_code": 1, "reached": 1},
    ),
    "qualification": (
        "core_qualification__history",
        """
        enterprise_code     qualification_no  qualification_code  valid_from
        99110000MA0000000A  Q1                A                   2025-05-01
        -                   Q2                A                   2025-05-01
        """,
        {"no_code": 1, "reached": 1},
    ),
    "project": (
        "core_project__entity",
        """
        project_no  project_name
        P1          甲
        -           乙
        """,
        {"no_number": 1, "reached": 1},
    ),
    "binding": (
        "core_project_manager__link",
        """
        project_no  stage_code  registration_no  id_number
        P1          1           R1               -
        P1          2           -                X1
        P1          3           R9               -
        """,
        {"no_certificate": 1, "reached": 2},
    ),
    "integrity": (
        "core_integrity__event",
        """
        integrity_no  registration_no  enterprise_name  kind_code  decided_on
        I1            R1               -                good       2026-01-01
        I2            R9               -                good       2026-01-01
        I3            -                甲               good       2026-01-01
        """,
        {"reached": 3},
    ),
    "education": (
        "core_education__yearly",
        """
        registration_no  specialty_code  period_year  compulsory_hours
        R1               B               2025         60
        R9               B               2025         60
        """,
        {"no_certificate": 1, "reached": 1},
    ),
    "insurance": (
        "core_insurance__monthly",
        """
        id_number  enterprise_code     insured_month
        X1         99110000MA0000000A  2026-01-01
        X9         99110000MA0000000A  2026-01-01
        """,
        {"no_person": 1, "reached": 1},
    ),
}


def received(record: str) -> dict[str, str]:
    return {"stg_registration": ROSTER, f"stg_{record}": CASES[record][1]}


def tally(found: list[Arrival]) -> dict[str, int]:
    return {item.arrival: item.rows for item in found}


def test_every_record_type_is_looked_after() -> None:
    assert {path.stem for path in (SQL / "arrivals").glob("*.sql")} == set(metadata.load(METADATA).records)
    assert set(CASES) == set(metadata.load(METADATA).records)


@pytest.mark.parametrize("record", CASES)
def test_rows_reach_the_core_or_the_reason_is_named(record: str) -> None:
    model, _, expected = CASES[record]
    assert tally(count(connect(model, "2026-11-22", received(record)), record)) == expected


@pytest.mark.parametrize("record", CASES)
def test_rows_that_are_missing_in_the_core_are_lost(record: str) -> None:
    model, _, expected = CASES[record]
    connection = connect(model, "2026-11-22", received(record))
    connection.execute(f"DELETE FROM {model}")
    found = tally(count(connection, record))
    assert found["lost"] == expected["reached"] + (
        expected.get("to_come", 0) if record == "registration" else 0
    )


def test_a_row_that_another_one_hides_is_lost_all_the_same() -> None:
    twice = (
        ROSTER
        + "    R1               B               X1         -                   2025-05-01  2028-04-30  2026-11-01\n"
    )
    connection = connect("core_certificate__entity", "2026-11-22", {"stg_registration": twice})
    assert tally(count(connection, "registration")) == {"reached": 2}
    connection.execute("DELETE FROM core_roster__history WHERE enterprise_id IS NULL")
    assert tally(count(connection, "registration")) == {"reached": 1, "lost": 1}


def test_a_roster_that_no_snapshot_knows_is_lost() -> None:
    connection = connect("core_snapshot__history", "2026-11-22", {"stg_registration": ROSTER})
    connection.execute("DELETE FROM stg_snapshot")
    for name in ("core_roster__history", "core_certificate__entity", "core_registration__history"):
        connection.execute(
            f"CREATE TABLE {name}"
            " (precedence BIGINT, certificate_id UBIGINT, specialty_code VARCHAR, valid_from DATE)"
        )
    assert tally(count(connection, "registration"))["lost"] == 1


def test_a_row_that_stands_twice_does_not_make_up_for_a_lost_one() -> None:
    two = f"""{ROSTER.rstrip()}
    R2               B               X2         99110000MA0000000A  2025-05-01  2028-04-30  2026-11-01
    """
    connection = connect("core_certificate__entity", "2026-11-22", {"stg_registration": two})
    connection.execute("DELETE FROM core_roster__history WHERE registration_no = 'R2'")
    connection.execute("INSERT INTO core_roster__history FROM core_roster__history")
    assert tally(count(connection, "registration"))["lost"] == 1


# Events of one kind and day, of persons that no roster knows and of one certificate under two numbers.
ALIKE = """
    event_no  registration_no  id_number  event_type_code  specialty_code  event_on
    -         -                X7         01               B               2021-05-01
    -         -                X8         01               B               2021-05-01
    3         R1               -          01               B               2021-05-01
    4         R1               -          01               B               2021-05-01
    """


def test_events_alike_of_different_persons_and_numbers_are_each_of_their_own() -> None:
    connection = connect(
        "core_registration__event", "2026-11-22", {"stg_registration": ROSTER, "stg_event": ALIKE}
    )
    assert connection.execute("SELECT count(*) FROM core_registration__event").fetchone() == (4,)
    assert tally(count(connection, "event")) == {"reached": 4}


@pytest.mark.parametrize("nobody", [True, False])
def test_an_event_does_not_stand_for_a_lost_one_like_it(nobody: bool) -> None:
    connection = connect(
        "core_registration__event", "2026-11-22", {"stg_registration": ROSTER, "stg_event": ALIKE}
    )
    connection.execute(
        "DELETE FROM core_registration__event WHERE event_id IN (SELECT min(event_id)"
        f" FROM core_registration__event WHERE (certificate_id IS NULL) = {nobody})"
    )
    assert tally(count(connection, "event"))["lost"] == 1


def test_lost_rows_refuse_the_release_by_record_type() -> None:
    with pytest.raises(Refused, match="event: 1,200"):
        check_arrivals([Arrival("event", "lost", 1200), Arrival("event", "reached", 1)])


def test_what_did_not_arrive_is_counted_by_its_reason() -> None:
    found = [Arrival("event", "to_come", 3), Arrival("event", "reached", 9)]
    assert check_arrivals(found) == {"event to_come": 3}
