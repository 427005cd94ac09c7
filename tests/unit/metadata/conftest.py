from collections.abc import Callable
from pathlib import Path
from shutil import copytree, ignore_patterns

import pytest

from etl.metadata import loading
from etl.settings import METADATA

REGISTER = """\
id: small
title: {zh: 小登记册, en: Small register}
description: {zh: 用于测试。, en: For tests.}
time_zone: UTC
licence: {id: CC0-1.0, url: "https://example.org", zh: 公有领域, en: Public domain}
publisher: {zh: 测试, en: Tests}
"""
SOURCE = """\
zh: 名册
en: Roster
record: registration
origin:
  publisher: {zh: 某局, en: An office}
licence: CC0-1.0
fields:
  registration_no: {headers: [编号], required: true}
  valid_to: {headers: [有效期至]}
  category_code: {headers: [类别]}
ignored:
  备注: 自由文字 | free text
"""

Write = Callable[[str, str], Path]


@pytest.fixture
def small(tmp_path: Path) -> Path:
    """Another register's directory: register, one source, one code list."""
    root = tmp_path / "small"
    for name, text in {
        "register.yaml": REGISTER,
        "sources/roster.yaml": SOURCE,
        "codes/category.csv": "code,zh,en\nA,甲,Class A\nB,乙,Class B\n",
    }.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    return root


@pytest.fixture
def write(small: Path) -> Write:
    """Writes a file of the small register."""

    def _write(name: str, text: str) -> Path:
        path = small / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
        return path

    return _write


@pytest.fixture
def own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A copy of the project's own directory, standing in its place."""
    root = tmp_path / "metadata"
    copytree(METADATA, root, ignore=ignore_patterns("schemas", "synth", "sources", "names"))
    monkeypatch.setattr(loading, "METADATA", root)
    return root
