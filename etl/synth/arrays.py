"""Vectorised building blocks: text out of numbers, calendar arithmetic, weighted draws, check characters.

Days are int32 counted from 1970-01-01; NEVER stands for a day that does not come.
"""

from collections.abc import Sequence
from typing import TypeAlias

import numpy as np
import numpy.typing as npt
import pyarrow as pa

Ints: TypeAlias = npt.NDArray[np.int64]
Days: TypeAlias = npt.NDArray[np.int32]
Floats: TypeAlias = npt.NDArray[np.float64]
Flags: TypeAlias = npt.NDArray[np.bool_]
Bytes: TypeAlias = npt.NDArray[np.uint8]

NEVER = 60000

_ID_WEIGHTS = np.array([7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2])
_ID_CHECK = np.frombuffer(b"10X98765432", np.uint8)
_ORGANISATION_WEIGHTS = np.array([3, 7, 9, 10, 5, 8, 4, 2])
_ORGANISATION_CHECK = np.frombuffer(b"0123456789X0", np.uint8)
_CREDIT_ALPHABET = np.frombuffer(b"0123456789ABCDEFGHJKLMNPQRTUWXY", np.uint8)
_CREDIT_WEIGHTS = np.array([3**i % 31 for i in range(17)])


def generator(seed: int, *purpose: int) -> np.random.Generator:
    """Random numbers for one purpose: independent of every other purpose, of processes and of order."""
    return np.random.Generator(np.random.PCG64(np.random.SeedSequence([seed, *purpose])))


def draw(rng: np.random.Generator, weights: Floats, size: int) -> Ints:
    """`size` indices drawn with the given weights."""
    edges = np.cumsum(weights)
    index: Ints = np.searchsorted(edges, rng.random(size) * edges[-1], "right")
    return np.minimum(index, len(weights) - 1)


def add_months(day: Days, months: int) -> Days:
    """The same day of the month `months` later, or the last day of a shorter month."""
    dates = day.astype("M8[D]")
    month = dates.astype("M8[M]")
    of_month = (dates - month.astype("M8[D]")).astype(np.int64)
    target = month + np.timedelta64(months, "M")
    last = ((target + 1).astype("M8[D]") - target.astype("M8[D]")).astype(np.int64) - 1
    result: Days = target.astype("M8[D]").astype(np.int32) + np.minimum(of_month, last).astype(np.int32)
    return result


def year_of(day: Days) -> Ints:
    """Calendar year of each day."""
    return day.astype("M8[D]").astype("M8[Y]").astype(np.int64) + 1970


def first_of_year(year: Ints) -> Days:
    """First day of each calendar year."""
    return (year - 1970).astype("M8[Y]").astype("M8[D]").astype(np.int64).astype(np.int32)


def ymd(day: Days) -> Ints:
    """Days as numbers YYYYMMDD."""
    dates = day.astype("M8[D]")
    month = dates.astype("M8[M]")
    of_month = (dates - month.astype("M8[D]")).astype(np.int64) + 1
    months = month.astype(np.int64)
    number: Ints = (months // 12 + 1970) * 10000 + (months % 12 + 1) * 100 + of_month
    return number


def digits(number: Ints, width: int) -> Bytes:
    """Zero-padded decimal digits, one row a number."""
    powers = 10 ** np.arange(width - 1, -1, -1, dtype=np.int64)
    return (number[:, None] // powers % 10 + 48).astype(np.uint8)


def repeated(text: str, count: int) -> Bytes:
    """The UTF-8 bytes of one text on every row."""
    return np.tile(np.frombuffer(text.encode(), np.uint8), (count, 1))


def texts(*parts: Bytes) -> pa.Array:
    """Byte matrices side by side as one text column."""
    matrix = np.ascontiguousarray(np.hstack(parts))
    count, width = matrix.shape
    offsets = np.arange(count + 1, dtype=np.int32) * width
    return pa.StringArray.from_buffers(count, pa.py_buffer(offsets.astype(np.int32)), pa.py_buffer(matrix))


def pick(values: Sequence[str | None] | pa.Array, index: Ints) -> pa.Array:
    """`values[index]` as a text column; a negative index gives NULL."""
    array = values if isinstance(values, pa.Array) else pa.array(values, pa.string())
    return array.take(pa.array(index, mask=index < 0))


def dates(day: Days) -> pa.Array:
    """Days as a date column; NEVER gives NULL."""
    return pa.array(day.astype(np.int32), pa.date32(), mask=day >= NEVER)


def identity_numbers(region: Ints, birth: Days, sequence: Ints) -> pa.Array:
    """18-character resident ID numbers with right check characters (GB 11643)."""
    body = np.hstack([digits(region, 6), digits(ymd(birth), 8), digits(sequence, 3)])
    check = _ID_CHECK[((body.astype(np.int64) - 48) * _ID_WEIGHTS).sum(axis=1) % 11]
    return texts(body, check[:, None])


def credit_codes(head: Ints, organisation: Ints) -> pa.Array:
    """18-character unified social credit codes (GB 32100): 8 digits, organisation code, check character."""
    body = digits(organisation, 8)
    total = ((body.astype(np.int64) - 48) * _ORGANISATION_WEIGHTS).sum(axis=1)
    own_check = _ORGANISATION_CHECK[11 - total % 11]
    front = np.hstack([digits(head, 8), body, own_check[:, None]])
    values = np.where(front == ord("X"), 29, front.astype(np.int64) - 48)
    check = _CREDIT_ALPHABET[(31 - (values * _CREDIT_WEIGHTS).sum(axis=1) % 31) % 31]
    return texts(front, check[:, None])


def within(groups: Ints) -> Ints:
    """Rank of each element among the equal ones, in order of appearance, from 0."""
    order = np.argsort(groups, kind="stable")
    ordered = groups[order]
    starts = np.flatnonzero(np.r_[True, ordered[1:] != ordered[:-1]])
    sizes = np.diff(np.r_[starts, len(ordered)])
    rank = np.empty(len(groups), np.int64)
    rank[order] = np.arange(len(groups)) - np.repeat(starts, sizes)
    return rank
