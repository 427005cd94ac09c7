"""A browser for a module of tests."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser

from tests.fixtures.browser import chromium


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium() as running:
        yield running
