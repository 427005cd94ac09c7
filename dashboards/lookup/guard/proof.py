"""Proof of work without third parties, as in hashcash: a signed challenge, and numbers whose hashes are small.

Nothing of a challenge is kept until it was used: its seal binds it to what it is for and to its moment. The work is
divided into parts, so that the time it takes varies less.
"""

import hmac
import re
import secrets
from dataclasses import dataclass
from hashlib import sha256

from dashboards.lookup.settings import Work

_CHALLENGE = re.compile(r"([0-9]{1,12})[.]([0-9]{1,15})[.]([0-9a-f]{8})[.][0-9a-f]{64}", re.ASCII)
_SOLUTION = re.compile(r"[0-9]{1,15}([.][0-9]{1,15})*", re.ASCII)
# So many leading bits of a hash are compared: JavaScript counts no further without loss.
_BITS = 48


@dataclass(frozen=True)
class Challenge:
    """`text` as it is sent; `issued` in seconds; `work` is the number of hashes expected."""

    text: str
    issued: int
    work: int


@dataclass(frozen=True)
class Seal:
    """What makes and knows challenges `bound_to` something, with the first of `keys`; the others are still known."""

    keys: tuple[bytes, ...]
    bound_to: str

    def challenge(self, issued: int, work: int) -> Challenge:
        """A new challenge; no two are the same."""
        return self._sealed(self.keys[0], issued, work, secrets.token_hex(4))

    def opened(self, text: str) -> Challenge | None:
        """The challenge that a text is; None when it is forged, or for something else."""
        match = _CHALLENGE.fullmatch(text)
        if match is None:
            return None
        known = (self._sealed(key, int(match[1]), int(match[2]), match[3]) for key in self.keys)
        return next((each for each in known if hmac.compare_digest(each.text, text)), None)

    def _sealed(self, key: bytes, issued: int, work: int, salt: str) -> Challenge:
        signed = f"{issued}.{work}.{salt}"
        mark = hmac.digest(key, f"{signed}.{self.bound_to}".encode("utf-8", "replace"), "sha256").hex()
        return Challenge(f"{signed}.{mark}", issued, work)


def price(beyond: int, work: Work) -> int:
    """Hashes due where so many persons were obtained beyond the free ones.

    It rises by steps: the price of one person more does not tell whether a neighbour had obtained that person.

    >>> price(59, Work(hashes=100, doubled_by=30, parts=8, lifetime=3600, waited=10, waits=20))
    200
    """
    return work.hashes << (beyond // work.doubled_by)


def hashes_of_part(work: int, parts: int) -> int:
    """Hashes expected for one part."""
    return max(1, work // parts)


def is_solved(challenge: Challenge, solution: str, parts: int) -> bool:
    """Whether the numbers, one a part with points between, solve it; every part is looked at in any case.

    A number solves a part when the first 48 bits of the SHA-256 of `challenge:part:number`, parts counted from 0,
    times the hashes expected for a part, stay below 2 to the 48th.
    """
    numbers = solution.split(".") if _SOLUTION.fullmatch(solution) else []
    hashes = hashes_of_part(challenge.work, parts)
    digests = [
        sha256(f"{challenge.text}:{part}:{number}".encode()).digest()
        for part, number in enumerate(numbers[:parts])
    ]
    small = [int.from_bytes(digest[: _BITS // 8]) * hashes < 1 << _BITS for digest in digests]
    return sum(small) == parts == len(numbers)
