"""An integrity record has exactly one subject: rows about nobody, or about two, are set aside."""

from pathlib import Path

import pytest

from etl.errors import Refused
from etl.metadata import Metadata
from etl.settings import Store
from etl.sources import ingest

HEADER = "诚信记录编号,记录类型,注册号,证件号码,社会信用代码,企业名称,决定日期\n"
PERSON = "1,不良,冀1132010201100001,,,,2026-03-02\n"
ENTERPRISE = "2,不良,,,91990000FAKE00005D,甲公司,2026-03-02\n"
BY_NAME = "3,不良,,,,甲公司,2026-03-02\n"


def read(folder: Path, metadata: Metadata, rows: str) -> int:
    """Rows accepted of a list with these rows."""
    export = folder / "exports/national/integrity_list_01.csv"
    export.parent.mkdir(parents=True)
    export.write_text(HEADER + rows, encoding="utf-8")
    return ingest(folder / "exports", Store(folder / "store"), metadata).total("accepted")


def test_a_record_is_about_a_person_or_about_an_enterprise(tmp_path: Path, metadata: Metadata) -> None:
    assert read(tmp_path, metadata, PERSON + ENTERPRISE + BY_NAME) == 3


@pytest.mark.parametrize(
    ("row", "reason"),
    [
        ("4,不良,,,,,2026-03-02\n", "record_about_nobody"),
        ("4,不良,冀1132010201100001,,91990000FAKE00005D,,2026-03-02\n", "record_about_two"),
        ("4,不良,,990000180001010017,,甲公司,2026-03-02\n", "record_about_two"),
    ],
)
def test_a_row_about_nobody_or_about_two_is_set_aside(
    tmp_path: Path, metadata: Metadata, row: str, reason: str
) -> None:
    with pytest.raises(Refused, match=rf"1 of 2 .*{reason} registration_no 1"):
        read(tmp_path, metadata, PERSON + row)
