"""Numbers of a given shape in any bytes: runs of digits are found with numpy, and only those are looked at.

Digits of UTF-16 have a zero byte between them; where such digits stand, the bytes are looked at a second time
without zero bytes. The check of 18 characters is that of GB 11643; one of 11 random strings passes it.
"""

from collections.abc import Iterator, Sequence
from functools import cache

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from etl.clean.identifiers import ID_CHECKS, ID_WEIGHTS
from etl.privacy.leakscan.rules import Number
from etl.privacy.leakscan.tables import as_lines

_ZERO = ord("0")
ID_LENGTH = 18
# A longer run of digits is no number that anybody wrote; its first places are looked at all the same.
_LONGEST = 256
# In bytes as they stand, a longer run is a dictionary of codes laid end to end: some place of it may pass the check of
# an identity number somewhere. Its cells are looked at one by one, and true values are looked for in it, too.
_LONGEST_RAW = 2 * ID_LENGTH
_DAYS = np.array([0, 31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31])
# A number that stands alone has none of these beside it: letters, digits, and what joins digits to one number.
_JOINS = np.zeros(256, bool)
_JOINS[[*range(48, 58), *range(65, 91), *range(97, 123), *map(ord, "._%#")]] = True
_CHECKS = np.frombuffer(ID_CHECKS.encode(), np.uint8)


def find_numbers(
    data: bytes, numbers: Sequence[Number], *, raw: bool = False
) -> Iterator[tuple[str, NDArray[np.int64]]]:
    """(kind, places at which it ends) of each kind of number that stands in the bytes, also in UTF-16.

    `raw`: bytes as they stand in a file, where what is no part of one number may follow it.
    """
    symbols = np.frombuffer(data, np.uint8)
    longest = _LONGEST_RAW if raw else None
    yield from _find(symbols, numbers, longest)
    if b"\0" in data and _is_wide(symbols):
        yield from _find(symbols[symbols != 0], numbers, longest)


def numbers_among(values: pa.Array, numbers: Sequence[Number]) -> NDArray[np.bool_]:
    """For each text, whether such a number is found in it."""
    ends = np.cumsum(pc.binary_length(values).to_numpy(zero_copy_only=False).astype(np.int64) + 1)
    found = np.zeros(len(values), bool)
    for _, places in _find(np.frombuffer(as_lines(values), np.uint8), numbers):
        found[np.searchsorted(ends, places)] = True
    return found


def _is_digit(symbols: NDArray[np.uint8]) -> NDArray[np.bool_]:
    """Whether each byte is an ASCII digit: what lies below "0" is above "9" once that is taken away."""
    return symbols - np.uint8(_ZERO) < 10


def _is_wide(symbols: NDArray[np.uint8]) -> bool:
    digit = _is_digit(symbols)
    return bool(np.any(digit[:-4] & (symbols[1:-3] == 0) & digit[2:-2] & (symbols[3:-1] == 0) & digit[4:]))


def _find(
    symbols: NDArray[np.uint8], numbers: Sequence[Number], longest: int | None = None
) -> Iterator[tuple[str, NDArray[np.int64]]]:
    starts, lengths = _runs(symbols)
    if longest is not None:
        starts, lengths = starts[lengths <= longest], lengths[lengths <= longest]
    for number in numbers:
        if number.digits == ID_LENGTH:
            places = _windows(starts, lengths, len(symbols))
        else:
            places = _alone(symbols, starts[lengths == number.digits], number.digits)
        places = places[_begins(symbols, places, number.starts)]
        if number.check and len(places):
            places = places[_right(symbols, places, number)]
        if len(places):
            yield number.kind, places + number.digits


def _runs(symbols: NDArray[np.uint8]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Starts and lengths of the runs of digits."""
    digit = np.zeros(len(symbols) + 2, bool)
    digit[1:-1] = _is_digit(symbols)
    edges = np.flatnonzero(digit[1:] != digit[:-1])
    return edges[::2], edges[1::2] - edges[::2]


def _windows(starts: NDArray[np.int64], lengths: NDArray[np.int64], end: int) -> NDArray[np.int64]:
    """Every place from which 17 digits and one more symbol stand."""
    long = lengths >= ID_LENGTH - 1
    starts, counts = starts[long], np.minimum(lengths[long], _LONGEST) - ID_LENGTH + 2
    offsets = np.arange(counts.sum()) - np.repeat(np.cumsum(counts) - counts, counts)
    places: NDArray[np.int64] = np.repeat(starts, counts) + offsets
    return places[places + ID_LENGTH <= end]


def _alone(symbols: NDArray[np.uint8], starts: NDArray[np.int64], digits: int) -> NDArray[np.int64]:
    """Those numbers that are no part of a longer word, or of a decimal number."""
    before = np.where(starts > 0, symbols[np.maximum(starts - 1, 0)], 0)
    ends = starts + digits
    after = np.where(ends < len(symbols), symbols[np.minimum(ends, len(symbols) - 1)], 0)
    return starts[~_JOINS[before] & ~_JOINS[after]]


def _begins(
    symbols: NDArray[np.uint8], places: NDArray[np.int64], starts: tuple[str, ...]
) -> NDArray[np.bool_]:
    width = len(starts[0])
    return _allowed(starts)[_value(symbols, places, 0, width)]


@cache
def _allowed(starts: tuple[str, ...]) -> NDArray[np.bool_]:
    allowed = np.zeros(10 ** len(starts[0]), bool)
    allowed[[int(start) for start in starts]] = True
    return allowed


def _value(
    symbols: NDArray[np.uint8], places: NDArray[np.int64], first: int, width: int
) -> NDArray[np.int64]:
    """The number that `width` digits write, from the `first` after each place on."""
    value = np.zeros(len(places), np.int64)
    for offset in range(first, first + width):
        value = value * 10 + (symbols[places + offset].astype(np.int64) - _ZERO)
    return value


def _right(symbols: NDArray[np.uint8], places: NDArray[np.int64], number: Number) -> NDArray[np.bool_]:
    """A day of birth that can be, and for 18 characters a right check character."""
    if number.check == "resident_id_15":
        return _is_day(symbols, places, 8)
    year = _value(symbols, places, 6, 4)
    digits = symbols[places[:, None] + np.arange(17)].astype(np.int64) - _ZERO
    expected = _CHECKS[(digits @ np.array(ID_WEIGHTS)) % 11]
    last = symbols[places + 17]
    last = np.where(last == ord("x"), ord("X"), last)
    right: NDArray[np.bool_] = (
        (year >= 1900) & (year < 2100) & _is_day(symbols, places, 10) & (last == expected)
    )
    return right


def _is_day(symbols: NDArray[np.uint8], places: NDArray[np.int64], first: int) -> NDArray[np.bool_]:
    month, day = _value(symbols, places, first, 2), _value(symbols, places, first + 2, 2)
    possible = (month >= 1) & (month <= 12)
    return possible & (day >= 1) & (day <= _DAYS[np.where(possible, month, 0)])
