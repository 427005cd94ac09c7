"""A small store of certificates, linked."""

from pathlib import Path

import duckdb
import pytest

from etl.identity import linking
from etl.settings import Store

# certificate, ID, name, category: 1 and 2 are one person's by ID; 3 and 4 carry none.
PEOPLE = """
    (1, 'A', '甲一', '2'), (2, 'A', '甲一', '1'), (3, NULL, '乙二', '2'), (4, NULL, '乙二', '1'), (5, 'B', '丙三', '2')
"""


@pytest.fixture
def store(tmp_path: Path) -> Store:
    made = Store(tmp_path)
    core = made.models("core")
    core.mkdir(parents=True)
    with duckdb.connect() as connection:
        connection.execute(
            "CREATE TABLE holder AS SELECT CAST(c AS UBIGINT) AS certificate_id, id AS id_number, name AS person_name,"
            " '1' AS sex_code, NULL::DATE AS birth_date, cat AS category_code, 'R' || c AS registration_no,"
            " NULL AS certificate_no, 2015 AS qualification_year, DATE '2016-01-01' + c::INT AS first_registered_on,"
            " 7::UBIGINT AS enterprise_id, NULL AS division_code, NULL AS prefecture_code"
            f" FROM (VALUES {PEOPLE}) AS t(c, id, name, cat)"
        )
        connection.execute(
            "CREATE TABLE enterprise AS SELECT 7::UBIGINT AS enterprise_id, '某公司' AS enterprise_name,"
            " 'E' AS enterprise_code, '32' AS division_code, '320100' AS prefecture_code"
        )
        for table in ("holder", "enterprise"):
            connection.execute(f"COPY {table} TO '{core}/core_{table}__entity.parquet' (FORMAT parquet)")
    linking.link(made, None)
    return made
