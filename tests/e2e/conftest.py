"""A browser, and the public lookup on a small register, for a module of tests."""

from collections.abc import Iterator

import httpx
import pytest
from playwright.sync_api import Browser

from etl.settings import Store
from tests.fixtures.browser import chromium
from tests.fixtures.lookup import publish, register
from tests.fixtures.lookup_server import serving


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Store:
    return publish(tmp_path_factory.mktemp("lookup"), "2026.10.0", register())


@pytest.fixture(scope="module")
def address(store: Store) -> Iterator[str]:
    with serving(store) as served:
        yield served


@pytest.fixture(scope="module")
def client(address: str) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=address) as opened:
        yield opened


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium() as running:
        yield running
