"""How the register is cut into chunks that are simulated independently."""

from dataclasses import dataclass

import numpy as np

from etl.synth.arrays import Floats
from etl.synth.calibration import Calibration, Province, normalised


@dataclass(frozen=True)
class Chunk:
    """Persons whose last employer is in one province. `number` counts the province's chunks from 1."""

    index: int
    province: Province
    number: int
    of: int
    persons: int
    kinds: tuple[float, float, float]

    @property
    def stream(self) -> tuple[int, int]:
        """Names the chunk's random numbers; the same whichever other provinces are written."""
        return int(self.province.code), self.number


def chunks(calibration: Calibration, persons: int) -> tuple[Chunk, ...]:
    """All chunks of a national register of `persons`, in province order."""
    shares = _kind_shares(calibration)
    counts = _apportion(shares.sum(axis=0), persons)
    largest = int(calibration["chunk_persons"])
    result: list[Chunk] = []
    for province, count, kinds in zip(calibration.provinces, counts, shares.T, strict=True):
        pieces = -(-count // largest)
        for number in range(pieces):
            size = count * (number + 1) // pieces - count * number // pieces
            first, second, both = normalised(kinds).tolist()
            result.append(Chunk(len(result), province, number + 1, pieces, size, (first, second, both)))
    return tuple(result)


def _kind_shares(calibration: Calibration) -> Floats:
    """Share of all persons by kind of holder (rows) and province (columns)."""
    kinds = calibration["persons"]["kinds"]
    first, second = calibration.first_grade_weights, calibration.second_grade_weights
    return np.array([kinds["first"] * first, kinds["second"] * second, kinds["both"] * first])


def _apportion(weights: Floats, total: int) -> list[int]:
    """Whole numbers proportional to the weights that add up to the total (largest remainders)."""
    exact = normalised(weights) * total
    counts = np.floor(exact).astype(np.int64)
    largest = np.argsort(counts - exact, kind="stable")[: total - int(counts.sum())]
    counts[largest] += 1
    return [int(count) for count in counts]
