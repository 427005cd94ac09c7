"""Mojibake: text that was damaged before it was sent, found again by the sequences that only damage leaves."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path

import duckdb

from etl.clean.base import literal
from etl.errors import BadInput
from etl.sources.readers.base import Input, Sheet, header_key
from etl.sources.readers.encoding import CHUNK


def may_be_damaged(source: Input, path: Path) -> bool:
    """Whether the bytes of a UTF-8 file hold any sequence of damage: cheaper than to look at every cell."""
    needles = [sequence.encode() for group in source.damage.values() for sequence in group]
    overlap = max(map(len, needles), default=1) - 1
    tail = b""
    with path.open("rb") as file:
        for chunk in iter(partial(file.read, CHUNK), b""):
            if any(needle in tail + chunk[:overlap] or needle in chunk for needle in needles):
                return True
            tail = chunk[-overlap:] if overlap else b""
    return False


def with_damage(
    connection: duckdb.DuckDBPyConnection, sheet: Sheet, damage: Mapping[str, tuple[str, ...]]
) -> Sheet:
    """The sheet, with a table of its damaged cells when there are any."""
    selects = [
        f"SELECT source_row, 'c{place}' AS cell, {literal(reason)} AS reason FROM {sheet.table} WHERE "
        + " OR ".join(f"contains(c{place}, {literal(sequence)})" for sequence in sequences)
        for reason, sequences in damage.items()
        for place in range(len(sheet.headers))
    ]
    if not selects:
        return sheet
    table = f"{sheet.table}_damaged"
    connection.execute(f"CREATE TABLE {table} AS {' UNION ALL '.join(selects)}")
    found = connection.execute(f"SELECT count(*) FROM {table}").fetchone()
    return sheet if found == (0,) else replace(sheet, damaged=table)


def check_header(source: Input, headers: Sequence[str]) -> None:
    """Raises BadInput when no header is known but would be, had UTF-8 not been read as GB18030."""
    if any(source.is_header(header) for header in headers):
        return
    for header in headers:
        try:
            undone = header.encode("gb18030").decode("utf-8")
        except UnicodeError:
            continue
        if undone != header and source.is_header(header_key(undone)):
            remedy = "由提供方从源系统重新导出 | the provider must export again from the source system"
            message = "乱码：UTF-8 曾被当作 GBK 读取 | mojibake: UTF-8 was once read as GBK"
            raise BadInput(message, source.name, "encoding", remedy)
