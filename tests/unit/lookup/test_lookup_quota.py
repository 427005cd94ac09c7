"""How often one address may ask."""

import pytest

from dashboards.lookup.quota import Buckets, network
from dashboards.lookup.settings import Quota


class Clock:
    """A clock that a test sets."""

    now = 0.0

    def __call__(self) -> float:
        return self.now


def test_a_burst_is_followed_by_a_wait() -> None:
    buckets = Buckets(Quota(burst=3, per_minute=6, addresses=9), Clock())
    assert [buckets.spend("1.1.1.1") for _ in range(5)] == [0, 0, 0, 10, 10]


def test_the_wait_told_is_long_enough_and_not_longer() -> None:
    clock = Clock()
    buckets = Buckets(Quota(burst=1, per_minute=6, addresses=9), clock)
    buckets.spend("1.1.1.1")
    clock.now = 9.5
    assert buckets.spend("1.1.1.1") == 1
    clock.now = 10.5
    assert buckets.spend("1.1.1.1") == 0


def test_a_rest_refills_no_more_than_the_burst() -> None:
    clock = Clock()
    buckets = Buckets(Quota(burst=2, per_minute=60, addresses=9), clock)
    clock.now = 1e6
    assert [buckets.spend("1.1.1.1") for _ in range(3)] == [0, 0, 1]


def test_addresses_do_not_share_a_bucket() -> None:
    buckets = Buckets(Quota(burst=1, per_minute=60, addresses=9), Clock())
    assert [buckets.spend(a) for a in ("1.1.1.1", "1.1.1.2", "2001:db8::1", "2001:db8::2")] == [0, 0, 0, 1]


def test_the_address_seen_longest_ago_is_forgotten_first() -> None:
    buckets = Buckets(Quota(burst=1, per_minute=60, addresses=2), Clock())
    assert [buckets.spend(a) for a in ("a", "b", "a", "c", "a", "b")] == [0, 0, 1, 0, 1, 0]


@pytest.mark.parametrize(
    ("address", "owner"),
    [
        ("192.0.2.1", "192.0.2.1"),
        ("::ffff:192.0.2.1", "192.0.2.1"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
        ("local", "local"),
    ],
)
def test_who_counts_as_one(address: str, owner: str) -> None:
    assert network(address) == owner
