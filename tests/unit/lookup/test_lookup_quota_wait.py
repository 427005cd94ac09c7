"""Whoever waits as long as told is answered."""

from pathlib import Path

from dashboards.lookup.guard.quota import Buckets
from dashboards.lookup.settings import Quota


def test_the_wait_for_a_list_counts_what_its_request_spends_first(tmp_path: Path) -> None:
    now = [0.0]
    buckets = Buckets([Quota(60, 60, 32, 64)], tmp_path / "lookup" / "quotas.sqlite", lambda: now[0])
    assert buckets.spend("a", 50) == 0
    assert buckets.spend("a") == 0
    wait = buckets.spend("a", 49, before=1)
    assert wait == 41
    now[0] += wait
    assert buckets.spend("a") == 0
    assert buckets.spend("a", 49, before=1) == 0
