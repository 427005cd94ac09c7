"""Small registers written once for all tests of the generator."""

from pathlib import Path

import pytest

from etl.metadata import Metadata
from etl.synth import write
from tests.integration.synth.synthetic import AS_OF, Register


def _write(folder: Path, metadata: Metadata, persons: int, divisions: set[str], processes: int) -> Register:
    out, truth = folder / "out", folder / "truth"
    report = write(
        out,
        persons=persons,
        seed=1,
        truth=truth,
        as_of=AS_OF,
        records=None,
        divisions=divisions,
        metadata=metadata,
        processes=processes,
    )
    return Register(out, truth, report)


@pytest.fixture(scope="session")
def register(tmp_path_factory: pytest.TempPathFactory, metadata: Metadata) -> Register:
    """300 persons in two provinces, one with workbooks."""
    return _write(tmp_path_factory.mktemp("synth"), metadata, 300, {"62", "64"}, 1)


@pytest.fixture(scope="session")
def register_by_two(tmp_path_factory: pytest.TempPathFactory, metadata: Metadata) -> Register:
    """The same register, written by two processes."""
    return _write(tmp_path_factory.mktemp("synth"), metadata, 300, {"62", "64"}, 2)


@pytest.fixture(scope="session")
def larger(tmp_path_factory: pytest.TempPathFactory, metadata: Metadata) -> Register:
    """20,000 persons in two provinces, for shares."""
    return _write(tmp_path_factory.mktemp("synth"), metadata, 20_000, {"33", "37"}, 1)
