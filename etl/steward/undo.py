"""Repairs that were taken in, and how one is undone."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from etl.errors import BadInput
from etl.settings import Store
from etl.sources.repairs import Repair, changing, holding, repair_history, undo_repairs
from etl.steward.held import require_access, row_id


@dataclass(frozen=True)
class TakenIn:
    """A repair that was taken in, for a file of these bytes; `holds`: the next build reads it."""

    file_sha256: str
    repair: Repair
    holds: bool

    @property
    def id(self) -> str:
        """The name of its row for a steward."""
        return row_id(self.file_sha256, *self.repair.place)


def taken_in(store: Store) -> Iterator[TakenIn]:
    """Every repair ever taken in, by file, in the order they came.

    Raises BadInput when this user may not read the restricted zone.
    """
    require_access(store)
    for sha256, history in repair_history(store).items():
        held = set(holding(history).values())
        for number, repair in enumerate(history):
            yield TakenIn(sha256, repair, number in held)


def undo(ids: Sequence[str], store: Store, by: str, on: str) -> list[TakenIn]:
    """Undo the repairs that hold for these rows, all or none; an earlier one of the same row holds again.

    `by`, `on`: who undoes them and when.

    Raises:
        BadInput: no repair holds for a row.
    """
    require_access(store)
    with changing(store):
        held = {item.id: item for item in taken_in(store) if item.holds}
        for name in ids:
            if name not in held:
                remedy = "jzs quarantine repairs 列出编号 | `jzs quarantine repairs` lists the ids"
                raise BadInput(
                    f"这一行没有改正 | no repair holds for this row: {name}", str(store.repairs), "ID", remedy
                )
        gone = [held[name] for name in dict.fromkeys(ids)]
        for sha256 in dict.fromkeys(item.file_sha256 for item in gone):
            own = [item.repair.place for item in gone if item.file_sha256 == sha256]
            undo_repairs(store, sha256, own, by, on)
    return gone
