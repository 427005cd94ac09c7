"""The front page: what each product holds, in the register's own words where it has some."""

from datetime import date
from pathlib import Path

import pytest

from etl.metadata import load
from etl.publish.catalogue import frame, front_page
from etl.publish.edition import Edition
from etl.settings import METADATA, PROJECT

ADDRESSES = {"dashboard": "/d", "lookup": "/l", "catalogue": "/c"}
REGISTERS = PROJECT / "tests/registers"


@pytest.mark.parametrize(
    ("root", "said", "unsaid"),
    [
        (METADATA, "moves between employers", "licensee"),
        (REGISTERS / "california/metadata", "Verify one licence by its number.", "employers"),
        (REGISTERS / "hong_kong/metadata", "one licensee (an individual or a firm)", "one person"),
    ],
    ids=["jianzaoshi", "california", "hong_kong"],
)
def test_front_page_says_what_the_register_holds(root: Path, said: str, unsaid: str) -> None:
    metadata = load(root)
    edition = Edition.of(metadata, "2026.10.0", date(2026, 10, 31))
    page = front_page({"en": frame(metadata, edition, "en")}, "en", ADDRESSES)
    assert said in page
    assert unsaid not in page
    assert "CSV and Parquet" in page
