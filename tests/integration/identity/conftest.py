"""A small store of certificates, linked."""

import shutil
from dataclasses import replace
from pathlib import Path

import duckdb
import pytest

from etl.identity import linking
from etl.identity.rules import PersonRules, person_rules
from etl.metadata import Metadata
from etl.settings import Store

# certificate, ID, name, category: 1 and 2 are one person's by ID; 3 and 4 carry none.
PEOPLE = """
    (1, 'A', '甲一', '2'), (2, 'A', '甲一', '1'), (3, NULL, '乙二', '2'), (4, NULL, '乙二', '1'), (5, 'B', '丙三', '2')
"""


@pytest.fixture
def store(tmp_path: Path, linked: Store) -> Store:
    """A store of the test's own."""
    return Store(Path(shutil.copytree(linked.root, tmp_path / "store")))


@pytest.fixture(scope="session")
def linked(tmp_path_factory: pytest.TempPathFactory) -> Store:
    """Linked once; not to be written to."""
    made = Store(tmp_path_factory.mktemp("linked"))
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


@pytest.fixture(scope="session")
def wide(metadata: Metadata) -> PersonRules:
    """Rules with a band so wide that certificates 3 and 4 wait for the steward."""
    rules = person_rules(metadata)
    assert rules is not None
    return replace(rules, link=0.999999, review=0.0001, sample_pairs=1_000)


@pytest.fixture(scope="session")
def banded(linked: Store, wide: PersonRules, tmp_path_factory: pytest.TempPathFactory) -> Store:
    """The store linked by these rules; not to be written to."""
    made = Store(Path(shutil.copytree(linked.root, tmp_path_factory.mktemp("banded") / "store")))
    linking.link(made, wide)
    return made


@pytest.fixture
def waiting(banded: Store, tmp_path: Path) -> Store:
    return Store(Path(shutil.copytree(banded.root, tmp_path / "waiting")))
