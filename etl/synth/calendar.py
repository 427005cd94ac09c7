"""The days on which a province announces approvals."""

from dataclasses import dataclass

import numpy as np

from etl.synth.arrays import NEVER, Days, generator
from etl.synth.calibration import Calibration, Province

_FIRST, _LAST = np.datetime64("2000-01", "M"), np.datetime64("2060-01", "M")


@dataclass(frozen=True)
class Calendar:
    """Batch days, ascending."""

    days: Days

    def batch(self, day: Days) -> Days:
        """The batch day on or after each day; far future days stay as they are."""
        index = np.searchsorted(self.days, day)
        snapped = self.days[np.minimum(index, len(self.days) - 1)]
        return np.where(index < len(self.days), snapped, np.minimum(day, NEVER)).astype(np.int32)


def calendar(calibration: Calibration, province: Province, seed: int) -> Calendar:
    """A province's batch days: a few a month, moved by a day or two, few in February."""
    rng = generator(seed, int(province.code), 0)
    numbers = calibration["batches"]
    months = np.arange(_FIRST, _LAST).astype("M8[M]")
    days = np.concatenate([months.astype("M8[D]").astype(np.int64) + day - 1 for day in numbers["days"]])
    days += rng.integers(0, 3, len(days))
    february = days.astype("M8[D]").astype("M8[M]").astype(np.int64) % 12 == 1
    held = ~february | (rng.random(len(days)) < numbers["february_share"])
    return Calendar(np.unique(days[held]).astype(np.int32))
