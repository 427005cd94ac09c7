"""A build in progress: its stages, what it says, how its errors are told."""

import time
from collections.abc import Callable, Iterator
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager
from dataclasses import dataclass, field

import duckdb

from etl.errors import UserError

Report = Callable[[str], None]


class StageError(Exception):
    """An error that nobody foresaw; its text is the stage it happened in, its cause is chained."""


@dataclass
class Run:
    """One build in progress: where its lines go, and the seconds of each stage."""

    report: Report
    seconds: dict[str, float] = field(default_factory=dict)

    @contextmanager
    def stage(self, name: str) -> Iterator[None]:
        """Times a stage, and tells its errors: see `told`."""
        started = time.perf_counter()
        with told(name):
            yield
        self.seconds[name] = round(time.perf_counter() - started, 3)

    def tell(self, stage: str, detail: str) -> None:
        self.report(f"{stage:<10} {self.seconds[stage]:>8.2f} s  {detail}")


@contextmanager
def told(stage: str) -> Iterator[None]:
    """Errors of disk and engine in words.

    Raises:
        UserError: as it was, or for a disk that is full or cannot be written.
        StageError: anything else.
    """
    try:
        yield
    except (UserError, StageError):
        raise
    except (OSError, BrokenProcessPool, duckdb.IOException, duckdb.OutOfMemoryException) as error:
        raise _disk_error(stage, error) from error
    except Exception as error:
        raise StageError(stage) from error


def _disk_error(stage: str, error: Exception) -> UserError:
    return UserError(
        f"磁盘或内存不足，或不可读写 | disk or memory is full, or cannot be used: {type(error).__name__}",
        where=stage,
        remedy="腾出空间后再运行；正在服务的发布未受影响 | "
        "free some space and run again; the release being served is untouched",
    )
