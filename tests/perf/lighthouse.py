"""Scores of Lighthouse on the pages of the lookup, as on a phone.

    python tests/perf/lighthouse.py FOLDER [RUNS]

FOLDER holds `node_modules/lighthouse` (`npm install --ignore-scripts lighthouse`, outside the repository); each page
is judged RUNS times (3), and the medians count. The exit code is 1 when one is under 95. Results go to
tests/perf/results/lighthouse.json.
"""

import json
import os
import subprocess
import sys
import tempfile
from collections import defaultdict
from collections.abc import Mapping
from pathlib import Path
from statistics import median
from typing import Any

PROJECT = Path(__file__).resolve().parent.parent.parent
sys.path.insert(0, str(PROJECT))

from tests.fixtures.lookup import ENTERPRISE, NUMBER, VALID, publish, register  # noqa: E402
from tests.fixtures.lookup import PROJECT as PROJECT_KEY  # noqa: E402
from tests.fixtures.lookup_server import serving  # noqa: E402
from tests.perf.report import keep  # noqa: E402

LEAST = 95
BROWSER = "/usr/bin/chromium"
# Page, path, and what is typed into which field there; nothing where the page is only opened.
PAGES = (
    ("首页 front page", "/", "", ""),
    ("查到一人 one person found", "/", "#q", NUMBER),
    ("查到企业 an enterprise found", "/", "#q", "合成宏洋"),
    ("请补充 one more fact", "/", "#q", "李合成 北京"),
    ("人员 person", f"/p/{VALID}", "", ""),
    ("核对 verify", "/verify", "", ""),
    ("核对结果 verified", "/verify", "#pairs", f"曾国合 {NUMBER}"),
    ("企业 enterprise", f"/e/{ENTERPRISE}", "", ""),
    ("项目 project", f"/j/{PROJECT_KEY}", "", ""),
    ("说明 about", "/about", "", ""),
)
LANGUAGES = ("zh", "en")


def main(modules: Path, runs: int) -> int:
    with tempfile.TemporaryDirectory() as folder, serving(publish(Path(folder), "1", register())) as address:
        pages = [
            (f"{name} ({lang})", f"{address}{path}?lang={lang}", field, text)
            for lang in LANGUAGES
            for name, path, field, text in PAGES
            for _ in range(runs)
        ]
        command = ["node", str(Path(__file__).with_suffix(".mjs")), BROWSER, json.dumps(pages)]
        run = subprocess.run(command, cwd=modules, stdout=subprocess.PIPE, text=True, check=True)
    told = json.loads(run.stdout)
    judged = defaultdict(list)
    for name, *scores in told["scores"]:
        judged[name].append(scores)
    medians = {
        name: [int(median(each)) for each in zip(*scores, strict=True)] for name, scores in judged.items()
    }
    browser = subprocess.run(
        [BROWSER, "--version"], capture_output=True, text=True, check=True
    ).stdout.strip()
    load = round(os.getloadavg()[1], 1)
    facts = {"version": told["version"], "browser": browser, "runs": runs, "load": load}
    keep("lighthouse", facts | {"scores": medians})
    return int(min(map(min, medians.values())) < LEAST)


def section(results: Mapping[str, Any]) -> list[str]:
    """The results as markdown."""
    return [
        "## 查询的 Lighthouse | Lighthouse on the lookup",
        "",
        f"Lighthouse {results['version']}, {results['browser']}, 手机 phone (simulated slow 4G, 4 × slower processor); "
        f"{results['runs']} 次的中位数 median of runs; `python tests/perf/lighthouse.py FOLDER {results['runs']}`; "
        f"机器负载 load of the machine {results['load']}, 2 核 cores（忙则分低 a busy machine scores lower）.",
        "",
        "| 页 page | 性能 performance | 无障碍 accessibility | 最佳做法 best practices |",
        "|---|---:|---:|---:|",
        *(f"| {name} | {' | '.join(map(str, scores))} |" for name, scores in results["scores"].items()),
    ]


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1]), int(sys.argv[2]) if sys.argv[2:] else 3))
