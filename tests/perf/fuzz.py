"""Fuzzes the lookup for longer than the tests do, and tells what was sent: `python tests/perf/fuzz.py --times 20`.

Prints a table for docs/benchmarks.md; the exit code is that of the tests.
"""

import argparse
import os
import re
import subprocess
import sys
import tempfile
from collections import Counter, defaultdict
from pathlib import Path
from xml.etree import ElementTree

from etl.settings import PROJECT

FUZZERS = ("tests/e2e/test_lookup_fuzz.py", "tests/unit/lookup/test_lookup_parsers.py")


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--times", type=int, default=20, help="how many times the examples of the tests")
    times = parser.parse_args().times
    with tempfile.TemporaryDirectory() as folder:
        report = Path(folder) / "report.xml"
        command = [sys.executable, "-m", "pytest", "-q", "-p", "no:xdist", f"--junitxml={report}", *FUZZERS]
        environment = os.environ | {"JZS_FUZZ": str(times)}
        code = subprocess.run(command, cwd=PROJECT, env=environment, check=False).returncode
        print(table(report))
    return code


def table(report: Path) -> str:
    """What each fuzzer sent and how it was answered, from the report of the tests."""
    sent: dict[str, Counter[str]] = defaultdict(Counter)
    for case in ElementTree.parse(report).iter("testcase"):
        name = re.sub(r"\[.*", "", case.get("name", "")).removeprefix("test_").replace("_", " ")
        for told in case.iter("property"):
            sent[name][told.get("name", "")] += int(told.get("value", "0"))
    lines = ["| 试 fuzzer | 请求 requests | 答复 answers |", "|---|---:|---|"]
    for name, answers in sent.items():
        told = ", ".join(
            f"{key.removeprefix('answered ')}: {count:,}" for key, count in sorted(answers.items())
        )
        lines.append(f"| {name} | {sum(answers.values()):,} | {told} |")
    return "\n".join(lines)


if __name__ == "__main__":
    raise SystemExit(main())
