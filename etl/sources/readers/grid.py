"""Rows of cells, as workbooks and HTML hold them, as a table: the header found below titles, merged cells filled.

Cells go through a CSV file of our own to DuckDB: no sheet is ever held as Python lists, and Arrow, which would
cost as much, imports NumPy and pandas in every process.
"""

import csv
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import chain, islice
from pathlib import Path
from typing import Any, TextIO

from etl.clean.base import literal
from etl.errors import BadInput
from etl.sources.readers.base import Input, Sheet, header_key
from etl.sources.readers.columns import named_columns
from etl.sources.readers.damage import check_header, may_be_damaged, with_damage

# How far down a header is looked for, below titles and remarks.
HEADER_DEPTH = 20

# All quoted, line ends told: DuckDB must not take a line break in a cell for that of the file.
_CSV: dict[str, Any] = {"quoting": csv.QUOTE_ALL, "lineterminator": "\n"}

Row = Sequence[str]
# First row, last row and column of a merged block, 0-based; its value stands in the first row.
Merge = tuple[int, int, int]


@dataclass(frozen=True)
class _Header:
    """Names of the columns, and the 0-based row in which the data begin."""

    names: tuple[str, ...]
    data_from: int


def read_grid(
    source: Input, rows: Iterable[Row], merges: Iterable[Merge] = (), *, name: str = "", locator: str = ""
) -> Sheet | None:
    """One table out of rows of text ("" = empty); None when no known header stands in the first rows.

    Values of merged cells are filled down. A row with cells outside the header's columns is a reject.
    """
    remaining = iter(rows)
    top = list(islice(remaining, HEADER_DEPTH + 1))
    header = find_header(source, top)
    if header is None:
        check_header(replace(source, name=source.name + locator), [cell for row in top for cell in row])
        return None
    filled = enumerate(_filled(chain(top, remaining), merges, header.data_from), start=1)
    return load_rows(source, header.names, islice(filled, header.data_from, None), name=name, locator=locator)


def load_rows(
    source: Input,
    headers: tuple[str, ...],
    rows: Iterable[tuple[int, Row]],
    *,
    name: str = "",
    locator: str = "",
) -> Sheet:
    """The table of numbered rows. Empty rows are left out; a row with a value beyond the headers is a reject."""
    width, table = len(headers), source.table
    if width > source.limits.columns:
        message = f"超过 {source.limits.columns} 列 | over {source.limits.columns} columns"
        raise BadInput(
            message, source.name + locator, "limits.columns", "删去多余列 | remove needless columns"
        )
    path, others = source.scratch / f"{table}.csv", source.scratch / f"{table}_rejects.csv"
    has_rejects = _write_rows(rows, width, path, others)
    _load(source, table, path, [f"c{place}" for place in range(width)])
    if has_rejects:
        _load(source, f"{table}_rejects", others, ["payload"])
    sheet = Sheet(name, headers, table, f"{table}_rejects" if has_rejects else None, locator=locator)
    sheet = named_columns(source.connection, sheet)
    sheet = with_damage(source.connection, sheet, source.damage) if may_be_damaged(source, path) else sheet
    path.unlink()
    others.unlink()
    return sheet


def _write_rows(rows: Iterable[tuple[int, Row]], width: int, path: Path, others: Path) -> bool:
    """Write rows of this width to `path`, those with a value beyond it to `others`: whether there are such."""
    has_rejects = False
    with (
        path.open("w", 1 << 20, encoding="utf-8", newline="") as out,
        others.open("w", encoding="utf-8", newline="") as bad,
    ):
        rejected = csv.writer(bad, **_CSV)
        write = _writer(out, width)
        for number, cells in rows:
            row = cells
            if len(row) != width:
                if any(row[width:]):
                    rejected.writerow([number, " | ".join(row)])
                    has_rejects = True
                    continue
                row = [*row[:width], *[""] * (width - len(row))]
            if any(row):
                write(number, row)
    return has_rejects


def _writer(out: TextIO, width: int) -> Callable[[int, Row], None]:
    """Writes a row as CSV: rows without a quote, nearly all, by joining, which takes a third of the time."""
    careful, put, marks = csv.writer(out, **_CSV), out.write, 2 * (width - 1)

    def write(number: int, row: Row) -> None:
        line = '","'.join(row)
        if line.count('"') == marks:
            put(f'"{number}","{line}"\n')
        else:
            careful.writerow([number, *row])

    return write


def no_header(source: Input) -> BadInput:
    """The error for a file in which no table has a header that a source knows."""
    remedy = (
        f"表头须在前 {HEADER_DEPTH} 行内，列名见 metadata/sources/；或移走不是导出的文件 |"
        f" the header must stand in the first {HEADER_DEPTH} rows, under names of metadata/sources/;"
        " or remove the file, if it is not an export"
    )
    return BadInput("找不到表头 | no header found", source.name, "header", remedy)


def find_header(source: Input, rows: Sequence[Row]) -> _Header | None:
    """The row, or pair of rows, with most known names; a pair is a header of groups above a header."""
    options = []
    for place, row in enumerate(rows[:HEADER_DEPTH]):
        options.append((_score(source, row), True, -place, _Header(_trimmed(row), place + 1)))
        if place + 1 < len(rows):
            names = _combined(source, row, rows[place + 1])
            options.append((_score(source, names), False, -place, _Header(_trimmed(names), place + 2)))
    score, *_, header = max(options, key=lambda option: option[:3], default=(0, None))
    return header if score else None


def _combined(source: Input, upper: Row, lower: Row) -> list[str]:
    """Names out of two rows: the lower cell, or `upper/lower` where the lower alone is not clear or not known."""
    width = max(len(upper), len(lower))
    above, below = [*upper, *[""] * (width - len(upper))], [*lower, *[""] * (width - len(lower))]
    keys = [header_key(cell) for cell in below]
    names, group = [], ""
    for place, (high, low) in enumerate(zip(above, below, strict=True)):
        group = high or (group if low else "")
        both = f"{group}/{low}"
        is_clear = keys.count(keys[place]) == 1 and (source.is_header(low) or not source.is_header(both))
        names.append(low if low and (is_clear or not group) else both if low else high)
    return names


def _score(source: Input, row: Row) -> int:
    return len({header_key(cell) for cell in row if cell and source.is_header(cell)})


def _trimmed(row: Row) -> tuple[str, ...]:
    """The row without its empty end."""
    width = max((place for place, cell in enumerate(row, start=1) if cell), default=0)
    return tuple(row[:width])


def _filled(rows: Iterable[Row], merges: Iterable[Merge], start: int) -> Iterator[Row]:
    """Rows, with the value of each merged block from row `start` on in all rows of its first column."""
    pending = sorted((merge for merge in merges if merge[0] >= start), reverse=True)
    if not pending:
        yield from rows
        return
    open_blocks: list[tuple[int, int, str]] = []
    for place, row in enumerate(rows):
        if open_blocks or (pending and pending[-1][0] <= place):
            cells = list(row)
            open_blocks = [block for block in open_blocks if block[0] >= place]
            for _, column, value in open_blocks:
                cells += [""] * (column + 1 - len(cells))
                cells[column] = cells[column] or value
            while pending and pending[-1][0] <= place:
                _, last, column = pending.pop()
                open_blocks.append((last, column, cells[column] if column < len(cells) else ""))
            yield cells
        else:
            yield row


def _load(source: Input, table: str, path: Path, columns: Sequence[str]) -> None:
    types = ", ".join(["'source_row': 'BIGINT'", *(f"'{name}': 'VARCHAR'" for name in columns)])
    source.connection.execute(
        f"CREATE TABLE {table} AS SELECT {', '.join(columns)}, source_row FROM read_csv({literal(str(path))},"
        f" auto_detect=false, header=false, delim=',', quote='\"', escape='\"', nullstr='', new_line='\\n',"
        f" columns={{{types}}}, max_line_size={source.limits.line * 64})"
    )
