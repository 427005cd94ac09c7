"""A fabricated register, small enough to read: two certificates, one enterprise, a handful of counts."""

import shutil
from dataclasses import replace
from datetime import date
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from etl import metadata
from etl.metadata import Metadata, Origin, Source
from etl.publish.assemble import Plan, assemble
from etl.publish.datasets import discover_datasets
from etl.publish.edition import Edition
from etl.settings import DATASETS, METADATA

AS_OF = date(2026, 10, 31)
ID_NUMBERS = ("990000190001010019", "990000190001010027")
CERTIFICATES = [
    {
        "public_id": "p2",
        "person_name": "张伟",
        "registration_no": "京1012026000002",
        "certificate_no": "00000002",
        "enterprise_name": "合成建设有限公司",
        "enterprise_code": "99000000MA00000001",
        "enterprise_key": "e1",
    },
    {
        "public_id": "p1",
        "person_name": "曾国",
        "registration_no": "京1012026000001",
        "certificate_no": "00000001",
        "enterprise_name": "合成建设有限公司",
        "enterprise_code": "99000000MA00000001",
        "enterprise_key": "e1",
    },
]
PLACE = {"division_code": "110000", "category_code": "1"}
REGISTRATION = {
    "certificate_id": "c1",
    "specialty_code": "01",
    "valid_from": date(2025, 1, 1),
    "valid_to": date(2028, 1, 1),
    "ended_on": None,
    "status_code": "valid",
}


def write(path: Path, rows: list[dict[str, object]]) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    pq.write_table(pa.Table.from_pylist(rows), path)
    return path


def write_text(path: Path, columns: tuple[str, ...], rows: list[dict[str, object]]) -> None:
    path.parent.mkdir(parents=True)
    schema = pa.schema([(name, pa.string()) for name in columns])
    pq.write_table(pa.Table.from_pylist(rows, schema=schema), path)


def source_of(fields: set[str]) -> Source:
    """A source that provides these fields."""
    return Source(
        name="demo",
        path=Path("demo.yaml"),
        zh="合成来源",
        en="Synthetic source",
        record="registration",
        files=("*.csv",),
        sheets=(),
        snapshots="all",
        date_pattern=None,
        origin=Origin("合成", "Synthetic", None, None),
        licence="CC-BY-4.0",
        fields=(),
        constants=dict.fromkeys(fields, ""),
        ignored={},
        drop_budget=0.0,
        split=(),
        derive=(),
        precedence=1,
    )


@pytest.fixture(scope="session")
def register(tmp_path_factory: pytest.TempPathFactory) -> Metadata:
    root = tmp_path_factory.mktemp("register") / "metadata"
    shutil.copytree(METADATA, root, ignore=shutil.ignore_patterns("sources", "synth", "fields.yaml"))
    fields = {"person_name", "id_number", "registration_no", "certificate_no", "valid_to", "birth_date"}
    fields |= {"sex_code", "enterprise_code", "category_code", "division_code", "event_type_code", "event_on"}
    return replace(metadata.load(root), sources={"demo": source_of(fields)}, geography={})


@pytest.fixture
def models(tmp_path: Path, register: Metadata) -> Path:
    """A folder of model files as the kernel leaves them, and staging beside it."""
    return write_models(tmp_path / "models", register)


def write_models(root: Path, register: Metadata) -> Path:
    stock = {
        "quarter_end": AS_OF,
        **PLACE,
        "specialty_code": "01",
        "status_code": "valid",
        "registrations": 2,
    }
    write(root / "open" / "mart_registration__quarterly.parquet", [stock])
    event = {"month": date(2026, 9, 1), **PLACE, "event_type_code": "01", "events": 2}
    write(root / "open" / "mart_event__monthly.parquet", [event])
    cell = {"year": 2025, **PLACE, "age_band_code": "30-34", "sex_code": "1"}
    shown = {**cell, "persons": 20, "cell_state": "shown"}
    withheld = {**cell, "sex_code": "2", "persons": None, "cell_state": "withheld"}
    write(root / "protected" / "mart_person__yearly_age_sex.parquet", [shown, withheld])
    served = [
        {**c, **PLACE, "status_code": "valid", "first_registered_month": date(2025, 1, 1)}
        for c in CERTIFICATES
    ]
    write(root / "served" / "served_certificate.parquet", served)
    registrations = [
        {"public_id": c["public_id"], "specialty_code": "01", "status_code": "valid"} for c in CERTIFICATES
    ]
    write(root / "served" / "served_registration.parquet", registrations)
    enterprise = {
        key: CERTIFICATES[0][key] for key in ("enterprise_key", "enterprise_code", "enterprise_name")
    }
    write(root / "served" / "served_enterprise.parquet", [enterprise])
    write(
        root / "core" / "core_registration__history.parquet",
        [REGISTRATION, REGISTRATION | {"certificate_id": "c2"}],
    )
    write(
        root / "core" / "core_certificate__entity.parquet",
        [{"certificate_id": "c1"}, {"certificate_id": "c2"}],
    )
    for record in register.records.values():
        empty = dict.fromkeys(record.fields)
        held = zip(CERTIFICATES, ID_NUMBERS, strict=True)
        rows = [empty | {"person_name": c["person_name"], "id_number": number} for c, number in held]
        write_text(root / "stg" / f"stg_{record.name}" / "part.parquet", record.fields, rows)
    balance = {"source_name": "demo", "source_file": "a.csv", "received": 3, "accepted": 2, "quarantined": 1}
    write(root / "stg" / "balance.parquet", [{**balance, "duplicate": 0, "out_of_scope": 0}])
    return root


@pytest.fixture
def plan(models: Path, register: Metadata) -> Plan:
    return plan_of(models, register)


@pytest.fixture(scope="session")
def assembled(tmp_path_factory: pytest.TempPathFactory, register: Metadata) -> Path:
    """A finished release, made once; not to be written to."""
    root = tmp_path_factory.mktemp("assembled")
    release = root / "2026.10.0"
    release.mkdir()
    assemble(release, plan_of(write_models(root / "models", register), register))
    return release


def plan_of(models: Path, register: Metadata) -> Plan:
    return Plan(
        metadata=register,
        edition=Edition.of(register, "2026.10.0", AS_OF),
        datasets=discover_datasets(DATASETS),
        staging=models / "stg",
        core=models / "core",
        open=models / "open",
        protected=models / "protected",
        served=models / "served",
        cache=models / "maps",
        previous=None,
        fingerprint="f",
    )
