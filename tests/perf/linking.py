"""How well linking finds the persons again when ID numbers are gone, against the synthetic truth.

    python tests/perf/linking.py [PERSONS] [SEED ...]
    python tests/perf/linking.py large [PERSONS]
    python tests/perf/linking.py enterprises [PERSONS]

Synthetic rosters are ingested, spoilt at five levels (tests/fixtures/linking.py), linked as in a build, and the
persons found are held against the ID numbers before they were taken away; the registers of all seeds together.
`large` links one register of the middle level in a process of its own; `enterprises` finds those of roster rows
whose code was taken away. Results go to tests/perf/results/linking.json.
"""

import resource
import shutil
import sys
import tempfile
from concurrent.futures import ProcessPoolExecutor
from dataclasses import asdict
from multiprocessing import get_context
from pathlib import Path
from typing import Any

PROJECT = Path(__file__).resolve().parent.parent.parent
sys.path.insert(0, str(PROJECT))


def bench(persons: int, seeds: list[int]) -> dict[str, Any]:
    """Quality at every level, in the order of the levels."""
    from tests.fixtures import linking  # noqa: PLC0415  # found once sys.path is set

    found: list[dict[str, Any]] = []
    with tempfile.TemporaryDirectory(prefix="jzs-linking-") as work:
        folders = {seed: Path(work) / str(seed) for seed in seeds}
        registers = {seed: linking.exports(folder, persons, seed) for seed, folder in folders.items()}
        for dirt in linking.LEVELS:
            rows = []
            started = _cpu()
            for seed, folder in folders.items():
                store = linking.dirty(folder, registers[seed], dirt)
                linking.link(store, registers[seed])
                rows.append(linking.quality(folder, store))
                shutil.rmtree(store.root)
            found.append(
                {**asdict(dirt), **asdict(linking.together(rows)), "cpu_seconds": round(_cpu() - started, 1)}
            )
            print(found[-1], flush=True)
    return {"persons": persons * len(seeds), "levels": found}


def large(persons: int) -> dict[str, Any]:
    """One register of the middle level, linked in a fresh process: quality, CPU seconds, peak memory in GiB."""
    from tests.fixtures import linking  # noqa: PLC0415  # found once sys.path is set

    dirt = linking.LEVELS[len(linking.LEVELS) // 2]
    with tempfile.TemporaryDirectory(prefix="jzs-linking-") as work:
        folder = Path(work)
        store = linking.dirty(folder, linking.exports(folder, persons), dirt)
        with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as pool:
            cpu_seconds, peak_gib = pool.submit(_linked, store).result()
        quality = linking.together([linking.quality(folder, store)])
    return {
        "persons": persons,
        **asdict(dirt),
        **asdict(quality),
        "cpu_seconds": cpu_seconds,
        "peak_gib": peak_gib,
    }


def enterprises(persons: int) -> dict[str, Any]:
    """Enterprises found by name at every level at which codes are taken away."""
    from tests.fixtures import linking  # noqa: PLC0415  # found once sys.path is set

    with tempfile.TemporaryDirectory(prefix="jzs-linking-") as work:
        folder = Path(work)
        records = ("registration", "enterprise", "event")
        register = linking.exports(folder, persons, records=records)
        found = []
        for dirt in linking.LEVELS[1:]:
            store = linking.dirty(folder, register, dirt)
            found.append(asdict(dirt) | asdict(linking.enterprises(folder, store, register)))
            shutil.rmtree(store.root)
            print(found[-1], flush=True)
    return {"persons": persons, "levels": found}


def _linked(store: Any) -> tuple[float, float]:
    """CPU seconds and peak memory of linking a store, models that linking reads included."""
    from etl import metadata  # noqa: PLC0415
    from etl.settings import METADATA  # noqa: PLC0415
    from tests.fixtures import linking  # noqa: PLC0415

    started = _cpu()
    linking.link(store, metadata.load(METADATA))
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20
    return round(_cpu() - started, 1), round(peak, 2)


def _cpu() -> float:
    used = resource.getrusage(resource.RUSAGE_SELF)
    return used.ru_utime + used.ru_stime


def section(results: dict[str, Any]) -> list[str]:
    """The section of docs/benchmarks.md on linking."""
    lines = [
        "## 认人 | Linking of persons",
        "",
        f"{results['persons']:,} 人 persons; 五级脏数据 five levels of dirt: 名册缺证件号、姓名受损、单位名另写的比例"
        " | shares of rosters without ID, of damaged names, of units written otherwise.",
        "",
        "| 缺号 no ID | 姓名 names | 单位 units | 精确率 precision | 召回率 recall | 无号者 without ID: 精确 precision"
        " | 召回 recall | B³ 精确 | B³ 召回 | 误认 wrong | 待判 review | 其中同人 right | CPU 秒 s |",
        "|---:|---:|---:|---:|---:|---:|---:|---:|---:|---:|---:|---:|---:|",
    ]
    whole = results.get("large")
    for row in [*results["levels"], *([whole] if whole else [])]:
        shares = " | ".join(f"{row[name]:.0%}" for name in ("ids", "names", "units"))
        rates = " | ".join(
            f"{row[name]:.4f}"
            for name in (
                "precision",
                "recall",
                "among_precision",
                "among_recall",
                "b_precision",
                "b_recall",
            )
        )
        lines.append(
            f"| {shares} | {rates} | {row['wrong']:,} | {row['reviewed']:,} | {row['rescued']:,}"
            f" | {row['cpu_seconds']:,.1f} |"
        )
    return [
        *lines,
        "",
        "按证书对计；B³ 按证书平均。| Pairs of certificates; B-cubed is the mean over certificates.",
        "无号者：至少一方缺证件号的证书对。| Without ID: pairs of which at least one certificate carries none.",
        *_of_large(whole),
        *_of_enterprises(results.get("enterprises")),
    ]


def _of_enterprises(results: dict[str, Any] | None) -> list[str]:
    if results is None:
        return []
    lines = [
        "",
        "### 认企业 | Enterprises by name",
        "",
        f"{results['persons']:,} 人 persons. 名册行失去信用代码，名称的括号改半角、有限公司改有限责任公司；"
        "旧名：名录中已更名的。"
        " | Roster rows lose their code, and their names have narrow brackets and the longer legal form; former:"
        " names the enterprise no longer has.",
        "",
        "| 单位 units | 行 rows | 认出 joined | 精确率 precision | 召回率 recall | 名称未改 name kept: 行 rows"
        " | 召回 recall"
        " | 其中旧名 former: 行 rows | 召回 recall |",
        "|---:|---:|---:|---:|---:|---:|---:|---:|---:|",
    ]
    for row in results["levels"]:
        precision, recall, same, former = (
            row[part] / row[whole] if row[whole] else 1.0
            for part, whole in (
                ("right", "joined"),
                ("right", "rows"),
                ("same_right", "same"),
                ("former_right", "former"),
            )
        )
        lines.append(
            f"| {row['units']:.0%} | {row['rows']:,} | {row['joined']:,} | {precision:.4f} | {recall:.4f}"
            f" | {row['same']:,} | {same:.4f} | {row['former']:,} | {former:.4f} |"
        )
    return lines


def _of_large(whole: dict[str, Any] | None) -> list[str]:
    if whole is None:
        return []
    return [
        "",
        f"末行：{whole['persons']:,} 人的一册，内存峰值 {whole['peak_gib']:.1f} GiB。"
        f" | Last row: one register of {whole['persons']:,} persons, peak memory {whole['peak_gib']:.1f} GiB.",
    ]


if __name__ == "__main__":
    from tests.perf import report

    arguments = sys.argv[1:]
    parts = {"large": (large, "500000"), "enterprises": (enterprises, "50000")}
    if arguments and arguments[0] in parts:
        measure, persons = parts[arguments[0]]
        found = report.known("linking") | {arguments[0]: measure(int((arguments[1:] or [persons])[0]))}
    else:
        numbers = [int(argument) for argument in arguments] or [50_000, 1, 2, 3]
        found = report.known("linking") | bench(numbers[0], numbers[1:] or [1])
    report.keep("linking", found)
