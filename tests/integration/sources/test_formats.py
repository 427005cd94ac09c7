"""What readers find out reaches staging: sheet names, files of archives, damaged cells."""

from collections.abc import Callable

from tests.fixtures.books import xlsx
from tests.fixtures.ingest import RULES, SOURCE, Register
from tests.fixtures.readers import zipped

Query = Callable[..., list[tuple[object, ...]]]
HEADER = "姓名,注册号,有效期至\n"


def test_the_name_of_a_sheet_feeds_the_field_that_asks_for_it(register: Register, staged: Query) -> None:
    register.source(
        "roster", SOURCE.replace("ignored:", '  enterprise_name: {headers: [单位, "#sheet"]}\nignored:')
    )
    rows = [["姓名", "注册号"], ["张三", "A1"]]
    own = [["姓名", "注册号", "单位"], ["李四", "A2", "甲公司"]]
    register.export("a.xlsx", xlsx({"乙公司": rows, "丙公司": own}))
    register.ingest()
    assert staged("enterprise_name, registration_no, source_file") == [
        ("甲公司", "A2", "a.xlsx#丙公司"),
        ("乙公司", "A1", "a.xlsx#乙公司"),
    ]


def test_files_of_an_archive_are_staged_under_both_names(register: Register, staged: Query) -> None:
    content = zipped({"a.csv": (HEADER + "张三,A1,\n").encode(), "b.csv": (HEADER + "李四,A2,\n").encode()})
    register.export("a.zip", content)
    register.ingest()
    assert staged("source_file, registration_no") == [("a.zip!a.csv", "A1"), ("a.zip!b.csv", "A2")]


def test_a_damaged_cell_sets_its_row_aside_by_field(register: Register) -> None:
    rules = register.metadata_root / "rules/ingest.yaml"
    rules.write_text(RULES + "damage: {misread_encoding: [锟斤拷]}\n", encoding="utf-8")
    register.export("a.csv", HEADER + "张三,A1,\n李锟斤拷,A2,\n")
    report = register.ingest()
    assert report.tally("reasons") == {"misread_encoding person_name": 1}
    assert report.total("accepted") == 1
