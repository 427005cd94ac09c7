"""Options and arguments that several commands share."""

import argparse
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

from etl.addresses import is_url
from etl.clean.dates import FIRST_DAY, LAST_DAY
from etl.errors import BadInput
from etl.settings import METADATA, Store

if TYPE_CHECKING:
    Commands = argparse._SubParsersAction[argparse.ArgumentParser]

_LAST_PORT = 65_535
Run = Callable[[argparse.Namespace], int | None]


def add_command(commands: "Commands", name: str, run: Run, text: str) -> argparse.ArgumentParser:
    """A command of `jzs` (or of one of its commands), with its one-line help."""
    command = commands.add_parser(name, help=text, description=text)
    command.set_defaults(run=run)
    return command


def add_store(command: argparse.ArgumentParser, required: bool = True) -> None:
    """`--store DIR`."""
    command.add_argument(
        "--store", type=_store, required=required, metavar="DIR", help="存储目录 | the store"
    )


def require(store: Store) -> Store:
    """The store, once it is seen that something was built in it.

    Raises:
        BadInput: there is nothing.
    """
    if not store.restricted.is_dir():
        raise BadInput(
            "这里没有库 | there is no store here",
            where=str(store.root),
            remedy="核对 --store，或先运行 jzs build | check --store, or run `jzs build` first",
        )
    return store


def add_metadata(command: argparse.ArgumentParser) -> None:
    """`--metadata DIR`."""
    command.add_argument(
        "--metadata",
        type=Path,
        default=METADATA,
        metavar="DIR",
        help="登记册的元数据 | the register's metadata",
    )


def day(text: str) -> date:
    """A date as an argument: one that an export, too, could carry."""
    try:
        found = date.fromisoformat(text)
    except ValueError:
        raise argparse.ArgumentTypeError(f"不是日期（YYYY-MM-DD）| not a date: {text}") from None
    if not FIRST_DAY <= found <= LAST_DAY:
        raise argparse.ArgumentTypeError(
            f"不在 {FIRST_DAY} 至 {LAST_DAY} 之间 | not between these days: {text}"
        )
    return found


def positive(text: str) -> int:
    """A whole number from 1 on, as an argument."""
    if not text.isdecimal() or int(text) < 1:
        raise argparse.ArgumentTypeError(f"不是正整数 | not a whole number from 1 on: {text}")
    return int(text)


def whole(text: str) -> int:
    """A whole number from 0 on, as an argument."""
    if not text.isdecimal():
        raise argparse.ArgumentTypeError(f"不是自然数 | not a whole number from 0 on: {text}")
    return int(text)


def port(text: str) -> int:
    """The first of three ports in a row, as an argument."""
    if not text.isdecimal() or not 1 <= int(text) <= _LAST_PORT - 2:
        raise argparse.ArgumentTypeError(
            f"不是可用的端口，其后还要两个 | not a port with two more after it: {text}"
        )
    return int(text)


def url(text: str) -> str:
    """The address of a site, as an argument."""
    if not is_url(text):
        raise argparse.ArgumentTypeError(f"不是网址（https://…）| not a web address: {text}")
    return text


def said(text: str) -> str:
    """What a person says, or who it is, as an argument: not empty."""
    if not text.strip():
        raise argparse.ArgumentTypeError("不能为空 | must not be empty")
    return text.strip()


def names(text: str) -> tuple[str, ...]:
    """Names with commas between, as an argument."""
    found = tuple(name.strip() for name in text.split(",") if name.strip())
    if not found:
        raise argparse.ArgumentTypeError("没有名字 | no name given")
    return found


def _store(text: str) -> Store:
    return Store(Path(text).resolve())


def release_folder(text: str, store: Store | None) -> Path:
    """A release by its folder, or by its version in a store.

    Raises:
        BadInput: there is no such release.
    """
    candidates = [Path(text)] + ([store.releases / text, store.root / "public" / text] if store else [])
    for folder in candidates:
        if (folder / "SHA256SUMS").is_file():
            return folder.resolve()
    held = sorted(path.parent.name for path in store.releases.glob("*/SHA256SUMS")) if store else []
    raise BadInput(
        f"没有这个发布 | no such release: {text}",
        remedy=f"库中有 | the store has: {', '.join(held)}"
        if held
        else "给出发布文件夹，或版本号和 --store | name its folder, or its version with --store",
    )
