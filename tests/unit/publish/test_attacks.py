"""What the gate `attacks` reads beside the tables."""

import json
from pathlib import Path

from etl.metadata import Metadata
from etl.privacy.frozen import Protection
from etl.privacy.ledger import Ledger
from etl.privacy.microdata.files import Microdata
from etl.publish.attacks import attacks, microdata_files
from etl.publish.gates import Gate


def test_files_of_other_tiers_that_were_handed_over_for_the_year_are_attacked_too(
    metadata: Metadata, tmp_path: Path
) -> None:
    for frozen in ("contract/2025", "contract/2024", "open/2025"):
        (tmp_path / frozen).mkdir(parents=True)
    file = Microdata(2025, tmp_path / "made", tmp_path / "open/2025", ())

    found = microdata_files(file, metadata)

    assert [kept.records.parent for kept in found] == [tmp_path / "made", tmp_path / "contract/2025"]
    assert {kept.year for kept in found} == {2025}


def judged(release: Path, metadata: Metadata, file: Microdata | None) -> Gate:
    """The gate on a release without protected tables."""
    none = Protection({}, {}, Ledger(()))
    return attacks(release, None, none, metadata, keys={}, file=file, full=release / "full.json")


def test_microdata_that_nobody_attacked_are_refused_even_without_protected_tables(
    metadata: Metadata, tmp_path: Path
) -> None:
    shares = {column: {"1": 0.5, "2": 0.5} for column in metadata.rules["microdata"]["columns"]}
    (tmp_path / "held.json").write_text(json.dumps({"shares": shares}), "utf-8")
    file = Microdata(2025, tmp_path, tmp_path / "frozen/open/2025", ())

    found = judged(tmp_path, metadata, file).problems

    assert {line.split()[0] for line in found} == {"A10", "A11", "A12", "A13", "A14"}


def test_a_release_of_neither_tables_nor_microdata_passes(metadata: Metadata, tmp_path: Path) -> None:
    assert judged(tmp_path, metadata, None).problems == []
