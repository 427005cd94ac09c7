"""Benchmark of the dashboard: real websocket sessions and a real browser on one release.

    python tests/perf/dashboard.py STORE

For each page: 50 sessions connect and ask at once, and each is timed until its first run has ended (first answer);
then one session runs the page again and again, and the server's processor time is divided by the runs (rerun); and
a browser with an empty cache loads the page, with all that comes over the wire counted (wire). Client and server
share the machine. Results go to tests/perf/results/dashboard.json.
"""

import asyncio
import os
import sys
import time
from pathlib import Path

import httpx
from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from websockets.asyncio.client import ClientConnection, connect
from websockets.typing import Subprotocol

PROJECT = Path(__file__).resolve().parent.parent.parent
sys.path.insert(0, str(PROJECT))
_SESSIONS, _RERUNS = 50, 30
_PAGES = ("", "specialties", "regions", "mobility", "ages", "quality")


async def run(session: ClientConnection, page: str) -> None:
    """Asks for one run of a page and reads everything until it has ended; raises RuntimeError when it failed."""
    message = BackMsg()
    message.rerun_script.query_string = "lang=zh"
    message.rerun_script.page_name = page
    await session.send(message.SerializeToString())
    while True:
        data = await session.recv()
        assert isinstance(data, bytes)
        answer = ForwardMsg.FromString(data)
        if answer.WhichOneof("type") == "script_finished":
            if answer.script_finished != ForwardMsg.FINISHED_SUCCESSFULLY:
                raise RuntimeError(f"{page}: the run did not end well")
            return


def opened(address: str) -> connect:
    url = f"{address.replace('http', 'ws')}/_stcore/stream"
    return connect(url, subprotocols=[Subprotocol("streamlit")], max_size=None, open_timeout=60)


async def first_answers(address: str, page: str) -> list[float]:
    """Seconds from connecting to the end of the first run, of sessions that all come at once, sorted."""

    async def one() -> float:
        start = time.perf_counter()
        async with opened(address) as session:
            await run(session, page)
            return time.perf_counter() - start

    return sorted(await asyncio.gather(*(one() for _ in range(_SESSIONS))))


def process(port: str) -> Path:
    """Where the system tells of the server that was started for a port."""
    wanted = f"--server.port\0{port}\0".encode()
    return next(path.parent for path in Path("/proc").glob("[0-9]*/cmdline") if wanted in path.read_bytes())


def processor(server: Path) -> float:
    """Seconds that a process has had of the processor."""
    ticks = (server / "stat").read_text().rpartition(")")[2].split()[11:13]
    return sum(map(int, ticks)) / os.sysconf("SC_CLK_TCK")


async def rerun(address: str, page: str, server: Path) -> float:
    """Processor milliseconds of the server for one more run of a page in a session that is open."""
    async with opened(address) as session:
        await run(session, page)
        before = processor(server)
        for _ in range(_RERUNS):
            await run(session, page)
        return (processor(server) - before) / _RERUNS * 1000


def wire(address: str) -> dict[str, int]:
    """Bytes over the wire for each page, loaded by a browser that has nothing yet."""
    from tests.fixtures.browser import chromium  # noqa: PLC0415
    from tests.fixtures.dashboard_server import DRAWN  # noqa: PLC0415

    found = {}
    with chromium() as browser:
        for page in _PAGES:
            context = browser.new_context(viewport={"width": 1366, "height": 900})
            tab = context.new_page()
            loaded: list[float] = []
            network = context.new_cdp_session(tab)
            network.send("Network.enable")
            network.on(
                "Network.loadingFinished", lambda event, to=loaded: to.append(event["encodedDataLength"])
            )
            tab.on("websocket", lambda s, to=loaded: s.on("framereceived", lambda data: to.append(len(data))))
            tab.goto(f"{address}/{page}?lang=zh")
            tab.wait_for_function(DRAWN, timeout=60_000)
            found[page] = round(sum(loaded))
            context.close()
    return found


def bench(store: Path) -> dict[str, object]:
    """Serves the store's release and measures every page."""
    from tests.fixtures.dashboard_server import serving  # noqa: PLC0415

    with serving(store) as address:
        server = process(address.rsplit(":", 1)[1])
        sizes = wire(address)
        rows = []
        for page in _PAGES:
            answers = asyncio.run(first_answers(address, page))
            p50, p95 = (round(answers[int(len(answers) * share)], 2) for share in (0.5, 0.95))
            cpu = round(asyncio.run(rerun(address, page, server)))
            rows.append({"page": page or "/", "p50": p50, "p95": p95, "rerun": cpu, "wire": sizes[page]})
            print(rows[-1], flush=True)
        version = httpx.get(f"{address}/health").text
    return {"version": version, "sessions": _SESSIONS, "rows": rows}


def section(results: dict[str, object]) -> list[str]:
    """The dashboard's section of docs/benchmarks.md."""
    rows = results["rows"]
    assert isinstance(rows, list)
    return [
        "## 看板 | Dashboard",
        "",
        f"{results['sessions']} 个会话同时打开 sessions at once; 一个服务进程 one server process.",
        "",
        "| 页 page | 首答 first answer p50 s | p95 s | 再算 rerun CPU ms | 传输 wire MB |",
        "|---|---:|---:|---:|---:|",
        *(f"| {r['page']} | {r['p50']} | {r['p95']} | {r['rerun']} | {r['wire'] / 1e6:.2f} |" for r in rows),
        "",
        "首答：从连接到第一次运行结束，全部会话同时开始。限额 p95 3 秒。"
        " | First answer: from connecting to the end of the first run, all sessions at once. Budget p95 3 s.",
        "再算：服务进程每次运行的处理器毫秒数。限额 60。"
        " | Rerun: processor milliseconds of the server for one run. Budget 60.",
        "传输：空缓存的浏览器载入该页的全部字节。限额 3 MB。"
        " | Wire: all bytes for the page, by a browser with an empty cache. Budget 3 MB.",
        "客户端与服务器在同一台机器上 | client and server share the machine.",
    ]


if __name__ == "__main__":
    from tests.perf import report

    report.keep("dashboard", bench(Path(sys.argv[1]).resolve()))
