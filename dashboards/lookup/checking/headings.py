"""Which column of a list is which: by its headings, or in the order of a pair without any."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, fields
from itertools import islice

from dashboards.lookup.checking.pairs import Pair, cells_of, is_spaced
from dashboards.lookup.settings import Listing
from etl.signing import is_payload
from etl.sources.readers import header_key

Rows = Sequence[Sequence[str]]
_NEEDED = {"name", "number"}


class Unreadable(Exception):
    """The file is no list that can be read; the message names the text that says why (`verify.reason.*`)."""


@dataclass(frozen=True)
class Listed:
    """The pairs of a list; `columns`: field of a pair -> heading as it stands in the list, empty without headings."""

    pairs: tuple[Pair, ...]
    columns: Mapping[str, str] = field(default_factory=dict)


def listed(rows: Rows, listing: Listing) -> Listed:
    """The pairs of the rows of a file, none of them empty; what stands above the headings is passed over, but for
    rows with a number: they are read by position.

    Raises:
        Unreadable: `headings` when neither they nor the values tell which columns are the name and the number.
    """
    found = [_places(row, listing) for row in islice(rows, listing.heading_rows)]
    first = _first(found)
    if first is not None:
        above = [_by_position(row, listing) for row in rows[:first] if _has_number(row, listing)]
        return Listed((*above, *_under(rows, first, found[first])), _named(rows[first], found[first]))
    pairs = tuple(Pair.of_cells(row) if len(row) > 1 else Pair.of(row[0]) for row in rows)
    if pairs and (any(found) or not any(_is_numbered(pair.number, listing) for pair in pairs)):
        raise Unreadable("headings")
    return Listed(pairs)


def listed_lines(text: str, listing: Listing) -> Listed:
    """The pairs of a pasted list, one a line; empty lines are passed over.

    Headings are read as those of a file; a line that they do not fit is read by itself, as are one with a number above
    them and all without headings.

    Raises:
        Unreadable: `headings` when some of them are known, but not those of the name and the number.
    """
    lines = [line for line in text.splitlines() if line.strip()]
    rows = [cells_of(line) for line in lines]
    found = [_places(row, listing) for row in islice(rows, listing.heading_rows)]
    first = _first(found)
    if first is None:
        if any(_NEEDED & set(places) for places in found):
            raise Unreadable("headings")
        return Listed(tuple(map(Pair.of, lines)))
    fitted = [
        _fitted(row, len(rows[first]), found[first]) if is_spaced(line) else row
        for row, line in zip(rows, lines, strict=True)
    ]
    above = [
        Pair.of(line) for line, row in zip(lines[:first], rows, strict=False) if _has_number(row, listing)
    ]
    pairs = zip(_under(fitted, first, found[first]), lines[first + 1 :], strict=True)
    return Listed(
        (*above, *(pair if pair.number else Pair.of(line) for pair, line in pairs)),
        _named(rows[first], found[first]),
    )


def _first(found: Sequence[Mapping[str, int]]) -> int | None:
    """The first row with headings of both name and number."""
    return next((place for place, places in enumerate(found) if set(places) >= _NEEDED), None)


def _under(rows: Rows, first: int, places: Mapping[str, int]) -> tuple[Pair, ...]:
    """The pairs below the headings."""
    columns = [places.get(each.name) for each in fields(Pair)]
    return tuple(Pair.of_cells([_cell(row, place) for place in columns]) for row in rows[first + 1 :])


def _by_position(row: Sequence[str], listing: Listing) -> Pair:
    """A row above the headings; its place in the list, before the name, is no number."""
    filled = [cell for cell in row if cell.strip()]
    if len(filled) == 1:
        return Pair.of(filled[0])
    is_placed = filled[0].strip().isdigit() and not _is_numbered(filled[0], listing) and len(filled) > 2
    return Pair.of_cells(filled[is_placed:])


def _fitted(row: Sequence[str], width: int, places: Mapping[str, int]) -> Sequence[str]:
    """The words of a line as `width` cells: what they are too many belongs to the employer, or to the last column.

    It is the employer's where all headings after it are known, for the others hold single words.
    """
    surplus = len(row) - width
    if surplus <= 0:
        return row
    employer = places.get("employer", width - 1)
    wide = employer if set(range(employer, width)) <= set(places.values()) else width - 1
    end = wide + surplus + 1
    return [*row[:wide], " ".join(row[wide:end]), *row[end:]]


def _has_number(row: Sequence[str], listing: Listing) -> bool:
    return any(_is_numbered(cell, listing) for cell in row)


def _named(row: Sequence[str], places: Mapping[str, int]) -> dict[str, str]:
    return {name: " ".join(row[place].split()) for name, place in places.items()}


def _places(row: Sequence[str], listing: Listing) -> dict[str, int]:
    """Column of each field of which a heading stands in the row; none in a row with a number."""
    if _has_number(row, listing):
        return {}
    cells = [header_key(cell) for cell in row]
    known = {name: {header_key(word) for word in words} for name, words in listing.headings.items()}
    return {
        name: next(place for place, cell in enumerate(cells) if cell in words)
        for name, words in known.items()
        if words & set(cells)
    }


def _is_numbered(text: str, listing: Listing) -> bool:
    return is_payload(text) or sum(map(str.isdigit, text)) >= listing.number_digits


def _cell(row: Sequence[str], place: int | None) -> str:
    return row[place] if place is not None and place < len(row) else ""
