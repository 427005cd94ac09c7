"""What a reader gives: one table of text for each sheet, nothing interpreted, nothing lost."""

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

import duckdb

from etl.errors import BadInput

_SPACE = re.compile(r"\s+")
_BRACKETS = str.maketrans("（）［］：", "()[]:")


@dataclass(frozen=True)
class Limits:
    """How large input may be before it is refused; `metadata/rules/ingest.yaml` may say otherwise.

    `entries` of an archive or workbook; `expanded` bytes of all its entries together; `ratio` of expanded to
    packed bytes (of entries over `ratio_from` bytes); `line` bytes of a text line or row; `cells` of a sheet's
    used rectangle, which is held in memory whole; `spread` of those to one with a value (of rectangles over
    `spread_from`); `text` bytes of a sheet, those of a shared text each time it is used; `columns` of a table.
    """

    entries: int = 5_000
    expanded: int = 32 << 30
    ratio: int = 300
    ratio_from: int = 16 << 20
    line: int = 1 << 20
    cells: int = 60_000_000
    spread: int = 20
    spread_from: int = 4_000_000
    text: int = 400 << 20
    columns: int = 1_000


@dataclass(frozen=True)
class Sheet:
    """One table of a file, read into a DuckDB table of that connection.

    `table` has the columns c0, c1, … (VARCHAR, NULL where the cell is empty) in the order of `headers`, and
    source_row (BIGINT, the row of the file or sheet as a person sees it, 1-based). `rejects` has source_row
    and payload: rows that are not a row of this table, such as those with too many cells; None without such.
    `damaged` has source_row, cell (c0, c1, …) and reason: cells whose text was damaged before it was sent.
    `name` is the sheet's name, "" where the format has none; `locator` is what stands behind the file's name
    to find the sheet, such as "!inner.xlsx#朝阳区". `notices` are told to the operator.
    """

    name: str
    headers: tuple[str, ...]
    table: str
    rejects: str | None = None
    damaged: str | None = None
    locator: str = ""
    notices: tuple[str, ...] = ()


class File(Protocol):
    """A file, its name for messages, and how large it may be."""

    @property
    def path(self) -> Path: ...
    @property
    def name(self) -> str: ...
    @property
    def limits(self) -> Limits: ...


@dataclass(frozen=True)
class Input:
    """What a reader needs: an open connection, the file, its name for messages, and a scratch folder.

    `is_header` tells whether a normalised text is a header that some source knows, `is_ignored` whether one that
    sources only ignore, `is_data` whether a file of an archive is wanted, by its name. `damage`: reason ->
    sequences that only damaged text has. `table` is what the names of all tables begin with that the reader makes.
    """

    connection: duckdb.DuckDBPyConnection
    path: Path
    name: str
    scratch: Path
    is_header: Callable[[str], bool]
    is_data: Callable[[str], bool] = lambda name: True
    is_ignored: Callable[[str], bool] = lambda text: False
    limits: Limits = Limits()
    damage: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    table: str = "sheet"


Reader = Callable[[Input], Iterator[Sheet]]


@dataclass(frozen=True)
class Format:
    """A format: `name` for messages, the `suffixes` under which it is expected, and its reader."""

    name: str
    suffixes: tuple[str, ...]
    read: Reader


def header_key(text: str) -> str:
    """The form in which headers are compared: no spaces or line breaks, half-width brackets, no case.

    >>> header_key("注册号\\n（执业印章号） ")
    '注册号(执业印章号)'
    """
    return _SPACE.sub("", text.replace("\ufeff", "")).translate(_BRACKETS).casefold()


def refused(name: str, message: str, rule: str, remedy: str) -> BadInput:
    """The error for a file that cannot be read; `message` must hold no value of the file."""
    return BadInput(message, name, rule, remedy)
