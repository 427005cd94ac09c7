"""A place for every test of frozen tables."""

from dataclasses import replace
from pathlib import Path

import pytest

from etl.metadata import Metadata
from tests.fixtures.frozen import Place, persons, write


@pytest.fixture
def place(tmp_path: Path, metadata: Metadata) -> Place:
    (tmp_path / "sensitive").mkdir()
    write(tmp_path, persons())
    rules = metadata.rules["disclosure"]
    only = {**rules, "families": {"education": {**rules["families"]["education"], "first_year": 2023}}}
    return Place(tmp_path, replace(metadata, rules={**metadata.rules, "disclosure": only}))
