"""Command `microdata`: a file of one record a person for researchers under contract, outside of any release."""

# ruff: noqa: PLC0415  (each command imports what it needs, so that `jzs --help` answers at once)

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

from etl.commands.options import add_command, add_metadata, add_store, require

if TYPE_CHECKING:
    from etl.commands.options import Commands


def add(commands: "Commands") -> None:
    text = "供签约研究者的微观数据 | microdata for researchers under contract"
    command = add_command(commands, "microdata", microdata, text)
    command.add_argument(
        "tier",
        metavar="TIER",
        help="rules/microdata.yaml 中的一档，如 contract；open 随发布公布 | a tier of rules/microdata.yaml, such as "
        "contract; open is part of every release",
    )
    add_store(command)
    command.add_argument(
        "--out", type=Path, required=True, metavar="DIR", help="写到哪里 | where to write; must not exist"
    )
    add_metadata(command)


def microdata(options: argparse.Namespace) -> None:
    from etl.delivery import deliver
    from etl.metadata import load
    from etl.pipeline import locked

    register = load(options.metadata)
    with locked(require(options.store)):
        made = deliver(options.store, register, options.tier, options.out)
    print(f"{options.tier} {made.year}  {options.out}")
