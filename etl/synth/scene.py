"""What the simulation of one chunk is told from outside."""

from dataclasses import dataclass

import numpy as np

from etl.synth.arrays import generator
from etl.synth.calendar import Calendar, calendar
from etl.synth.calibration import Calibration
from etl.synth.plan import Chunk


@dataclass(frozen=True)
class Scene:
    """A chunk, the calibration, the province's batch days, the seed and the date of the register."""

    calibration: Calibration
    chunk: Chunk
    calendar: Calendar
    seed: int
    as_of: int

    def rng(self, purpose: int) -> np.random.Generator:
        """Random numbers of one purpose of this chunk."""
        return generator(self.seed, *self.chunk.stream, purpose)


def scene(calibration: Calibration, chunk: Chunk, seed: int, as_of: int) -> Scene:
    """The scene of a chunk."""
    return Scene(calibration, chunk, calendar(calibration, chunk.province, seed), seed, as_of)
