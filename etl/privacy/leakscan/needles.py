"""Many values looked for at once in any bytes: the ends of the values against the places at which one may end.

An automaton of Aho and Corasick holds a node for almost every byte of every value: 6 million values took 12 to 30 GB
in two well-kept libraries (G-Research/ahocorasick_rs#62, petar-dambovaliev/aho-corasick#8). Here a spelling takes 30
bytes: it is known by a hash of its last 16 bytes (8, if it is shorter than 16), and then by its length and a hash
of its first ones. The bytes between the first and the last 16 of a value of more than 32 are not compared.

Few places are looked at. A name counts only as a whole, so it ends where a word ends. Any other value of 15 bytes
or more covers 8 bytes that begin at a multiple of 8: only those are read, and where they are 8 of the last 15 bytes
of a value, the 8 places at which it may end are looked at. A shorter value covers 8 bytes at a multiple of 4, 2 or 1.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from etl.privacy.leakscan.windows import (
    LOAD,
    Filter,
    Numbers,
    Places,
    hashes,
    hashes_at,
    loads,
    loads_before,
    upper,
)

_BLOCK = 1 << 16
# Slots for each value: in the filter of its end, and in that of the up to 8 windows that a sample may meet.
_END_SLOTS, _SAMPLE_SLOTS = 16, 32
# Values that are not ASCII may stand in any of these; ASCII in UTF-16 is found without its zero bytes.
_ENCODINGS = ("utf-8", "gb18030", "utf-16-le", "utf-16-be")


@dataclass(frozen=True)
class Group:
    """Values of one kind, some at a time. `whole`: they count only as a whole cell or word, as a name does.

    A text is looked for in every encoding that it may stand in, bytes as they are.
    """

    kind: str
    values: Iterable[Sequence[str] | Sequence[bytes] | pa.Array]
    whole: bool


@dataclass(frozen=True)
class Match:
    """Where a value stands: which group, and the places at which it begins and ends."""

    group: int
    start: int
    end: int


@dataclass(frozen=True, order=True)
class _Sort:
    """Values that are looked for in one way: those known by windows of `width` bytes, or of fewer bytes than a window
    (0), where a word ends (`stride` 0) or where the sample of every so many places may be part of one.
    """

    width: int
    stride: int


_SHORT = _Sort(0, 0)
# Lengths of the values of each sort: from so many bytes on, and below so many; such that count as a whole, and others.
_LONGEST = 1 << 32
_LENGTHS = {
    True: {_Sort(8, 0): (8, 16), _Sort(16, 0): (16, _LONGEST)},
    False: {
        _Sort(8, 1): (8, 9),
        _Sort(8, 2): (9, 11),
        _Sort(8, 4): (11, 15),
        _Sort(8, 8): (15, 16),
        _Sort(16, 8): (16, _LONGEST),
    },
}


@dataclass
class _Read:
    """What has been read of the values of one sort, some at a time.

    `last` and `first` are hashes of windows, `sampled` the upper halves of those that a sample of the bytes may meet.
    """

    last: list[Numbers] = field(default_factory=list)
    first: list[Numbers] = field(default_factory=list)
    lengths: list[NDArray[np.uint32]] = field(default_factory=list)
    groups: list[NDArray[np.uint16]] = field(default_factory=list)
    sampled: list[NDArray[np.uint32]] = field(default_factory=list)


@dataclass(frozen=True)
class _Words:
    """The words of a text: for each byte whether it may stand beside one; the places at which one may end, how many
    bytes other than those stand before each, and the last 8 bytes.
    """

    beside: NDArray[np.bool_]
    ends: Places
    lengths: Places
    last: Numbers

    @classmethod
    def of(cls, data: bytes, delimiters: NDArray[np.bool_]) -> "_Words":
        beside = np.frombuffer(data.translate(delimiters.tobytes()), bool)
        ends = np.append(np.flatnonzero(beside), len(data))
        return cls(beside, ends, np.diff(ends, prepend=-1) - 1, loads_before(data, ends))

    def begin_at(self, starts: Places) -> NDArray[np.bool_]:
        """Whether a word may begin at each place."""
        begin: NDArray[np.bool_] = (starts == 0) | self.beside[starts - 1]
        return begin


@dataclass(frozen=True)
class _Entries:
    """The values of one sort, in the order of the hash of their last window."""

    sort: _Sort
    last: Numbers
    first: Numbers
    lengths: NDArray[np.uint32]
    groups: NDArray[np.uint16]
    ending: Filter
    sampled: Filter

    @classmethod
    def of(cls, sort: _Sort, read: _Read) -> "_Entries":
        # First, since nothing takes more memory than the samples.
        sampled = Filter.of(read.sampled, _SAMPLE_SLOTS * sum(map(len, read.last)))
        read.sampled.clear()
        last = np.concatenate(read.last)
        order = np.argsort(last)
        return cls(
            sort,
            last[order],
            np.concatenate(read.first)[order],
            np.concatenate(read.lengths)[order],
            np.concatenate(read.groups)[order],
            Filter.of(map(upper, read.last), _END_SLOTS * len(last)),
            sampled,
        )

    def find(self, data: bytes, words: _Words | None) -> Iterator[Match]:
        """Every place at which a value stands; `words` are those of a text, None of other bytes."""
        if self.sort.stride:
            for ends in self._sampled_ends(data):
                yield from self._matches(data, ends, None)
        elif words is not None and self.sort.width:
            ends = words.ends[self.sampled.passed(upper(hashes(words.last)))]
            yield from self._matches(data, ends, words)
        elif words is not None:
            yield from self._short(words)

    def _sampled_ends(self, data: bytes) -> Iterator[Places]:
        """The places at which a value may end that covers a sample."""
        stride = self.sort.stride
        samples = loads(data, stride)
        for start in range(0, len(samples), _BLOCK):
            near = self.sampled.passed(upper(hashes(samples[start : start + _BLOCK]))) + start
            yield (near[:, None] * stride + np.arange(LOAD, LOAD + stride)).ravel()

    def _matches(self, data: bytes, ends: Places, words: _Words | None) -> Iterator[Match]:
        """The values that end at some of these places, of `words` those that are a whole."""
        width = self.sort.width
        ends = ends[(ends >= width) & (ends <= len(data))]
        found = hashes_at(data, ends - width, width)
        near = self.ending.passed(upper(found))
        ends, found = ends[near], found[near]
        low = np.searchsorted(self.last, found, "left")
        counts = np.searchsorted(self.last, found, "right") - low
        entries = np.repeat(low - np.cumsum(counts) + counts, counts) + np.arange(counts.sum())
        ends = np.repeat(ends, counts)
        starts = ends - self.lengths[entries]
        right = starts >= 0
        right[right] = hashes_at(data, starts[right], width) == self.first[entries[right]]
        if words is not None:
            right[right] = words.begin_at(starts[right])
        for start, end, entry in zip(starts[right], ends[right], entries[right], strict=True):
            yield Match(int(self.groups[entry]), int(start), int(end))

    def _short(self, words: _Words) -> Iterator[Match]:
        """The words of fewer than 8 bytes that are values."""
        few = (words.lengths > 0) & (words.lengths < LOAD)
        ends, lengths = words.ends[few], words.lengths[few]
        found = _short_hashes(words.last[few], lengths)
        near = self.ending.passed(upper(found))
        places = np.minimum(np.searchsorted(self.last, found[near]), len(self.last) - 1)
        for word, entry in zip(near, places, strict=True):
            if self.last[entry] == found[word]:
                end = int(ends[word])
                yield Match(int(self.groups[entry]), end - int(lengths[word]), end)


class Needles:
    """Values to look for. What is shorter than 8 bytes counts only as a whole cell or word."""

    def __init__(self, groups: Sequence[Group]) -> None:
        """Reads every value once. Memory: 22 bytes a spelling, and 6 to 12 for the filters; up to 32 more for
        the windows that a sample may meet, until all are read.
        """
        self.groups = groups
        read: dict[_Sort, _Read] = {}
        for number, group in enumerate(groups):
            for values in group.values:
                _read_values(read, values, number, group.whole)
        self._entries = [_Entries.of(sort, read.pop(sort)) for sort in sorted(read)]

    def __len__(self) -> int:
        """Spellings that are looked for."""
        return sum(len(entries.last) for entries in self._entries)

    def find(self, data: bytes, delimiters: NDArray[np.bool_] | None) -> Iterator[Match]:
        """Every place at which a value stands.

        `delimiters` are the 256 bytes of a text that may stand beside a word; None: the bytes are no text, and
        values that count only as a whole are not looked for.
        """
        asks_for_words = any(not entries.sort.stride for entries in self._entries)
        words = _Words.of(data, delimiters) if asks_for_words and delimiters is not None else None
        for entries in self._entries:
            yield from entries.find(data, words)


def _read_values(
    read: dict[_Sort, _Read], values: Sequence[str] | Sequence[bytes] | pa.Array, group: int, whole: bool
) -> None:
    """Adds some values of a group, in each spelling that they may have."""
    own = values if isinstance(values, pa.Array) else pa.array(values)
    _read_spelled(read, own.cast(pa.large_binary()), group, whole, least=1)
    if not whole and pa.types.is_string(own.type):
        other = own.filter(pc.invert(pc.string_is_ascii(own))).to_pylist()
        for encoding in _ENCODINGS[1:]:
            spelled = [value.encode(encoding, "ignore") for value in other]
            _read_spelled(read, pa.array(spelled, pa.large_binary()), group, whole, least=LOAD)


def _read_spelled(
    read: dict[_Sort, _Read], spelled: pa.LargeBinaryArray, group: int, whole: bool, least: int
) -> None:
    """Adds some values of a group as they are spelled in bytes, those of `least` bytes or more."""
    _, offsets, buffer = spelled.buffers()
    places = np.frombuffer(offsets, np.int64)[spelled.offset : spelled.offset + len(spelled) + 1]
    data = buffer.to_pybytes() if buffer else b""
    lengths = np.diff(places)
    for sort, (shortest, limit) in ({_SHORT: (least, LOAD)} | _LENGTHS[whole]).items():
        chosen = (lengths >= shortest) & (lengths < limit)
        if chosen.any():
            own = read.setdefault(sort, _Read())
            own.groups.append(np.full(chosen.sum(), group, np.uint16))
            _add(own, sort, data, places[1:][chosen], lengths[chosen])


def _add(read: _Read, sort: _Sort, data: bytes, ends: Places, lengths: Places) -> None:
    """Adds the values that end at some places of the data and are of one sort."""
    if sort.width:
        read.last.append(hashes_at(data, ends - sort.width, sort.width))
        read.first.append(hashes_at(data, ends - lengths, sort.width))
    else:
        read.last.append(_short_hashes(loads_before(data, ends), lengths))
        read.first.append(read.last[-1])
    read.lengths.append(lengths.astype(np.uint32))
    for offset in range(max(1, sort.stride) if sort.width else 0):
        read.sampled.append(upper(hashes_at(data, ends - LOAD - offset, LOAD)))


def _short_hashes(last: Numbers, lengths: Places) -> Numbers:
    """Hashes, all different, of values of fewer than 8 bytes, which are the end of 8: of them and their length."""
    rest = ((LOAD - lengths) * 8).astype(np.uint64)
    return hashes((last >> rest) | (lengths.astype(np.uint64) << np.uint64(56)))
