from pathlib import Path

import pytest

from tests.privacy.typecheck.register import Judge, judge


@pytest.fixture
def leaks(tmp_path: Path) -> Judge:
    """Leaks when the given SQL is a model of the given zone."""
    return lambda *arguments, **named: judge(tmp_path, *arguments, **named)
