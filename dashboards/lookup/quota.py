"""How often one address may ask: a token bucket per address, in the memory of one process.

Several worker processes each have their own buckets; quotas shared by all of them, per network and over days,
are the lookup issue's work.
"""

import ipaddress
import math
from collections import OrderedDict
from collections.abc import Callable

from dashboards.lookup.settings import Quota


class Buckets:
    """`spend` takes one token of an address; the least recently seen address is forgotten first."""

    def __init__(self, quota: Quota, clock: Callable[[], float]) -> None:
        self._quota = quota
        self._clock = clock
        self._level: OrderedDict[str, tuple[float, float]] = OrderedDict()

    def spend(self, address: str) -> int:
        """0 when the request may be answered, else the whole seconds to wait (at least 1)."""
        now, rate = self._clock(), self._quota.per_minute / 60
        owner = network(address)
        tokens, seen = self._level.pop(owner, (float(self._quota.burst), now))
        tokens = min(self._quota.burst, tokens + (now - seen) * rate)
        allowed = tokens >= 1
        self._level[owner] = (tokens - allowed, now)
        if len(self._level) > self._quota.addresses:
            self._level.popitem(last=False)
        return 0 if allowed else max(1, math.ceil((1 - tokens) / rate))


def network(address: str) -> str:
    """Who counts as one: an IPv4 address, an IPv6 /64 network, or the text itself if it is neither."""
    try:
        parsed = ipaddress.ip_address(address)
    except ValueError:
        return address
    if isinstance(parsed, ipaddress.IPv4Address):
        return str(parsed)
    if parsed.ipv4_mapped is not None:
        return str(parsed.ipv4_mapped)
    return str(ipaddress.ip_network((parsed, 64), strict=False))
