"""Keyed hashes: who belongs to a class, and the noise stream that follows from it.

A class's stream is seeded by its public membership only (the sum of its members' hashes modulo 2**128), never by
anything sensitive: two registers that differ in sensitive codes alone draw the same noise, which is what makes each
level a Gaussian mechanism. BLAKE2b with a key is a pseudorandom function (Aumasson et al. 2013; RFC 7693).
"""

from collections.abc import Iterable, Sequence
from hashlib import blake2b

import numpy as np
import numpy.typing as npt

from etl.errors import BadInput

LIMBS = 4
"""A hash of 128 bits is kept as four numbers of 32 bits, so that 2**32 of them add up in 64 bits."""

_WORDS_OF_A_DIGEST = 8
_SMALLEST_KEY, _LARGEST_KEY = 16, 64


def check_key(key: bytes) -> None:
    """Raises BadInput unless the key is 16 to 64 bytes; says nothing of its content."""
    if not isinstance(key, bytes) or not _SMALLEST_KEY <= len(key) <= _LARGEST_KEY:
        raise BadInput(
            "密钥须为 16 至 64 字节 | the key must be 16 to 64 bytes",
            rule="key",
            remedy="用密钥命令生成密钥 | make the key with the key command",
        )


def memberships(units: Iterable[bytes], key: bytes) -> npt.NDArray[np.uint64]:
    """Hashes of units, 128 bits each, lowest limb first; shape (units, 4)."""
    keyed = blake2b(digest_size=16, key=key, person=b"membership")
    digests = b"".join([_digest(keyed, unit) for unit in units])
    return np.frombuffer(digests, "<u4").astype(np.uint64).reshape(-1, LIMBS)


def added(limbs: npt.NDArray[np.uint64]) -> list[str]:
    """Sums of hashes as 32 hexadecimal digits: carried from limb to limb, modulo 2**128."""
    carried = limbs.copy()
    for limb in range(LIMBS - 1):
        carried[:, limb + 1] += carried[:, limb] >> np.uint64(32)
    words = (carried & np.uint64(0xFFFFFFFF))[:, ::-1].astype(">u4")
    return [row.tobytes().hex() for row in words]


def streams(seeds: Sequence[bytes], key: bytes, words: int) -> npt.NDArray[np.uint64]:
    """`words` uniform words of 64 bits for every seed; shape (seeds, words)."""
    blocks = -(-words // _WORDS_OF_A_DIGEST)
    keyed = [blake2b(key=key, salt=block.to_bytes(8, "little"), person=b"noise") for block in range(blocks)]
    digests = b"".join([_digest(block, seed) for seed in seeds for block in keyed])
    drawn = np.frombuffer(digests, "<u8").reshape(len(seeds), blocks * _WORDS_OF_A_DIGEST)
    return drawn[:, :words].astype(np.uint64)


def _digest(keyed: blake2b, message: bytes) -> bytes:
    """Copying a keyed hash costs half of making one, and there are millions."""
    copy = keyed.copy()
    copy.update(message)
    return copy.digest()
