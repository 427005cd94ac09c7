"""Cells that hold several values: each becomes a part, as the texts of the fields it fills."""

import re
from collections.abc import Callable, Mapping

from etl.clean.base import Unclean, is_null, narrow, tidy
from etl.clean.dates import split_range

# What one value of the cell says: one text (or None) for each field of the split, in order.
Part = tuple[str | None, ...]

_DATED_NAME = re.compile(r"\s*([^()]+?)\s*\(([^()]*\d[^()]*)\)[、,;，；/|\s]*")
_SEPARATORS = re.compile(r"[、,;，；/|\s]+")


def split_dated_names(value: str) -> tuple[Part, ...] | Unclean:
    """Names each followed by a date in brackets; names without dates are a plain list.

    >>> split_dated_names("甲工程（2026-05-01）乙工程(2027-01-10)")
    (('甲工程', '2026-05-01'), ('乙工程', '2027-01-10'))
    """
    text = narrow(tidy(value))
    parts, place = [], 0
    while place < len(text) and (found := _DATED_NAME.match(text, place)):
        parts.append((found[1], found[2]))
        place = found.end()
    if parts and place == len(text):
        return tuple(parts)
    if parts or re.search(r"[()\d]", text):
        return Unclean("unreadable_cell")
    return tuple((name, None) for (name,) in split_list(value))


def split_list(value: str) -> tuple[Part, ...]:
    """Values between separators, in order, each once.

    >>> split_list("甲、乙；甲")
    (('甲',), ('乙',))
    """
    return tuple((name,) for name in dict.fromkeys(_SEPARATORS.split(tidy(value))) if not is_null(name))


def split_dates(value: str) -> tuple[Part, ...] | Unclean:
    """First and last day of a range; a date alone is the last day.

    >>> split_dates("2021-03-01至2024-02-29")
    (('2021-03-01', '2024-02-29'),)
    """
    ends = split_range(value)
    return (ends or (None, value),)


SPLITS: Mapping[str, Callable[[str], tuple[Part, ...] | Unclean]] = {
    "specialty_validity": split_dated_names,
    "list": split_list,
    "range": split_dates,
}
