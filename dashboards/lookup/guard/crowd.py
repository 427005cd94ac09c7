"""How many connections of this process an address and its network hold at once."""

from collections import Counter
from collections.abc import Callable, Sequence

from dashboards.lookup.guard.quota import network
from dashboards.lookup.settings import Share


class Crowd:
    """Nobody holds more connections than each of `shares` allows; proxies bring everybody, and are not counted."""

    def __init__(self, shares: Sequence[Share], is_proxy: Callable[[str], bool]) -> None:
        self._shares = shares
        self._is_proxy = is_proxy
        self._held: Counter[tuple[int, str]] = Counter()

    def enter(self, address: str) -> bool:
        """Whether an address may hold one more; if so, it does until it leaves."""
        places = self._places(address)
        if any(self._held[place] >= self._shares[place[0]].most for place in places):
            return False
        self._held.update(places)
        return True

    def leave(self, address: str) -> None:
        """A connection that entered has ended."""
        for place in self._places(address):
            self._held[place] -= 1
            if not self._held[place]:
                del self._held[place]

    def _places(self, address: str) -> list[tuple[int, str]]:
        """The address and its networks, each by the number of its share; none of a proxy."""
        if self._is_proxy(address):
            return []
        return [(n, network(address, each.ipv4, each.ipv6)) for n, each in enumerate(self._shares)]
