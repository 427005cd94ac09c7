"""Datasette itself lets nobody see anything, on the line that is pinned and on the next."""

import asyncio
from pathlib import Path

import pytest
from datasette.app import Datasette

from dashboards.lookup.server import create
from tests.fixtures.lookup import publish, register


async def allowed(datasette: Datasette, action: str) -> bool:
    """What Datasette answers to an action of a visitor, as its version asks for permissions."""
    await datasette.invoke_startup()
    if hasattr(datasette, "permission_allowed"):
        return bool(await datasette.permission_allowed(None, action, default=True))
    return bool(await datasette.allowed(action=action, actor=None))


@pytest.mark.parametrize("action", ["view-instance", "debug-menu", "permissions-debug"])
def test_every_permission_is_refused(tmp_path: Path, action: str) -> None:
    async def answer() -> bool:
        return await allowed(create(publish(tmp_path, "1", register())), action)

    assert asyncio.run(answer()) is False
