"""Every planted error is repaired, held for its reason or set aside, and no clean row is harmed."""

from datetime import date
from pathlib import Path

from etl.metadata import load
from etl.settings import METADATA, Store
from etl.sources.ingest import ingest
from etl.synth import calibration, register
from tests.fixtures.dirt import RIGHT, outcomes

AS_OF = date(2026, 10, 31)


def test_every_row_ends_as_the_truth_wants(tmp_path: Path) -> None:
    metadata = load(METADATA)
    register.write(
        tmp_path / "exports",
        persons=3000,
        seed=3,
        truth=tmp_path / "truth",
        as_of=AS_OF,
        records=None,
        divisions=None,
        metadata=metadata,
    )
    ingest(tmp_path / "exports", Store(tmp_path / "store"), metadata, AS_OF)
    found = outcomes(metadata, calibration.load(metadata), tmp_path / "store", tmp_path / "truth")
    assert {fate for _, fate, _ in found} == set(RIGHT)
    assert {key: rows for key, rows in found.items() if key[2] != RIGHT[key[1]]} == {}
