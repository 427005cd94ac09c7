"""What the attacks read."""

from collections.abc import Mapping, Sequence, Set
from dataclasses import dataclass, field
from pathlib import Path

import pyarrow as pa

from etl.privacy.attacks.joined import Microdata
from etl.privacy.attacks.model import Vintage
from etl.privacy.tables.families import Family


@dataclass(frozen=True)
class Evidence:
    """What the attacks read. All but `vintages` and `families` may be absent; what needs it is then not attacked.

    `logs`: noise log of each year, by family. `keys`: key of each year that still has one; with it and the truth of
    the newest such year noise is drawn again. `published`: protected tables as they are published, all years of a
    family in one; `earlier`: the same of earlier releases. `open_tables`: column names of every other table that is
    published. `release`: its folder, searched for the keys. `files`: microdata, to be joined with the tables.
    `elsewhere`: what was attacked elsewhere, by the names of `needs` in `rules/attacks.yaml`.
    """

    vintages: Sequence[Vintage]
    families: Sequence[Family]
    logs: Mapping[str, Mapping[int, pa.Table]] = field(default_factory=dict)
    keys: Mapping[int, bytes] = field(default_factory=dict)
    published: Mapping[str, pa.Table] = field(default_factory=dict)
    earlier: Sequence[Mapping[str, pa.Table]] = ()
    open_tables: Mapping[str, pa.Schema] = field(default_factory=dict)
    release: Path | None = None
    files: Sequence[Microdata] = ()
    elsewhere: Set[str] = frozenset()

    def of(self, family: str) -> list[Vintage]:
        """The vintages that hold a table of the family."""
        return [vintage for vintage in self.vintages if family in vintage.published]
