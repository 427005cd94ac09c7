"""The lines of a list: name and number, and what an evaluator may ask beside them."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from dashboards.lookup.finding.question import is_number
from etl.signing import bare, is_payload

_MARKS = re.compile(r"[,，;；]")
_SPACES = re.compile(r"\s{2,}")
_COLUMNS = 4
# The place of a line in its list: before the name, or where the name should be.
_PLACE = re.compile(r"(?:\s*[(（]?[0-9]{1,3}(?:[)）.．、:：]\s*|[\s,，;；]+|$))+")
# What is longer is no line of a list; what is none is told no further than this.
_LONGEST, _TOLD = 480, 160


@dataclass(frozen=True)
class Pair:
    """A name and a number as typed, and the specialty and employer that are to be right; empty = not asked."""

    name: str
    number: str
    specialty: str = ""
    employer: str = ""

    @classmethod
    def of(cls, line: str) -> "Pair":
        """A pasted line: cells between tabs, commas, semicolons or wide gaps, or words between spaces."""
        numbered = cls._of(_without_place(line))
        return numbered if numbered.number else cls._of(line)

    @classmethod
    def _of(cls, line: str) -> "Pair":
        if "\t" in line:
            return cls.of_cells(line.split("\t", _COLUMNS - 1))
        if _MARKS.search(line):
            return cls.of_cells(_MARKS.split(line, _COLUMNS - 1))
        if _SPACES.search(line.strip()):
            return cls.of_cells(_SPACES.split(line.strip(), _COLUMNS - 1))
        return cls.of_cells(_columns(line.split()))

    @classmethod
    def of_cells(cls, cells: Sequence[str]) -> "Pair":
        """Name and number in either order, then specialty, then employer; no number when the cells are not that.

        The place in the list is no part of a name.
        """
        first, second, specialty, employer = (
            bare(cell.strip()) for cell in [*cells, *[""] * _COLUMNS][:_COLUMNS]
        )
        if _names_one(first):
            first, second = second, first
        first = _without_place(first)
        whole = " ".join(cell.strip() for cell in cells if cell.strip())
        is_whole = first != "" or is_payload(second)
        if not is_whole or _names_one(first) or not _names_one(second) or len(whole) > _LONGEST:
            return cls(whole[:_TOLD], "")
        return cls(first, second, specialty, employer)

    @property
    def line(self) -> str:
        """The pair as a line of a list again."""
        return "\t".join((self.name, self.number, self.specialty, self.employer)).rstrip("\t")


def cells_of(line: str) -> list[str]:
    """All cells of a pasted line, parted as in `Pair.of`; words where nothing else parts them."""
    if "\t" in line:
        return line.split("\t")
    return _MARKS.split(line) if _MARKS.search(line) else line.split()


def is_spaced(line: str) -> bool:
    """Whether nothing but spaces parts the cells of a pasted line, which may have some itself."""
    return "\t" not in line and _MARKS.search(line) is None


def _without_place(text: str) -> str:
    place = _PLACE.match(text)
    return text[place.end() :] if place else text


def _names_one(text: str) -> bool:
    """Whether it stands for one certificate: a number, or the payload of a QR code, which needs no name beside it."""
    return is_number(text) or is_payload(bare(text))


def _columns(words: Sequence[str]) -> list[str]:
    """Single words as columns: a name may be several words, and so may an employer."""
    place = next((place for place, word in enumerate(words) if _names_one(word)), len(words))
    if place == 0:
        return [" ".join(words[1:]), words[0]] if words else []
    name, number, specialty = words[:place], words[place : place + 1], words[place + 1 : place + 2]
    return [" ".join(each) for each in (name, number, specialty, words[place + 2 :])]
