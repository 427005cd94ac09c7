"""Many values looked for at once in any bytes: every window of 8 or 16 bytes against the ends of the values.

An automaton of Aho and Corasick holds a node for almost every byte of every value: 6 million values took 12 to 30 GB
in two well-kept libraries (G-Research/ahocorasick_rs#62, petar-dambovaliev/aho-corasick#8). Here a spelling takes 30
bytes: it is known by a hash of its last 16 bytes (8, if it is shorter than 16), and then by its length and a hash
of its first ones. Karp and Rabin (1987), with numpy for the loop. The bytes between the first and the last 16 of a
value of more than 32 are not compared.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

_Numbers = NDArray[np.uint64]
_Places = NDArray[np.int64]
# Hashes of the last and the first windows of some values, and their lengths in bytes.
_Windows = tuple[_Numbers, _Numbers, NDArray[np.uint32]]
# With the number of the group that they belong to.
_Collected = tuple[_Windows, int]

_FACTORS = (np.uint64(0x9E3779B97F4A7C15), np.uint64(0xC2B2AE3D27D4EB4F))
_LOAD = 8
_WIDTHS = (8, 16)
_BLOCK = 1 << 16
# Slots of each filter for one value: of the places that hold no value, one in so many passes it.
_SLOTS = 16
# Values that are not ASCII may stand in any of these; ASCII in UTF-16 is found without its zero bytes.
_ENCODINGS = ("utf-8", "gb18030", "utf-16-le", "utf-16-be")
_NARROW = 128


@dataclass(frozen=True)
class Group:
    """Values of one kind, some at a time. `whole`: they count only as a whole cell or word, as a name does.

    A text is looked for in every encoding that it may stand in, bytes as they are.
    """

    kind: str
    values: Iterable[Sequence[str] | Sequence[bytes]]
    whole: bool


@dataclass(frozen=True)
class Match:
    """Where a value stands: which group, and the places at which it begins and ends."""

    group: int
    start: int
    end: int


@dataclass(frozen=True)
class _Entries:
    """The values that are known by windows of one width, in the order of the hash of their last window."""

    width: int
    last: _Numbers
    first: _Numbers
    lengths: NDArray[np.uint32]
    groups: NDArray[np.uint16]
    filters: tuple[NDArray[np.uint8], ...]

    def candidates(self, data: bytes) -> Iterator[tuple[_Places, _Places]]:
        """(ends, entries) of the places at which the last window of an entry stands."""
        for start in range(0, len(data) - self.width + 1, _BLOCK):
            hashes = _hashes(data[start : start + _BLOCK + self.width - 1], self.width)
            near = np.flatnonzero(_passes(self.filters[0], hashes))
            passed = _passes(self.filters[1], hashes[near] * _FACTORS[1])
            near = near[passed]
            hashes = hashes[near]
            low = np.searchsorted(self.last, hashes, "left")
            counts = np.searchsorted(self.last, hashes, "right") - low
            entries = np.repeat(low - np.cumsum(counts) + counts, counts) + np.arange(counts.sum())
            if len(entries):
                yield np.repeat(near + start + self.width, counts), entries

    def matches(self, data: bytes) -> Iterator[Match]:
        for ends, entries in self.candidates(data):
            starts = ends - self.lengths[entries]
            right = starts >= 0
            right[right] = _hashes_at(data, starts[right], self.width) == self.first[entries[right]]
            for start, end, entry in zip(starts[right], ends[right], entries[right], strict=True):
                yield Match(int(self.groups[entry]), int(start), int(end))


class Needles:
    """Values to look for. What is shorter than 8 bytes counts only as a whole cell or word."""

    def __init__(self, groups: Sequence[Group]) -> None:
        """Reads every value once. Memory: 22 bytes a spelling, and 4 to 8 for the filters."""
        self.groups = groups
        collected: dict[int, list[_Collected]] = {}
        for number, group in enumerate(groups):
            for values in group.values:
                for width, windows in _windows_of(values, group.whole):
                    collected.setdefault(width, []).append((windows, number))
        self._entries = [_sorted(width, collected.get(width, [])) for width in (0, *_WIDTHS)]

    def __len__(self) -> int:
        """Spellings that are looked for."""
        return sum(len(entries.last) for entries in self._entries)

    def find(self, data: bytes, delimiters: NDArray[np.bool_] | None) -> Iterator[Match]:
        """Every place at which a value stands.

        `delimiters` are the 256 bytes of a text that may stand beside a word; None: the bytes are no text, and
        values that count only as a whole are not looked for.
        """
        short, *long = self._entries
        for entries in long:
            if len(entries.last) and len(data) >= entries.width:
                for match in entries.matches(data):
                    if not self.groups[match.group].whole or _is_whole(data, match, delimiters):
                        yield match
        if delimiters is not None and len(short.last):
            yield from _words(data, delimiters, short)


def _is_whole(data: bytes, match: Match, delimiters: NDArray[np.bool_] | None) -> bool:
    if delimiters is None:
        return False
    before = match.start == 0 or bool(delimiters[data[match.start - 1]])
    return before and (match.end == len(data) or bool(delimiters[data[match.end]]))


def _words(data: bytes, delimiters: NDArray[np.bool_], short: _Entries) -> Iterator[Match]:
    """The words of fewer than 8 bytes that are values."""
    symbols = np.frombuffer(data, np.uint8)
    inside = np.zeros(len(symbols) + 2, np.int8)
    inside[1:-1] = ~delimiters[symbols]
    edges = np.flatnonzero(inside[1:] != inside[:-1])
    starts, lengths = edges[::2], edges[1::2] - edges[::2]
    few = lengths < _LOAD
    starts, lengths = starts[few], lengths[few]
    keys = _short_keys(_loads(data + bytes(_LOAD))[starts], lengths)
    places = np.minimum(np.searchsorted(short.last, keys), len(short.last) - 1)
    for word in np.flatnonzero(short.last[places] == keys):
        start = int(starts[word])
        yield Match(int(short.groups[places[word]]), start, start + int(lengths[word]))


def _windows_of(values: Sequence[str] | Sequence[bytes], whole: bool) -> Iterator[tuple[int, _Windows]]:
    """(width, windows) of values in each spelling that they may have.

    Width 0: values of fewer than 8 bytes, with the value itself for a hash.
    """
    yield from _windows_in(pa.array(values, pa.large_binary()), least=1)
    if not whole:
        other = [value for value in values if isinstance(value, str) and not value.isascii()]
        for encoding in _ENCODINGS[1:]:
            spelled = [value.encode(encoding, "ignore") for value in other]
            yield from _windows_in(pa.array(spelled, pa.large_binary()), least=_LOAD)


def _windows_in(values: Any, least: int) -> Iterator[tuple[int, _Windows]]:
    _, offsets, buffer = values.buffers()
    ends = np.frombuffer(offsets, np.int64)[: len(values) + 1]
    data = (buffer.to_pybytes() if buffer else b"") + bytes(_LOAD)
    starts, lengths = ends[:-1], np.diff(ends)
    short = (lengths >= least) & (lengths < _LOAD)
    keys = _short_keys(_loads(data)[starts[short]], lengths[short])
    yield 0, (keys, keys, lengths[short].astype(np.uint32))
    for width, longer in zip(_WIDTHS, (_WIDTHS[1], np.iinfo(np.int64).max), strict=True):
        chosen = (lengths >= width) & (lengths < longer)
        first = _hashes_at(data, starts[chosen], width)
        last = _hashes_at(data, starts[chosen] + lengths[chosen] - width, width)
        yield width, (last, first, lengths[chosen].astype(np.uint32))


def _sorted(width: int, collected: Sequence[_Collected]) -> _Entries:
    none: _Windows = (np.zeros(0, np.uint64), np.zeros(0, np.uint64), np.zeros(0, np.uint32))
    windows = [none, *(own for own, _ in collected)]
    groups = [np.full(len(own[0]), number, np.uint16) for own, number in ((none, 0), *collected)]
    last = np.concatenate([own[0] for own in windows])
    order = np.argsort(last)
    last = last[order]
    return _Entries(
        width=width,
        last=last,
        first=np.concatenate([own[1] for own in windows])[order],
        lengths=np.concatenate([own[2] for own in windows])[order],
        groups=np.concatenate(groups)[order],
        filters=(_filter(last), _filter(last * _FACTORS[1])),
    )


def _short_keys(loads: _Numbers, lengths: _Places) -> _Numbers:
    """A value of fewer than 8 bytes as one number: its bytes, and its length in the byte that is left."""
    bits = (lengths * 8).astype(np.uint64)
    own: _Numbers = (loads & ((np.uint64(1) << bits) - np.uint64(1))) | (
        lengths.astype(np.uint64) << np.uint64(56)
    )
    return own


def _loads(data: bytes) -> _Numbers:
    """The 8 bytes from each place on, as one number."""
    return np.ndarray((max(0, len(data) - _LOAD + 1),), "<u8", data, 0, (1,))


def _hashes(data: bytes, width: int) -> _Numbers:
    """A hash of the window of `width` bytes from each place on."""
    loads = _loads(data)
    if width == _LOAD:
        return loads * _FACTORS[0]
    return loads[:-_LOAD] * _FACTORS[0] + loads[_LOAD:] * _FACTORS[1]


def _hashes_at(data: bytes, places: _Places, width: int) -> _Numbers:
    loads = _loads(data)
    first: _Numbers = loads[places] * _FACTORS[0]
    return first if width == _LOAD else first + loads[places + _LOAD] * _FACTORS[1]


def _filter(hashes: _Numbers) -> NDArray[np.uint8]:
    """Bits that are set at the slots of some hashes: a Bloom filter of one function."""
    slots = np.zeros(1 << max(10, (len(hashes) * _SLOTS).bit_length()), bool)
    slots[_slots(hashes, len(slots))] = True
    return np.packbits(slots, bitorder="little")


def _passes(bits: NDArray[np.uint8], hashes: _Numbers) -> NDArray[np.bool_]:
    """Whether the slot of each hash is set."""
    slots = _slots(hashes, len(bits) * 8)
    return ((bits.take(slots >> 3) >> (slots.astype(np.uint8) & 7)) & 1).view(np.bool_)


def _slots(hashes: _Numbers, size: int) -> _Places:
    """The highest bits, which depend on every byte, as places below `size`, a power of two."""
    return (hashes >> np.uint64(64 - (size.bit_length() - 1))).view(np.int64)
