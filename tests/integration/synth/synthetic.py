"""A written register, as the tests see it."""

from dataclasses import dataclass
from datetime import date
from pathlib import Path

import pyarrow as pa
import pyarrow.dataset as ds

from etl.synth import SynthReport

AS_OF = date(2026, 10, 31)


@dataclass(frozen=True)
class Register:
    """A written register: exports, truth, report."""

    out: Path
    truth: Path
    report: SynthReport

    def clean(self, record: str) -> pa.Table:
        """The clean table of a record type."""
        return ds.dataset(self.truth / record).to_table()
