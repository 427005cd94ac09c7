"""Which column of a list that was sent as a file is which: by its headings, or in the order of a pair without any."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, fields
from itertools import islice

from dashboards.lookup.checking.pairs import Pair
from etl.signing import is_payload
from etl.sources.readers import header_key

# A title and a few remarks may stand above the headings.
_ROWS_ABOVE = 10
# A number has at least so many digits; what has fewer is the place in the list.
_DIGITS = 5


class Unreadable(Exception):
    """The file is no list that can be read; the message names the text that says why (`verify.reason.*`)."""


@dataclass(frozen=True)
class Listed:
    """The pairs of a file; `columns`: field of a pair -> heading as it stands in the file, empty without headings."""

    pairs: tuple[Pair, ...]
    columns: Mapping[str, str] = field(default_factory=dict)


def listed(rows: Sequence[Sequence[str]], headings: Mapping[str, Sequence[str]]) -> Listed:
    """The pairs of the rows of a file, none of them empty; what stands above the headings is passed over.

    Raises:
        Unreadable: `headings` when neither they nor the values tell which columns are the name and the number.
    """
    found = [_places(row, headings) for row in islice(rows, _ROWS_ABOVE)]
    whole = next((place for place, places in enumerate(found) if {"name", "number"} <= set(places)), None)
    if whole is not None:
        places = found[whole]
        columns = [places.get(each.name) for each in fields(Pair)]
        pairs = tuple(Pair.of_cells([_cell(row, place) for place in columns]) for row in rows[whole + 1 :])
        named = {name: " ".join(rows[whole][place].split()) for name, place in places.items()}
        return Listed(pairs, named)
    pairs = tuple(Pair.of_cells(row) if len(row) > 1 else Pair.of(row[0]) for row in rows)
    if pairs and (any(found) or not any(_is_numbered(pair) for pair in pairs)):
        raise Unreadable("headings")
    return Listed(pairs)


def _places(row: Sequence[str], headings: Mapping[str, Sequence[str]]) -> dict[str, int]:
    """Column of each field of which a heading stands in the row."""
    cells = [header_key(cell) for cell in row]
    known = {name: {header_key(word) for word in words} for name, words in headings.items()}
    return {
        name: next(place for place, cell in enumerate(cells) if cell in words)
        for name, words in known.items()
        if words & set(cells)
    }


def _is_numbered(pair: Pair) -> bool:
    return is_payload(pair.number) or sum(map(str.isdigit, pair.number)) >= _DIGITS


def _cell(row: Sequence[str], place: int | None) -> str:
    return row[place] if place is not None and place < len(row) else ""
