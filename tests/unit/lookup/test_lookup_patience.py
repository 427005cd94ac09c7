"""Waiting for the file of the quotas while another process has it."""

import asyncio
from pathlib import Path

import pytest
from pysqlite3 import dbapi2 as sqlite3

from dashboards.lookup.guard.quota import Buckets
from dashboards.lookup.guard.quota_file import NotCounted, QuotaFile, patiently


def test_it_is_tried_again_until_the_file_is_free(tmp_path: Path) -> None:
    path = tmp_path / "quotas.sqlite"
    buckets = Buckets([], path, lambda: 0.0)
    other = sqlite3.connect(path, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")

    async def meanwhile() -> int:
        spending = asyncio.ensure_future(patiently(lambda: buckets.spend("192.0.2.1"), 60))
        await asyncio.sleep(0)
        assert not spending.done()
        other.execute("COMMIT")
        return await spending

    assert asyncio.run(meanwhile()) == 0


def test_it_is_given_up_when_the_time_is_over(tmp_path: Path) -> None:
    path = tmp_path / "quotas.sqlite"
    buckets = Buckets([], path, lambda: 0.0)
    other = sqlite3.connect(path, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    with pytest.raises(NotCounted):
        asyncio.run(patiently(lambda: buckets.spend("192.0.2.1"), 0))


def test_nobody_waits_within_sqlite(tmp_path: Path) -> None:
    with QuotaFile(tmp_path / "quotas.sqlite", "").reading() as cursor:
        assert cursor.execute("PRAGMA busy_timeout").fetchone() == (0,)


def test_what_failed_leaves_nothing_and_the_next_one_can_count(tmp_path: Path) -> None:
    file = QuotaFile(tmp_path / "quotas.sqlite", "CREATE TABLE counted (one)")
    with pytest.raises(ValueError, match="failed"), file.transaction() as cursor:
        cursor.execute("INSERT INTO counted VALUES (1)")
        raise ValueError("failed")
    with file.transaction() as cursor:
        assert cursor.execute("SELECT * FROM counted").fetchall() == []
