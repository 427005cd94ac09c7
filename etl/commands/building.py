"""Commands that make something: `synth`, `build`; and `lineage`, which tells how."""

# ruff: noqa: PLC0415  (each command imports what it needs, so that `jzs --help` answers at once)

import argparse
import json
import signal
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import date
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, TextIO

from etl.commands.options import add_command, add_metadata, add_store, day, names, positive, whole
from etl.errors import BadInput

if TYPE_CHECKING:
    from etl.commands.options import Commands

# A fixed day, so that the same seed writes the same register on any day.
_SYNTHETIC_AS_OF = date(2026, 10, 31)


def add(commands: "Commands") -> None:
    _add_synth(
        add_command(
            commands, "synth", synth, "写出一份合成登记导出 | write a synthetic register as messy exports"
        )
    )
    _add_build(add_command(commands, "build", build, "由导出构建一次发布 | build a release from exports"))
    command = add_command(commands, "lineage", lineage, "列从哪里来 | where tables and columns come from")
    command.add_argument("target", nargs="?", metavar="MODEL[.COLUMN]", help="模型或列 | a model or a column")
    add_metadata(command)


def synth(options: argparse.Namespace) -> None:
    from etl import metadata
    from etl.synth import write

    done = write(
        options.out,
        persons=options.persons,
        seed=options.seed,
        truth=options.truth,
        as_of=options.as_of,
        records=set(options.records) if options.records else None,
        divisions=set(options.divisions) if options.divisions else None,
        metadata=metadata.load(),
    )
    print(f"{'人员 persons':<24}{done.persons:>12,}")
    for record, rows in done.rows.items():
        print(f"{record:<26}{rows:>12,}")
    print(f"{'文件 files':<24}{done.files:>12,}  {options.out}")


def build(options: argparse.Namespace) -> None:
    from etl.pipeline import Job, build

    _refuse_nested(options.source.resolve(), options.store.root)
    # A supervisor asks with SIGTERM: the build ends as after Ctrl-C.
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    job = Job(
        source=options.source,
        store=options.store,
        metadata=options.metadata,
        as_of=options.as_of,
        key=options.key,
        select=tuple(options.select),
    )
    stream = sys.stderr if options.json else sys.stdout
    with _progress(stream) as show:
        outcome = build(job, show)
    if options.json:
        print(json.dumps(outcome, ensure_ascii=False, indent=2))


def _refuse_nested(source: Path, store: Path) -> None:
    """Raises BadInput when one folder lies in the other: a build would read what it writes."""
    if source.is_relative_to(store) or store.is_relative_to(source):
        raise BadInput(
            "来源目录与存储目录不得互相包含 | source and store must not lie in each other",
            f"{source}, {store}",
            remedy="另选 --store | choose another --store",
        )


@contextmanager
def _progress(stream: TextIO) -> Iterator[Callable[[str], None]]:
    """Where status lines go: above a spinner on a terminal, plain elsewhere."""
    if not stream.isatty():
        yield partial(print, file=stream, flush=True)
        return
    from rich.console import Console

    console = Console(file=stream, highlight=False, markup=False)
    with console.status("构建中 building"):
        yield console.print


def lineage(options: argparse.Namespace) -> None:
    from etl import kernel, metadata
    from etl.inputs import table_columns
    from etl.settings import SQL

    register = metadata.load(options.metadata)
    macros = frozenset(item["name"].lower() for item in register.rules["declassifiers"])
    print(kernel.lineage_text(kernel.discover(SQL), table_columns(register), options.target, macros))


def _add_synth(command: argparse.ArgumentParser) -> None:
    command.add_argument(
        "--out", type=Path, required=True, metavar="DIR", help="导出写到哪里 | where to write"
    )
    command.add_argument(
        "--persons", type=positive, default=50_000, metavar="N", help="人数 | persons (%(default)s)"
    )
    command.add_argument(
        "--seed", type=whole, default=1, metavar="S", help="随机种子 | random seed (%(default)s)"
    )
    command.add_argument(
        "--truth", type=Path, metavar="DIR", help="真值写到哪里（测试用）| the truth, for tests"
    )
    command.add_argument(
        "--as-of",
        type=day,
        default=_SYNTHETIC_AS_OF,
        metavar="DATE",
        help="截止日 | as-of date (%(default)s)",
    )
    command.add_argument(
        "--records", type=names, metavar="A,B", help="只写这些记录类型 | only these record types"
    )
    command.add_argument("--divisions", type=names, metavar="A,B", help="只写这些地区 | only these divisions")


def _add_build(command: argparse.ArgumentParser) -> None:
    command.add_argument("--source", type=Path, required=True, metavar="DIR", help="导出文件夹 | the exports")
    add_store(command)
    add_metadata(command)
    command.add_argument(
        "--as-of",
        type=day,
        metavar="DATE",
        help="截止日，默认取导出所载的最新日期 | default: the newest date that the exports carry",
    )
    command.add_argument(
        "--key",
        type=Path,
        metavar="FILE",
        help="假名密钥，默认用本库的 | pseudonym key, default: the one of the store",
    )
    command.add_argument(
        "--select",
        type=names,
        default=(),
        metavar="A,B",
        help="只算这些模型，不发布 | only these models, no release",
    )
    command.add_argument(
        "--json", action="store_true", help="运行报告写到标准输出 | run report on standard output"
    )
