"""What all tests share: the project's own metadata, and how many examples a property test draws.

That is 100, or with `--hypothesis-profile=thorough` 1,000; a test whose every example reads files or builds
models draws a fixed part of it.
"""

import pytest
from hypothesis import settings

from etl.metadata import Metadata, load
from etl.settings import METADATA

# No test is timed: on a busy machine the first example may take any time.
settings.register_profile("untimed", deadline=None)
settings.register_profile("thorough", settings.get_profile("untimed"), max_examples=1_000)
settings.load_profile("untimed")


@pytest.fixture(scope="session")
def metadata() -> Metadata:
    """Read once; not to be changed."""
    return load(METADATA)
