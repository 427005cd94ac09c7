"""One chunk of the register, simulated: persons, certificates, validity, employers, with their texts."""

from dataclasses import dataclass

import numpy as np
import pyarrow as pa

from etl.synth import people as persons
from etl.synth.arrays import Ints, generator
from etl.synth.calendar import Calendar, calendar
from etl.synth.calibration import Calibration
from etl.synth.cohort import Cohort, certificate_numbers, cohort, registration_numbers
from etl.synth.employment import Spells, certificates_of, spells
from etl.synth.enterprises import Universe
from etl.synth.plan import Chunk
from etl.synth.validity import Registrations, registrations


@dataclass(frozen=True)
class Career:
    """Everything known of a chunk's persons; the record types are views of it."""

    calibration: Calibration
    chunk: Chunk
    calendar: Calendar
    world: Universe
    people: Cohort
    held: Registrations
    spells: Spells
    certificates: Ints
    name: pa.Array
    identity: pa.Array
    registration_no: pa.Array
    certificate_no: pa.Array
    seed: int
    as_of: int

    def rng(self, purpose: int) -> np.random.Generator:
        """Random numbers of one record type."""
        return generator(self.seed, *self.chunk.stream, purpose)


@dataclass(frozen=True)
class Numbering:
    """What a chunk must know of the chunks before it so that numbers are unique."""

    cells_before: dict[int, int]
    certificates_before: int


def start(calibration: Calibration, chunk: Chunk, seed: int, as_of: int) -> tuple[Calendar, Cohort]:
    """The first step alone: persons and certificates, without their history."""
    dates = calendar(calibration, chunk.province, seed)
    return dates, cohort(calibration, chunk, dates, seed, as_of)


def simulate(
    calibration: Calibration, chunk: Chunk, world: Universe, numbering: Numbering, seed: int, as_of: int
) -> Career:
    """Simulate one chunk. The same arguments give the same career in any process."""
    dates, people = start(calibration, chunk, seed, as_of)
    held = registrations(calibration, people, dates, generator(seed, *chunk.stream, 3), as_of)
    employed = spells(
        calibration, chunk, people, held, world, dates, generator(seed, *chunk.stream, 4), as_of
    )
    return Career(
        calibration=calibration,
        chunk=chunk,
        calendar=dates,
        world=world,
        people=people,
        held=held,
        spells=employed,
        certificates=certificates_of(people),
        name=persons.names(calibration, people.male, generator(seed, *chunk.stream, 5)),
        identity=persons.identities(chunk, people),
        registration_no=registration_numbers(calibration, people, numbering.cells_before),
        certificate_no=certificate_numbers(numbering.certificates_before, len(people.holder)),
        seed=seed,
        as_of=as_of,
    )
