"""Command `attack`: what a person who holds the releases could find out, on a terminal or as JSON."""

# ruff: noqa: PLC0415  (each command imports what it needs, so that `jzs --help` answers at once)

import argparse
import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

from etl.commands.options import add_command, add_metadata, add_store
from etl.errors import BadInput
from etl.settings import METADATA

if TYPE_CHECKING:
    import pyarrow as pa

    from etl.commands.options import Commands
    from etl.privacy.attacks import Finding, Vintage
    from etl.privacy.tables.families import Family

_VINTAGES = Path("open/vintages")


def add(commands: "Commands") -> None:
    command = add_command(commands, "attack", attack, "攻击一次发布 | attack a release")
    command.add_argument("release", type=Path, metavar="RELEASE", help="发布文件夹 | release folder")
    command.add_argument(
        "--against",
        type=Path,
        nargs="+",
        default=[],
        metavar="EARLIER",
        help="更早的发布文件夹 | folders of earlier releases",
    )
    add_store(command, required=False)
    add_metadata(command)
    command.add_argument("--json", action="store_true", help="输出 JSON | print JSON")


def attack(options: argparse.Namespace) -> int:
    """Attacks from the outside; with `--store`, movers are known and guesses are scored on the truth."""
    import pyarrow.parquet as pq

    from etl.metadata import load
    from etl.metadata.reading import read_yaml
    from etl.privacy.attacks import Evidence, Rules, attack_gate
    from etl.privacy.protect import families

    metadata = load(options.metadata)
    declared = list(families(metadata).values())
    rules = metadata.rules["disclosure"]
    source = options.store.models("sensitive") / f"{rules['units']}.parquet" if options.store else None
    content = read_yaml(_own_or_shared(options.metadata), "attacks")
    evidence = Evidence(
        vintages=_vintages(options.release, declared, source, rules),
        families=declared,
        earlier=[_by_family(_published(earlier)) for earlier in options.against],
        open_tables={
            path.stem: pq.read_schema(path)
            for path in sorted(options.release.glob("open/datasets/*/*.parquet"))
            if not {"level", "cell_state"} <= set(pq.read_schema(path).names)
        },
    )
    findings = attack_gate(evidence, Rules.of(content))
    told = [asdict(finding) for finding in findings]
    print(
        json.dumps(told, ensure_ascii=False, indent=2)
        if options.json
        else _table(findings, content["metrics"])
    )
    return int(any(not finding.passed for finding in findings))


def _own_or_shared(root: Path) -> Path:
    own = root / "rules/attacks.yaml"
    return own if own.exists() else METADATA / "rules/attacks.yaml"


def _published(release: Path) -> "dict[int, dict[str, pa.Table]]":
    """Year and family -> protected table of a release; raises BadInput when it holds none."""
    import pyarrow.parquet as pq

    found: dict[int, dict[str, pa.Table]] = {}
    for path in sorted((release / _VINTAGES).glob("*/*.parquet")):
        found.setdefault(int(path.parent.name), {})[path.stem] = pq.read_table(path)
    if not found:
        raise BadInput(
            f"发布中没有受保护的表 | the release holds no protected tables: {_VINTAGES}",
            str(release),
            remedy="给出发布文件夹，如 STORE/public/releases/2026.10.0 | name the folder of a release",
        )
    return found


def _by_family(published: "Mapping[int, Mapping[str, pa.Table]]") -> "dict[str, pa.Table]":
    """All years of every family in one table."""
    import pyarrow as pa

    names = sorted({name for tables in published.values() for name in tables})
    return {name: pa.concat_tables([t[name] for t in published.values() if name in t]) for name in names}


def _vintages(
    release: Path, families: "Sequence[Family]", source: Path | None, rules: Mapping[str, Any]
) -> "list[Vintage]":
    """The vintages of a release; without a store nobody's class is known, and nothing is scored."""
    import duckdb
    import pyarrow as pa

    from etl.privacy.attacks import Vintage

    public = list(dict.fromkeys(column for family in families for column in family.public))
    sensitive = list(dict.fromkeys(column for family in families for column in family.sensitive))
    empty = pa.table({name: pa.array([], pa.string()) for name in ["unit", *public]})
    vintages = []
    truth: pa.Table | None
    with duckdb.connect() as connection:
        for year, published in _published(release).items():
            units, truth = empty, None
            if source is not None:
                columns = ", ".join(
                    f"coalesce({name}, '{rules['absent'][name]}') AS {name}" for name in public + sensitive
                )
                read = f"SELECT {rules['unit']} AS unit, {columns} FROM read_parquet($1) WHERE year = $2"
                register: pa.Table = connection.execute(read, [str(source), year]).to_arrow_table()
                units, truth = register.select(["unit", *public]), register.select(["unit", *sensitive])
            vintages.append(Vintage(year, units, published, truth))
    return vintages


def _table(findings: "Sequence[Finding]", texts: Mapping[str, Mapping[str, Any]]) -> str:
    """One line for each finding, those that failed last and in words."""
    lines = [
        f"{'攻击 attack':<8}{'指标 metric':<24}{'值 value':>12}{'区间 interval':>22}{'界限 bound':>10}{'秒 s':>8}"
    ]
    for finding in findings:
        interval = f"{finding.low:.3g} – {finding.high:.3g}" if finding.low != finding.high else ""
        mark = "" if finding.passed else "  坏 bad"
        lines.append(
            f"{finding.attack:<10}{finding.metric:<24}{finding.value:>12.4g}{interval:>22}{finding.threshold:>10g}"
            f"{finding.seconds:>9.2f}  {finding.note}{mark}"
        )
    failed = [finding for finding in findings if not finding.passed]
    lines += [f"{f.attack} {f.metric}: {texts[f.metric]['zh']} | {texts[f.metric]['en']}" for f in failed]
    return "\n".join(lines)
