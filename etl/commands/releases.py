"""Commands on releases: `serve`, `verify`, `diff`, `status`, `rollback`."""

# ruff: noqa: PLC0415  (each command imports what it needs, so that `jzs --help` answers at once)

import argparse
import json
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from etl.commands.options import add_command, add_store, port, release_folder, require, url
from etl.errors import BadInput

if TYPE_CHECKING:
    from etl.commands.options import Commands

_PUBLIC = {"front": "首页", "dashboard": "看板", "lookup": "查询"}


def add(commands: "Commands") -> None:
    command = add_command(
        commands, "serve", serve, "提供看板、查询和目录 | serve dashboard, lookup and catalogue"
    )
    add_store(command)
    command.add_argument("--host", default="127.0.0.1", help="监听地址 | address to listen on (%(default)s)")
    command.add_argument(
        "--port", type=port, default=8600, help="端口，另用其后两个 | port, and the next two"
    )
    for product, zh in _PUBLIC.items():
        text = f"反向代理后{zh}的公开地址 | public address of the {product} behind a reverse proxy"
        command.add_argument(f"--{product}-url", type=url, metavar="URL", help=text)
    command = add_command(
        commands, "verify", verify, "从外部检验一次发布 | examine a release from the outside"
    )
    command.add_argument("release", metavar="RELEASE", help="发布文件夹或版本 | release folder, or version")
    add_store(command, required=False)
    command = add_command(commands, "diff", diff, "两次发布之间的差异 | what changed between two releases")
    command.add_argument("before", metavar="A", help="较早的发布 | earlier release")
    command.add_argument("after", metavar="B", help="较晚的发布 | later release")
    add_store(command, required=False)
    add_store(add_command(commands, "status", status, "列出发布 | list the releases"))
    command = add_command(commands, "rollback", rollback, "退回上一次发布 | serve the previous release again")
    command.add_argument("version", nargs="?", metavar="VERSION", help="或启用这个发布 | or this one")
    add_store(command)


def serve(options: argparse.Namespace) -> int:
    from etl.serve import serve

    public = {name: address for name in _PUBLIC if (address := getattr(options, f"{name}_url"))}
    return serve(options.store, options.host, options.port, public)


def verify(options: argparse.Namespace) -> int:
    from etl.publish.verify import verify

    gates = verify(release_folder(options.release, options.store))
    for gate in gates:
        print(f"{'好 ok' if not gate.problems else '坏 bad':<8}{gate.name:<20}", _figures(gate.figures))
        for problem in gate.problems:
            print(f"        {problem}")
    return int(any(gate.problems for gate in gates))


def _figures(figures: Mapping[str, Any]) -> str:
    return "  ".join(f"{name} {value}" for name, value in figures.items())


def diff(options: argparse.Namespace) -> None:
    from etl.publish.diff import compare

    before, after = (release_folder(name, options.store) for name in (options.before, options.after))
    print(json.dumps(compare(before, after), ensure_ascii=False, indent=2))


def status(options: argparse.Namespace) -> None:
    from etl.publish.release import current_version, read_json, release_path, served_release, versions

    serving = served_release(options.store)
    current = current_version(options.store)
    certificates, registrations = "全部证书 all certificates", "全部注册 all registrations"
    print(f"{'版本 version':<14}{'截止 as of':<12}{certificates:>22}{registrations:>24}")
    for version in reversed(versions(options.store)):
        folder = release_path(options.store, version)
        manifest = read_json(folder / "manifest.json")
        rows = [manifest["lookup"].get(name, 0) for name in ("certificate", "registration")]
        mark = "  ← 正在服务 served" if version == current else ""
        print(f"{version!s:<16}{manifest['as_of']:<14}{rows[0]:>26,}{rows[1]:>28,}{mark}")
    print("全部：含已终止的；看板只计有效的 | all: ended ones too; the dashboard counts those in force")
    balance = read_json(serving / "open" / "balance.json")["balance"]
    measures = ("received", "accepted", "quarantined", "duplicate", "out_of_scope")
    totals = {measure: sum(row[measure] for row in balance) for measure in measures}
    print("收支 balance  " + "  ".join(f"{measure} {value:,}" for measure, value in totals.items()))


def rollback(options: argparse.Namespace) -> None:
    from etl.publish.release import Version, rollback

    version = Version.parse(options.version) if options.version else None
    if options.version and version is None:
        remedy = "jzs status 列出全部发布 | `jzs status` lists the releases"
        raise BadInput("不是发布版本 | not a version of a release", options.version, remedy=remedy)
    print(f"正在服务 | now serving {rollback(require(options.store), version)}")
