"""A worker process ends with the process that started it."""

import subprocess
import sys
from pathlib import Path

WORKING = """
import os, time
from etl.workers import workers

if __name__ == "__main__":
    with workers(1) as pool:
        print(pool.submit(os.getpid).result(), flush=True)
        time.sleep(600)
"""


def test_a_worker_ends_when_the_process_that_started_it_is_killed(tmp_path: Path) -> None:
    script = tmp_path / "working.py"
    script.write_text(WORKING, encoding="utf-8")
    with subprocess.Popen([sys.executable, script], stdout=subprocess.PIPE, text=True) as started:
        assert started.stdout is not None
        worker = int(started.stdout.readline())
        assert Path(f"/proc/{worker}").exists()
        started.kill()
        # It ends once nobody holds the other end of the output; the worker does while it lives.
        assert started.communicate(timeout=60) == ("", None)
