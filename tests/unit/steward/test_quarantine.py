"""A row set aside goes back to its provider as a workbook, and what comes back is read in its place."""

import json
import shutil
import stat
from collections.abc import Callable
from pathlib import Path

import pytest
import xlsxwriter

from etl.cli import main
from etl.errors import BadInput, Refused, UserError
from etl.steward.export import KEY, LEADING, LINE, REASON, ROW, WITHDRAW, export
from etl.steward.held import Which, counts, find_row, held_rows
from etl.steward.retry import take_back
from etl.steward.undo import taken_in, undo
from tests.fixtures.ingest import Register
from tests.fixtures.workbooks import Table, edit, fill, save, sheets

HEADER = "序号,姓名,注册号,有效期至\n"
BAD = HEADER + "1,张三,A1,2026-02-30\n2,李四,A2,2026-05-01\n3,王?,A3,\n"
Query = Callable[..., list[tuple[object, ...]]]


def returned(register: Register, out: Path) -> Path:
    """The one workbook of all rows set aside."""
    ((path, _),) = export(held_rows(register.store, Which()), out, register.store, register.metadata)
    return path


def fates(register: Register) -> tuple[int, ...]:
    report = register.ingest()
    return tuple(
        report.total(name) for name in ("received", "accepted", "quarantined", "duplicate", "out_of_scope")
    )


@pytest.fixture(scope="module")
def sent(tmp_path_factory: pytest.TempPathFactory) -> tuple[Register, Path]:
    """The workbook of two rows set aside, the first with a day that does not exist; nothing in the store changes."""
    register = Register(tmp_path_factory.mktemp("sent"))
    register.export("a.csv", BAD)
    assert fates(register) == (3, 1, 2, 0, 0)
    return register, returned(register, tmp_path_factory.mktemp("out"))


@pytest.fixture
def book(register: Register, sent: tuple[Register, Path]) -> Path:
    """The same workbook, with a store of its own."""
    shutil.copytree(sent[0].exports, register.exports, dirs_exist_ok=True)
    shutil.copytree(sent[0].store.root, register.store.root)
    out = register.exports.with_name("out")
    out.mkdir()
    return Path(shutil.copy(sent[1], out))


def test_rows_are_counted_by_reason_field_and_who_must_act(sent: tuple[Register, Path]) -> None:
    register, _ = sent
    assert counts(held_rows(register.store, Which())) == [
        (1, "lost_character", "person_name", "provider", "a.csv"),
        (1, "unreadable_date", "valid_to", "provider", "a.csv"),
    ]


@pytest.mark.parametrize(
    ("which", "rows"),
    [
        (Which(file="a.*"), [2, 4]),
        (Which(file="b*"), []),
        (Which(source="roster", reason="lost_character"), [4]),
        (Which(responsible="steward"), []),
        (Which(division="110000"), []),
    ],
)
def test_rows_are_chosen_by_filters(sent: tuple[Register, Path], which: Which, rows: list[int]) -> None:
    register, _ = sent
    assert [row.source_row for row in held_rows(register.store, which)] == rows


def test_one_row_is_shown_with_its_cells_reason_and_remedy(
    sent: tuple[Register, Path], capsys: pytest.CaptureFixture[str]
) -> None:
    register, _ = sent
    name = held_rows(register.store, Which())[0].id
    place = ["--store", str(register.store.root), "--metadata", str(register.metadata_root)]
    assert main(["quarantine", "show", name, *place]) == 0
    told = capsys.readouterr().out
    assert "2026-02-30" in told
    assert "Not a date" in told
    assert "provider" in told


def test_a_row_that_is_not_set_aside_is_bad_input(sent: tuple[Register, Path]) -> None:
    register, _ = sent
    with pytest.raises(BadInput, match="no such row"):
        find_row(register.store, "00000000-0-2")


def test_a_division_nobody_knows_is_bad_input(sent: tuple[Register, Path]) -> None:
    store = ["--store", str(sent[0].store.root)]
    assert main(["quarantine", "list", "--division", "火星", *store]) == 2


def test_a_reason_nobody_gives_is_bad_input(sent: tuple[Register, Path]) -> None:
    place = ["--store", str(sent[0].store.root), "--metadata", str(sent[0].metadata_root)]
    assert main(["quarantine", "list", "--reason", "nope", *place]) == 2
    assert main(["quarantine", "list", "--reason", "lost_character", *place]) == 0


@pytest.mark.parametrize("has_restricted", [False, True])
def test_a_store_without_anything_is_bad_input(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], has_restricted: bool
) -> None:
    if has_restricted:
        (tmp_path / "restricted").mkdir()
    assert main(["quarantine", "list", "--store", str(tmp_path)]) == 2
    assert "nothing in the store yet" in capsys.readouterr().err


def test_the_workbook_has_the_layout_of_the_received_file(sent: tuple[Register, Path]) -> None:
    first, data = sheets(sent[1]).values()
    assert ["文件 | File", "a.csv"] in first
    assert data[0] == [*LEADING, "序号", "姓名", "注册号", "有效期至", KEY]
    assert data[1][2:-1] == ["2", "", "1", "张三", "A1", "2026-02-30"]
    assert "不是日期" in data[1][0] and "Not a date" in data[1][0]


def test_only_the_owner_may_read_the_workbook(sent: tuple[Register, Path]) -> None:
    assert stat.S_IMODE(sent[1].stat().st_mode) == 0o600


@pytest.mark.parametrize("text", ["=1+1", "+1", "-1", "@A1", "990000180001010018", "0001"])
def test_cells_stay_text(register: Register, tmp_path: Path, text: str) -> None:
    register.export("a.csv", HEADER + f"{text},张?,A1,\n2,李四,A2,\n")
    register.ingest()
    data = sheets(returned(register, tmp_path / "out"))["数据 data"]
    assert data[1][data[0].index("序号")] == text


def test_each_sheet_of_a_workbook_goes_back_as_a_sheet(register: Register, tmp_path: Path) -> None:
    book = xlsxwriter.Workbook(str(register.exports / "a.xlsx"))
    for name in ("甲市", "乙市"):
        book.add_worksheet(name)
        book.get_worksheet_by_name(name).write_row(0, 0, ["姓名", "注册号"])
        book.get_worksheet_by_name(name).write_row(1, 0, ["张?", name])
        book.get_worksheet_by_name(name).write_row(2, 0, ["李四", f"{name}2"])
    book.close()
    register.ingest()
    content = sheets(returned(register, tmp_path / "out"))
    assert [content[name][1][5] for name in ("甲市", "乙市")] == ["甲市", "乙市"]


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


@pytest.fixture
def other(book: Path, tmp_path: Path) -> Path:
    """The same workbook once more, with another day."""
    return edit(save(tmp_path / "other.xlsx", sheets(book)), fill("有效期至", "2026-03-31"))


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


def first_id(register: Register) -> str:
    return next(item.id for item in taken_in(register.store))


def test_a_repair_that_was_undone_moves_the_balance_back(register: Register, book: Path) -> None:
    take_back([edit(book, fill("有效期至", "2026-02-28"))], register.store, register.metadata, "甲")
    assert fates(register) == (3, 2, 1, 0, 0)
    undo([first_id(register)], register.store, "乙", "2026-11-23")
    assert fates(register) == (3, 1, 2, 0, 0)
    assert held_rows(register.store, Which())[0].cells == ("1", "张三", "A1", "2026-02-30")


def test_an_earlier_repair_holds_again(register: Register, book: Path, staged: Query) -> None:
    take_back([edit(book, fill("有效期至", "2026-02-31"))], register.store, register.metadata, "甲")
    register.ingest()
    again = edit(returned(register, book.parent), fill("有效期至", "2026-02-28"))
    take_back([again], register.store, register.metadata, "甲")
    undo([first_id(register)], register.store, "乙", "2026-11-23")
    register.ingest()
    assert held_rows(register.store, Which())[0].cells[3] == "2026-02-31"


def test_a_repair_that_waits_is_undone_for_another(
    register: Register, book: Path, other: Path, staged: Query
) -> None:
    take_back([edit(book, fill("有效期至", "2026-02-28"))], register.store, register.metadata, "甲")
    undo([first_id(register)], register.store, "乙", "2026-11-23")
    take_back([other], register.store, register.metadata, "乙")
    register.ingest()
    assert staged("valid_to::VARCHAR")[0] == ("2026-03-31",)


def test_a_row_without_repair_is_not_undone(register: Register, book: Path) -> None:
    with pytest.raises(BadInput, match="no repair holds"):
        undo([held_rows(register.store, Which())[0].id], register.store, "乙", "2026-11-23")


def test_the_commands_list_and_undo_repairs(
    register: Register, book: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    take_back([edit(book, fill("有效期至", "2026-02-28"))], register.store, register.metadata, "甲")
    store = ["--store", str(register.store.root)]
    assert main(["quarantine", "undo", first_id(register), "--by", "乙", *store]) == 0
    assert main(["quarantine", "repairs", *store]) == 0
    last = capsys.readouterr().out.splitlines()[-1]
    assert "甲 收回 taken back" in last and "乙 撤销 undone" in last and "张三" not in last


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


def test_rows_of_a_build_that_was_refused_for_them_go_back_all_the_same(
    register: Register, tmp_path: Path
) -> None:
    register.export("a.csv", HEADER + "1,张?,A1,\n")
    with pytest.raises(Refused, match="over the budget"):
        register.ingest()
    path = edit(returned(register, tmp_path / "out"), fill("姓名", "张三"))
    take_back([path], register.store, register.metadata, "甲")
    assert fates(register) == (1, 1, 0, 0, 0)
    assert held_rows(register.store, Which()) == []


@pytest.fixture
def twice(register: Register, book: Path) -> Register:
    """A build was accepted with two rows set aside; the next, with another file, was refused for its row."""
    register.export("a.csv", HEADER + "1,赵?,A1,\n")
    with pytest.raises(Refused, match="over the budget"):
        register.ingest()
    return register


def test_rows_of_the_refused_build_and_of_the_one_before_are_told_apart(
    twice: Register, capsys: pytest.CaptureFixture[str]
) -> None:
    store = ["--store", str(twice.store.root)]
    assert main(["quarantine", "list", *store]) == 0
    refused = capsys.readouterr().out
    assert "the last build was refused" in refused and "unreadable_date" not in refused
    assert main(["quarantine", "list", "--accepted", *store]) == 0
    accepted = capsys.readouterr().out
    assert "refused" not in accepted and "unreadable_date" in accepted


def test_a_workbook_sent_before_a_refused_build_is_taken_back(twice: Register, book: Path) -> None:
    done = take_back([edit(book, fill("有效期至", "2026-02-28"))], twice.store, twice.metadata, "甲")
    assert done[0].corrected == 1


def test_rows_of_a_refused_build_go_with_the_file_that_was_refused(twice: Register) -> None:
    twice.export("a.csv", BAD)
    twice.ingest()
    assert [row.reason for row in held_rows(twice.store, Which())] == ["unreadable_date", "lost_character"]
