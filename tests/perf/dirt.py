"""What ingest makes of planted dirt, row by row, against the synthetic truth.

    python tests/perf/dirt.py [PERSONS] [SEED ...]

Results go to tests/perf/results/dirt.json.
"""

import sys
import tempfile
from collections import Counter
from datetime import date
from pathlib import Path
from typing import Any

PROJECT = Path(__file__).resolve().parent.parent.parent
sys.path.insert(0, str(PROJECT))
AS_OF = date(2026, 10, 31)


def bench(persons: int, seeds: list[int]) -> dict[str, Any]:
    """Rows by kind of dirt, wanted fate and outcome, over the registers of all seeds."""
    from etl.metadata import load  # noqa: PLC0415  # found once sys.path is set
    from etl.settings import METADATA, Store  # noqa: PLC0415
    from etl.sources.ingest import ingest  # noqa: PLC0415
    from etl.synth import register  # noqa: PLC0415
    from etl.synth.calibration import load as calibration  # noqa: PLC0415
    from tests.fixtures import dirt  # noqa: PLC0415

    metadata = load(METADATA)
    made = calibration(metadata)
    rows: Counter[tuple[str, str, str]] = Counter()
    for seed in seeds:
        with tempfile.TemporaryDirectory(prefix="jzs-dirt-") as folder:
            out, truth, store = (Path(folder) / name for name in ("exports", "truth", "store"))
            register.write(
                out,
                persons=persons,
                seed=seed,
                truth=truth,
                as_of=AS_OF,
                records=None,
                divisions=None,
                metadata=metadata,
            )
            ingest(out, Store(store), metadata, AS_OF)
            rows += dirt.outcomes(metadata, made, store, truth)
    found = [
        {"kind": kind, "fate": fate, "outcome": outcome, "rows": count}
        for (kind, fate, outcome), count in sorted(rows.items())
    ]
    return {"persons": persons * len(seeds), "outcomes": found}


def section(results: dict[str, Any]) -> list[str]:
    """The section of docs/benchmarks.md on planted dirt."""
    from tests.fixtures import dirt  # noqa: PLC0415  # found once sys.path is set

    lines = [
        "## 脏数据 | Planted dirt",
        "",
        f"{results['persons']:,} 人 persons. 逐行与真值核对 | every row against the truth.",
        "",
        "| 种类 kind | 应有结果 wanted | 行 rows | 如愿 right | 错收 accepted otherwise | 错扣 held otherwise"
        " | 错去 dropped |",
        "|---|---|---:|---:|---:|---:|---:|",
    ]
    kinds: dict[tuple[str, str], Counter[str]] = {}
    for row in results["outcomes"]:
        fate = row["fate"]
        kinds.setdefault((fate, row["kind"]), Counter())[row["outcome"]] += row["rows"]
    for (fate, kind), outcomes in sorted(kinds.items()):
        total, right = sum(outcomes.values()), outcomes[dirt.RIGHT[fate]]
        accepted = outcomes["accepted as in the truth"] + outcomes["accepted otherwise"]
        held = outcomes["held"] + outcomes["held otherwise"]
        wrong = {
            "clean": (outcomes["accepted otherwise"], held, outcomes["set aside as repeated"]),
            "repaired": (outcomes["accepted otherwise"], held, outcomes["set aside as repeated"]),
            "quarantined": (accepted, outcomes["held otherwise"], outcomes["set aside as repeated"]),
            "duplicate": (accepted, held, 0),
        }[fate]
        share = f"{right:,} ({right / total:.2%})"
        lines.append(
            f"| {kind} | {fate} | {total:,} | {share} | " + " | ".join(f"{n:,}" for n in wrong) + " |"
        )
    return [
        *lines,
        "",
        "repaired：收下，各字段与真值相同；quarantined：按放入的原因扣下；duplicate：重复行，只收一次；clean：未动过的行。"
        " | repaired: accepted, every field as in the truth; quarantined: held for the planted reason; duplicate:"
        " a repeated row, kept once; clean: rows that nobody spoilt.",
    ]


def main() -> None:
    """Bench the persons and seeds given as arguments (20,000 of seeds 1 and 2)."""
    from tests.perf import report  # noqa: PLC0415  # found once sys.path is set

    numbers = [int(argument) for argument in sys.argv[1:]] or [20_000, 1, 2]
    report.keep("dirt", bench(numbers[0], numbers[1:] or [1]))


if __name__ == "__main__":
    main()
