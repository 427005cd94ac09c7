"""Commands of the data steward: `trace`, `quarantine`."""

# ruff: noqa: PLC0415  (each command imports what it needs, so that `jzs --help` answers at once)

import argparse
import json
from dataclasses import asdict
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

from etl.commands.options import add_command, add_metadata, add_store, said
from etl.errors import BadInput

if TYPE_CHECKING:
    from collections.abc import Sequence

    from etl.commands.options import Commands
    from etl.metadata import Metadata
    from etl.sources.repairs import Repair
    from etl.steward.held import HeldRow
    from etl.steward.trace import TracedRow, Value

FROM_NEXT_BUILD = "下一次 jzs build 起生效 | in force from the next `jzs build` on"
FATES = {
    "accepted": "已接收 accepted",
    "quarantined": "已隔离 quarantined",
    "out_of_scope": "范围外 out of scope",
    "duplicate": "重复，只留首次所见 | duplicate of a row met before",
}


def add(commands: "Commands") -> None:
    command = add_command(
        commands, "trace", trace, "一条记录的每个值从哪里来 | where each value of a record came from"
    )
    command.add_argument(
        "record",
        metavar="RECORD",
        help="注册号、证书号、公开标识或 文件:行 | registration or certificate number, public id, or file:row",
    )
    add_store(command)
    add_metadata(command)
    command.add_argument(
        "--source",
        type=Path,
        metavar="DIR",
        help="来报文件夹，默认上次构建的 | exports, default: the last build's",
    )
    command.add_argument("--json", action="store_true", help="机器可读 | machine-readable")
    quarantine = commands.add_parser("quarantine", help="被隔离的行 | the rows set aside")
    actions = quarantine.add_subparsers(dest="action", required=True, metavar="动作 ACTION")
    command = add_command(actions, "list", list_held, "按原因和文件计数 | counts by reason and file")
    _add_filters(command)
    command.add_argument("--rows", action="store_true", help="逐行列出编号 | each row with its id")
    command = add_command(actions, "show", show, "一行的全部内容 | one row, with all that is known of it")
    command.add_argument("id", metavar="ID", help="编号，见 list --rows | as told by list --rows")
    add_store(command)
    add_metadata(command)
    command = add_command(actions, "export", export, "写出退回提供方的工作簿 | workbooks for the providers")
    _add_filters(command)
    command.add_argument("--out", type=Path, required=True, metavar="DIR", help="写到哪里 | where to write")
    command = add_command(actions, "retry", retry, "收回改正后的工作簿 | take corrected workbooks back")
    command.add_argument("workbooks", nargs="+", type=Path, metavar="WORKBOOK", help="工作簿 | workbook")
    command.add_argument(
        "--by", type=said, required=True, metavar="NAME", help="谁收回 | who takes them back"
    )
    add_store(command)
    add_metadata(command)
    add_store(add_command(actions, "repairs", repairs, "收回过的改正 | repairs that were taken back"))
    command = add_command(actions, "undo", undo, "撤销收回的改正 | undo repairs that were taken back")
    command.add_argument("ids", nargs="+", metavar="ID", help="编号，见 repairs | as told by repairs")
    command.add_argument("--by", type=said, required=True, metavar="NAME", help="谁撤销 | who undoes them")
    add_store(command)


def trace(options: argparse.Namespace) -> None:
    from etl import metadata
    from etl.steward.trace import trace

    register = metadata.load(options.metadata)
    rows = trace(options.record, options.store, register, options.source)
    if options.json:
        print(json.dumps([asdict(row) for row in rows], ensure_ascii=False, indent=2))
        return
    print("由来报文件重新读出，不是存下的 | read again from the received files, not from stored lineage")
    for row in rows:
        _tell(row, register)


def _tell(row: "TracedRow", register: "Metadata") -> None:
    print(f"\n{row.place.file}:{row.place.row}  {row.source} → stg_{row.record}  sha256 {row.sha256[:12]}…")
    print(f"  {FATES[row.fate]}{f'：{row.reason}' if row.reason else ''}")
    for repair in row.repairs:
        what = (
            "提供方撤回 withdrawn by the provider"
            if repair.becomes is None
            else "提供方改正 corrected by the provider"
        )
        print(f"  {what}  {_word_of(repair)}")
    if not row.agrees:
        print(_difference(row.repairs))
    for values in row.rows:
        for value in values:
            field = register.fields[value.field]
            print(f"  {value.field:<26}{_origin(value)} → {_shown(value.value)}    {field.zh} | {field.en}")


def _difference(repairs: "Sequence[Repair]") -> str:
    """Why the last build may have made something else of a row with these repairs."""
    zh, en = "有改正尚待构建", "a repair waits"
    if repairs and repairs[-1].undone_on:
        last = max(repairs, key=lambda item: item.undone_on or "")
        zh = f"改正已由 {last.undone_by} 于 {last.undone_on} 撤销，尚待构建"
        en = f"a repair was undone by {last.undone_by} on {last.undone_on}"
    return (
        f"  与上次构建不同：{zh}，或元数据、程序已变，请重新构建 |"
        f" the last build differs: {en}, or rules changed since; build again"
    )


def _origin(value: "Value") -> str:
    rules = "".join(f" → {rule}" for rule in value.rules)
    if value.origin is not None:
        return f"({value.origin}){rules}"
    reason = f" → ✗ {value.reason}" if value.reason else ""
    return f"{value.header}: {_shown(value.raw)}{rules}{reason}"


def _shown(text: str | None) -> str:
    return "∅" if text is None else f"“{text}”"


def list_held(options: argparse.Namespace) -> None:
    from etl.steward.held import counts, was_refused

    rows = _held(options)
    if was_refused(options.store) and not options.accepted:
        print(
            "上次构建被拒，以下是它隔离的行；--accepted 列出先前接收的一次 |"
            " the last build was refused, these are its rows; --accepted lists those of the one before"
        )
    if not rows:
        print("没有被隔离的行 | no row is set aside")
    elif options.rows:
        for row in rows:
            print(f"{row.id:<20}  {row.reason:<26}{row.field or '-':<24}{row.source_file}:{row.source_row}")
    else:
        print(f"{'行 rows':>10}  {'原因 reason':<26}{'列 field':<23}{'谁 who':<11}文件 file")
        for count, reason, field, who, file in counts(rows):
            print(f"{count:>12,}  {reason:<28}{field:<25}{who:<12}{file}")


def show(options: argparse.Namespace) -> None:
    from etl import metadata
    from etl.steward.held import find_row
    from etl.steward.reasons import PEOPLE, reason_words

    row = find_row(options.store, options.id)
    register = metadata.load(options.metadata)
    words, who = reason_words(register)[row.reason], PEOPLE[row.responsible]
    print(f"文件 file    {row.source_file}")
    print(f"行 row       {row.source_row}")
    print(f"原因 reason  {row.reason}：{words.zh} | {words.en}")
    if row.field:
        field = register.fields[row.field]
        print(f"字段 field   {row.field}：{field.zh} | {field.en}")
    print(f"由谁 who     {who[0]} | {who[1]}")
    print(f"处理 remedy  {words.remedy_zh} | {words.remedy_en}")
    for header, cell in zip(row.headers, row.cells, strict=True):
        print(f"    {header}: {cell or ''}")
    if row.line is not None:
        print(f"    {row.line}")


def export(options: argparse.Namespace) -> None:
    from etl import metadata
    from etl.steward.export import export

    options.responsible = options.responsible or "provider"
    rows = _held(options)
    if not rows:
        print("没有这样的行 | no such row")
        return
    for path, count in export(rows, options.out, options.store, metadata.load(options.metadata)):
        print(f"{count:>8,}  {path}")


def retry(options: argparse.Namespace) -> None:
    from etl import metadata
    from etl.steward.retry import take_back

    outcomes = take_back(options.workbooks, options.store, metadata.load(options.metadata), options.by)
    for done in outcomes:
        print(
            f"{done.path.name}: 改正 corrected {done.corrected:,}  撤回 withdrawn {done.withdrawn:,}"
            f"  未动 unchanged {done.unchanged:,}"
        )
        if done.unasked:
            cells = "、".join(f"{header} {count:,}" for header, count in done.unasked.most_common())
            print(
                "    请核对：非所指的或识别这一行的单元格有改动 |"
                f" look at cells changed unasked, or by which the row is known: {cells}"
            )
        for name, repair in done.undone.items():
            print(
                f"    请核对：{name} 的这一改正曾由 {repair.undone_by} 于 {repair.undone_on} 撤销，现又收回 |"
                f" look at {name}: this repair was undone by {repair.undone_by} on {repair.undone_on},"
                " and is taken back again"
            )
    is_new = any(done.repairs for done in outcomes)
    print(FROM_NEXT_BUILD if is_new else "没有新的改正 | nothing new")


def repairs(options: argparse.Namespace) -> None:
    from etl.steward.undo import taken_in

    found = list(taken_in(options.store))
    for item in found:
        repair = item.repair
        what = "撤回 withdrawn" if repair.becomes is None else "改正 corrected"
        print(f"{item.id:<20}  {what}  {_word_of(repair)}  {repair.file}:{repair.row}")
    if not found:
        print("没有收回过改正 | no repair was taken back")


def undo(options: argparse.Namespace) -> None:
    from etl.steward.undo import undo

    for item in undo(options.ids, options.store, options.by, date.today().isoformat()):
        print(f"{item.id:<20}  已撤销 undone  {item.repair.file}:{item.repair.row}")
    print(FROM_NEXT_BUILD)


def _word_of(repair: "Repair") -> str:
    """Who took a repair back, when it was corrected, and who undid it."""
    gone = f"  {repair.undone_on} {repair.undone_by} 撤销 undone" if repair.undone_on else ""
    return f"{repair.on} {repair.by} 收回 taken back{gone}"


def _held(options: argparse.Namespace) -> "list[HeldRow]":
    from etl.steward.held import Which, held_rows

    _check_reason(options)
    which = Which(
        source=options.source,
        file=options.file,
        reason=options.reason,
        responsible=options.responsible,
        division=division_code(options),
        accepted=options.accepted,
    )
    return held_rows(options.store, which)


def _check_reason(options: argparse.Namespace) -> None:
    """Raises BadInput for a reason that no rule gives."""
    from etl import metadata
    from etl.steward.reasons import reason_words

    if options.reason is not None and options.reason not in reason_words(metadata.load(options.metadata)):
        remedy = "原因见 rules/ 的 reasons.yaml、ingest.yaml | see reasons.yaml and ingest.yaml in rules/"
        raise BadInput("没有这个原因 | no such reason", options.reason, "--reason", remedy)


def division_code(options: argparse.Namespace) -> str | None:
    """The code of the division that was named by any of its spellings."""
    from etl import metadata

    if options.division is None:
        return None
    known = metadata.load(options.metadata).codes["division"].by_text
    if options.division.casefold() not in known:
        remedy = "写法见 codes/division.csv | spellings stand in codes/division.csv"
        raise BadInput("没有这个地区 | no such division", options.division, "--division", remedy)
    return known[options.division.casefold()]


def _add_filters(command: argparse.ArgumentParser) -> None:
    add_store(command)
    add_metadata(command)
    command.add_argument("--source", metavar="NAME", help="只要这个来源 | of this source only")
    command.add_argument("--file", metavar="GLOB", help="只要这些文件 | of these files only")
    command.add_argument("--reason", metavar="CODE", help="只要这个原因 | for this reason only")
    command.add_argument("--division", metavar="NAME", help="只要这个地区 | of this division only")
    command.add_argument("--responsible", choices=["provider", "steward"], help="由谁处理 | who must act")
    command.add_argument(
        "--accepted",
        action="store_true",
        help="上次构建被拒时，要先前接收的一次的 | of the last accepted build, where a later one was refused",
    )
