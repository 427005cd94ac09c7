"""How often an address and its network may ask."""

from collections.abc import Callable
from pathlib import Path

import pytest
from pysqlite3 import dbapi2 as sqlite3

from dashboards.lookup.guard.quota import Buckets, network
from dashboards.lookup.settings import Quota, load_settings
from etl.errors import BadInput
from tests.fixtures.clocks import Clock


def quota(burst: int, per_minute: float, ipv4: int = 32, ipv6: int = 64) -> Quota:
    return Quota(burst, per_minute, ipv4, ipv6)


def content(folder: Path) -> bytes:
    """Everything that stands in the files of a folder."""
    return b"".join(path.read_bytes() for path in folder.iterdir())


def test_a_burst_is_followed_by_a_wait(file: Path) -> None:
    buckets = Buckets([quota(3, 6)], file, Clock())
    assert [buckets.spend("1.1.1.1") for _ in range(5)] == [0, 0, 0, 10, 10]


def test_the_wait_told_is_long_enough_and_not_longer(file: Path) -> None:
    clock = Clock()
    buckets = Buckets([quota(1, 6)], file, clock)
    buckets.spend("1.1.1.1")
    clock.now = 9.5
    assert buckets.spend("1.1.1.1") == 1
    clock.now = 10.5
    assert buckets.spend("1.1.1.1") == 0


def test_a_rest_refills_no_more_than_the_burst(file: Path) -> None:
    clock = Clock()
    buckets = Buckets([quota(2, 60)], file, clock)
    clock.now = 1e4
    assert [buckets.spend("1.1.1.1") for _ in range(3)] == [0, 0, 1]


def test_addresses_do_not_share_a_bucket_but_those_of_a_network_do(file: Path) -> None:
    buckets = Buckets([quota(1, 60), quota(2, 60, 24, 48)], file, Clock())
    spent = [
        buckets.spend(a) for a in ("1.1.1.1", "1.1.1.2", "1.1.1.3", "1.1.2.1", "2001:db8::1", "2001:db8::2")
    ]
    assert spent == [0, 0, 1, 0, 0, 1]


def test_a_refusal_by_one_quota_costs_nothing_of_another(file: Path) -> None:
    clock = Clock()
    buckets = Buckets([quota(1, 60), quota(2, 0.001, 24, 48)], file, clock)
    assert [buckets.spend("1.1.1.1") for _ in range(5)] == [0, 1, 1, 1, 1]
    assert buckets.spend("1.1.1.2") == 0


def test_many_tokens_are_spent_at_once_or_not_at_all(file: Path) -> None:
    clock = Clock()
    buckets = Buckets([quota(50, 60)], file, clock)
    assert [buckets.spend("a", n) for n in (49, 2, 1, 1)] == [0, 1, 0, 1]
    clock.now = 20.0
    assert [buckets.spend("a", n) for n in (30, 20)] == [10, 0]


def test_every_shipped_quota_has_room_for_a_whole_list() -> None:
    settings = load_settings()
    assert min(quota.burst for quota in settings.quotas) >= settings.most_pairs


def test_a_mark_is_the_same_for_all_processes_until_the_day_ends(file: Path) -> None:
    clock = Clock()
    first, second = (Buckets([], file, clock) for _ in range(2))
    today = first.mark("a list")
    assert second.mark("a list") == today != first.mark("another")
    clock.now = 86_400.0
    assert first.mark("a list") != today


def test_a_pseudonym_is_the_same_for_all_processes_until_the_day_ends(file: Path) -> None:
    clock = Clock()
    first, second = (Buckets([], file, clock) for _ in range(2))
    today = first.pseudonym("192.0.2.1")
    assert second.pseudonym("192.0.2.1") == today != first.pseudonym("192.0.2.2")
    clock.now = 86_400.0
    assert first.pseudonym("192.0.2.1") != today


@pytest.mark.parametrize("go_on", [lambda b: b.spend("192.0.2.1"), Buckets.renew], ids=["asked", "silent"])
def test_nothing_is_left_of_the_key_of_yesterday(file: Path, go_on: Callable[[Buckets], object]) -> None:
    clock = Clock()
    buckets = Buckets([quota(1, 60)], file, clock)
    buckets.spend("192.0.2.1")
    with sqlite3.connect(file) as connection:
        ((key,),) = connection.execute("SELECT key FROM secret")
    connection.close()
    assert key in content(file.parent)
    clock.now = 86_400.0
    go_on(buckets)
    assert key not in content(file.parent)


def test_another_process_and_a_restart_find_the_same_buckets(file: Path) -> None:
    clock = Clock()
    first, second = (Buckets([quota(2, 1)], file, clock) for _ in range(2))
    assert [first.spend("a"), second.spend("a"), first.spend("a")] == [0, 0, 60]
    assert Buckets([quota(2, 1)], file, clock).spend("a") == 60


def test_every_day_begins_with_full_buckets_and_another_key(file: Path) -> None:
    clock = Clock()
    buckets = Buckets([quota(1, 0.001)], file, clock)
    buckets.spend("a")
    clock.now = 86_400.0
    assert buckets.spend("a") == 0
    with sqlite3.connect(file) as connection:
        assert connection.execute("SELECT day FROM secret").fetchall() == [(1,)]
        assert connection.execute("SELECT count(*) FROM bucket").fetchone() == (1,)


def test_the_file_holds_no_address(file: Path) -> None:
    buckets = Buckets([quota(1, 60), quota(1, 60, 24, 48)], file, Clock())
    buckets.spend("192.0.2.77")
    assert b"192.0.2" not in content(file.parent)
    assert file.parent.stat().st_mode & 0o077 == 0


def test_a_day_of_an_address_and_of_a_network_has_an_end(file: Path) -> None:
    """What patient requests may come to in 24 hours under the shipped quotas."""
    clock = Clock()
    buckets = Buckets(load_settings().quotas, file, clock)
    answered = {"one": 0, "many": 0}
    for second in range(0, 86_400, 20):
        clock.now = float(second)
        answered["one"] += sum(buckets.spend("192.0.2.1") == 0 for _ in range(2))
        answered["many"] += sum(
            buckets.spend(f"198.51.100.{n}") == 0 for n in range(second % 200, second % 200 + 3)
        )
    assert answered["one"] <= 1_004
    assert answered["many"] <= 4_016


@pytest.mark.parametrize(
    ("address", "owner"),
    [
        ("192.0.2.1", "192.0.2.0/24"),
        ("::ffff:192.0.2.1", "192.0.2.0/24"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1::/48"),
        ("local", "local"),
    ],
)
def test_who_counts_as_one(address: str, owner: str) -> None:
    assert network(address, 24, 48) == owner


def test_a_file_that_cannot_be_used_is_a_clear_error(tmp_path: Path) -> None:
    (tmp_path / "lookup").write_text("not a folder")
    with pytest.raises(BadInput, match=r"quotas\.sqlite"):
        Buckets([], tmp_path / "lookup" / "quotas.sqlite", Clock())
