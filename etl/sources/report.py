"""The balance sheet of an ingest: every row received has exactly one fate."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import duckdb

from etl.clean.base import literal
from etl.errors import Refused
from etl.metadata import Metadata
from etl.sources.batch import Share, Unit
from etl.sources.tables import create_table

COUNTS = ("received", "accepted", "quarantined", "duplicate", "out_of_scope")
_TOP = 3


@dataclass(frozen=True)
class Balance:
    """Rows of one sheet and division by fate. `reasons`, `outside`: rows by why; `repairs`: cells by "field rule".

    `division_code`: whose rows; None where neither the file nor the row tells.
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
    """What an ingest did: `key` names its inputs, `files` were there, `read` had to be read (not reused)."""

    key: str
    balances: tuple[Balance, ...]
    files: int
    read: int

    def total(self, count: str) -> int:
        """Sum over all files of one of COUNTS."""
        return sum(getattr(balance, count) for balance in self.balances)

    def tally(self, kind: str) -> dict[str, int]:
        """Sum over all files of `reasons`, `outside` or `repairs`, most frequent first."""
        return _tally(self.balances, kind)

    def to_json(self) -> dict[str, Any]:
        return asdict(self)

    @staticmethod
    def from_json(content: Mapping[str, Any]) -> "IngestReport":
        balances = tuple(Balance(**item) for item in content["balances"])
        return IngestReport(content["key"], balances, content["files"], content["read"])


def check_budgets(balances: Sequence[Balance], metadata: Metadata) -> None:
    """Raises Refused for a source of which a larger share was quarantined than its `drop_budget` allows."""
    for name in sorted({balance.source_name for balance in balances}):
        own = [balance for balance in balances if balance.source_name == name]
        received = sum(balance.received - balance.out_of_scope for balance in own)
        dropped = sum(balance.quarantined for balance in own)
        budget = metadata.sources[name].drop_budget
        if received and dropped / received > budget:
            top = ", ".join(
                f"{reason} {count}" for reason, count in list(_tally(own, "reasons").items())[:_TOP]
            )
            message = (
                f"隔离 {dropped}/{received} 行（{dropped / received:.2%}），超过限额 {budget:.2%} |"
                f" {dropped} of {received} rows quarantined, over the budget ({top})"
            )
            worst = max(own, key=lambda balance: balance.quarantined)
            remedy = (
                "与提供方核实，或说明理由调整限额 | ask the provider, or change drop_budget with a reason"
            )
            raise Refused(message, f"{name}: {worst.source_file}", "drop_budget", remedy)


def write_balance(balances: Iterable[Balance], path: Path) -> None:
    """`balance.parquet`: source_name, source_file, division_code, received_on and the five counts.

    A row for each sheet and division.
    """
    rows = list(balances)
    names = ("source_name", "source_file", "division_code", "received_on", *COUNTS)
    with duckdb.connect() as connection:
        columns = {name: [getattr(row, name) for row in rows] for name in names}
        create_table(connection, "balance", columns, **dict.fromkeys(COUNTS, "BIGINT"), received_on="DATE")
        connection.execute(f"COPY balance TO {literal(str(path))} (FORMAT parquet, COMPRESSION zstd)")


def _tally(balances: Iterable[Balance], kind: str) -> dict[str, int]:
    total: Counter[str] = Counter()
    for balance in balances:
        total.update(getattr(balance, kind))
    return dict(sorted(total.items(), key=lambda item: (-item[1], item[0])))
