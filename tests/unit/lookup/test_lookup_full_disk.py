"""A disk that takes no more bytes for a moment: nothing is counted meanwhile, and everything goes on afterwards."""

import asyncio
import resource
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import SimpleNamespace
from typing import cast

import pytest

from dashboards.lookup import plugin
from dashboards.lookup.guard.admission import Admission, Asking
from dashboards.lookup.guard.quota import Buckets
from dashboards.lookup.guard.quota_file import DAY, NotCounted, QuotaFile
from dashboards.lookup.settings import load_settings
from tests.fixtures.proving import SCARCE


@contextmanager
def full_disk(size: int) -> Iterator[None]:
    """No file becomes larger than `size` bytes."""
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, limits[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "quotas.sqlite"


def test_what_cannot_be_forgotten_now_is_forgotten_later(path: Path) -> None:
    file = QuotaFile(path, "CREATE TABLE IF NOT EXISTS counted (one)")
    file.forget()
    with file.transaction() as cursor:
        cursor.execute("INSERT INTO counted VALUES (zeroblob(100000))")
    with full_disk(path.stat().st_size), pytest.raises(NotCounted):
        file.forget()
    file.forget()
    assert path.with_name("quotas.sqlite-wal").stat().st_size == 0


@pytest.mark.parametrize("count", ["spend", "mark", "pseudonym", "renew"])
def test_nothing_is_counted_while_the_disk_is_full(path: Path, count: str) -> None:
    moments = [0.0]
    buckets = Buckets(load_settings().quotas, path, lambda: moments[0])
    buckets.spend("192.0.2.1")
    moments[0] = DAY
    counting = getattr(buckets, count)
    asked = [] if count == "renew" else ["192.0.2.1"]
    with full_disk(0), pytest.raises(NotCounted):
        counting(*asked)
    counting(*asked)


def test_nobody_is_admitted_while_the_disk_is_full(path: Path) -> None:
    admission = Admission(SCARCE, path, lambda: 0.0)
    with full_disk(0), pytest.raises(NotCounted):
        admission.admit("192.0.2.1", Asking("who", frozenset("a")))
    assert admission.admit("192.0.2.1", Asking("who", frozenset("a"))) is None


def test_a_file_that_cannot_be_used_is_reported_once_in_a_while(
    path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    buckets = Buckets(load_settings().quotas, path, lambda: 0.0)
    for _ in range(3):
        with full_disk(0), pytest.raises(NotCounted):
            buckets.spend("192.0.2.1")
    assert caplog.text.count("the file of the quotas cannot be used") == 1


def test_renewing_goes_on_and_what_fails_keeps_nothing_else_from_it(monkeypatch: pytest.MonkeyPatch) -> None:
    renewed = []

    def fails() -> None:
        raise NotCounted

    async def thrice() -> None:
        while len(renewed) < 3:
            await asyncio.sleep(0)

    async def renewing() -> None:
        failing, sound = SimpleNamespace(renew=fails), SimpleNamespace(renew=lambda: renewed.append(1))
        lookup = cast("plugin.Lookup", SimpleNamespace(buckets=failing, admission=sound))
        going = asyncio.create_task(plugin.Lookup.renew(lookup))
        await asyncio.wait({going, asyncio.create_task(thrice())}, return_when=asyncio.FIRST_COMPLETED)
        assert not going.done()
        going.cancel()

    monkeypatch.setattr(plugin, "_RENEWED", 0)
    asyncio.run(renewing())
