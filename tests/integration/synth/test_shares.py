"""What comes out has the shares that went in."""

import duckdb
import pytest

from etl.metadata import Metadata
from etl.synth.calibration import load
from etl.synth.plan import chunks
from tests.integration.synth.synthetic import Register


@pytest.fixture(scope="module")
def tables(larger: Register) -> duckdb.DuckDBPyConnection:
    connection = duckdb.connect()
    for record in ("registration", "event", "enterprise", "insurance"):
        connection.register(record, larger.clean(record))
    return connection


# Shares with the bounds they must keep, after domain.md section 4.
SHARES = {
    "men": ("SELECT avg((sex_code = '1')::INT) FROM registration", 0.84, 0.90),
    "building among second-grade specialties": (
        "SELECT avg((specialty_code = '01')::INT) FROM registration WHERE category_code = '2'",
        0.38,
        0.50,
    ),
    "specialties per first-grade certificate": (
        "SELECT count(*) / count(DISTINCT registration_no) FROM registration WHERE category_code = '1'",
        1.1,
        1.3,
    ),
    "specialties per second-grade certificate": (
        "SELECT count(*) / count(DISTINCT registration_no) FROM registration WHERE category_code = '2'",
        1.25,
        1.55,
    ),
    "minority names": ("SELECT avg((contains(person_name, '·'))::INT) FROM registration", 0.005, 0.025),
    "transfers per valid registration and year": (
        """SELECT count(*) FILTER (event_type_code = '021') / 3 / (
            SELECT count(DISTINCT registration_no) FROM registration WHERE status_code = 'valid')
           FROM event WHERE year(event_on) BETWEEN 2023 AND 2025""",
        0.07,
        0.15,
    ),
    "transfers between provinces": (
        """SELECT avg((here.division_code <> there.division_code)::INT) FROM event
           JOIN enterprise AS here USING (enterprise_code)
           JOIN enterprise AS there ON there.enterprise_code = enterprise_code_from
           WHERE event_type_code = '021'""",
        0.10,
        0.25,
    ),
    "cancellations in the shock, against the year before": (
        """SELECT count(*) FILTER (event_on BETWEEN '2018-12-01' AND '2019-06-30')
           / count(*) FILTER (event_on BETWEEN '2017-12-01' AND '2018-06-30')
           FROM event WHERE event_type_code = '07'""",
        1.8,
        4.0,
    ),
    "first-grade renewals between 2018-03 and 2021-10-14": (
        """SELECT count(*) FROM event WHERE event_type_code = '03' AND substr(registration_no, 2, 1) = '1'
           AND event_on BETWEEN '2018-03-01' AND '2021-10-14'""",
        0,
        0,
    ),
    "first registrations in February, against March": (
        """SELECT count(*) FILTER (month(event_on) = 2) / count(*) FILTER (month(event_on) = 3)
           FROM event WHERE event_type_code = '01'""",
        0.0,
        0.3,
    ),
    "enterprises at the quota of five, against six": (
        """SELECT count(*) FILTER (persons = 5) / count(*) FILTER (persons = 6) FROM (
           SELECT count(DISTINCT id_number) AS persons FROM registration
           WHERE status_code = 'valid' GROUP BY enterprise_code)""",
        1.3,
        5.0,
    ),
    "persons per enterprise": (
        """SELECT count(DISTINCT id_number) / count(DISTINCT enterprise_code) FROM registration
           WHERE status_code = 'valid'""",
        12,
        25,
    ),
    "insured by another unit": (
        """SELECT avg((insurance.enterprise_code <> own.enterprise_code)::INT) FROM insurance JOIN (
           SELECT DISTINCT id_number, enterprise_code FROM registration WHERE status_code = 'valid') AS own
           USING (id_number)""",
        0.015,
        0.045,
    ),
    "years of events": ("SELECT count(DISTINCT year(event_on)) FROM event", 10, 30),
    "days with first registrations in a year, in a province": (
        "SELECT count(DISTINCT event_on) FROM event WHERE event_type_code = '01' AND year(event_on) = 2024",
        10,
        110,
    ),
}


@pytest.mark.parametrize("share", SHARES)
def test_share(tables: duckdb.DuckDBPyConnection, share: str) -> None:
    query, low, high = SHARES[share]
    assert low <= tables.execute(query).fetchall()[0][0] <= high


def test_provinces_have_their_weight(metadata: Metadata) -> None:
    calibration = load(metadata)
    persons = {}
    for chunk in chunks(calibration, 1_000_000):
        persons[chunk.province.code] = persons.get(chunk.province.code, 0) + chunk.persons
    assert sum(persons.values()) == 1_000_000
    assert 90_000 < persons["32"] < 127_000  # weight 12.7 %, flattened for the second grade
    assert persons["54"] < persons["63"] < persons["11"] < persons["44"] < persons["32"]
