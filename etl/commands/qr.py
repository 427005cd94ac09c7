"""The command `qr`: the QR code of a certificate."""

# ruff: noqa: PLC0415  (each command imports what it needs, so that `jzs --help` answers at once)

import argparse
from typing import TYPE_CHECKING

from etl.commands.options import add_command, add_store, url

if TYPE_CHECKING:
    from etl.commands.options import Commands


def add(commands: "Commands") -> None:
    text = "印出一份证书的二维码（SVG）| print the QR code of a certificate (SVG)"
    command = add_command(commands, "qr", show, text)
    command.add_argument(
        "asked", metavar="ID|NUMBER", help="固定链接 /p/ 之后的标识，或编号 | what follows /p/, or a number"
    )
    command.add_argument(
        "--url",
        type=url,
        metavar="URL",
        help="公开查询的网址，扫码即开 | address of the lookup, which a telephone opens when it scans the code",
    )
    add_store(command)


def show(options: argparse.Namespace) -> None:
    from etl.qr import qr_code

    print(qr_code(options.store, options.asked, options.url), end="")
