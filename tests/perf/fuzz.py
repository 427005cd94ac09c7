"""Fuzzes the lookup for longer than the tests do, and counts what was sent.

    python tests/perf/fuzz.py [TIMES]

TIMES (5): how many times the examples of the tests. The exit code is that of the tests. Results go to
tests/perf/results/fuzz.json.
"""

import os
import re
import subprocess
import sys
import tempfile
from collections import Counter, defaultdict
from collections.abc import Mapping
from importlib.metadata import version
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

PROJECT = Path(__file__).resolve().parent.parent.parent
sys.path.insert(0, str(PROJECT))

from tests.perf.report import keep  # noqa: E402

FUZZERS = ("tests/e2e/test_lookup_fuzz.py", "tests/unit/lookup/test_lookup_parsers.py")


def main(times: int) -> int:
    with tempfile.TemporaryDirectory() as folder:
        report = Path(folder) / "report.xml"
        command = [sys.executable, "-m", "pytest", "-q", "-p", "no:xdist", f"--junitxml={report}", *FUZZERS]
        environment = os.environ | {"JZS_FUZZ": str(times)}
        code = subprocess.run(command, cwd=PROJECT, env=environment, check=False).returncode
        versions = {name: version(name) for name in ("schemathesis", "hypothesis")}
        keep("fuzz", {"times": times, "exit": code, "versions": versions, "answers": answers(report)})
    return code


def answers(report: Path) -> dict[str, dict[str, int]]:
    """Fuzzer -> status -> how many answers, from the report of the tests."""
    sent: dict[str, Counter[str]] = defaultdict(Counter)
    for case in ElementTree.parse(report).iter("testcase"):
        name = re.sub(r"\[.*", "", case.get("name", "")).removeprefix("test_").replace("_", " ")
        for told in case.iter("property"):
            sent[name][told.get("name", "").removeprefix("answered ")] += int(told.get("value", "0"))
    return {name: dict(sorted(counts.items())) for name, counts in sent.items()}


def section(results: Mapping[str, Any]) -> list[str]:
    """The results as markdown."""
    total = sum(sum(counts.values()) for counts in results["answers"].values())
    versions = ", ".join(f"{name} {number}" for name, number in results["versions"].items())
    return [
        "## 查询的模糊测试 | Fuzzing of the lookup",
        "",
        f"{total:,} 个请求 requests; {versions}; `python tests/perf/fuzz.py {results['times']}`; "
        f"退出码 exit code {results['exit']}.",
        "",
        "| 试 fuzzer | 请求 requests | 答复 answers |",
        "|---|---:|---|",
        *(
            f"| {name} | {sum(counts.values()):,} | "
            f"{', '.join(f'{status}: {count:,}' for status, count in counts.items())} |"
            for name, counts in results["answers"].items()
        ),
        "",
        "0：服务器断开而不答（请求未到齐）。每个答复都须合乎 `tests/fixtures/witness.py`。"
        " | 0: hung up on without an answer, for the request did not arrive. Every answer has to satisfy"
        " `tests/fixtures/witness.py`.",
    ]


if __name__ == "__main__":
    sys.exit(main(int(sys.argv[1]) if sys.argv[1:] else 5))
