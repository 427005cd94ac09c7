"""Benchmarks: synth, build and rebuild at several sizes, against DuckDB reading the same files once.

Run with `make bench` (sizes 50k, 500k) or `python tests/perf/build.py 50000 500000 5000000`.
Each step is one process tree: wall seconds, and the peak of the summed resident memory of the tree,
sampled five times a second. The reference is the time DuckDB needs to read the same exports, turned
into clean UTF-8 CSV beforehand (not timed), once into typed tables with two threads.
Results go to tests/perf/results/build.json and docs/benchmarks.md.
"""

import csv
import os
import re
import shutil
import subprocess
import sys
import tempfile
import threading
import time
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import duckdb
import python_calamine

PROJECT = Path(__file__).resolve().parent.parent.parent
sys.path.insert(0, str(PROJECT))
JZS = str(Path(sys.executable).parent / "jzs")
AS_OF = "2026-10-31"
_STAGE = re.compile(r"^([a-z]+) +([0-9.]+) s ", re.MULTILINE)


@dataclass(frozen=True)
class Step:
    """One measured process: wall seconds and peak resident memory of its process tree in MiB."""

    name: str
    seconds: float
    peak_mib: float


@dataclass(frozen=True)
class Result:
    """All steps at one register size; `stages`: seconds of the build by stage, as it tells them itself."""

    persons: int
    rows: int
    export_mib: float
    steps: tuple[Step, ...]
    stages: dict[str, float]
    ratio: float
    staging_ratio: float


def tree_rss(root: int) -> int:
    """Resident bytes of a process and its descendants."""
    children: dict[int, list[int]] = {}
    pages: dict[int, int] = {}
    for entry in Path("/proc").iterdir():
        if not entry.name.isdigit():
            continue
        try:
            parent = int((entry / "stat").read_text().rsplit(")", 1)[1].split()[1])
            pages[int(entry.name)] = int((entry / "statm").read_text().split()[1])
        except (OSError, IndexError):
            continue  # the process ended while being read
        children.setdefault(parent, []).append(int(entry.name))
    total, queue = 0, [root]
    while queue:
        process = queue.pop()
        total += pages.get(process, 0)
        queue += children.get(process, [])
    return total * os.sysconf("SC_PAGE_SIZE")


def measure(name: str, command: list[str], told: Path | None = None) -> Step:
    """Run a command, what it tells into the file `told`; raises CalledProcessError if it fails."""
    peak = 0
    start = time.perf_counter()
    with Path(told or os.devnull).open("w", encoding="utf-8") as output:
        process = subprocess.Popen(command, stdout=output)
    ended = threading.Event()

    def sample() -> None:
        nonlocal peak
        while not ended.wait(0.2):
            peak = max(peak, tree_rss(process.pid))

    sampler = threading.Thread(target=sample)
    sampler.start()
    code = process.wait()
    seconds = time.perf_counter() - start
    ended.set()
    sampler.join()
    if code:
        raise subprocess.CalledProcessError(code, command)
    step = Step(name, round(seconds, 2), round(peak / 2**20, 1))
    print(f"  {step.name:<10} {step.seconds:9.2f} s {step.peak_mib:9.0f} MiB", flush=True)
    return step


def as_plain_csv(path: Path, target: Path) -> None:
    """The same cells as UTF-8 CSV without title rows, so that DuckDB can read them unaided."""
    if path.suffix == ".xlsx":
        rows = python_calamine.CalamineWorkbook.from_path(path).get_sheet_by_index(0).to_python()
        widest = max(sum(cell != "" for cell in row) for row in rows)
        header = next(i for i, row in enumerate(rows) if sum(cell != "" for cell in row) == widest)
        with target.open("w", encoding="utf-8", newline="") as out:
            csv.writer(out).writerows(rows[header:])
        return
    raw = path.open("rb")
    with raw, target.open("w", encoding="utf-8", newline="") as out:
        encoding = "utf-8-sig" if raw.read(3) == b"\xef\xbb\xbf" else "gb18030"
        with path.open(encoding=encoding, errors="replace", newline="") as lines:
            shutil.copyfileobj(lines, out, 1 << 20)


def reference(exports: Path, work: Path) -> tuple[Step, int]:
    """DuckDB reads every export once into a typed table; returns the step and the number of rows."""
    statements = []
    for i, path in enumerate(sorted(p for p in exports.rglob("*") if p.is_file())):
        if path.suffix in {".csv", ".xlsx"}:
            plain = work / f"{i}.csv"
            as_plain_csv(path, plain)
            source = f"read_csv('{plain}', header=true, ignore_errors=true, null_padding=true)"
        elif path.suffix == ".parquet":
            source = f"read_parquet('{path}')"
        elif path.suffix in {".jsonl", ".ndjson"}:
            source = f"read_json('{path}', format='newline_delimited')"
        else:
            continue
        statements.append(f"CREATE TABLE t{i} AS SELECT * FROM {source};")
    script = work / "read.py"
    database = work / "reference.duckdb"
    script.write_text(
        f"import duckdb\nconnection = duckdb.connect({str(database)!r}, config={{'threads': 2}})\n"
        f"for statement in {statements!r}:\n    connection.execute(statement)\n",
        encoding="utf-8",
    )
    step = measure("reference", [sys.executable, str(script)])
    with duckdb.connect(str(database), read_only=True) as connection:
        counts = connection.execute("SELECT sum(estimated_size) FROM duckdb_tables()").fetchone()
    return step, int(counts[0]) if counts else 0


def bench(persons: int) -> Result:
    """All steps at one size, in a temporary folder that is removed afterwards."""
    print(f"{persons:,} persons", flush=True)
    with tempfile.TemporaryDirectory(prefix="jzs-bench-") as folder:
        root = Path(folder)
        exports, store, plain = root / "exports", root / "store", root / "plain"
        plain.mkdir()
        build = [JZS, "build", "--source", str(exports), "--store", str(store), "--as-of", AS_OF]
        steps = [
            measure(
                "synth",
                [JZS, "synth", "--out", str(exports), "--persons", str(persons), "--as-of", AS_OF],
            )
        ]
        size = sum(p.stat().st_size for p in exports.rglob("*") if p.is_file()) / 2**20
        read, rows = reference(exports, plain)
        shutil.rmtree(plain)
        told = root / "build.log"
        steps += [read, measure("build", build, told), measure("rebuild", build)]
        stages = {
            stage: float(seconds) for stage, seconds in _STAGE.findall(told.read_text(encoding="utf-8"))
        }
    ratios = (round(seconds / read.seconds, 2) for seconds in (steps[2].seconds, stages["ingest"]))
    return Result(persons, rows, round(size, 1), tuple(steps), stages, *ratios)


def section(results: list[dict[str, Any]]) -> list[str]:
    """The build's section of docs/benchmarks.md."""
    lines = [
        "## 构建 | Build",
        "",
        "| 人数 persons | 行数 rows | 导出 exports MiB | 步骤 step | 秒 s | 峰值内存 peak MiB |",
        "|---:|---:|---:|---|---:|---:|",
    ]
    for result in results:
        about = f"| {result['persons']:,} | {result['rows']:,} | {result['export_mib']:,.0f} |"
        for step in result["steps"]:
            lines.append(f"{about} {step['name']} | {step['seconds']:,.2f} | {step['peak_mib']:,.0f} |")
            if step["name"] == "build":
                lines += [f"{about} └ {name} | {found:,.2f} | |" for name, found in result["stages"].items()]
        for label, ratio in (("build", result["ratio"]), ("ingest", result["staging_ratio"])):
            lines.append(f"| {result['persons']:,} | | | **{label} ÷ reference** | **{ratio:.2f}** | |")
    return [
        *lines,
        "",
        "reference：DuckDB 将同样内容（事先转为 UTF-8 CSV，不计时）读入有类型的表一次。"
        " | DuckDB reads the same content, made UTF-8 CSV beforehand (not timed), once into typed tables.",
        "rebuild：输入不变时再次构建。 | the same build again with nothing changed.",
    ]


def main() -> None:
    """Bench the sizes given as arguments; keep committed results of the other sizes."""
    from tests.perf import report  # noqa: PLC0415  # found once sys.path is set

    results = {r["persons"]: r for r in report.known("build")}
    for persons in [int(a) for a in sys.argv[1:]] or [50_000, 500_000]:
        results[persons] = asdict(bench(persons))
        report.keep("build", [results[size] for size in sorted(results)])


if __name__ == "__main__":
    main()
