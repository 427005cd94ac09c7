"""The access log: a line of JSON a request, without paths, questions, browsers or addresses.

Each day (UTC) has a file of its own, and addresses stand in it under the pseudonyms of that day. Of the pages where a
request for correction is filed, whose own file has a time, there is no line. Processes share the file: a line is one
write at its end, which the system does not mix with another.
"""

import json
import logging
import os
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

from pysqlite3 import dbapi2 as sqlite3

from dashboards.lookup.guard.quota import network
from dashboards.lookup.guard.quota_file import NotCounted
from dashboards.lookup.settings import Logging
from dashboards.lookup.telemetry.observing import Passage

log = logging.getLogger("jzs.lookup")

# The exact length of a page would fit few persons.
_ROUNDED = 1024


class AccessLog:
    """`write` adds a line to the file of the day in `folder`; files older than `settings.days` are removed.

    `pseudonym` names a text until the end of the day; `clock` tells the seconds since 1970 (UTC). A file that cannot
    be written, or is full, is reported, and nobody's answer waits for it.
    """

    def __init__(
        self, settings: Logging, folder: Path, pseudonym: Callable[[str], str], clock: Callable[[], float]
    ) -> None:
        self._settings = settings
        self._folder = folder
        self._pseudonym = pseudonym
        self._clock = clock
        self._day = ""
        self._file = -1
        self._is_full = False

    def write(self, passage: Passage) -> None:
        if passage.route in self._settings.unlogged:
            return
        moment = datetime.fromtimestamp(self._clock(), UTC)
        try:
            self._turn_to(moment)
            if not self._is_full:
                os.write(self._file, f"{json.dumps(self._line(moment, passage))}\n".encode())
                self._look_at_size()
        except (OSError, sqlite3.Error, NotCounted) as error:
            log.error("访问日志不能写 | the access log cannot be written: %s", type(error).__name__)

    def _line(self, moment: datetime, passage: Passage) -> dict[str, str | int]:
        return {
            "time": f"{moment:%Y-%m-%dT%H:%M:%SZ}",
            "method": passage.method,
            "route": passage.route,
            "status": passage.status,
            "bytes": -(-passage.size // _ROUNDED) * _ROUNDED,
            "milliseconds": round(passage.seconds * 1000),
            "address": self._named(passage.address, *self._settings.address),
            "network": self._named(passage.address, *self._settings.network),
        }

    def _look_at_size(self) -> None:
        """A flood of requests must not fill the disk."""
        if os.fstat(self._file).st_size >= self._settings.most_bytes:
            self._is_full = True
            log.error("访问日志已满，今日不再写 | the access log is full for today")

    def _named(self, address: str, ipv4: int, ipv6: int) -> str:
        return self._pseudonym(f"{ipv4} {network(address, ipv4, ipv6)}")

    def _turn_to(self, moment: datetime) -> None:
        """Opens the file of a day, once, and removes those that are too old."""
        day = f"{moment:%Y-%m-%d}"
        if day == self._day:
            return
        self._folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        if self._file >= 0:
            os.close(self._file)
        self._file = os.open(self._folder / f"{day}.jsonl", os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
        self._day, self._is_full = day, False
        oldest = f"{moment - timedelta(self._settings.days):%Y-%m-%d}"
        for path in self._folder.glob("*.jsonl"):
            if path.stem < oldest:
                path.unlink(missing_ok=True)
