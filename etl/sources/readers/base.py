"""What a reader gives: one table of text for each sheet, nothing interpreted, nothing lost."""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import duckdb

from etl.errors import BadInput

_SPACE = re.compile(r"\s+")
_BRACKETS = str.maketrans("（）［］：", "()[]:")


@dataclass(frozen=True)
class Sheet:
    """One table of a file, read into a DuckDB table of that connection.

    `table` has the columns c0, c1, … (VARCHAR, NULL where the cell is empty) in the order of `headers`, and
    source_row (BIGINT, the row of the file or sheet as a person sees it, 1-based). `rejects` has source_row
    and payload: rows that are not a row of this table, such as those with too many cells; None without such.
    `name` is the sheet's name, "" where the format has none.
    """

    name: str
    headers: tuple[str, ...]
    table: str
    rejects: str | None = None


@dataclass(frozen=True)
class Input:
    """What a reader needs: an open connection, the file, its name for messages, and a scratch folder.

    `is_header` tells whether a normalised text is a header that some source knows.
    """

    connection: duckdb.DuckDBPyConnection
    path: Path
    name: str
    scratch: Path
    is_header: Callable[[str], bool]


Reader = Callable[[Input], Iterator[Sheet]]


def header_key(text: str) -> str:
    """The form in which headers are compared: no spaces or line breaks, half-width brackets, no case.

    >>> header_key("注册号\\n（执业印章号） ")
    '注册号(执业印章号)'
    """
    return _SPACE.sub("", text.replace("\ufeff", "")).translate(_BRACKETS).casefold()


def unreadable(name: str, detail: str, rule: str, remedy: str) -> BadInput:
    """The error for a file that cannot be read; `detail` must hold no value of the file."""
    return BadInput(detail, name, rule, remedy)
