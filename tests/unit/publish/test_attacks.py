"""What the gate `attacks` reads beside the tables."""

from pathlib import Path

from etl.metadata import Metadata
from etl.privacy.microdata.files import Microdata
from etl.publish.attacks import microdata_files


def test_files_of_other_tiers_that_were_handed_over_for_the_year_are_attacked_too(
    metadata: Metadata, tmp_path: Path
) -> None:
    for frozen in ("contract/2025", "contract/2024", "open/2025"):
        (tmp_path / frozen).mkdir(parents=True)
    file = Microdata(2025, tmp_path / "made", tmp_path / "open/2025", ())

    found = microdata_files(file, metadata)

    assert [kept.records.parent for kept in found] == [tmp_path / "made", tmp_path / "contract/2025"]
    assert {kept.year for kept in found} == {2025}
