"""Scores of Lighthouse on the pages of the lookup, as on a phone: `python tests/perf/lighthouse.py FOLDER`.

FOLDER holds `node_modules/lighthouse` (`npm install --ignore-scripts lighthouse`, outside the repository). Prints a
table for docs/benchmarks.md, of each page the median of the runs; the exit code is 1 when one is under 95.
"""

import argparse
import json
import subprocess
import tempfile
from collections import defaultdict
from pathlib import Path
from statistics import median

from tests.fixtures.lookup import ENTERPRISE, NUMBER, PROJECT, VALID, publish, register
from tests.fixtures.lookup_server import serving

LEAST = 95
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
    ("项目 project", f"/j/{PROJECT}", "", ""),
    ("说明 about", "/about", "", ""),
)
LANGUAGES = ("zh", "en")


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path, help="folder with node_modules/lighthouse")
    parser.add_argument("--browser", default="/usr/bin/chromium")
    parser.add_argument("--runs", type=int, default=3, help="how often each page is judged (%(default)s)")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder, serving(publish(Path(folder), "1", register())) as address:
        pages = [
            (f"{name} ({lang})", f"{address}{path}?lang={lang}", field, text)
            for lang in LANGUAGES
            for name, path, field, text in PAGES
            for _ in range(options.runs)
        ]
        script = Path(__file__).with_suffix(".mjs")
        command = ["node", str(script), options.browser, json.dumps(pages)]
        run = subprocess.run(command, cwd=options.folder, stdout=subprocess.PIPE, text=True, check=True)
    told = json.loads(run.stdout)
    runs = defaultdict(list)
    for name, *scores in told["scores"]:
        runs[name].append(scores)
    medians = {
        name: [int(median(each)) for each in zip(*scores, strict=True)] for name, scores in runs.items()
    }
    print(f"Lighthouse {told['version']}\n")
    print(
        "| 页面 page | 性能 performance | 无障碍 accessibility | 最佳做法 best practices |\n|---|---:|---:|---:|"
    )
    for name, scores in medians.items():
        print(f"| {name} | {' | '.join(map(str, scores))} |")
    return int(min(map(min, medians.values())) < LEAST)


if __name__ == "__main__":
    raise SystemExit(main())
