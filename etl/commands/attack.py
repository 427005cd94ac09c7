"""Command `attack`: what a person who holds the releases could find out, on a terminal or as JSON."""

# ruff: noqa: PLC0415  (each command imports what it needs, so that `jzs --help` answers at once)

import argparse
import json
from collections.abc import Mapping, Sequence
from math import isnan
from typing import TYPE_CHECKING, Any

from etl.commands.options import add_command, add_metadata, add_store, release_folder, require

if TYPE_CHECKING:
    from etl.commands.options import Commands
    from etl.metadata import Metadata
    from etl.privacy.attacks import Finding
    from etl.settings import Store


_NOTHING = "没有受保护的表，没有什么可攻击 | no protected tables, so nothing to attack"


def add(commands: "Commands") -> None:
    command = add_command(commands, "attack", attack, "攻击一次发布 | attack a release")
    command.add_argument("release", metavar="RELEASE", help="发布文件夹或版本 | release folder, or version")
    command.add_argument(
        "--against",
        nargs="+",
        default=[],
        metavar="EARLIER",
        help="更早的发布 | earlier releases",
    )
    add_store(command, required=False)
    add_metadata(command)
    command.add_argument("--json", action="store_true", help="输出 JSON | print JSON")


def attack(options: argparse.Namespace) -> int:
    """Attacks from the outside; with `--store`, movers are known and guesses are scored on the truth."""
    from etl.metadata import load
    from etl.privacy.attacks import Rules, attack_gate, record
    from etl.privacy.attacks.reading import evidence, protects
    from etl.publish.verify import check_untouched

    release, *earlier = (release_folder(name, options.store) for name in (options.release, *options.against))
    metadata = load(options.metadata)
    content = metadata.rules["attacks"]
    known = _known(require(options.store), metadata) if options.store else {}
    for folder in (release, *earlier):
        check_untouched(folder)
    if not protects(release):
        print("[]" if options.json else _NOTHING)
        return 0
    held = evidence(release, **known, earlier=[folder for folder in earlier if protects(folder)])
    findings = attack_gate(held, Rules.of(content))
    print(
        json.dumps(record(findings)["findings"], ensure_ascii=False, indent=2)
        if options.json
        else _table(findings, content["metrics"])
    )
    return int(any(not finding.passed for finding in findings))


def _known(store: "Store", metadata: "Metadata") -> dict[str, Any]:
    """What a store adds to the evidence: what it keeps of its frozen tables and microdata, and its keys."""
    from etl import keys
    from etl.privacy import frozen, ledger
    from etl.publish.attacks import kept, kept_file

    entries = ledger.read(store.frozen).entries
    return {
        "kept": kept({entry: frozen.path_of(store.frozen, entry) for entry in entries}),
        "keys": keys.held_disclosure_keys(store),
        "files": [
            kept_file(folder, int(folder.name), metadata)
            for folder in sorted(store.frozen_microdata.glob("*/[0-9]*"))
        ],
    }


def _table(findings: "Sequence[Finding]", texts: Mapping[str, Mapping[str, Any]]) -> str:
    """One line for each finding, those that failed last and in words."""
    lines = [
        f"{'攻击 attack':<8}{'指标 metric':<24}{'值 value':>12}{'区间 interval':>22}{'界限 bound':>10}{'秒 s':>8}"
    ]
    for finding in findings:
        judged = not isnan(finding.value)
        interval = f"{finding.low:.3g} – {finding.high:.3g}" if judged and finding.low < finding.high else ""
        bound = f"{'≥' if 'at_least' in texts[finding.metric] else '≤'} {finding.threshold:g}"
        value = f"{finding.value:.4g}" if judged else "–"
        mark = ("  通过 ok" if judged else "  未判 not judged") if finding.passed else "  坏 bad"
        lines.append(
            f"{finding.attack:<10}{finding.metric:<24}{value:>12}{interval:>22}{bound:>10}"
            f"{finding.seconds:>9.2f}  {finding.note}{mark}"
        )
    failed = [finding for finding in findings if not finding.passed]
    lines += [f"{f.attack} {f.metric}: {texts[f.metric]['zh']} | {texts[f.metric]['en']}" for f in failed]
    silent = sum(finding.passed and isnan(finding.value) for finding in findings)
    within = len(findings) - len(failed) - silent
    lines += [
        f"在界限之内 within {within}  之外 beyond {len(failed)}  未判 not judged {silent}",
        "抽样的指标按区间判定：整个区间越界才算之外 | a sampled metric is beyond when its whole interval is",
    ]
    return "\n".join(lines)
