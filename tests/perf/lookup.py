"""Benchmark of the lookup: real requests to a real server over one release.

    python tests/perf/lookup.py STORE

Of every kind of request: a steady load of 50 a second, cold (the server just started, its file not in memory) and
warm (requests are sent when due, whether or not earlier ones were answered, and latency counts from when they were
due); then as many as wrk gets answered over 16 connections. Every request comes from a network of its own, under the
shipped settings, and every answer must be 200. The store gets a file of quotas. Client and server share the machine.
Results go to tests/perf/results/lookup.json. Needs wrk (Debian: apt-get install wrk).
"""

import asyncio
import itertools
import json
import os
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from pathlib import Path
from urllib.parse import urlencode

from pysqlite3 import dbapi2 as sqlite3

PROJECT = Path(__file__).resolve().parent.parent.parent
sys.path.insert(0, str(PROJECT))
_RATE, _COLD, _WARM, _FULL, _CONNECTIONS, _EACH = 50, 8, 8, 5, 16, 5_000
_LUA = """
local place = {first}
function request()
  place = place + 1
  local asked = requests[place % #requests + 1]
  local visitor = string.format("10.%d.%d.%d", bit.rshift(place, 8) % 256, place % 256, bit.rshift(place, 16) % 256)
  return (asked:gsub("Host: x", "Host: x\\r\\nX-Forwarded-For: " .. visitor, 1))
end
"""
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


def get(path: str) -> bytes:
    """A question by address, as bytes of HTTP/1.1."""
    return f"GET {path} HTTP/1.1\r\nHost: x\r\n\r\n".encode()


def post(path: str, accept: str = "text/html", **fields: str) -> bytes:
    """A form sent to a path, as bytes of HTTP/1.1."""
    body = urlencode(fields)
    head = f"POST {path} HTTP/1.1\r\nHost: x\r\nAccept: {accept}"
    kind = f"Content-Type: application/x-www-form-urlencoded\r\nContent-Length: {len(body)}"
    return f"{head}\r\n{kind}\r\n\r\n{body}".encode()


def questions(database: Path) -> dict[str, list[bytes]]:
    """Kind of request -> requests, about records drawn from the whole lookup."""
    certificates = drawn(
        database,
        "certificate",
        "holder_public_id, person_name, person_name_pinyin, registration_no, enterprise_name, "
        "(SELECT zh FROM code WHERE list = 'division' AND code = division_code)",
    )
    enterprises = drawn(database, "enterprise", "enterprise_key, enterprise_name")
    projects = drawn(database, "project", "project_key, project_name")
    numbers = [number for _, _, _, number, _, _ in certificates]
    return {
        "编号 number": [post("/search", q=number) for number in numbers],
        "编号 number (JSON)": [post("/search", "application/json", q=number) for number in numbers],
        "姓名 + 末四位 name, last four": [
            post("/search", name=name, tail=number[-4:]) for _, name, _, number, _, _ in certificates
        ],
        "姓名 + 地区 name, division": [
            post("/search", q=f"{name} {place}") for _, name, _, _, _, place in certificates
        ],
        "拼音 + 地区 pinyin, division": [
            post("/search", q=f"{pinyin.split('|')[0]} {place}") for _, _, pinyin, _, _, place in certificates
        ],
        "姓名 + 单位 name, employer": [
            post("/search", name=name, employer=employer)
            for _, name, _, _, employer, _ in certificates
            if employer
        ],
        "企业名 4 字 of an enterprise": [post("/search", q=name[2:6]) for _, name in enterprises],
        "项目名 project by name": [post("/search", q=name) for _, name in projects],
        "核对一人 verify one": [
            post("/verify", pairs=f"{name} {number}") for _, name, _, number, _, _ in certificates
        ],
        "人员页 person": [get(f"/p/{key}") for key, *_ in certificates],
        "企业页 enterprise": [get(f"/e/{key}") for key, _ in enterprises],
        "项目页 project": [get(f"/j/{key}") for key, _ in projects],
    }


def drawn(database: Path, table: str, columns: str) -> list[tuple[str, ...]]:
    """At most `_EACH` rows from everywhere in a table, in a mixed order."""
    with closing(sqlite3.connect(f"file:{database}?mode=ro", uri=True)) as connection:
        (last,) = connection.execute(f"SELECT max(rowid) FROM {table}").fetchone()
        query = f"SELECT {columns} FROM {table} WHERE rowid % ? = 0 LIMIT ?"
        rows = connection.execute(query, (max(1, last // _EACH), _EACH)).fetchall()
    # Rows stand in the order of names: a stride that shares no factor takes them from everywhere.
    return [rows[place * 7919 % len(rows)] for place in range(len(rows))]


_RUNS = itertools.count(1)


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


async def steady(port: int, requests: Sequence[bytes], seconds: int) -> list[float]:
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

    found = await asyncio.gather(*(one(place) for place in range(_RATE * seconds)))
    for connection in idle:
        connection.close()
    return sorted(found)


def full(port: int, requests: Sequence[bytes], seconds: int) -> float:
    """Requests answered per second over `_CONNECTIONS` connections that never wait, asked by wrk."""
    written = ",\n".join(json.dumps(request.decode()) for request in requests)
    with tempfile.NamedTemporaryFile("w", suffix=".lua") as script:
        first = next(Connection.visitors) + (next(_RUNS) << 17)
        script.write(f"local requests = {{\n{written}\n}}\n{_LUA.replace('{first}', str(first))}")
        script.flush()
        command = ["wrk", "-t1", f"-c{_CONNECTIONS}", f"-d{seconds}s", "-s", script.name]
        told = subprocess.run(
            [*command, f"http://127.0.0.1:{port}"], capture_output=True, text=True, check=True
        ).stdout
    if "Non-2xx" in told or "Socket errors" in told:
        raise RuntimeError(told)
    return float(told.partition("Requests/sec:")[2].split()[0])


@contextmanager
def serving(store: Path) -> Iterator[int]:
    """The port of a server of its own over the store's release."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = int(free.getsockname()[1])
    server = subprocess.Popen([sys.executable, "-c", _SERVER, str(store), str(port)], cwd=PROJECT)
    try:
        _wait(port)
        yield port
    finally:
        server.terminate()
        server.wait()


def forget(file: Path) -> None:
    """Lets the system's memory of a file go."""
    with file.open("rb") as opened:
        os.posix_fadvise(opened.fileno(), 0, 0, os.POSIX_FADV_DONTNEED)


def bench(store: Path) -> dict[str, object]:
    """Serves the store's release and measures every kind of request."""
    database = store / "public/current/served/lookup.sqlite"
    rows = []
    for kind, requests in questions(database).items():
        forget(database)
        with serving(store) as port:
            cold = asyncio.run(steady(port, requests, _COLD))
            full(port, requests, 2)
            warm = asyncio.run(steady(port, requests, _WARM))
            rate = full(port, requests, _FULL)
        row = {"kind": kind, "cold_p95": at(cold, 0.95), "p50": at(warm, 0.5), "p95": at(warm, 0.95)}
        rows.append(row | {"p99": at(warm, 0.99), "per_second": round(rate)})
        print(rows[-1], flush=True)
    with closing(sqlite3.connect(f"file:{database}?mode=ro", uri=True)) as connection:
        certificates = connection.execute("SELECT max(rowid) FROM certificate").fetchone()[0]
    return {"certificates": certificates, "rows": rows}


def at(latencies: Sequence[float], share: float) -> float:
    """The quantile of sorted latencies, to a tenth of a millisecond."""
    return round(latencies[int(len(latencies) * share)], 1)


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
        "| 请求 request | 冷 cold p95 ms | p50 ms | p95 ms | p99 ms | 每秒 per second |",
        "|---|---:|---:|---:|---:|---:|",
        *(
            f"| {r['kind']} | {r['cold_p95']} | {r['p50']} | {r['p95']} | {r['p99']} | {r['per_second']:,} |"
            for r in rows
        ),
        "",
        f"p50 p95 p99：每秒 {_RATE} 个请求时的毫秒数；冷：服务刚启动、文件不在内存 | milliseconds at {_RATE} requests a"
        " second; cold: the server just started, its file not in memory.",
        f"每秒：wrk，{_CONNECTIONS} 个连接不停发问 | per second: wrk, {_CONNECTIONS} connections that never wait.",
        "客户端与服务器在同一台机器上 | client and server share the machine.",
    ]


if __name__ == "__main__":
    from tests.perf import report

    report.keep("lookup", bench(Path(sys.argv[1]).resolve()))
