"""Benchmark of workbooks: a sheet of 100,000 rows into DuckDB, against python-calamine alone.

    python tests/perf/workbooks.py [ROWS]

CPU seconds (user and system) of reading, imports apart, and peak memory of a process each; the least of three
runs, since other work on the machine only adds. Budget: 1.5 × python-calamine's `to_python`, which hands over
the same sheet as Python values. Results go to tests/perf/results/workbooks.json.
"""

import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import xlsxwriter

PROJECT = Path(__file__).resolve().parent.parent.parent
sys.path.insert(0, str(PROJECT))
_RUNS = 3
_HEADER = ["序号", "姓名", "性别", "出生年月", "证件号码", "注册单位", "所属省份", "归属地"]
_HEADER += ["注册类型", "注册号", "注册专业", "有效期至"]
_CALAMINE = """
from python_calamine import CalamineWorkbook
begin()
CalamineWorkbook.from_path({path!r}).get_sheet_by_index(0).{how}
"""
_READER = """
import duckdb
from pathlib import Path
from tempfile import TemporaryDirectory
from etl.sources.readers import Input, header_key, read_file
begin()
with TemporaryDirectory() as scratch, duckdb.connect(config={{"threads": 1}}) as connection:
    path, known = Path({path!r}), {header!r}
    source = Input(connection, path, path.name, Path(scratch), lambda text: header_key(text) in known)
    for sheet in read_file(source):
        assert connection.table(sheet.table).shape[0] == {rows}
"""
_FRAME = """
import resource, time
def begin(): global start; start = time.process_time()
{code}
print(time.process_time() - start, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024)
"""


def write(path: Path, rows: int) -> None:
    """A roster with a title above its header; its values repeat as those of a register do."""
    with xlsxwriter.Workbook(str(path)) as book:
        sheet = book.add_worksheet()
        sheet.write_row(0, 0, ["附件1 名单"])
        sheet.write_row(1, 0, _HEADER)
        for row in range(rows):
            cells = [row + 1, f"合成{row % 5000}", "男", "1980-01", f"99000018000101{row % 9999:04}"]
            cells += [
                f"合成建设有限公司{row % 900}",
                "北京",
                "朝阳区",
                "一级",
                f"京1112020202{row:05}",
                "建筑工程",
            ]
            sheet.write_row(row + 2, 0, [*cells, 46143 + row % 300])


def measure(name: str, code: str) -> dict[str, Any]:
    """The least CPU seconds, and the peak MiB of that process, over some runs."""
    command = [sys.executable, "-c", _FRAME.format(code=code)]
    runs = []
    for _ in range(_RUNS):
        done = subprocess.run(command, check=True, capture_output=True, text=True, cwd=PROJECT)
        runs.append(tuple(map(float, done.stdout.split())))
    seconds, peak = min(runs)
    print(f"  {name:<12} {seconds:6.2f} s {peak:6.0f} MiB", flush=True)
    return {"name": name, "seconds": round(seconds, 2), "peak_mib": round(peak)}


def bench(rows: int) -> dict[str, Any]:
    """All steps on one workbook, in a temporary folder."""
    with tempfile.TemporaryDirectory(prefix="jzs-bench-") as folder:
        path = Path(folder) / "roster.xlsx"
        write(path, rows)
        steps = [
            measure("load", _CALAMINE.format(path=str(path), how="height")),
            measure("to_python", _CALAMINE.format(path=str(path), how="to_python()")),
            measure("reader", _READER.format(path=str(path), header=set(_HEADER), rows=rows)),
        ]
        size = round(path.stat().st_size / 2**20, 1)
    ratio = round(steps[-1]["seconds"] / steps[1]["seconds"], 2)
    return {"rows": rows, "file_mib": size, "steps": steps, "ratio": ratio}


def section(results: Sequence[dict[str, Any]]) -> list[str]:
    """The part of docs/benchmarks.md about workbooks."""
    lines = [
        "## 工作簿 | Workbooks",
        "",
        "| 行数 rows | 文件 file MiB | 步骤 step | CPU 秒 s | 峰值内存 peak MiB |",
        "|---:|---:|---|---:|---:|",
    ]
    for result in results:
        for step in result["steps"]:
            lines.append(
                f"| {result['rows']:,} | {result['file_mib']} | {step['name']} | {step['seconds']:.2f} |"
                f" {step['peak_mib']:,} |"
            )
        lines.append(f"| {result['rows']:,} | | **reader ÷ to_python** | **{result['ratio']:.2f}** | |")
    return [
        *lines,
        "",
        "to_python：python-calamine 单独读出同一张表；reader：检查、读出并写入 DuckDB。限额 1.5 倍。"
        " | to_python: python-calamine alone reads the same sheet; reader: inspected, read, and in DuckDB."
        " Budget 1.5 ×.",
    ]


if __name__ == "__main__":
    from tests.perf.report import keep

    keep("workbooks", [bench(int(size)) for size in sys.argv[1:] or ["100000"]])
