"""docs/benchmarks.md from the committed results: a benchmark is a module here with a `section` for its results."""

import json
import os
import platform
from importlib import import_module
from pathlib import Path
from typing import Any

import duckdb

PROJECT = Path(__file__).resolve().parent.parent.parent
RESULTS = PROJECT / "tests/perf/results"


def known(name: str) -> Any:
    """The committed results of a benchmark; an empty list before its first run."""
    path = RESULTS / f"{name}.json"
    return json.loads(path.read_text(encoding="utf-8")) if path.exists() else []


def keep(name: str, results: Any) -> None:
    """Writes the results of the benchmark `name`, and the document anew from those of all."""
    RESULTS.mkdir(exist_ok=True)
    path = RESULTS / f"{name}.json"
    path.write_text(json.dumps(results, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
    gib = round(os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30)
    lines = [
        "# 性能基准 | Benchmarks",
        "",
        f"机器 | machine: {os.cpu_count()} 核 cores, {gib} GiB, Python {platform.python_version()},"
        f" DuckDB {duckdb.__version__}. 单次运行 | one run each: `make bench`.",
    ]
    for path in sorted(RESULTS.glob("*.json")):
        lines += ["", *import_module(f"tests.perf.{path.stem}").section(known(path.stem))]
    (PROJECT / "docs/benchmarks.md").write_text("\n".join(lines) + "\n", encoding="utf-8")
