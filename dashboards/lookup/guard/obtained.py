"""The distinct persons that addresses and networks obtained in the last 24 hours, and the pool beyond what is free.

Nothing kept names anybody: an address, a network or a person is a hash with a key that is made anew every day and
destroyed a day later, when nothing that was counted under it is within 24 hours. Functions take a cursor in a
transaction, and moments in seconds.
"""

import hmac
import secrets
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass

from pysqlite3 import dbapi2 as sqlite3

from dashboards.lookup.guard.quota import network
from dashboards.lookup.guard.quota_file import DAY
from dashboards.lookup.settings import Free, Pool

TABLES = """
    CREATE TABLE IF NOT EXISTS obtained (
        holder BLOB, person BLOB, at REAL NOT NULL, is_pooled INTEGER NOT NULL, PRIMARY KEY (holder, person)
    ) WITHOUT ROWID;
    CREATE INDEX IF NOT EXISTS obtained_pooled ON obtained (at) WHERE is_pooled;
    CREATE TABLE IF NOT EXISTS obtained_secret (day INTEGER PRIMARY KEY, key BLOB NOT NULL);
"""
# Of a name under a key the first half stands in the file; the whole keys the hashes of persons.
_HALF = 16


@dataclass(frozen=True)
class Holder:
    """An address or a network: `free` persons a day, its `names` under the keys of today and of yesterday.

    `moments`: hash of a person -> when obtained; `pooled` of them were beyond the free ones.
    """

    free: int
    names: tuple[bytes, ...]
    moments: Mapping[bytes, float]
    pooled: int

    @property
    def kept_names(self) -> tuple[bytes, ...]:
        """The names as they stand in the file, that of today first."""
        return tuple(name[:_HALF] for name in self.names)

    @property
    def count(self) -> int:
        return len(self.moments)

    @property
    def beyond(self) -> int:
        """How many persons were obtained beyond the free ones."""
        return max(0, self.count - self.free)

    def new(self, persons: Iterable[str]) -> list[str]:
        """The persons that were not obtained yet."""
        return [p for p in persons if not any(_hash(name, p) in self.moments for name in self.names)]

    def exceeds(self, new: int) -> bool:
        """Whether so many new persons are more than is left of the free ones."""
        return new > 0 and self.count + new > self.free

    def from_pool(self, new: int) -> int:
        """How many of so many new persons would have to come from the pool."""
        return max(0, self.count + new - self.free) - self.beyond

    def free_in(self, now: float) -> float:
        """Seconds until a person more is free than now; a day where none was obtained, or none is ever free."""
        return sorted(self.moments.values())[self.beyond] + DAY - now if self.beyond < self.count else DAY


def turn(cursor: sqlite3.Cursor, now: float) -> None:
    """A new day has another key; what cannot count any more is removed, and older keys.

    A clock that is behind, or was set back over midnight, finds the key of the day to come and makes none. What only
    a clock that was wrong by days can have left is removed, too: it would count for as long.
    """
    day = int(now // DAY)
    cursor.execute("DELETE FROM obtained_secret WHERE day NOT BETWEEN ? AND ?", (day - 1, day + 1))
    cursor.execute("DELETE FROM obtained WHERE at <= ? OR at > ?", (now - DAY, now + DAY))
    if cursor.execute("SELECT 1 FROM obtained_secret WHERE day >= ?", (day,)).fetchone() is None:
        cursor.execute("INSERT INTO obtained_secret VALUES (?, ?)", (day, secrets.token_bytes(32)))


def keys_of(cursor: sqlite3.Cursor) -> tuple[bytes, ...]:
    """The keys under which persons may be counted, that of today first; the same for all processes."""
    return tuple(key for (key,) in cursor.execute("SELECT key FROM obtained_secret ORDER BY day DESC"))


def holders_of(
    cursor: sqlite3.Cursor, free: Sequence[Free], address: str, keys: Collection[bytes], now: float
) -> tuple[Holder, ...]:
    """The address and its networks, in the order of the settings, with what each obtained in the last 24 hours."""
    return tuple(_holder(cursor, each, network(address, each.ipv4, each.ipv6), keys, now) for each in free)


def _holder(cursor: sqlite3.Cursor, free: Free, place: str, keys: Collection[bytes], now: float) -> Holder:
    names = tuple(hmac.digest(key, place.encode("utf-8", "replace"), "sha256") for key in keys)
    query = "SELECT person, at, is_pooled FROM obtained WHERE holder = ? AND at > ?"
    rows = [row for name in names for row in cursor.execute(query, (name[:_HALF], now - DAY))]
    moments = {person: at for person, at, _ in rows}
    return Holder(free.persons, names, moments, sum(is_pooled for _, _, is_pooled in rows))


def record(cursor: sqlite3.Cursor, holders: Sequence[Holder], persons: Collection[str], now: float) -> None:
    """Counts persons as obtained by each holder; those of the last, the network, beyond its free ones are pooled."""
    for holder in holders:
        new = holder.new(persons)
        own = len(new) - (holder.from_pool(len(new)) if holder is holders[-1] else 0)
        rows = [
            (holder.kept_names[0], _hash(holder.names[0], person), now, place >= own)
            for place, person in enumerate(new)
        ]
        cursor.executemany("INSERT OR REPLACE INTO obtained VALUES (?, ?, ?, ?)", rows)


def left_for(cursor: sqlite3.Cursor, holder: Holder, pool: Pool, now: float) -> int:
    """How many persons a network may still take: it has at most a share of what is then left to the others."""
    query = "SELECT count(*) FROM obtained WHERE is_pooled AND at > ?"
    (taken,) = cursor.execute(query, (now - DAY,)).fetchone()
    return int(pool.persons - taken - pool.share * holder.pooled) // (pool.share + 1)


def _hash(name: bytes, person: str) -> bytes:
    return hmac.digest(name, person.encode(), "sha256")[:_HALF]
