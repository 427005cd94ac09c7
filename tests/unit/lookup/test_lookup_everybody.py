"""A share of prefix lengths 0 is that of everybody, in whatever way they come."""

from dashboards.lookup.guard.crowd import Crowd
from dashboards.lookup.settings import Share


def test_everybody_shares_whether_by_ipv4_or_ipv6() -> None:
    entering = Crowd([Share(2, 0, 0)], lambda address: False)
    addresses = ("192.0.2.1", "2001:db8::1", "2001:db8::2", "192.0.2.2", "no address")
    assert [entering.enter(address) for address in addresses] == [True, True, False, False, False]


def test_who_leaves_makes_room_for_the_other_kind() -> None:
    entering = Crowd([Share(1, 0, 0)], lambda address: False)
    entering.enter("192.0.2.1")
    entering.leave("192.0.2.1")
    assert entering.enter("2001:db8::1")
