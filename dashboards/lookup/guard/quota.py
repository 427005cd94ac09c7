"""How often an address and its network may ask, counted in one file by all processes and kept over a restart.

Each allowance is a bucket that refills evenly (GCRA: one moment per owner, before which it has nothing to spend). The
file holds no address: owners are named by a hash with a key that is made anew every day, which empties all buckets.
"""

import hmac
import ipaddress
import math
import secrets
from collections.abc import Callable, Sequence
from functools import lru_cache
from pathlib import Path

from pysqlite3 import dbapi2 as sqlite3

from dashboards.lookup.guard.quota_file import DAY, QuotaFile
from dashboards.lookup.settings import Quota

_TABLES = """
    CREATE TABLE IF NOT EXISTS bucket (owner BLOB PRIMARY KEY, empty_until REAL NOT NULL) WITHOUT ROWID;
    CREATE TABLE IF NOT EXISTS secret (day INTEGER PRIMARY KEY, key BLOB NOT NULL);
"""


class Buckets:
    """`spend` takes tokens of every quota that an address comes under, or of none.

    `clock` tells seconds of an era that all processes share. Raises BadInput when the file cannot be used.
    """

    def __init__(self, quotas: Sequence[Quota], path: Path, clock: Callable[[], float]) -> None:
        self._quotas = quotas
        self._clock = clock
        self._day = -1
        self._key = b""
        self._file = QuotaFile(path, _TABLES)

    def spend(self, address: str, tokens: int = 1, before: int = 0) -> int:
        """0 when so much may be answered, else the whole seconds to wait (at least 1).

        `before`: tokens that the request spent already and will have to spend again when it comes again.
        """
        now = self._clock()
        self._turn()
        with self._file.transaction() as cursor:
            self._key = _key_of(cursor)
            owners = [_owner(self._key, place, address, quota) for place, quota in enumerate(self._quotas)]
            empty = [self._empty_until(cursor, owner, now) for owner in owners]
            if self._wait(empty, now, tokens) <= 0:
                steps = (tokens * 60 / quota.per_minute for quota in self._quotas)
                spent = zip(owners, map(sum, zip(empty, steps, strict=True)), strict=True)
                cursor.executemany("INSERT OR REPLACE INTO bucket VALUES (?, ?)", list(spent))
                return 0
        return max(1, math.ceil(self._wait(empty, now, tokens + before)))

    def mark(self, content: str) -> str:
        """What proves until the end of the day that `content` was paid for; processes make the same."""
        self._turn()
        return _digest(self._key, f"paid {content}").hex()

    def pseudonym(self, text: str) -> str:
        """A name for it, 16 hexadecimal digits, the same in all processes; untraceable when the day is over."""
        self._turn()
        return _digest(self._key, f"named {text}").hex()[:16]

    def renew(self) -> None:
        """Lets the key of a day that is over go, also when nobody asks, and buckets that are full again.

        A bucket is full again minutes after it was used once, so there are never more of them than were asked from
        within minutes: a flood from ever new addresses does not make the file grow for a day.
        """
        self._turn()
        with self._file.transaction() as cursor:
            cursor.execute("DELETE FROM bucket WHERE empty_until <= ?", (self._clock(),))
        self._file.forget()

    def _turn(self) -> None:
        """A new day has another key, and empties all buckets.

        The file has one key, which all processes use. One whose clock is behind, or was set back over midnight, goes
        on with that of the day to come; only a key of a day that no such clock can mean is given up.
        """
        today = int(self._clock() // DAY)
        if self._file.follow():
            self._day = -1
        if self._day == today:
            return
        with self._file.transaction() as cursor:
            cursor.execute("DELETE FROM secret WHERE day NOT BETWEEN ? AND ?", (today, today + 1))
            if cursor.execute("SELECT 1 FROM secret").fetchone() is None:
                cursor.execute("DELETE FROM bucket")
                cursor.execute("INSERT INTO secret VALUES (?, ?)", (today, secrets.token_bytes(32)))
            self._key = _key_of(cursor)
        self._file.forget()
        self._day = today

    def _wait(self, empty: Sequence[float], now: float, tokens: int) -> float:
        """Seconds until every quota has so many tokens, given the moments before which each has none; 0: now."""
        waits = (
            until - now - (quota.burst - tokens) * 60 / quota.per_minute
            for quota, until in zip(self._quotas, empty, strict=True)
        )
        return max(waits, default=0.0)

    def _empty_until(self, cursor: sqlite3.Cursor, owner: bytes, now: float) -> float:
        found = cursor.execute("SELECT empty_until FROM bucket WHERE owner = ?", (owner,)).fetchone()
        return max(now, found[0]) if found else now


def _key_of(cursor: sqlite3.Cursor) -> bytes:
    return bytes(cursor.execute("SELECT key FROM secret").fetchone()[0])


def _digest(key: bytes, text: str) -> bytes:
    return hmac.digest(key, text.encode("utf-8", "replace"), "sha256")


def _owner(key: bytes, place: int, address: str, quota: Quota) -> bytes:
    """Name of the bucket of a quota for an address, today."""
    return _digest(key, f"{place} {network(address, quota.ipv4, quota.ipv6)}")[:16]


# One request asks again and again; few addresses stay in memory.
@lru_cache(64)
def network(address: str, ipv4: int, ipv6: int) -> str:
    """Who counts as one: a network of these prefix lengths, or the text itself if it is no address; 0, 0: everybody."""
    if not ipv4 and not ipv6:
        return "everybody"
    try:
        parsed = ipaddress.ip_address(address)
    except ValueError:
        return address
    if isinstance(parsed, ipaddress.IPv6Address) and parsed.ipv4_mapped is not None:
        parsed = parsed.ipv4_mapped
    length = ipv4 if parsed.version == 4 else ipv6
    return str(ipaddress.ip_network((parsed, length), strict=False))
