"""One chunk of the register, simulated: persons, certificates, validity, employers, with their texts."""

from dataclasses import dataclass

import numpy as np
import pyarrow as pa

from etl.synth import people as persons
from etl.synth.arrays import Ints
from etl.synth.calibration import Calibration
from etl.synth.cohort import Cohort, certificate_numbers, cohort, registration_numbers
from etl.synth.employment import Spells, certificates_of, spells
from etl.synth.enterprises import Universe
from etl.synth.plan import Chunk
from etl.synth.scene import Scene
from etl.synth.validity import Registrations, registrations


@dataclass(frozen=True)
class Career:
    """Everything known of a chunk's persons; the record types are views of it."""

    scene: Scene
    world: Universe
    people: Cohort
    held: Registrations
    spells: Spells
    certificates: Ints
    name: pa.Array
    identity: pa.Array
    registration_no: pa.Array
    certificate_no: pa.Array

    @property
    def calibration(self) -> Calibration:
        return self.scene.calibration

    @property
    def chunk(self) -> Chunk:
        return self.scene.chunk

    @property
    def as_of(self) -> int:
        return self.scene.as_of

    def rng(self, purpose: int) -> np.random.Generator:
        """Random numbers of one record type."""
        return self.scene.rng(purpose)


@dataclass(frozen=True)
class Numbering:
    """What a chunk must know of the chunks before it so that numbers are unique."""

    cells_before: dict[int, int]
    certificates_before: int


def simulate(scene: Scene, world: Universe, numbering: Numbering) -> Career:
    """Simulate one chunk. The same arguments give the same career in any process."""
    people = cohort(scene)
    held = registrations(scene, people)
    return Career(
        scene=scene,
        world=world,
        people=people,
        held=held,
        spells=spells(scene, people, held, world),
        certificates=certificates_of(people),
        name=persons.names(scene.calibration, people.male, scene.rng(5)),
        identity=persons.identities(scene.chunk, people),
        registration_no=registration_numbers(scene.calibration, people, numbering.cells_before),
        certificate_no=certificate_numbers(numbering.certificates_before, len(people.holder)),
    )
