"""The public lookup on a small register, served for a module of tests."""

from collections.abc import Iterator

import httpx
import pytest

from etl.settings import Store
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
