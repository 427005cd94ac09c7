"""Files for all provinces together: the pieces that the chunks wrote, joined in their order."""

import shutil
from collections.abc import Iterable
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path
from typing import NamedTuple

_HEADER_LINES = {".csv": 1, ".jsonl": 0}


@dataclass(frozen=True)
class Piece:
    """What one chunk wrote of a layout for all provinces: a file like any other, of so many rows."""

    layout: str
    name: str
    rows: int


class Place(NamedTuple):
    """Where a piece has gone: the file, and how many rows stand before it there."""

    file: str
    rows: int


def join(out: Path, pieces: Iterable[Piece], most_bytes: int) -> dict[str, Place]:
    """Put the pieces of each layout together, as few files as the size allows. Answers piece -> place."""
    places: dict[str, Place] = {}
    for layout, own in groupby(sorted(pieces, key=lambda piece: piece.layout), lambda piece: piece.layout):
        number = rows = size = 0
        for piece in own:
            path = out / piece.name
            added = path.stat().st_size
            if number == 0 or size + added > most_bytes:
                number, rows, size = number + 1, 0, 0
            target = path.with_name(f"{layout}_{number:02d}{path.suffix}")
            _append(path, target)
            places[piece.name] = Place(target.relative_to(out).as_posix(), rows)
            rows, size = rows + piece.rows, size + added
    return places


def _append(path: Path, target: Path) -> None:
    """Move the rows of a file to the end of another; it brings its header when it is the first."""
    if not target.exists():
        path.rename(target)
        return
    with path.open("rb") as source, target.open("ab") as file:
        for _ in range(_HEADER_LINES[path.suffix]):
            source.readline()
        shutil.copyfileobj(source, file)
    path.unlink()
