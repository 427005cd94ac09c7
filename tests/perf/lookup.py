"""Benchmark of the lookup: real requests to a real server over one release.

    python tests/perf/lookup.py STORE

First a steady load of 50 requests a second (requests are sent when due, whether or not earlier ones were
answered, and latency counts from when they were due), then as many as 16 connections get answered. Every
request comes from a network of its own, under the shipped settings, and every answer must be 200. The store gets a
file of quotas. Client and server share the machine. Results go to tests/perf/results/lookup.json.
"""

import asyncio
import itertools
import socket
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from urllib.parse import urlencode

from pysqlite3 import dbapi2 as sqlite3

PROJECT = Path(__file__).resolve().parent.parent.parent
sys.path.insert(0, str(PROJECT))
_RATE, _SECONDS, _CONNECTIONS, _PERSONS = 50, 30, 16, 5_000
_SERVER = """
import sys
from pathlib import Path
import uvicorn
from dashboards.lookup.server import configure, create
from dashboards.lookup.settings import load_settings
from etl.settings import Store
datasette = create(Store(Path(sys.argv[1])), load_settings())
uvicorn.Server(configure(datasette, "127.0.0.1", int(sys.argv[2]), "127.0.0.1")).run()
"""


def post(path: str, **fields: str) -> bytes:
    """A form sent to a path, as bytes of HTTP/1.1."""
    body = urlencode(fields)
    head = f"POST {path} HTTP/1.1\r\nHost: x\r\nContent-Type: application/x-www-form-urlencoded"
    return f"{head}\r\nContent-Length: {len(body)}\r\n\r\n{body}".encode()


def questions(database: Path) -> dict[str, list[bytes]]:
    """Kind of request -> requests, about certificates drawn from the whole lookup."""
    with sqlite3.connect(f"file:{database}?mode=ro", uri=True) as connection:
        last = connection.execute("SELECT max(rowid) FROM certificate").fetchone()[0]
        step = max(1, last // _PERSONS)
        rows = connection.execute(
            "SELECT holder_public_id, person_name, registration_no FROM certificate WHERE rowid % ? = 0",
            (step,),
        ).fetchall()
    # Certificates stand in the order of names: a stride that shares no factor takes them from everywhere.
    mixed = [rows[place * 7919 % len(rows)] for place in range(len(rows))]
    return {
        "按号码查 by number": [post("/search", number=number) for _, _, number in mixed],
        "按姓名加一项查 by name and one fact": [
            post("/search", name=name, tail=number[-4:]) for _, name, number in mixed
        ],
        "证书页 certificate page": [
            f"GET /p/{public_id} HTTP/1.1\r\nHost: x\r\n\r\n".encode() for public_id, _, _ in mixed
        ],
    }


class Connection:
    """One kept-alive connection to the server, on which a proxy asks for one visitor after the other."""

    visitors = itertools.count()

    def __init__(self, port: int) -> None:
        self._port = port
        self._streams: tuple[asyncio.StreamReader, asyncio.StreamWriter] | None = None

    async def ask(self, request: bytes) -> None:
        """Sends a request and reads its whole answer. Raises RuntimeError unless it is 200."""
        if self._streams is None or self._streams[0].at_eof():  # the server closes what stays idle
            self._streams = await asyncio.open_connection("127.0.0.1", self._port)
        reader, writer = self._streams
        place = next(self.visitors)
        visitor = f"X-Forwarded-For: 10.{place >> 8 & 255}.{place & 255}.{place >> 16 & 255}"
        writer.write(request.replace(b"Host: x", b"Host: x\r\n" + visitor.encode(), 1))
        head = (await reader.readuntil(b"\r\n\r\n")).decode().lower()
        length = int(head.split("content-length: ")[1].split("\r\n")[0])
        await reader.readexactly(length)
        if not head.startswith("http/1.1 200"):
            raise RuntimeError(head.splitlines()[0])

    def close(self) -> None:
        if self._streams is not None:
            self._streams[1].close()


async def steady(port: int, requests: Sequence[bytes]) -> list[float]:
    """Latencies in milliseconds under `_RATE` requests a second, sorted."""
    idle = [Connection(port) for _ in range(64)]
    start = time.perf_counter() + 0.1

    async def one(place: int) -> float:
        due = start + place / _RATE
        await asyncio.sleep(max(0.0, due - time.perf_counter()))
        connection = idle.pop()
        await connection.ask(requests[place % len(requests)])
        idle.append(connection)
        return (time.perf_counter() - due) * 1000

    found = await asyncio.gather(*(one(place) for place in range(_RATE * _SECONDS)))
    for connection in idle:
        connection.close()
    return sorted(found)


async def full(port: int, requests: Sequence[bytes]) -> float:
    """Requests answered per second over `_CONNECTIONS` connections that never wait."""
    end = time.perf_counter() + 10

    async def worker(place: int) -> int:
        connection, done = Connection(port), 0
        while time.perf_counter() < end:
            await connection.ask(requests[(place + done * _CONNECTIONS) % len(requests)])
            done += 1
        connection.close()
        return done

    return sum(await asyncio.gather(*(worker(place) for place in range(_CONNECTIONS)))) / 10


def bench(store: Path) -> dict[str, object]:
    """Serves the store's release and measures every kind of request."""
    database = store / "public/current/served/lookup.sqlite"
    kinds = questions(database)
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    server = subprocess.Popen([sys.executable, "-c", _SERVER, str(store), str(port)], cwd=PROJECT)
    try:
        _wait(port)
        rows = []
        for kind, requests in kinds.items():
            asyncio.run(full(port, requests[:200]))
            found = asyncio.run(steady(port, requests))
            rate = asyncio.run(full(port, requests))
            p50, p95, p99 = (round(found[int(len(found) * share)], 1) for share in (0.5, 0.95, 0.99))
            rows.append({"kind": kind, "p50": p50, "p95": p95, "p99": p99, "per_second": round(rate)})
            print(rows[-1], flush=True)
    finally:
        server.terminate()
        server.wait()
    with sqlite3.connect(f"file:{database}?mode=ro", uri=True) as connection:
        certificates = connection.execute("SELECT max(rowid) FROM certificate").fetchone()[0]
    return {"certificates": certificates, "rows": rows}


def _wait(port: int) -> None:
    deadline = time.monotonic() + 60
    while True:
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
        except OSError:
            if time.monotonic() > deadline:
                raise
            time.sleep(0.2)
        else:
            return


def section(results: dict[str, object]) -> list[str]:
    """The lookup's section of docs/benchmarks.md."""
    rows = results["rows"]
    assert isinstance(rows, list)
    return [
        "## 查询 | Lookup",
        "",
        f"{results['certificates']:,} 个证书 certificates; 一个服务进程 one server process.",
        "",
        "| 请求 request | p50 ms | p95 ms | p99 ms | 每秒 per second |",
        "|---|---:|---:|---:|---:|",
        *(f"| {r['kind']} | {r['p50']} | {r['p95']} | {r['p99']} | {r['per_second']:,} |" for r in rows),
        "",
        f"p50 p95 p99：每秒 {_RATE} 个请求时的毫秒数 | milliseconds at {_RATE} requests a second.",
        f"每秒：{_CONNECTIONS} 个连接不停发问 | per second: {_CONNECTIONS} connections that never wait.",
        "客户端与服务器在同一台机器上 | client and server share the machine.",
    ]


if __name__ == "__main__":
    from tests.perf import report

    report.keep("lookup", bench(Path(sys.argv[1]).resolve()))
