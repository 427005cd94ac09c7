"""How many connections an address and its network hold at once."""

import pytest

from dashboards.lookup.guard.crowd import Crowd
from dashboards.lookup.settings import Share, load_settings


def crowd(*proxies: str) -> Crowd:
    """One connection of an address, two of its network."""
    return Crowd([Share(1, 32, 64), Share(2, 24, 48)], proxies.__contains__)


def test_an_address_and_its_network_have_a_share_each() -> None:
    entering = crowd()
    addresses = ("192.0.2.1", "192.0.2.1", "192.0.2.2", "192.0.2.3", "198.51.100.1")
    assert [entering.enter(address) for address in addresses] == [True, False, True, False, True]


def test_who_leaves_makes_room() -> None:
    entering = crowd()
    entering.enter("192.0.2.1")
    entering.leave("192.0.2.1")
    assert entering.enter("192.0.2.1")


def test_who_was_not_let_in_takes_no_room() -> None:
    entering = crowd()
    for address in ("192.0.2.1", "192.0.2.1", "192.0.2.1"):
        entering.enter(address)
    assert entering.enter("192.0.2.2")


@pytest.mark.parametrize("same", ["2001:db8::ffff", "::ffff:192.0.2.1"])
def test_an_address_is_the_same_however_it_is_written(same: str) -> None:
    entering = crowd()
    for address in ("2001:db8::1", "192.0.2.1"):
        entering.enter(address)
    assert not entering.enter(same)


def test_a_proxy_has_no_share() -> None:
    entering = crowd("192.0.2.1")
    assert all(entering.enter("192.0.2.1") for _ in range(10))
    entering.leave("192.0.2.1")
    assert entering.enter("192.0.2.2")


def test_whoever_may_ask_at_once_may_also_connect_at_once() -> None:
    """The shares that are shipped refuse nobody whom the quotas would let ask, and leave room for others."""
    settings = load_settings()
    bursts = {(each.ipv4, each.ipv6): each.burst for each in reversed(settings.quotas)}
    *shares, everybody = settings.connections.shares
    assert [share.most >= bursts[share.ipv4, share.ipv6] for share in shares] == [True, True]
    assert everybody.most > settings.connections.most > max(share.most for share in shares)
