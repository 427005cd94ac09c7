"""Table 1 of the disclosure research on five yearly vintages, and the attack suite against our protection.

`python tests/perf/attacks.py 100000 1000000` (default 100,000): each size simulates a register over five years
(tests/fixtures/vintages.py), lets ours and five other mechanisms protect the same counts, and attacks them all.
Results go to tests/perf/results/attacks.json and docs/benchmarks.md.
"""

import os
import sys
import time
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")  # as jzs does

import numpy as np

PROJECT = Path(__file__).resolve().parent.parent.parent
sys.path.insert(0, str(PROJECT))

from etl.metadata.reading import read_yaml  # noqa: E402
from etl.privacy.attacks import Evidence, Rules, Vintage, attack_gate  # noqa: E402
from etl.privacy.attacks.chance import auc  # noqa: E402
from etl.privacy.attacks.differencing import attacked  # noqa: E402
from etl.privacy.attacks.movers import Victims, movers  # noqa: E402
from etl.privacy.attacks.posterior import Attacker  # noqa: E402
from etl.privacy.attacks.scores import newly_certain  # noqa: E402
from etl.privacy.attacks.series import Floats, Ints, Series, series  # noqa: E402
from etl.privacy.tables.families import Family  # noqa: E402
from etl.settings import METADATA  # noqa: E402
from tests.fixtures.lone import attack, lone_changers  # noqa: E402
from tests.fixtures.mechanisms import all_mechanisms, cell_keys  # noqa: E402
from tests.fixtures.vintages import (  # noqa: E402
    AGE_SEX,
    EDUCATION,
    FINE,
    key_of,
    protect_table,
    simulate,
    vintage,
)

YEARS = 5
OURS = "TD-CKP"


@dataclass(frozen=True)
class Row:
    """One mechanism and attacker; `sure`: share of victims with a posterior above .9 where public facts give less."""

    mechanism: str
    attacker: str
    victims: int
    exact_cell: float
    sure: float
    right_if_sure: float | None
    sex_auc: float
    largest: float


def rules() -> Rules:
    """The project's bounds, with the simulator's columns as the attacker's means."""
    found = Rules.of(read_yaml(METADATA / "rules/attacks.yaml", "attacks"))
    assert found.employer
    employer = replace(found.employer, column="employer")
    return replace(found, victims=1000, name_column="given_name", name_tells="sex", employer=employer)


def bench(persons: int) -> dict[str, Any]:
    """Everything at one size."""
    print(f"{persons:,} persons", flush=True)
    start = time.perf_counter()
    registers = simulate(persons, YEARS)
    families = (AGE_SEX, EDUCATION, FINE)
    made = {(f.name, year): protect_table(table, f, year) for year, table in registers for f in families}
    vintages = [
        vintage(year, table, {f.name: made[f.name, year].table for f in families}, families)
        for year, table in registers
    ]
    logs = {f.name: {year: made[f.name, year].noise_log for year, _ in registers} for f in families}
    protected = time.perf_counter() - start
    table = table_one(FINE, vintages)
    keys = {year: key_of(year) for year, _ in registers}
    begun = time.perf_counter()
    findings = attack_gate(Evidence(vintages, (AGE_SEX, EDUCATION), logs=logs, keys=keys), rules())
    return {
        "persons": persons,
        "protect_seconds": round(protected, 1),
        "suite_seconds": round(time.perf_counter() - begun, 1),
        "table": [asdict(row) for row in table],
        "findings": [asdict(finding) for finding in findings],
    }


def table_one(family: Family, vintages: list[Vintage]) -> list[Row]:
    """Lone changers of the leaves: half of the nodes to learn from and half attacked, then the other way round."""
    found = series(family, vintages)
    lone = lone_changers(found)
    attacker = Attacker(found, np.flatnonzero(np.arange(len(found.people)) % 2 == 0))
    prior = attacker.prior(lone.person, lone.step)
    women = found.column_code("sex") == 1
    rows = [score(("none", "public facts"), prior, prior, lone.cell, women)]
    for name, published in _published(found).items():
        rows.append(score((name, "one node"), attack(found, published, lone, prior), prior, lone.cell, women))
        print(rows[-1], flush=True)
    full = attacked(attacker, _others(found, lone.person), lone.victims())
    rows.append(score((OURS, "full posterior"), full.posterior, full.without, lone.cell, women))
    print(rows[-1], flush=True)
    return rows


def _others(found: Series, victims: Ints) -> Victims:
    """Movers on whom the attacker fits his powers: the most exposed ones beside the victims."""
    known = movers(found)
    rows = np.flatnonzero((known.cell >= 0) & ~np.isin(known.person, victims))
    return known.take(rows[np.argsort(known.changers[rows], kind="stable")][:1000])


def _published(found: Series) -> Mapping[str, Ints]:
    counts = found.counts.astype(np.int64)
    keys = np.array([cell_keys(found, year) for year in range(len(found.years))])
    others = {name: mechanism(counts, keys) for name, mechanism in all_mechanisms().items()}
    return {**others, OURS: np.nan_to_num(found.figures).astype(np.int64)}


def score(who: tuple[str, str], posterior: Floats, prior: Floats, cell: Ints, women: Any) -> Row:
    """Scores of a posterior (victims, cells); `women`: which cells are of the second sex."""
    guess = posterior.argmax(axis=1)
    sure = newly_certain(posterior, prior, rules().certain.posterior)
    return Row(
        *who,
        len(cell),
        round(float((guess == cell).mean()), 4),
        round(float(sure.mean()), 4),
        round(float((guess == cell)[sure].mean()), 4) if sure.any() else None,
        round(auc(posterior[:, women].sum(axis=1), women[cell]), 4),
        round(float(posterior.max()), 3),
    )


def section(results: list[dict[str, Any]]) -> list[str]:
    """The section of docs/benchmarks.md."""
    mechanisms = [_mechanism(result["persons"], item) for result in results for item in result["table"]]
    findings = [_finding(result["persons"], item) for result in results for item in result["findings"]]
    return [
        "## 攻击 | Attacks",
        "",
        "五个年度版本、单独进出者（叶节点、性别 × 学历共 14 格）；一半节点用于学习，另一半受攻击，再对调。"
        "“确定”：后验概率超过 0.9，而公开事实只给出 0.9 或以下。"
        " | Five yearly vintages, lone changers of the leaves (sex × education, 14 cells); half of the nodes teach the "
        "attacker, the others are attacked, then the other way round. Sure: posterior above .9 "
        "where public facts give .9 or less.",
        "",
        *_table(mechanisms, "|---:|---|---|---:|---:|---:|---:|---:|---:|"),
        "",
        "攻击套件对本项目的两族（年龄 × 性别、学历）。 | The attack suite on this project's two families.",
        "",
        *_table(findings, "|---:|---|---|---:|---|---:|---:|---:|---|---|"),
    ]


def _table(rows: list[dict[str, str]], rule: str) -> list[str]:
    """A table in Markdown, its columns named by the keys of its rows; `rule` is its second line."""
    return [_line(rows[0]), rule, *(_line(row.values()) for row in rows)] if rows else []


def _line(cells: Iterable[str]) -> str:
    return f"| {' | '.join(cells)} |"


def _mechanism(persons: int, item: Mapping[str, Any]) -> dict[str, str]:
    return {
        "人数 persons": f"{persons:,}",
        "方法 mechanism": item["mechanism"],
        "攻击者 attacker": item["attacker"],
        "受害者 victims": f"{item['victims']:,}",
        "确切单元格 exact cell": f"{item['exact_cell']:.1%}",
        "确定 sure": f"{item['sure']:.1%}",
        "其中正确 right if sure": "–" if item["right_if_sure"] is None else f"{item['right_if_sure']:.1%}",
        "性别 sex AUC": f"{item['sex_auc']:.3f}",
        "最大后验 largest": f"{item['largest']:.2f}",
    }


def _finding(persons: int, item: Mapping[str, Any]) -> dict[str, str]:
    return {
        "人数 persons": f"{persons:,}",
        "攻击 attack": item["attack"],
        "指标 metric": item["metric"],
        "值 value": f"{item['value']:.4g}",
        "区间 interval": f"{item['low']:.3g} – {item['high']:.3g}",
        "界限 bound": f"{item['threshold']:g}",
        "基线 baseline": "" if item["baseline"] is None else f"{item['baseline']:.3f}",
        "秒 s": f"{item['seconds']:.2f}",
        "通过 passed": "是 yes" if item["passed"] else "否 no",
        "说明 note": item["note"],
    }


def main() -> None:
    """Bench the sizes given as arguments; keep committed results of the other sizes."""
    from tests.perf import report  # noqa: PLC0415

    results = {result["persons"]: result for result in report.known("attacks")}
    for persons in [int(argument) for argument in sys.argv[1:]] or [100_000]:
        results[persons] = bench(persons)
        report.keep("attacks", [results[size] for size in sorted(results)])


if __name__ == "__main__":
    main()
