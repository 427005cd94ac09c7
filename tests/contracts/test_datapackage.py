"""Data packages of a release, judged by the reference implementation."""

import shutil
from pathlib import Path

import pytest
from frictionless import Package, system

BUILT = ("age-sex", "registration-events", "registration-stock")


@pytest.fixture
def folder(assembled: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(assembled / "open" / "datasets", tmp_path / "datasets"))


def errors(folder: Path, slug: str) -> set[str]:
    with system.use_context(trusted=True):
        report = Package(str(folder / slug / "datapackage.json")).validate()
    return {row[0] for row in report.flatten(["type"])}


@pytest.mark.parametrize("slug", BUILT)
def test_a_data_package_is_valid(folder: Path, slug: str) -> None:
    assert errors(folder, slug) == set()


@pytest.mark.parametrize("suffix", ["csv", "parquet"])
def test_a_changed_byte_is_told(folder: Path, suffix: str) -> None:
    path = folder / "registration-stock" / f"registration-stock.{suffix}"
    content = bytearray(path.read_bytes())
    content[-3] ^= 1
    path.write_bytes(content)
    assert "hash-count" in errors(folder, "registration-stock")


def test_a_code_outside_its_list_is_told(folder: Path) -> None:
    path = folder / "registration-stock" / "registration-stock.csv"
    path.write_text(path.read_text("utf-8-sig").replace('"valid"', '"living"'), encoding="utf-8-sig")
    assert {"constraint-error", "foreign-key"} <= errors(folder, "registration-stock")
