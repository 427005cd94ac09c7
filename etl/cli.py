"""The command `jzs`.

Exit codes: 0 done, 1 refused by a gate or a check, 2 bad usage or unreadable input, 130 interrupted.
"""

# ruff: noqa: PLC0415  (each command imports what it needs, so that `jzs --help` answers at once)

import argparse
import json
import sys
import traceback
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import date, datetime
from functools import partial
from pathlib import Path
from typing import Any, TextIO

from etl.errors import BadInput, UserError
from etl.settings import METADATA, Store

INTERRUPTED = 130
# A fixed day, so that the same seed writes the same register on any day.
_SYNTHETIC_AS_OF = date(2026, 10, 31)


def main(arguments: Sequence[str] | None = None) -> int:
    """Runs one command and returns its exit code; an error is told in a few lines, never as a stack trace."""
    options = _parser().parse_args(arguments)
    try:
        return int(options.run(options) or 0)
    except UserError as error:
        print(error, file=sys.stderr)
        return error.exit_code
    except KeyboardInterrupt:
        print("已中断 | interrupted", file=sys.stderr)
        return INTERRUPTED
    except BrokenPipeError:
        sys.stderr.close()
        return 1
    except Exception as error:
        print(_unforeseen(error, options), file=sys.stderr)
        return 1


def _unforeseen(error: Exception, options: argparse.Namespace) -> str:
    """One line on an unforeseen error; the stack trace goes to the restricted log, where values may stand."""
    cause = error.__cause__ if type(error).__name__ == "StageError" and error.__cause__ else error
    stage = str(error) if cause is not error else options.command
    line = f"{stage}: 未预料的错误 | unforeseen error: {type(cause).__name__}"
    store = getattr(options, "store", None)
    if store is None:
        return line
    path = store.restricted / "log" / f"{datetime.now():%Y%m%dT%H%M%S}-{stage}.log"
    try:
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        path.write_text("".join(traceback.format_exception(error)), encoding="utf-8")
    except OSError:
        return line
    return f"{line}\n  详情 details: {path}"


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


def serve(options: argparse.Namespace) -> int:
    from etl.serve import serve

    return serve(options.store, options.host, options.port)


def verify(options: argparse.Namespace) -> int:
    from etl.publish.verify import verify

    gates = verify(_release(options.release, options.store))
    for gate in gates:
        print(f"{'好 ok' if not gate.problems else '坏 bad':<8}{gate.name:<20}", _figures(gate.figures))
        for problem in gate.problems:
            print(f"        {problem}")
    return int(any(gate.problems for gate in gates))


def _figures(figures: Mapping[str, Any]) -> str:
    return "  ".join(f"{name} {value}" for name, value in figures.items())


def diff(options: argparse.Namespace) -> None:
    from etl.publish.diff import compare

    before, after = (_release(name, options.store) for name in (options.before, options.after))
    print(json.dumps(compare(before, after), ensure_ascii=False, indent=2))


def status(options: argparse.Namespace) -> None:
    from etl.publish.release import current_version, read_json, release_path, served_release, versions

    serving = served_release(options.store)
    current = current_version(options.store)
    print(f"{'版本 version':<14}{'截止 as of':<12}{'证书 certificates':>14}{'注册 registrations':>16}")
    for version in reversed(versions(options.store)):
        folder = release_path(options.store, version)
        manifest = read_json(folder / "manifest.json")
        rows = [manifest["lookup"].get(name, 0) for name in ("certificate", "registration")]
        mark = "  ← 正在服务 served" if version == current else ""
        print(f"{version!s:<16}{manifest['as_of']:<14}{rows[0]:>16,}{rows[1]:>18,}{mark}")
    balance = read_json(serving / "open" / "balance.json")
    measures = ("received", "accepted", "quarantined", "duplicate", "out_of_scope")
    totals = {measure: sum(row[measure] for row in balance) for measure in measures}
    print("收支 balance  " + "  ".join(f"{measure} {value:,}" for measure, value in totals.items()))


def rollback(options: argparse.Namespace) -> None:
    from etl.errors import BadInput
    from etl.publish.release import Version, rollback

    version = Version.parse(options.version) if options.version else None
    if options.version and version is None:
        remedy = "jzs status 列出全部发布 | `jzs status` lists the releases"
        raise BadInput("不是发布版本 | not a version of a release", options.version, remedy=remedy)
    print(f"正在服务 | now serving {rollback(options.store, version)}")


def lineage(options: argparse.Namespace) -> None:
    from etl import kernel, metadata
    from etl.inputs import table_columns
    from etl.settings import SQL

    register = metadata.load(options.metadata)
    macros = frozenset(item["name"].lower() for item in register.rules["declassifiers"])
    print(kernel.lineage_text(kernel.discover(SQL), table_columns(register), options.target, macros))


def quarantine(options: argparse.Namespace) -> None:
    import duckdb

    files = options.store.quarantine / "*.parquet"
    if not list(files.parent.glob(files.name)):
        print("没有被隔离的行 | no row is set aside")
        return
    with duckdb.connect() as connection:
        rows = connection.execute(
            "SELECT count(*), reason, coalesce(field, '-'), source_file FROM read_parquet($files) "
            "GROUP BY reason, field, source_file ORDER BY count(*) DESC, reason, field, source_file",
            {"files": str(files)},
        ).fetchall()
    print(f"{'行 rows':>10}  {'原因 reason':<28}{'列 field':<26}文件 file")
    for count, reason, field, file in rows:
        print(f"{count:>12,}  {reason:<30}{field:<28}{file}")


def _release(text: str, store: Store | None) -> Path:
    """A release by its folder, or by its version in a store.

    Raises:
        BadInput: there is no such release.
    """
    candidates = [Path(text)] + ([store.releases / text, store.root / "public" / text] if store else [])
    for folder in candidates:
        if (folder / "SHA256SUMS").is_file():
            return folder.resolve()
    raise BadInput(
        f"没有这个发布 | no such release: {text}",
        remedy="给出发布文件夹，或版本号和 --store | name its folder, or its version with --store",
    )


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="jzs",
        description="建造师开放数据：登记导出进，带日期的发布出 | register exports in, one dated release out",
        epilog="退出码 exit codes: 0 完成 done, 1 被拒 refused, 2 输入或用法有误 bad input or usage",
    )
    commands = parser.add_subparsers(dest="command", required=True, metavar="命令 COMMAND")

    def add(name: str, run: Callable[[argparse.Namespace], int | None], text: str) -> argparse.ArgumentParser:
        command = commands.add_parser(name, help=text, description=text)
        command.set_defaults(run=run)
        return command

    _add_synth(add("synth", synth, "写出一份合成登记导出 | write a synthetic register as messy exports"))
    _add_build(add("build", build, "由导出构建一次发布 | build a release from exports"))
    command = add("serve", serve, "提供看板、查询和目录 | serve dashboard, lookup and catalogue")
    _add_store(command)
    command.add_argument("--host", default="127.0.0.1", help="监听地址 | address to listen on (%(default)s)")
    command.add_argument("--port", type=int, default=8600, help="端口，另用其后两个 | port, and the next two")
    command = add("verify", verify, "从外部检验一次发布 | examine a release from the outside")
    command.add_argument("release", metavar="RELEASE", help="发布文件夹或版本 | release folder, or version")
    _add_store(command, required=False)
    command = add("diff", diff, "两次发布之间的差异 | what changed between two releases")
    command.add_argument("before", metavar="A", help="较早的发布 | earlier release")
    command.add_argument("after", metavar="B", help="较晚的发布 | later release")
    _add_store(command, required=False)
    _add_store(add("status", status, "列出发布 | list the releases"))
    command = add("rollback", rollback, "退回上一次发布 | serve the previous release again")
    command.add_argument("version", nargs="?", metavar="VERSION", help="或启用这个发布 | or this one")
    _add_store(command)
    command = add("lineage", lineage, "列从哪里来 | where tables and columns come from")
    command.add_argument("target", nargs="?", metavar="MODEL[.COLUMN]", help="模型或列 | a model or a column")
    _add_metadata(command)
    command = add("quarantine", quarantine, "被隔离的行 | the rows set aside")
    command.add_argument("action", choices=["list"], help="按原因和文件计数 | counts by reason and file")
    _add_store(command)
    return parser


def _add_synth(command: argparse.ArgumentParser) -> None:
    command.add_argument(
        "--out", type=Path, required=True, metavar="DIR", help="导出写到哪里 | where to write"
    )
    command.add_argument(
        "--persons", type=int, default=50_000, metavar="N", help="人数 | persons (%(default)s)"
    )
    command.add_argument(
        "--seed", type=int, default=1, metavar="S", help="随机种子 | random seed (%(default)s)"
    )
    command.add_argument(
        "--truth", type=Path, metavar="DIR", help="真值写到哪里（测试用）| the truth, for tests"
    )
    command.add_argument(
        "--as-of",
        type=_date,
        default=_SYNTHETIC_AS_OF,
        metavar="DATE",
        help="截止日 | as-of date (%(default)s)",
    )
    command.add_argument(
        "--records", type=_names, metavar="A,B", help="只写这些记录类型 | only these record types"
    )
    command.add_argument(
        "--divisions", type=_names, metavar="A,B", help="只写这些地区 | only these divisions"
    )


def _add_build(command: argparse.ArgumentParser) -> None:
    command.add_argument("--source", type=Path, required=True, metavar="DIR", help="导出文件夹 | the exports")
    _add_store(command)
    _add_metadata(command)
    command.add_argument(
        "--as-of", type=_date, metavar="DATE", help="截止日，默认最新导出 | default: newest export"
    )
    command.add_argument(
        "--key", type=Path, metavar="FILE", help="假名密钥，默认新建 | pseudonym key, default: new"
    )
    command.add_argument(
        "--select",
        type=_names,
        default=(),
        metavar="A,B",
        help="只算这些模型，不发布 | only these models, no release",
    )
    command.add_argument(
        "--json", action="store_true", help="运行报告写到标准输出 | run report on standard output"
    )


def _add_store(command: argparse.ArgumentParser, required: bool = True) -> None:
    command.add_argument(
        "--store", type=_store, required=required, metavar="DIR", help="存储目录 | the store"
    )


def _add_metadata(command: argparse.ArgumentParser) -> None:
    command.add_argument(
        "--metadata",
        type=Path,
        default=METADATA,
        metavar="DIR",
        help="登记册的元数据 | the register's metadata",
    )


def _store(text: str) -> Store:
    return Store(Path(text).resolve())


def _date(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise argparse.ArgumentTypeError(f"不是日期（YYYY-MM-DD）| not a date: {text}") from None


def _names(text: str) -> tuple[str, ...]:
    return tuple(name.strip() for name in text.split(",") if name.strip())
