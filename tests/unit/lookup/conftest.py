"""What the tests of counting share."""

from pathlib import Path

import pytest

from dashboards.lookup.guard.quota_file import DAY
from tests.fixtures.clocks import Clock


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """Where the quotas are to be counted; nothing is there yet."""
    return tmp_path / "lookup" / "quotas.sqlite"


@pytest.fixture
def clock() -> Clock:
    """Some days from the beginning of its era."""
    return Clock(10.0 * DAY)
