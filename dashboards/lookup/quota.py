"""How often an address and its network may ask, counted in one file by all processes and kept over a restart.

Each allowance is a bucket that refills evenly (GCRA: one moment per owner, before which it has nothing to spend). The
file holds no address: owners are named by a hash with a key that is made anew every day, which empties all buckets.
"""

import hmac
import ipaddress
import math
import secrets
from collections.abc import Callable, Sequence
from contextlib import closing
from pathlib import Path

from pysqlite3 import dbapi2 as sqlite3

from dashboards.lookup.settings import Quota
from etl.errors import BadInput

_DAY = 86_400
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
        self._key: tuple[int, bytes] = (-1, b"")
        try:
            self._file = _opened(path)
        except (OSError, sqlite3.Error) as error:
            raise BadInput(
                "配额文件不能写 | the file of the quotas cannot be written",
                where=str(path),
                remedy="让运行查询的用户可写这个文件夹 | let the lookup's user write to this folder",
            ) from error

    def spend(self, address: str, tokens: int = 1) -> int:
        """0 when so much may be answered, else the whole seconds to wait (at least 1)."""
        now = self._clock()
        with closing(self._file.cursor()) as cursor:
            cursor.execute("BEGIN IMMEDIATE")
            owners = [self._owner(cursor, place, address, now) for place in range(len(self._quotas))]
            empty = [self._empty_until(cursor, owner, now) for owner in owners]
            waits = (
                _wait(quota, until - now, tokens) for quota, until in zip(self._quotas, empty, strict=True)
            )
            wait = max(waits, default=0.0)
            if wait <= 0:
                steps = (tokens * 60 / quota.per_minute for quota in self._quotas)
                spent = zip(owners, map(sum, zip(empty, steps, strict=True)), strict=True)
                cursor.executemany("INSERT OR REPLACE INTO bucket VALUES (?, ?)", list(spent))
            cursor.execute("COMMIT")
        return 0 if wait <= 0 else max(1, math.ceil(wait))

    def mark(self, content: str) -> str:
        """What proves until the end of the day that `content` was paid for; processes make the same."""
        with closing(self._file.cursor()) as cursor:
            cursor.execute("BEGIN IMMEDIATE")
            key = self._day_key(cursor, self._clock())
            cursor.execute("COMMIT")
        return hmac.digest(key, f"paid {content}".encode(), "sha256").hex()

    def _owner(self, cursor: sqlite3.Cursor, place: int, address: str, now: float) -> bytes:
        """Name of the bucket of a quota for an address, today."""
        named = f"{place} {network(address, self._quotas[place])}"
        return hmac.digest(self._day_key(cursor, now), named.encode("utf-8", "replace"), "sha256")[:16]

    def _day_key(self, cursor: sqlite3.Cursor, now: float) -> bytes:
        """The key of today; a new day empties all buckets."""
        day = int(now // _DAY)
        if self._key[0] != day:
            cursor.execute("DELETE FROM bucket WHERE NOT EXISTS (SELECT 1 FROM secret WHERE day = ?)", (day,))
            cursor.execute("DELETE FROM secret WHERE day <> ?", (day,))
            cursor.execute("INSERT OR IGNORE INTO secret VALUES (?, ?)", (day, secrets.token_bytes(32)))
            (key,) = cursor.execute("SELECT key FROM secret").fetchone()
            self._key = (day, key)
        return self._key[1]

    def _empty_until(self, cursor: sqlite3.Cursor, owner: bytes, now: float) -> float:
        found = cursor.execute("SELECT empty_until FROM bucket WHERE owner = ?", (owner,)).fetchone()
        return max(now, found[0]) if found else now


def _opened(path: Path) -> sqlite3.Connection:
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    # One thread, that of the event loop, uses it; another may have made it.
    file = sqlite3.connect(path, isolation_level=None, timeout=5, check_same_thread=False)
    for pragma in ("journal_mode = WAL", "synchronous = OFF"):
        file.execute(f"PRAGMA {pragma}")
    file.executescript(_TABLES)
    return file


def _wait(quota: Quota, spent: float, tokens: int) -> float:
    """Seconds until so many tokens may be spent, when those spent refill in `spent` seconds; none or less: now."""
    return spent - (quota.burst - tokens) * 60 / quota.per_minute


def network(address: str, quota: Quota) -> str:
    """Who counts as one for a quota: a network of its prefix lengths, or the text itself if it is no address."""
    try:
        parsed = ipaddress.ip_address(address)
    except ValueError:
        return address
    if isinstance(parsed, ipaddress.IPv6Address) and parsed.ipv4_mapped is not None:
        parsed = parsed.ipv4_mapped
    length = quota.ipv4 if parsed.version == 4 else quota.ipv6
    return str(ipaddress.ip_network((parsed, length), strict=False))
