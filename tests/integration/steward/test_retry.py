"""What comes back in a workbook is read in the place of the row that went out."""

import json
import stat
from collections.abc import Callable
from pathlib import Path

import pytest

from etl.errors import Refused, UserError
from etl.steward.export import LINE, REASON, ROW, WITHDRAW
from etl.steward.held import Which, held_rows
from etl.steward.retry import take_back
from tests.fixtures.ingest import Register
from tests.fixtures.steward import BAD, HEADER, Query, fates, returned
from tests.fixtures.workbooks import Table, edit, fill, save, sheets


def test_a_corrected_row_is_accepted_and_the_balance_moves(
    register: Register, book: Path, staged: Query
) -> None:
    (done,) = take_back([edit(book, fill("有效期至", "2026-02-28"))], register.store, register.metadata, "甲")
    assert (done.corrected, done.withdrawn, done.unchanged) == (1, 0, 1)
    lines: list[str] = []
    report = register.ingest(lines.append)
    assert (report.total("received"), report.total("accepted"), report.total("quarantined")) == (3, 2, 1)
    assert any(
        line.startswith("a.csv: ") and "repaired or withdrawn by the provider: 1" in line for line in lines
    )
    assert report.tally("repairs") == {"valid_to repaired_by_provider": 1}
    assert staged("registration_no, valid_to::VARCHAR, source_row")[0] == ("A1", "2026-02-28", 2)


def test_only_the_repaired_file_is_read_again(register: Register, book: Path) -> None:
    register.export("b.csv", HEADER + "1,赵六,B1,\n")
    assert register.ingest().read == 1
    take_back([edit(book, fill("有效期至", "2026-02-28"))], register.store, register.metadata, "甲")
    assert register.ingest().read == 1


def test_a_workbook_left_as_it_was_repairs_nothing(register: Register, book: Path) -> None:
    (done,) = take_back([book], register.store, register.metadata, "甲")
    assert (done.corrected, done.unchanged) == (0, 2)
    assert register.ingest().read == 0


def test_a_withdrawn_row_is_out_of_scope(register: Register, book: Path) -> None:
    take_back([edit(book, fill(WITHDRAW, "是", row=2))], register.store, register.metadata, "甲")
    report = register.ingest()
    assert (report.total("quarantined"), report.total("out_of_scope")) == (1, 1)
    assert report.tally("outside") == {"withdrawn_by_provider": 1}


def test_a_row_that_fails_again_is_set_aside_with_its_new_cells(register: Register, book: Path) -> None:
    take_back([edit(book, fill("有效期至", "2026-02-31"))], register.store, register.metadata, "甲")
    assert fates(register) == (3, 1, 2, 0, 0)
    assert held_rows(register.store, Which())[0].reason == "unreadable_date"
    assert held_rows(register.store, Which())[0].cells == ("1", "张三", "A1", "2026-02-31")


def test_a_row_can_be_corrected_a_second_time(register: Register, book: Path, staged: Query) -> None:
    take_back([edit(book, fill("有效期至", "2026-02-31"))], register.store, register.metadata, "甲")
    register.ingest()
    take_back(
        [edit(returned(register, book.parent), fill("有效期至", "2026-02-28"))],
        register.store,
        register.metadata,
        "乙",
    )
    assert fates(register) == (3, 2, 1, 0, 0)
    assert staged("valid_to::VARCHAR")[0] == ("2026-02-28",)


def test_a_broken_row_is_given_its_cells(register: Register, tmp_path: Path, staged: Query) -> None:
    register.export("a.csv", HEADER + "1,张三,A1,,多\n2,李四,A2,\n")
    register.ingest()
    path = returned(register, tmp_path / "out")
    table = sheets(path)["数据 data"]
    assert table[0][4] == LINE and table[1][4] == "1,张三,A1,,多"
    for header, text in (("姓名", "张三"), ("注册号", "A1")):
        edit(path, fill(header, text))
    take_back([path], register.store, register.metadata, "甲")
    assert fates(register) == (2, 2, 0, 0, 0)
    assert staged("registration_no, source_row") == [("A1", 2), ("A2", 3)]


def test_a_broken_row_can_be_withdrawn(register: Register, tmp_path: Path) -> None:
    register.export("a.csv", HEADER + "1,张三,A1,,多\n2,李四,A2,\n")
    register.ingest()
    take_back(
        [edit(returned(register, tmp_path / "out"), fill(WITHDRAW, "是"))],
        register.store,
        register.metadata,
        "甲",
    )
    assert fates(register) == (2, 1, 0, 0, 1)


def added(table: Table) -> None:
    table.append([*table[1][:-1], ""])


def repeated(table: Table) -> None:
    table.append(list(table[1]))


def forged(table: Table) -> None:
    table[1][-1] = table[1][-1].replace(".2.", ".3.")


def sorted_alone(table: Table) -> None:
    table[1][-1], table[2][-1] = table[2][-1], table[1][-1]


def renamed(table: Table) -> None:
    table[0][5] = "人员"


def mistyped(table: Table) -> None:
    table[1][table[0].index(WITHDRAW)] = "也许"


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (added, "an added row"),
        (repeated, "comes twice"),
        (forged, "key changed"),
        (sorted_alone, "row number and key disagree"),
        (renamed, "header was changed"),
        (mistyped, "Withdraw is"),
    ],
)
def test_what_is_not_the_exported_workbook_is_refused_by_row(
    sent: tuple[Register, Path], tmp_path: Path, change: Callable[[Table], None], message: str
) -> None:
    register, book = sent
    path = edit(save(tmp_path / "a.xlsx", sheets(book)), change)
    with pytest.raises(Refused, match=message) as refused:
        take_back([path], register.store, register.metadata, "甲")
    assert "#" in refused.value.where and ":" in refused.value.where
    assert "张三" not in str(refused.value)
    assert not register.store.repairs.exists()


def test_a_workbook_of_another_store_is_refused(register: Register, sent: tuple[Register, Path]) -> None:
    register.export("a.csv", BAD)
    register.ingest()
    with pytest.raises(Refused, match="key changed"):
        take_back([sent[1]], register.store, register.metadata, "甲")


def test_a_workbook_of_something_else_is_bad_input(sent: tuple[Register, Path], tmp_path: Path) -> None:
    register, _ = sent
    with pytest.raises(UserError):
        take_back(
            [save(tmp_path / "x.xlsx", {"a": [[REASON, ROW], ["x", "1"]]})],
            register.store,
            register.metadata,
            "甲",
        )


def test_of_several_workbooks_all_are_kept_or_none(register: Register, book: Path, tmp_path: Path) -> None:
    good = edit(book, fill("有效期至", "2026-02-28"))
    bad = save(tmp_path / "bad.xlsx", {name: table[:] for name, table in sheets(good).items()})
    with pytest.raises(Refused):
        take_back([good, bad], register.store, register.metadata, "甲")
    assert not register.store.repairs.exists()


def test_cells_changed_unasked_are_kept_and_told(register: Register, book: Path, staged: Query) -> None:
    edit(book, fill("姓名", "张三丰"))
    (done,) = take_back([edit(book, fill("有效期至", "2026-02-28"))], register.store, register.metadata, "甲")
    assert done.unasked == {"姓名": 1}
    register.ingest()
    assert staged("person_name")[0] == ("张三丰",)


def test_the_cell_that_was_asked_for_is_not_told(register: Register, book: Path) -> None:
    edit(book, fill("序号", "9"))
    (done,) = take_back([edit(book, fill("有效期至", "2026-02-28"))], register.store, register.metadata, "甲")
    assert not done.unasked


@pytest.mark.parametrize("number", ["A9", ""])
def test_a_row_cannot_become_another_one(register: Register, book: Path, number: str) -> None:
    edit(book, fill("注册号", number))
    with pytest.raises(Refused, match="cells by which the row is known were changed: 注册号"):
        take_back([edit(book, fill("有效期至", "2026-02-28"))], register.store, register.metadata, "甲")
    assert not register.store.repairs.exists()


def test_a_number_may_be_spelt_otherwise(register: Register, book: Path) -> None:
    edit(book, fill("注册号", "ａ 1"))
    (done,) = take_back([edit(book, fill("有效期至", "2026-02-28"))], register.store, register.metadata, "甲")
    assert done.corrected == 1


def test_a_number_that_is_the_reason_may_change(register: Register, tmp_path: Path) -> None:
    register.export("a.csv", HEADER + "1,张三,,\n2,李四,A2,\n")
    register.ingest()
    path = edit(returned(register, tmp_path / "out"), fill("注册号", "A1"))
    take_back([path], register.store, register.metadata, "甲")
    assert fates(register) == (2, 2, 0, 0, 0)


def test_fields_of_a_contradiction_may_all_change(register: Register, tmp_path: Path) -> None:
    register.export("a.csv", HEADER + "1,A1,A1,\n2,李四,A2,\n")
    register.ingest()
    assert held_rows(register.store, Which())[0].reason == "name_is_number"
    path = edit(returned(register, tmp_path / "out"), fill("注册号", "A7"))
    assert take_back([path], register.store, register.metadata, "甲")[0].corrected == 1


def test_a_second_repair_of_a_row_must_wait_for_the_build(
    register: Register, book: Path, other: Path
) -> None:
    first = edit(book, fill("有效期至", "2026-02-28"))
    take_back([first], register.store, register.metadata, "甲")
    with pytest.raises(Refused, match="another repair of the row waits for a build"):
        take_back([other], register.store, register.metadata, "乙")


def test_the_same_workbook_taken_back_twice_repairs_once(register: Register, book: Path) -> None:
    edit(book, fill("有效期至", "2026-02-28"))
    take_back([book], register.store, register.metadata, "甲")
    (done,) = take_back([book], register.store, register.metadata, "甲")
    assert (done.corrected, done.unchanged) == (0, 2)


def test_a_workbook_that_comes_again_after_the_build_completes_what_was_left(
    register: Register, book: Path
) -> None:
    edit(book, fill("有效期至", "2026-02-28"))
    take_back([book], register.store, register.metadata, "甲")
    register.ingest()
    (done,) = take_back([edit(book, fill("姓名", "王五", row=2))], register.store, register.metadata, "甲")
    assert (done.corrected, done.unchanged) == (1, 1)
    assert fates(register) == (3, 3, 0, 0, 0)


def test_a_withdrawal_that_comes_again_is_no_news(register: Register, book: Path) -> None:
    edit(book, fill(WITHDRAW, "是"))
    take_back([book], register.store, register.metadata, "甲")
    register.ingest()
    (done,) = take_back([book], register.store, register.metadata, "甲")
    assert (done.withdrawn, done.unchanged) == (0, 2)


def test_a_repair_ends_with_the_file_it_repairs(
    register: Register, book: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    take_back([edit(book, fill("有效期至", "2026-02-28"))], register.store, register.metadata, "甲")
    register.ingest()
    register.export("a.csv", BAD.replace("2026-02-30", "2026-03-30"))
    lines: list[str] = []
    register.ingest(lines.append)
    assert any("repairs not applied: a.csv: 1" in line for line in lines)


def test_repairs_say_who_and_when_and_stay_in_the_restricted_zone(register: Register, book: Path) -> None:
    take_back([edit(book, fill("有效期至", "2026-02-28"))], register.store, register.metadata, "甲")
    (path,) = register.store.repairs.iterdir()
    (repair,) = json.loads(path.read_text("utf-8"))
    assert repair["by"] == "甲" and repair["on"].startswith("20")
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert stat.S_IMODE(register.store.repairs.stat().st_mode) == 0o700
