"""The balance sheet of an ingest: every row received has exactly one fate."""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import duckdb

from etl.clean.base import literal
from etl.sources.batch import Share, Unit
from etl.sources.tables import create_table

COUNTS = ("received", "accepted", "quarantined", "duplicate", "out_of_scope")


@dataclass(frozen=True)
class Balance:
    """Rows of one sheet and division by fate. `reasons`, `outside`: rows by why; `repairs`: cells by "field rule".

    `division_code`: whose rows; None where neither the file nor the row tells. `superseded_by`: the newer file
    for which all of this one is out of scope. `sheet`: the end of `source_file` that names the sheet, "" without.
    """

    source_name: str
    source_file: str
    division_code: str | None
    received_on: str | None
    received: int
    accepted: int
    quarantined: int
    duplicate: int
    out_of_scope: int
    reasons: Mapping[str, int] = field(default_factory=dict)
    outside: Mapping[str, int] = field(default_factory=dict)
    repairs: Mapping[str, int] = field(default_factory=dict)
    superseded_by: str | None = None
    sheet: str = ""

    @property
    def file(self) -> str:
        """The received file, or the one in an archive, without the sheet."""
        return self.source_file.removesuffix(self.sheet)

    @staticmethod
    def of(unit: Unit, share: Share, duplicate: int) -> "Balance":
        """The balance of a share; `duplicate`: its rows that repeat rows of other sheets."""
        return Balance(
            unit.source,
            unit.file,
            share.division,
            unit.received_on,
            share.received,
            share.accepted - duplicate,
            sum(share.reasons.values()),
            share.duplicate + duplicate,
            sum(share.outside.values()),
            share.reasons,
            share.outside,
            share.repairs,
        )

    @property
    def closes(self) -> bool:
        return self.received == self.accepted + self.quarantined + self.duplicate + self.out_of_scope


@dataclass(frozen=True)
class IngestReport:
    """What an ingest did: `key` names its inputs, `files` were there, `read` had to be read (not reused).

    `again` more were there, the same bytes as another.
    """

    key: str
    balances: tuple[Balance, ...]
    files: int
    read: int
    again: int = 0

    def total(self, count: str) -> int:
        """Sum over all files of one of COUNTS."""
        return sum(getattr(balance, count) for balance in self.balances)

    def tally(self, kind: str) -> dict[str, int]:
        """Sum over all files of `reasons`, `outside` or `repairs`, most frequent first."""
        return tally(self.balances, kind)

    def to_json(self) -> dict[str, Any]:
        return asdict(self)

    @staticmethod
    def from_json(content: Mapping[str, Any]) -> "IngestReport":
        balances = tuple(Balance(**item) for item in content["balances"])
        return IngestReport(content["key"], balances, content["files"], content["read"], content["again"])


def write_balance(balances: Iterable[Balance], path: Path) -> None:
    """`balance.parquet`: source_name, source_file, division_code, received_on, superseded_by and the five counts.

    A row for each sheet and division.
    """
    rows = list(balances)
    names = ("source_name", "source_file", "division_code", "received_on", "superseded_by", *COUNTS)
    with duckdb.connect() as connection:
        columns = {name: [getattr(row, name) for row in rows] for name in names}
        create_table(connection, "balance", columns, **dict.fromkeys(COUNTS, "BIGINT"), received_on="DATE")
        connection.execute(f"COPY balance TO {literal(str(path))} (FORMAT parquet, COMPRESSION zstd)")


def tally(balances: Iterable[Balance], kind: str) -> dict[str, int]:
    """Sum of `reasons`, `outside` or `repairs`, most frequent first."""
    total: Counter[str] = Counter()
    for balance in balances:
        total.update(getattr(balance, kind))
    return dict(sorted(total.items(), key=lambda item: (-item[1], item[0])))
