"""Records of enterprises are drawn beside those of persons, which they do not move."""

from collections import defaultdict
from dataclasses import replace

import numpy as np
import pyarrow as pa
import pytest

from etl.metadata import Metadata
from etl.synth.calibration import days, load
from etl.synth.career import Career, Numbering, simulate
from etl.synth.conduct import integrity
from etl.synth.enterprises import universe
from etl.synth.plan import chunks
from etl.synth.scene import scene
from etl.synth.tables import Columns


@pytest.fixture(scope="module")
def career(metadata: Metadata) -> Career:
    """3,000 persons of one province, at about 180 enterprises."""
    calibration, as_of = load(metadata, {"64"}), days("2026-10-31")
    (chunk,) = chunks(calibration, 3000)
    world = universe(calibration, (chunk,), 1, as_of)
    return simulate(scene(calibration, chunk, 1, as_of), world, Numbering(defaultdict(int), 0))


def drawn(career: Career, yearly: float) -> Columns:
    """The records when enterprises have so many a year each."""
    numbers = career.calibration.numbers
    changed = {**numbers, "integrity": {**numbers["integrity"], "yearly_per_enterprise": yearly}}
    other = replace(
        career, scene=replace(career.scene, calibration=replace(career.calibration, numbers=changed))
    )
    return integrity(other, np.arange(len(career.world.all)))


def test_records_of_persons_stay_as_they_are_beside_those_of_enterprises(career: Career) -> None:
    none, many = drawn(career, 0), drawn(career, 0.5)
    count = len(none["integrity_no"])
    assert pa.table(none).equals(pa.table(many).slice(0, count))
    assert pa.table(many).slice(count)["registration_no"].null_count == len(many["integrity_no"]) - count > 0


def test_a_unit_has_the_name_of_the_day_of_the_decision(career: Career) -> None:
    firms, records = career.world.all, drawn(career, 5.0)
    place = {code: number for number, code in enumerate(firms.code.to_pylist())}
    told = set()
    for code, name, day in zip(
        records["enterprise_code"].to_pylist(),
        records["enterprise_name"].to_pylist(),
        records["decided_on"].cast(pa.int32()).to_pylist(),
        strict=True,
    ):
        if code is not None:
            is_former = day < firms.renamed_on[place[code]]
            assert name == (firms.former_name if is_former else firms.name)[place[code]].as_py()
            told.add(is_former)
    assert told == {True, False}
