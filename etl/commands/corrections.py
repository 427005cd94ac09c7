"""The command `corrections`: what visitors of the lookup ask to have corrected."""

# ruff: noqa: PLC0415  (each command imports what it needs, so that `jzs --help` answers at once)

import argparse
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

from etl.commands.options import add_command, add_metadata, add_store, day, require, said
from etl.errors import BadInput

if TYPE_CHECKING:
    from etl.commands.options import Commands
    from etl.metadata import Metadata
    from etl.steward.requests import Rules, Waiting


def add(commands: "Commands") -> None:
    corrections = commands.add_parser("corrections", help="公众的更正申请 | requests for correction")
    actions = corrections.add_subparsers(dest="action", required=True, metavar="动作 ACTION")
    command = add_command(actions, "list", list_requests, "收进并列出申请 | take requests in and list them")
    command.add_argument("--all", action="store_true", help="连同已决定的 | with those decided")
    _add_both(command)
    command = add_command(actions, "show", show, "一份申请的全部内容 | one request, with all it says")
    command.add_argument("id", metavar="ID", help="编号，见 list；或回执号 | as told by list, or a receipt")
    _add_both(command)
    command = add_command(actions, "decide", decide, "决定一份申请 | decide a request")
    command.add_argument("id", metavar="ID", help="编号，见 list | as told by list")
    command.add_argument("decision", metavar="DECISION", help="accepted partly rejected withdrawn")
    command.add_argument(
        "--ground", required=True, metavar="CODE", help="理由代码，见 show | code of the basis, see show"
    )
    command.add_argument("--by", type=said, required=True, metavar="NAME", help="谁决定 | who decides")
    command.add_argument(
        "--reason",
        type=said,
        required=True,
        metavar="TEXT",
        help="说明，申请人凭回执可见 | why; its receipt tells it",
    )
    _add_both(command)
    command = add_command(
        actions, "export", export, "接受的申请，各地区一个工作簿 | those accepted, by division"
    )
    command.add_argument("--division", metavar="NAME", help="只要这个地区 | of this division only")
    command.add_argument(
        "--since", type=day, metavar="DAY", help="只要这一天起决定的 | only those decided from this day on"
    )
    command.add_argument("--out", type=Path, required=True, metavar="DIR", help="写到哪里 | where to write")
    _add_both(command)
    _add_both(
        add_command(
            actions, "publish", publish, "重写回执和公开记录 | write receipts and the public log anew"
        )
    )


def list_requests(options: argparse.Namespace) -> None:
    from etl.steward.requests import queue, take_in

    rules = _rules(options)
    refused = take_in(require(options.store), rules)
    items = [item for item in queue(options.store, rules) if options.all or item.decision is None]
    if not items:
        print("没有待决定的申请 | no request waits")
    else:
        print(
            f"{'编号 id':<16}{'收到 received':<12}{'期限 due':<12}{'记录 record':<11}何处、为什么 what and why"
        )
    for item in items:
        print(_line(item, rules))
    if refused:
        raise BadInput("\n".join(map(str, refused)))


def _line(item: "Waiting", rules: "Rules") -> str:
    request, state = item.request, ""
    if item.decision:
        state = f"  {rules.content['decisions'][item.decision.decision]['zh']} {item.decision.decided_on}"
    elif item.is_overdue(date.today()):
        state = "  逾期 overdue"
    groups = rules.content["groups"].get(request.record, {})
    what = f"{_named(groups, request.group)}：{_named(rules.content['grounds'], request.ground)}"
    return f"{request.id:<18}{request.on:<14}{item.due:<14}{request.record:<13}{what}{state}"


def show(options: argparse.Namespace) -> None:
    from etl.steward.request_book import subject_of
    from etl.steward.requests import find

    metadata = _metadata(options)
    rules = _rules(options)
    item = find(options.store, rules, options.id)
    request, subject = item.request, subject_of(options.store, item)
    groups, grounds = rules.content["groups"][request.record], rules.content["grounds"]
    address = f"/{request.record[0] if request.record != 'project' else 'j'}/{request.key}"
    print(f"编号 id      {request.id}")
    print(f"收到 on      {request.on}，期限 due {item.due}")
    print(f"记录 record  {address}  {subject.name}  {subject.number}")
    print(f"地区         {_division(metadata, subject.division)}")
    print(f"何处 what    {_words(groups, request.group)}")
    print(f"为什么 why   {_words(grounds, request.ground)}")
    print(f"应当是 says  {_indented(request.says)}")
    print(f"证据 proof   {_indented(request.evidence)}")
    if item.decision:
        decision, bases = item.decision, rules.content["bases"]
        word = _words(rules.content["decisions"], decision.decision)
        print(f"决定         {word}；{_words(bases, decision.basis)}；{decision.reason}")
        print(f"由谁 by      {decision.by} {decision.decided_on}")
        return
    print("可作的决定   decisions:")
    for name, words in rules.content["decisions"].items():
        print(f"  {name:<12}--ground {'|'.join(words['bases'])}")
    _tell_next(rules, item)


def decide(options: argparse.Namespace) -> None:
    from etl.steward.requests import Decision, decide, find

    rules = _rules(options)
    item = find(options.store, rules, options.id)
    if options.decision not in rules.content["decisions"]:
        remedy = f"可用 | there are: {', '.join(rules.content['decisions'])}"
        raise BadInput("没有这种决定 | no such decision", options.decision, remedy=remedy)
    request = item.request
    decision = Decision(
        id=request.id,
        on=request.on,
        record=request.record,
        group=request.group,
        decision=options.decision,
        basis=options.ground,
        reason=options.reason,
        by=options.by,
        decided_on=date.today().isoformat(),
    )
    decide(options.store, rules, decision)
    if earlier := item.decision:
        words = rules.content["decisions"].get(earlier.decision, {})
        told = f"{words.get('zh', '')} {earlier.decision}，{earlier.by} {earlier.decided_on}"
        print(f"取代先前的决定 | this replaces the earlier decision: {told}")
    print("已决定，凭回执即可看到 | decided; its receipt tells so at once")
    if options.decision in ("accepted", "partly"):
        _tell_next(rules, item)


def export(options: argparse.Namespace) -> None:
    from etl.commands.steward import division_code
    from etl.steward.request_book import export
    from etl.steward.requests import forward, queue

    rules, metadata = _rules(options), _metadata(options)
    since = options.since.isoformat() if options.since else ""
    items = queue(require(options.store), rules)
    items = [item for item in items if item.decision and item.decision.decided_on >= since]
    written = list(export(items, options.store, metadata, options.out, division_code(options)))
    forward(options.store, rules, [name for _, names in written for name in names], date.today())
    for path, names in written:
        print(f"{len(names):>8,}  {path}")
    if not written:
        print("没有这样的申请 | no such request")


def publish(options: argparse.Namespace) -> None:
    from etl.steward.requests import publish

    publish(require(options.store), _rules(options), date.today())
    print("已重写 | written anew")


def _tell_next(rules: "Rules", item: "Waiting") -> None:
    ground = rules.content["grounds"].get(item.request.ground)
    if ground:
        said = " | ".join(ground["then"][lang].format(key=item.request.key) for lang in ("zh", "en"))
        print(f"属实则 then  {said}")


def _named(entries: "dict[str, dict[str, str]]", code: str) -> str:
    return f"{entries[code]['zh']} {code}" if code in entries else code


def _words(entries: "dict[str, dict[str, str]]", code: str) -> str:
    entry = entries.get(code)
    return f"{code}：{entry['zh']} | {entry['en']}" if entry else code


def _indented(text: str) -> str:
    return text.replace("\n", "\n             ") or "–"


def _division(metadata: "Metadata", code: str) -> str:
    entry = metadata.codes["division"].by_code.get(code)
    return f"{entry.zh} | {entry.en}" if entry else code


def _metadata(options: argparse.Namespace) -> "Metadata":
    from etl import metadata

    return metadata.load(options.metadata)


def _rules(options: argparse.Namespace) -> "Rules":
    from etl.steward.requests import Rules

    return Rules.of(_metadata(options))


def _add_both(command: argparse.ArgumentParser) -> None:
    add_store(command)
    add_metadata(command)
