"""The clean tables agree with each other and with the rules of registration."""

import duckdb
import pytest

from tests.integration.synth.synthetic import Register

# Each query finds what must not be.
VIOLATIONS = {
    "a transfer to the unit that is left": """
        SELECT * FROM event WHERE event_type_code = '021' AND enterprise_code = enterprise_code_from""",
    "a rename that changes the unit, or nothing": """
        SELECT * FROM event WHERE event_type_code = '022'
        AND (enterprise_code <> enterprise_code_from OR enterprise_name = enterprise_name_from)""",
    "an event after cancellation other than registration anew": """
        SELECT * FROM (
            SELECT event_type_code, lag(event_type_code)
                OVER (PARTITION BY registration_no ORDER BY event_on, event_no) AS before
            FROM event
        ) WHERE before = '07' AND event_type_code <> '05'""",
    "an event after the date of the register": "SELECT * FROM event WHERE event_on > DATE '2026-10-31'",
    "validity beyond the age limit": """
        SELECT * FROM registration WHERE valid_to > birth_date + INTERVAL 65 YEAR""",
    "validity other than 36 months, unless cut by the age limit": """
        SELECT * FROM registration
        WHERE date_diff('month', valid_from, valid_to + 1) <> 36 AND valid_to < birth_date + INTERVAL 65 YEAR
        AND NOT EXISTS (SELECT 1 FROM event AS renewed WHERE renewed.event_type_code = '03'
            AND renewed.registration_no = registration.registration_no)""",
    "a specialty that never began": """
        SELECT * FROM registration ANTI JOIN (
            SELECT registration_no, specialty_code FROM event WHERE event_type_code IN ('01', '04')
        ) USING (registration_no, specialty_code)""",
    "a roster row whose end differs from its last event": """
        SELECT * FROM registration JOIN (
            SELECT registration_no, specialty_code,
                arg_max(valid_to, (event_on, event_no)) AS last_valid_to
            FROM event WHERE specialty_code IS NOT NULL GROUP BY ALL
        ) USING (registration_no, specialty_code) WHERE valid_to <> last_valid_to""",
    "a specialty held twice on one certificate": """
        SELECT registration_no FROM registration
        GROUP BY registration_no, specialty_code HAVING count(*) > 1""",
    "one certificate at two units": """
        SELECT registration_no FROM registration
        GROUP BY 1 HAVING count(DISTINCT enterprise_code) > 1""",
    "valid certificates of one person at two units": """
        SELECT id_number FROM registration WHERE status_code = 'valid'
        GROUP BY 1 HAVING count(DISTINCT enterprise_code) > 1""",
    "a valid status without validity": """
        SELECT * FROM registration WHERE status_code = 'valid' AND valid_to < DATE '2026-10-31'""",
    "a cancelled status without a cancellation": """
        SELECT * FROM registration ANTI JOIN (
            SELECT registration_no FROM event WHERE event_type_code = '07'
        ) USING (registration_no) WHERE status_code IN ('cancelled', 'withdrawn', 'revoked')""",
    "a first-grade specialty on a second-grade certificate": """
        SELECT * FROM registration
        WHERE category_code = '2' AND specialty_code IN ('03', '04', '05', '09')""",
    "a registration number used twice": """
        SELECT registration_no FROM registration GROUP BY 1 HAVING count(DISTINCT certificate_no) > 1""",
    "a registration number of another shape": r"""
        SELECT * FROM registration
        WHERE NOT regexp_full_match(registration_no, '\p{Han}[12]\d{2}(20\d\d){2}9\d{4}')""",
    "a qualification after the registration": """
        SELECT * FROM registration WHERE qualification_year > year(first_registered_on)""",
    "an ID number that could be a real person's": "SELECT * FROM registration WHERE id_number NOT LIKE '99%'",
    "a credit code that could be a real unit's": """
        SELECT * FROM enterprise WHERE substr(enterprise_code, 3, 6) <> '990000'""",
    "two persons with one ID number": """
        SELECT id_number FROM registration
        GROUP BY 1 HAVING count(DISTINCT (person_name, birth_date)) > 1""",
    "an ID number that contradicts birth or sex": """
        SELECT * FROM registration WHERE substr(id_number, 7, 8) <> strftime(birth_date, '%Y%m%d')
        OR (substr(id_number, 17, 1)::INT % 2 = 1) <> (sex_code = '1')""",
    "an enterprise code used twice": "SELECT enterprise_code FROM enterprise GROUP BY 1 HAVING count(*) > 1",
    "an enterprise name used twice": "SELECT enterprise_name FROM enterprise GROUP BY 1 HAVING count(*) > 1",
    "an event number used twice": "SELECT event_no FROM event GROUP BY 1 HAVING count(*) > 1",
    "an event at an unknown unit": "SELECT * FROM event ANTI JOIN enterprise USING (enterprise_code)",
    "a binding without a project": "SELECT * FROM binding ANTI JOIN project USING (project_no)",
    "a manager who works for somebody else than the contractor": """
        SELECT * FROM binding JOIN project USING (project_no)
        WHERE binding.enterprise_code <> project.enterprise_code""",
    "a record of conduct about nobody": """
        SELECT * FROM integrity ANTI JOIN registration USING (registration_no) WHERE enterprise_code IS NULL""",
    "a record of conduct about a person and an enterprise": """
        SELECT * FROM integrity WHERE coalesce(registration_no, id_number) IS NOT NULL
        AND coalesce(enterprise_code, enterprise_name) IS NOT NULL""",
    "a record of conduct about an unknown unit": """
        SELECT * FROM integrity ANTI JOIN enterprise USING (enterprise_code) WHERE registration_no IS NULL""",
    "a record of conduct of a unit that was not there yet, or no more": """
        SELECT * FROM integrity JOIN enterprise USING (enterprise_code)
        WHERE decided_on NOT BETWEEN established_on AND coalesce(ended_on, DATE '2026-10-31')""",
    "a record of conduct under the name of another unit": """
        SELECT * FROM integrity JOIN enterprise USING (enterprise_name)
        WHERE integrity.enterprise_code <> enterprise.enterprise_code""",
    "two records of conduct under one number": """
        SELECT integrity_no FROM integrity GROUP BY 1 HAVING count(*) > 1""",
    "publication that ends before it begins": "SELECT * FROM integrity WHERE public_to <= public_from",
    "hours for a specialty not held": """
        SELECT * FROM education ANTI JOIN registration USING (registration_no, specialty_code)""",
    "insurance of somebody without a valid registration": """
        SELECT * FROM insurance ANTI JOIN (
            SELECT id_number FROM registration WHERE status_code = 'valid'
        ) USING (id_number)""",
}
RECORDS = (
    "registration",
    "event",
    "enterprise",
    "qualification",
    "project",
    "binding",
    "integrity",
    "education",
    "insurance",
)


@pytest.fixture(scope="module")
def tables(larger: Register) -> duckdb.DuckDBPyConnection:
    connection = duckdb.connect()
    for record in RECORDS:
        connection.register(record, larger.clean(record))
    return connection


@pytest.mark.parametrize("violation", VIOLATIONS)
def test_there_is_no(tables: duckdb.DuckDBPyConnection, violation: str) -> None:
    assert tables.execute(VIOLATIONS[violation]).fetchall()[:3] == []


@pytest.mark.parametrize("record", RECORDS)
def test_every_record_type_has_rows(tables: duckdb.DuckDBPyConnection, record: str) -> None:
    assert tables.execute(f"SELECT count(*) FROM {record}").fetchall()[0][0] > 0
