"""Windows of bytes as numbers: their hashes (Karp and Rabin 1987), and sets of hashes (Bloom 1970)."""

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Numbers = NDArray[np.uint64]
Places = NDArray[np.int64]

LOAD = 8
_FACTORS = (np.uint64(0x9E3779B97F4A7C15), np.uint64(0xC2B2AE3D27D4EB4F))
_LEAST = 1 << 16


def loads(data: bytes, step: int = 1) -> Numbers:
    """The 8 bytes from every `step`-th place on, as one number."""
    return np.ndarray((max(0, (len(data) - LOAD) // step + 1),), "<u8", data, 0, (step,))


def loads_before(data: bytes, places: Places) -> Numbers:
    """The 8 bytes before each place as one number; what would stand before the first byte is zero."""
    numbers: Numbers = loads(bytes(LOAD) + data)[places]
    return numbers


def hashes(numbers: Numbers) -> Numbers:
    """Hashes of windows of 8 bytes."""
    return numbers * _FACTORS[0]


def hashes_at(data: bytes, places: Places, width: int) -> Numbers:
    """Hashes of the windows of `width` bytes, 8 or 16, from some places on."""
    numbers = loads(data)
    first = hashes(numbers[places])
    return first if width == LOAD else first + numbers[places + LOAD] * _FACTORS[1]


def upper(some: Numbers) -> NDArray[np.uint32]:
    """The upper halves of hashes, which depend on every byte."""
    return (some >> np.uint64(32)).astype(np.uint32)


@dataclass(frozen=True)
class Filter:
    """A set of upper halves of hashes that holds some others, too: a bit for each of a power of two of slots."""

    bits: NDArray[np.uint8]

    @classmethod
    def of(cls, parts: Iterable[NDArray[np.uint32]], slots: int) -> "Filter":
        """The set of all that the parts hold, in `slots` or up to twice as many."""
        held = np.zeros(max(_LEAST, 1 << slots.bit_length()), bool)
        for part in parts:
            held[_slots(part, len(held))] = True
        return cls(np.packbits(held, bitorder="little"))

    def passed(self, some: NDArray[np.uint32]) -> Places:
        """The places of those that the set may hold."""
        slots = _slots(some, len(self.bits) * 8)
        return np.flatnonzero(((self.bits.take(slots >> 3) >> (slots.astype(np.uint8) & 7)) & 1).view(bool))


def _slots(some: NDArray[np.uint32], size: int) -> NDArray[np.uint32]:
    """The highest bits as places below `size`, a power of two."""
    return some >> np.uint32(32 - (size.bit_length() - 1))
