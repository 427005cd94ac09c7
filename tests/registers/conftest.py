"""The tests of this folder read registers that no one here made; they stand beside the project."""

import pytest

from tests.fixtures.needed import REGISTERS, lacking


@pytest.fixture(scope="session", autouse=True)
def registers() -> None:
    if not REGISTERS.is_dir():
        lacking(f"the real registers are not at {REGISTERS}")
