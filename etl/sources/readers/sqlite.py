"""SQLite: every table a sheet. Opened read-only and immutable; what a schema can make run is not run.

Views, triggers, virtual tables and columns that are computed when read are left alone.
"""

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from functools import partial
from typing import Any
from urllib.parse import quote

from etl.errors import BadInput
from etl.sources.readers.base import Format, Input, Sheet
from etl.sources.readers.grid import load_rows, no_header

_ALLOWED = frozenset({sqlite3.SQLITE_SELECT, sqlite3.SQLITE_READ, sqlite3.SQLITE_PRAGMA})
# Columns by PRAGMA table_xinfo: plain ones, and generated ones whose values stand in the file.
_STORED = (0, 3)
_REMEDY = "重新导出并提交 | export and send it again"


def read_sqlite(source: Input) -> Iterator[Sheet]:
    """One sheet for every table with a known header; of others with rows the notices tell.

    Raises BadInput for a damaged file, and where no table has a known header.
    """
    sheets, notices = [], []
    try:
        with _opened(source) as database:
            names = [name for (name,) in database.execute(_TABLES) if not name.startswith("sqlite_")]
            for place, name in enumerate(names):
                about = database.execute(f"PRAGMA table_xinfo({_quoted(name)})")
                headers = tuple(row[1] for row in about if row[6] in _STORED)
                if not any(map(source.is_header, headers)):
                    notices.append(f"表没有已知列名，未读 | table without known header, not read: {name}")
                    continue
                part = replace(source, table=f"{source.table}_{place}")
                columns = ", ".join(map(_quoted, headers))
                found = database.execute(f"SELECT {columns} FROM {_quoted(name)}")
                rows = ((number, [_text(cell) for cell in row]) for number, row in enumerate(found, start=1))
                locator = f"#{name}" if len(names) > 1 else ""
                sheets.append(load_rows(part, headers, rows, name=name, locator=locator))
    except (sqlite3.Error, UnicodeError, OverflowError) as error:
        message = f"SQLite 文件损坏或不安全 | damaged or unsafe SQLite file ({type(error).__name__})"
        raise BadInput(message, source.name, "SQLite", _REMEDY) from None
    if not sheets:
        raise no_header(source)
    yield replace(sheets[0], notices=tuple(notices))
    yield from sheets[1:]


# Not virtual tables: they have no pages of their own.
_TABLES = "SELECT name FROM sqlite_schema WHERE type = 'table' AND rootpage > 0"
FORMAT = Format("sqlite", (".sqlite", ".sqlite3", ".db"), read_sqlite)


@contextmanager
def _opened(source: Input) -> Iterator[sqlite3.Connection]:
    address = f"file:{quote(str(source.path.resolve()))}?mode=ro&immutable=1"
    database = sqlite3.connect(address, uri=True)
    try:
        # Bytes that are not UTF-8 become U+FFFD, which the rules on damaged text find.
        database.text_factory = partial(str, encoding="utf-8", errors="replace")
        database.setlimit(sqlite3.SQLITE_LIMIT_LENGTH, source.limits.line)
        database.execute("PRAGMA trusted_schema = OFF")
        database.set_authorizer(_authorised)
        yield database
    finally:
        database.close()


def _authorised(action: int, *_: object) -> int:
    return sqlite3.SQLITE_OK if action in _ALLOWED else sqlite3.SQLITE_DENY


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'


def _text(cell: Any) -> str:
    if isinstance(cell, bytes):
        return cell.decode("utf-8", "replace")
    return "" if cell is None else str(cell)
