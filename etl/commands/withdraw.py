"""The command `withdraw`: persons taken down from the lookup."""

# ruff: noqa: PLC0415  (each command imports what it needs, so that `jzs --help` answers at once)

import argparse
from datetime import date, datetime
from typing import TYPE_CHECKING

from etl.commands.options import add_command, add_metadata, add_store, require, said

if TYPE_CHECKING:
    from etl.commands.options import Commands
    from etl.withdrawals import Withdrawal

_GROUNDS = "objection 本人拒绝 objection，court 裁判 ruling，error 登记有误 wrong entry"


def add(commands: "Commands") -> None:
    text = "从公开查询撤下一个人 | take a person down from the lookup"
    actions = add_command(commands, "withdraw", show, text).add_subparsers(
        dest="action", required=True, metavar="操作 ACTION"
    )
    add_store(add_command(actions, "list", show, "列出已撤下的 | list what is down"))
    add_store(add_command(actions, "publish", publish, "重写查询所读的名单 | write the lookup's list anew"))
    for name, run, help_text in (
        ("add", take, "撤下，立即生效 | take down, at once"),
        ("restore", restore, "恢复 | show again"),
    ):
        command = add_command(actions, name, run, help_text)
        command.add_argument("public_id", metavar="ID", help="固定链接 /p/ 之后的标识 | what follows /p/")
        command.add_argument(
            "--ground", required=True, choices=["objection", "court", "error"], help=_GROUNDS
        )
        command.add_argument("--by", type=said, required=True, metavar="NAME", help="谁决定 | who decides")
        command.add_argument("--reason", type=said, required=True, metavar="TEXT", help="理由 | why")
        add_store(command)
        add_metadata(command)


def show(options: argparse.Namespace) -> None:
    from etl.withdrawals import in_force, names

    down = in_force(require(options.store))
    named = names(options.store, down)
    for public_id, decision in sorted(down.items()):
        print(f"{public_id}  {named.get(public_id) or '–'}  {_told(decision)}")
    if not down:
        print("没有撤下任何人 | nobody is down")


def publish(options: argparse.Namespace) -> None:
    from etl import withdrawals

    print(f"已撤下 down: {withdrawals.publish(require(options.store))}")


def take(options: argparse.Namespace) -> None:
    from etl.withdrawals import TAKEN

    if earlier := _decide(options, TAKEN):
        print(
            f"此前已撤下，这一决定取代先前的 | was down already, and this decision replaces: {_told(earlier)}"
        )
    print("已撤下：此人各证书的页面答复 410，任何途径都查不到 | down: the pages of this person answer 410")


def restore(options: argparse.Namespace) -> None:
    from etl.withdrawals import RESTORED

    _decide(options, RESTORED)
    print(
        "已恢复；构建已不含此人的，下一次 jzs build 起重新显示 |"
        " restored; who a build left out is shown again from the next `jzs build` on"
    )


def _told(decision: "Withdrawal") -> str:
    return f"{decision.at[:10]}  {decision.ground}  {decision.by}  {decision.reason}"


def _decide(options: argparse.Namespace, verdict: str) -> "Withdrawal | None":
    """Decides, and tells the receipts of objections so."""
    from etl import metadata
    from etl.steward.requests import Rules, publish
    from etl.withdrawals import Withdrawal, decide

    at = datetime.now().astimezone().isoformat(timespec="seconds")
    earlier = decide(
        options.store,
        Withdrawal(verdict, options.public_id, options.ground, options.reason, options.by, at),
    )
    if options.store.receipts.exists():
        publish(options.store, Rules.of(metadata.load(options.metadata)), date.today())
    return earlier
