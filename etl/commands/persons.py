"""The command of the data steward about persons: `review`."""

# ruff: noqa: PLC0415  (each command imports what it needs, so that `jzs --help` answers at once)

import argparse
from datetime import datetime
from typing import TYPE_CHECKING

from etl.commands.options import add_command, add_metadata, add_store, said

if TYPE_CHECKING:
    from etl.commands.options import Commands
    from etl.identity.review import Word


def add(commands: "Commands") -> None:
    review = commands.add_parser("review", help="是否同一人，由管理员判定 | whether two are one person")
    actions = review.add_subparsers(dest="action", required=True, metavar="动作 ACTION")
    add_store(add_command(actions, "list", list_waiting, "待判定的证书对 | pairs that wait"))
    command = add_command(actions, "show", show, "并排显示一对 | a pair side by side")
    command.add_argument("pair", metavar="PAIR", help="编号，见 list | as told by list")
    add_store(command)
    add_metadata(command)
    command = add_command(actions, "decide", decide, "判定一对 | decide a pair")
    command.add_argument("pair", metavar="PAIR", help="编号，见 list | as told by list")
    command.add_argument("verdict", choices=["same", "different"], help="同一人或不同人 | one person or two")
    _add_word(command)
    command = add_command(actions, "merge", merge, "两人合为一人 | two persons are one")
    command.add_argument("one", metavar="A", help="注册号或标识 | registration number or key")
    command.add_argument("other", metavar="B", help="注册号或标识 | registration number or key")
    _add_word(command)
    command = add_command(actions, "split", split, "一人拆开 | part a person")
    command.add_argument("person", metavar="PERSON", help="其任一注册号或标识 | any number or key of it")
    command.add_argument(
        "records", nargs="*", metavar="RECORD", help="要拆出的证书；不写则撤回合并 | default: undo the merges"
    )
    _add_word(command)


def list_waiting(options: argparse.Namespace) -> None:
    from etl.identity.review import waiting

    pairs = waiting(options.store)
    if not pairs:
        print("没有待判定的 | nothing waits")
        return
    print(f"{'编号 pair':<12}{'概率 score':>10}  原因 reason")
    for pair in pairs:
        print(f"{pair.id:<14}{pair.probability:>10.4f}  {pair.reason}")


def show(options: argparse.Namespace) -> None:
    from rich.console import Console
    from rich.table import Table

    from etl import metadata
    from etl.identity.decisions import key_text
    from etl.identity.review import find, side

    pair = find(options.store, options.pair)
    fields = metadata.load(options.metadata).fields
    one, other = side(options.store, pair.a), side(options.store, pair.b)
    table = Table(title=f"{pair.id}  {pair.probability:.4f}  {pair.reason}")
    for header in ("", key_text(pair.a), key_text(pair.b), ""):
        table.add_column(header)
    for name, value in one.items():
        mark = "=" if value == other[name] else ("" if None in (value, other[name]) else "≠")
        shown = ["" if each is None else str(each) for each in (value, other[name])]
        table.add_row(f"{fields[name].zh} {fields[name].en}", *shown, mark)
    Console(markup=False).print(table)


def decide(options: argparse.Namespace) -> None:
    from etl.identity.review import decide

    decide(options.store, options.pair, options.verdict, _word(options))
    _tell()


def merge(options: argparse.Namespace) -> None:
    from etl.identity.review import merge

    merge(options.store, options.one, options.other, _word(options))
    _tell()


def split(options: argparse.Namespace) -> None:
    from etl.identity.review import split

    split(options.store, options.person, options.records, _word(options))
    _tell()


def _tell() -> None:
    print("已记下，下一次 jzs build 起生效 | kept; in force from the next `jzs build` on")


def _word(options: argparse.Namespace) -> "Word":
    from etl.identity.review import Word

    return Word(options.by, options.reason, datetime.now().astimezone().isoformat(timespec="seconds"))


def _add_word(command: argparse.ArgumentParser) -> None:
    command.add_argument("--by", type=said, required=True, metavar="NAME", help="谁判定 | who decides")
    command.add_argument("--reason", type=said, required=True, metavar="TEXT", help="理由 | why")
    add_store(command)
