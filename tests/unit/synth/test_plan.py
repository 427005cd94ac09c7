"""How a register is cut into chunks."""

from etl.metadata import Metadata
from etl.synth.calibration import load
from etl.synth.plan import chunks


def test_a_register_smaller_than_the_country_has_no_chunk_without_persons(metadata: Metadata) -> None:
    parts = chunks(load(metadata, None), 7)

    assert sum(part.persons for part in parts) == 7
    assert all(part.persons for part in parts)
