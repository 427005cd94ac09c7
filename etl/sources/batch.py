"""A batch of files to stage together: what it is, how it is read, and what becomes of each sheet."""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from datetime import date
from pathlib import Path
from typing import Any

import duckdb

from etl.errors import BadInput
from etl.metadata import CodeList, Metadata, Source
from etl.metadata.model import Sender
from etl.sources.corrections import Correction
from etl.sources.layout import (
    Layout,
    candidates,
    ignored_headers,
    is_data,
    known_headers,
    paths_of,
    recognise,
)
from etl.sources.readers import Input, Sheet, header_key, read_file, with_damage
from etl.sources.repairs import Repair, with_repairs
from etl.sources.settings import IngestRules
from etl.sources.snapshots import snapshot_date


@dataclass(frozen=True)
class Job:
    """A file to stage: its path, its name in messages, its SHA-256, where results go.

    `superseded`: pairs of a file (itself, or one in it) and a source for which that is too old; `repairs`: what
    its provider corrected; `received_on` stands in for the date of a snapshot without one. A large file is never
    staged together with others.
    """

    path: Path
    name: str
    sha256: str
    out: Path
    superseded: frozenset[tuple[str, str]]
    is_large: bool
    repairs: tuple[Repair, ...] = ()
    received_on: date | None = None


@dataclass(frozen=True)
class Batch:
    """Files that may be of the same sources, and what is known about them."""

    jobs: tuple[Job, ...]
    sources: tuple[Source, ...]
    metadata: Metadata
    rules: IngestRules
    corrections: tuple[Correction, ...] = ()


@dataclass(frozen=True, eq=False)
class Page:
    """One sheet of one file, as read: `number` counts the sheets of the file, `where` names it in messages.

    `division`: whose sheet it is, None when it is nobody's or each row says. `repairs` are those that applied:
    the sheet already holds the corrected cells.
    """

    job: Job
    number: int
    where: str
    sheet: Sheet
    layout: Layout
    received_on: date | None
    division: str | None
    repairs: tuple[Repair, ...] = ()

    @property
    def source(self) -> Source:
        return self.layout.source

    @property
    def is_superseded(self) -> bool:
        """Whether a newer file of this source has come."""
        return (file_of(self.where, self.job.name), self.source.name) in self.job.superseded

    @property
    def columns(self) -> list[str]:
        """Columns of the sheet's table, in the order of its headers."""
        return [f"c{place}" for place in range(len(self.sheet.headers))]


@dataclass(frozen=True)
class Share:
    """The rows of one division in a sheet (None: no division is told), by fate.

    `reasons` counts quarantined rows by "reason field", `outside` rows out of scope by reason, `repairs`
    cells by "field rule". `duplicate` counts rows that repeat an earlier one of the same sheet.
    """

    division: str | None
    received: int
    accepted: int = 0
    duplicate: int = 0
    reasons: dict[str, int] = field(default_factory=dict)
    outside: dict[str, int] = field(default_factory=dict)
    repairs: dict[str, int] = field(default_factory=dict)


@dataclass(frozen=True)
class Unit:
    """What became of one sheet of one file. Counts are rows of the file; `staged` counts rows written.

    `number` names the unit's files in the folder of its job; `repaired` counts rows that the provider corrected
    or withdrew. `corrections`: id -> rows with the key of a correction, and those with the value it expects.
    `notices` are told to the operator. `received_on` is the day that the file tells, `state_on` the day that its
    rows are taken to show: where the file tells none, the build's.
    """

    number: int
    source: str
    record: str
    file: str
    received_on: str | None
    received: int
    staged: int
    repaired: int
    shares: tuple[Share, ...]
    corrections: dict[str, tuple[int, int]] = field(default_factory=dict)
    notices: tuple[str, ...] = ()
    state_on: str | None = None

    @staticmethod
    def of(
        page: Page,
        received: int,
        staged: int,
        shares: Iterable[Share],
        corrections: Mapping[str, tuple[int, int]] | None = None,
    ) -> "Unit":
        """The unit of a page."""
        dated = snapshot_date(page.source, page.where)
        day = dated.isoformat() if dated else None
        return Unit(
            page.number,
            page.source.name,
            page.source.record,
            page.where,
            day,
            received,
            staged,
            len(page.repairs),
            tuple(shares),
            dict(corrections or {}),
            page.sheet.notices,
            page.received_on.isoformat() if page.received_on else None,
        )

    def to_json(self) -> dict[str, Any]:
        return asdict(self)

    @staticmethod
    def from_json(content: dict[str, Any]) -> "Unit":
        return Unit(**content | {"shares": tuple(Share(**share) for share in content["shares"])})


def read_batch(batch: Batch, connection: duckdb.DuckDBPyConnection, scratch: Path) -> list[Page]:
    """Every sheet of every file, each in a schema of its own in the database `work`.

    Raises BadInput when a file cannot be read or its layout is not known.
    """
    headers, ignored = known_headers(batch.sources), ignored_headers(batch.sources)
    pages: list[Page] = []
    for place, job in enumerate(batch.jobs):
        folder = scratch / str(place)
        folder.mkdir()
        with connection.cursor() as reading:
            reading.execute(f"CREATE SCHEMA work.file_{place}; USE work.file_{place}")
            source = Input(
                reading,
                job.path,
                job.name,
                folder,
                lambda text: header_key(text) in headers,
                lambda name: is_data(name, batch.rules),
                lambda text: header_key(text) in ignored,
                batch.rules.limits,
                batch.rules.damage,
            )
            try:
                pages.extend(_pages(batch, job, connection, f"work.file_{place}", read_file(source)))
            except FileNotFoundError:
                remedy = "构建时不要改动来源目录 | leave the source directory alone during a build"
                message = "文件中途消失 | the file vanished while it was read"
                raise BadInput(message, job.name, "sealed input", remedy) from None
    return pages


def _pages(
    batch: Batch, job: Job, connection: duckdb.DuckDBPyConnection, schema: str, sheets: Iterator[Sheet]
) -> Iterator[Page]:
    for number, sheet in enumerate(sheets):
        where = job.name + sheet.locator
        layout = recognise(where, sheet.name, sheet.headers, _sources(batch, job, sheet))
        day = snapshot_date(layout.source, where) or job.received_on
        asked = [repair for repair in job.repairs if repair.sheet == number]
        repaired, applied = with_repairs(connection, _qualified(sheet, schema), asked)
        if applied:
            repaired = with_damage(connection, replace(repaired, damaged=None), batch.rules.damage)
        division = division_of_file(layout.source.sender, file_of(where, job.name), batch.metadata.codes)
        yield Page(job, number, where, repaired, layout, day, division, applied)


def _sources(batch: Batch, job: Job, sheet: Sheet) -> Sequence[Source]:
    """The sources that a sheet may be of; a file of an archive is asked for by its name beside the archive."""
    if not sheet.locator.startswith("!"):
        return batch.sources
    return candidates(paths_of(file_of(job.name + sheet.locator, job.name))[0], batch.sources)


def file_of(where: str, name: str) -> str:
    """The file of a sheet without the sheet's name: `name`, or what stands in that archive."""
    inside = where.removeprefix(name)
    return name + inside.partition("#")[0] if inside.startswith("!") else name


def _qualified(sheet: Sheet, schema: str) -> Sheet:
    """The sheet with the full names of its tables."""
    rejects = f"{schema}.{sheet.rejects}" if sheet.rejects else None
    damaged = f"{schema}.{sheet.damaged}" if sheet.damaged else None
    return replace(sheet, table=f"{schema}.{sheet.table}", rejects=rejects, damaged=damaged)


def division_of_file(sender: Sender, name: str, codes: Mapping[str, CodeList]) -> str | None:
    """The division that sent a file, by its path or because the source has only one; None: not told."""
    paths = paths_of(name) if sender.path else ()
    found = next(filter(None, (re.search(sender.path or "", path) for path in paths)), None)
    if found is None:
        return sender.code
    code = codes["division"].by_text.get(found["division"].casefold())
    if code is None:
        remedy = (
            "改正文件夹名，或补充 codes/division.csv 的写法 | correct the folder, or add the spelling there"
        )
        raise BadInput("不认识的地区 | unknown division", name, "sender", remedy)
    return code
