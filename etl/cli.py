"""The command `jzs`.

Exit codes: 0 done, 1 refused by a gate or a check, 2 bad usage or unreadable input, 130 interrupted.
"""

import argparse
import os
import sys
import traceback
from collections.abc import Sequence
from datetime import datetime

from etl.commands import (
    attack,
    building,
    corrections,
    keys,
    microdata,
    persons,
    qr,
    releases,
    steward,
    withdraw,
)
from etl.commands.usage import Parser
from etl.errors import BadInput, UserError

INTERRUPTED = 130


def main(arguments: Sequence[str] | None = None) -> int:
    """Runs one command and returns its exit code; an error is told in a few lines, never as a stack trace."""
    options = _parser().parse_args(arguments)
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")  # for small matrices threads are mostly waiting
    try:
        return int(options.run(options) or 0)
    except UserError as error:
        print(error, file=sys.stderr)
        return error.exit_code
    except KeyboardInterrupt:
        print("已中断 | interrupted", file=sys.stderr)
        return INTERRUPTED
    except BrokenPipeError:
        sys.stderr.close()
        return 1
    except OSError as error:
        print(_unusable(error), file=sys.stderr)
        return BadInput.exit_code
    except Exception as error:
        print(_unforeseen(error, options), file=sys.stderr)
        return 1


def _unusable(error: OSError) -> BadInput:
    """A path or address that the system refuses."""
    return BadInput(
        f"无法读写 | cannot be read or written: {error.strerror}",
        str(error.filename or ""),
        remedy="检查路径与权限，或另选一处 | check path and permissions, or choose another place",
    )


def _unforeseen(error: Exception, options: argparse.Namespace) -> str:
    """One line on an unforeseen error; the stack trace goes to the restricted log, where values may stand."""
    cause = error.__cause__ if type(error).__name__ == "StageError" and error.__cause__ else error
    stage = str(error) if cause is not error else options.command
    line = f"{stage}: 未预料的错误 | unforeseen error: {type(cause).__name__}"
    store = getattr(options, "store", None)
    if store is None:
        return line
    path = store.restricted / "log" / f"{datetime.now():%Y%m%dT%H%M%S}-{stage}.log"
    try:
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        path.write_text("".join(traceback.format_exception(error)), encoding="utf-8")
    except OSError:
        return line
    return f"{line}\n  详情 details: {path}"


def _parser() -> argparse.ArgumentParser:
    parser = Parser(
        prog="jzs",
        description="建造师开放数据：登记导出进，带日期的发布出 | register exports in, one dated release out",
        epilog="退出码 exit codes: 0 完成 done, 1 被拒 refused, 2 输入或用法有误 bad input or usage, "
        "130 已中断 interrupted",
    )
    commands = parser.add_subparsers(dest="command", required=True, metavar="命令 COMMAND")
    for module in (building, releases, attack, steward, persons, keys, microdata, withdraw, corrections, qr):
        module.add(commands)
    return parser
