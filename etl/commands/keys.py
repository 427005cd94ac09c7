"""The command `keys`: the keys of protected tables, one for each year."""

# ruff: noqa: PLC0415  (each command imports what it needs, so that `jzs --help` answers at once)

import argparse
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

from etl.commands.options import add_command, add_store

if TYPE_CHECKING:
    from etl.commands.options import Commands

_DIGITS = 4
_STATES = {"present": "在 present", "destroyed": "已销毁 destroyed", "none": "无 none"}


def add(commands: "Commands") -> None:
    text = "受保护的表的密钥，一年一把 | keys of protected tables, one for each year"
    actions = add_command(commands, "keys", show, text).add_subparsers(
        dest="action", required=True, metavar="操作 ACTION"
    )
    add_store(
        add_command(actions, "list", show, "列出密钥与已冻结的表 | list the keys and the frozen tables")
    )
    command = add_command(actions, "make", make, "造一年的密钥 | make the key of a year")
    _add_year(command)
    command.add_argument(
        "--key",
        type=Path,
        metavar="FILE",
        help="由此密钥推导，供重现构建；默认随机 | derive it from this key, to repeat a build; default: random",
    )
    _add_year(
        add_command(
            actions, "rotate", rotate, "该年的表发布之前换一把 | replace it before its tables are released"
        )
    )
    _add_year(
        add_command(
            actions,
            "destroy",
            destroy,
            "销毁；已冻结的表照旧发布 | destroy it; its frozen tables stay published",
        )
    )


def show(options: argparse.Namespace) -> None:
    from etl import keys
    from etl.errors import BadInput
    from etl.privacy import ledger

    states = keys.disclosure_keys(options.store)
    frozen = ledger.read(options.store.frozen)
    if not states and not frozen.years:
        raise BadInput(
            "这里没有密钥 | there are no keys here",
            where=str(options.store.keys),
            remedy="核对 --store，或先运行 jzs build、jzs keys make | check --store, or run `jzs build` or "
            "`jzs keys make` first",
        )
    print(f"{'年 year':<8}{'密钥 key':<18}{'指纹 fingerprint':<20}已冻结的表 frozen tables")
    for year in sorted({*states, *frozen.years}):
        state = states.get(year, "none")
        known = state == keys.PRESENT
        mark = keys.fingerprint(keys.read_disclosure_key(options.store, year)) if known else "-"
        families = ", ".join(entry.family for entry in frozen.entries if entry.year == year) or "-"
        print(f"{year:<9}{_STATES[state]:<19}{mark:<22}{families}")


def make(options: argparse.Namespace) -> None:
    from etl import keys
    from etl.pipeline import locked

    with locked(options.store):
        keys.make_key(options.store, options.year, options.key)
    _tell(options, "已造 made")


def rotate(options: argparse.Namespace) -> None:
    from etl import keys
    from etl.pipeline import locked
    from etl.privacy import ledger

    with locked(options.store):
        keys.rotate_key(options.store, options.year, ledger.read(options.store.frozen).years)
    _tell(options, "已换 rotated")


def destroy(options: argparse.Namespace) -> None:
    from etl import keys
    from etl.pipeline import locked
    from etl.privacy import ledger

    with locked(options.store):
        keys.destroy_key(options.store, options.year, ledger.read(options.store.frozen).years)
    print(f"{options.year}  已销毁，备份中的也须删除 | destroyed; delete it from backups, too")


def _tell(options: argparse.Namespace, done: str) -> None:
    from etl import keys

    print(
        f"{options.year}  {done}  {keys.fingerprint(keys.read_disclosure_key(options.store, options.year))}"
    )


def _add_year(command: argparse.ArgumentParser) -> None:
    command.add_argument("year", type=_year, metavar="YEAR", help="哪一年末的表 | the year of the tables")
    add_store(command)


def _year(text: str) -> int:
    if not (text.isdecimal() and len(text) == _DIGITS):
        raise argparse.ArgumentTypeError(f"不是年份（四位数字）| not a year of four digits: {text}")
    if int(text) > date.today().year:
        raise argparse.ArgumentTypeError(f"这一年还没有到 | a year that has not come: {text}")
    return int(text)
