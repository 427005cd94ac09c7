"""Whether an answer about persons may be told: free, against a proof of work or a wait, or not now.

Beyond the free allowance of an address or its network every question needs a proof, whatever it may find; only an
answer that tells nobody new does not. So neither the proof nor its price tells whether there is something to find.
What all networks obtain beyond it comes from one pool (docs/decisions/0017-harvesting.md).
"""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from pysqlite3 import dbapi2 as sqlite3

from dashboards.lookup.guard import obtained, proof
from dashboards.lookup.guard.obtained import Holder
from dashboards.lookup.guard.proof import Challenge, Seal
from dashboards.lookup.guard.quota import network
from dashboards.lookup.guard.quota_file import DAY, QuotaFile
from dashboards.lookup.settings import Allowance

_TABLES = """
    CREATE TABLE IF NOT EXISTS proof (
        challenge TEXT PRIMARY KEY, holder BLOB NOT NULL, at REAL NOT NULL, is_wait INTEGER NOT NULL
    ) WITHOUT ROWID;
    CREATE INDEX IF NOT EXISTS proof_waits ON proof (holder, at) WHERE is_wait;
"""


@dataclass(frozen=True)
class Asking:
    """A question and what its answer would tell: `persons`, and how many of its parts found nobody.

    `is_list`: whoever asks knows how many persons they ask about. `challenge` and `solution` are those that came with
    it; no solution: the time was waited for.
    """

    question: str
    persons: frozenset[str] = frozenset()
    unanswered: int = 0
    is_list: bool = False
    challenge: str = ""
    solution: str = ""


@dataclass(frozen=True)
class Due:
    """Why an answer is held back: a proof is due, or nothing is left (no `challenge`).

    `free_in`: seconds until more is free. `wait`: seconds until the challenge counts without a solution, None when
    no more waits are left.
    """

    free_in: int
    challenge: Challenge | None = None
    wait: int | None = None


class Admission:
    """`clock` tells seconds of an era that all processes share. Raises BadInput when the file cannot be used."""

    def __init__(self, allowance: Allowance, path: Path, clock: Callable[[], float]) -> None:
        self._allowance = allowance
        self._clock = clock
        self._day = -1
        self._file = QuotaFile(path, obtained.TABLES + _TABLES)

    def admit(self, address: str, asking: Asking) -> Due | None:
        """None when the answer may be told, and is counted; else what is due, and nothing is counted."""
        now = self._clock()
        self._turn()
        with self._file.transaction() as cursor:
            keys = obtained.keys_of(cursor)
            holders = obtained.holders_of(cursor, self._allowance.free, address, keys, now)
            # New to whoever asks: what neighbours in the network obtained must not show.
            asked = len(holders[0].new(asking.persons)) + asking.unanswered
            due = None
            if any(holder.exceeds(asked) for holder in holders):
                due = self._due(cursor, holders, asking, self._seal(address, asking, keys), now)
            if due is None:
                obtained.record(cursor, holders, asking.persons, now)
        return due

    def holds(self, address: str, asking: Asking) -> bool:
        """Whether a genuine challenge came with the question, for it and from this network, and not too old."""
        self._turn()
        with self._file.reading() as cursor:
            keys = obtained.keys_of(cursor)
        return self._held(asking, self._seal(address, asking, keys), self._clock()) is not None

    def renew(self) -> None:
        """Lets the keys of days that are over go, also when nobody asks, and challenges too old to count again.

        So used challenges are those of an hour, and the waits of a day, a few for each network. Persons obtained are
        kept for a day: of each network as many as it may obtain, for each of its addresses that obtained them. Against
        ever new networks the file has a size that it does not exceed.
        """
        self._turn()
        now = self._clock()
        with self._file.transaction() as cursor:
            cursor.execute("DELETE FROM proof WHERE is_wait AND at <= ?", (now - DAY,))
            old = now - self._allowance.work.lifetime
            cursor.execute("DELETE FROM proof WHERE NOT is_wait AND at <= ?", (old,))
        self._file.forget()

    def _turn(self) -> None:
        """A new day forgets what is older."""
        now = self._clock()
        if self._file.follow():
            self._day = -1
        if self._day != now // DAY:
            with self._file.transaction() as cursor:
                obtained.turn(cursor, now)
            self._file.forget()
            self._day = int(now // DAY)

    def _due(
        self, cursor: sqlite3.Cursor, holders: Sequence[Holder], asking: Asking, seal: Seal, now: float
    ) -> Due | None:
        """What is due beyond the free allowance; None against a proof, as long as the pool has enough left."""
        whole, work = holders[-1], self._allowance.work
        left = obtained.left_for(cursor, whole, self._allowance.pool, now)
        price = proof.price(max(holder.beyond for holder in holders), work)
        may_wait = _waits(cursor, whole, now) < work.waits
        held = self._held(asking, seal, now)
        if held and (2 * held.work < price or _is_used(cursor, held)):
            held = None
        if held and self._is_paid(held, asking, may_wait, now):
            if whole.from_pool(len(whole.new(asking.persons))) > left:
                return Due(_free_in(holders, now))
            _use(cursor, held, whole, now, not asking.solution)
            return None
        if whole.from_pool(_least(holders[0], asking)) > left:
            return Due(_free_in(holders, now))
        if held is None or asking.solution:
            held = seal.challenge(int(now), price)
        return Due(_free_in(holders, now), held, self._wait(held, now) if may_wait else None)

    def _seal(self, address: str, asking: Asking, keys: tuple[bytes, ...]) -> Seal:
        whole = self._allowance.free[-1]
        return Seal(keys, f"{network(address, whole.ipv4, whole.ipv6)} {asking.question}")

    def _held(self, asking: Asking, seal: Seal, now: float) -> Challenge | None:
        """The challenge that came with a question, if it is genuine and not too old."""
        held = seal.opened(asking.challenge)
        return held if held and held.issued + self._allowance.work.lifetime > now else None

    def _is_paid(self, held: Challenge, asking: Asking, may_wait: bool, now: float) -> bool:
        if asking.solution:
            return proof.is_solved(held, asking.solution, self._allowance.work.parts)
        return may_wait and self._wait(held, now) == 0

    def _wait(self, held: Challenge, now: float) -> int:
        """Seconds until a challenge counts without a solution."""
        return max(0, math.ceil(held.issued + held.work / self._allowance.work.waited - now))


def _least(address: Holder, asking: Asking) -> int:
    """So many persons more an answer may tell, as far as that is no secret before it is told."""
    return len(address.new(asking.persons)) + asking.unanswered if asking.is_list else 1


def _free_in(holders: Sequence[Holder], now: float) -> int:
    """Seconds until who has nothing free left has something again; it does not depend on what was asked."""
    spent = [holder for holder in holders if holder.count >= holder.free] or holders
    return math.ceil(max(holder.free_in(now) for holder in spent))


def _waits(cursor: sqlite3.Cursor, holder: Holder, now: float) -> int:
    """How often in the last 24 hours the network waited instead of working."""
    query = "SELECT count(*) FROM proof WHERE holder = ? AND at > ? AND is_wait"
    found = [cursor.execute(query, (name, now - DAY)).fetchone()[0] for name in holder.kept_names]
    return sum(found)


def _is_used(cursor: sqlite3.Cursor, held: Challenge) -> bool:
    return cursor.execute("SELECT 1 FROM proof WHERE challenge = ?", (held.text,)).fetchone() is not None


def _use(cursor: sqlite3.Cursor, held: Challenge, holder: Holder, now: float, is_wait: bool) -> None:
    """A challenge counts once."""
    values = (held.text, holder.kept_names[0], now, is_wait)
    cursor.execute("INSERT INTO proof VALUES (?, ?, ?, ?)", values)
