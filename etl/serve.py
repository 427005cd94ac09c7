"""Serving a store for demonstration: front page and catalogue here, dashboard and lookup as child processes.

Only `open/` of the release that the pointer names can be reached through the file server, and the pointer is
read at each request.
"""

import os
import signal
import socket
import subprocess
import sys
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from functools import partial
from http import HTTPStatus
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from io import BytesIO
from typing import Any
from urllib.parse import unquote, urlsplit

from etl.addresses import FRONT, opened
from etl.errors import BadInput, UserError
from etl.publish.catalogue import front_page, missing_page
from etl.publish.release import read_json, served_release
from etl.settings import PROJECT, Store

_FRONT = {"/": "zh", "/en/": "en"}
_PRODUCTS = ("dashboard", "lookup")
_SECURITY_HEADERS = {
    "Content-Security-Policy": "default-src 'none'; style-src 'self'; img-src 'self'; base-uri 'none'; "
    "form-action 'none'; frame-ancestors 'none'",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "Cache-Control": "no-cache",
}
_READY_SECONDS = 90.0
_STOP_SECONDS = 8.0
_POLL_SECONDS = 0.2


@dataclass(frozen=True)
class Product:
    """A child process: what to run, and the path that answers 200 when it is ready."""

    name: str
    port: int
    command: Sequence[str]
    ready: str


@dataclass
class _Stop:
    """Set by Ctrl-C or a request of the system to end."""

    event: threading.Event = field(default_factory=threading.Event)

    def install(self) -> None:
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, lambda *_: self.event.set())


def serve(store: Store, host: str, port: int, public: Mapping[str, str]) -> int:
    """Serves until told to stop; 0 when told, 1 when a product ended by itself.

    `public` gives the public address of each product (front, dashboard, lookup) that stands behind a proxy;
    the others are reached at their own port of whatever host a visitor asked for.

    Raises:
        BadInput: the store has no release, or a port is taken.
        UserError: a product did not become ready.
    """
    served_release(store)
    products = _products(store, host, port)
    for number in (port, *(product.port for product in products)):
        _require_free(host, number)
    stop = _Stop()
    stop.install()
    addresses = {"front": f":{port}"} | {product.name: f":{product.port}" for product in products}
    addresses |= public
    with ExitStack() as stack:
        stack.enter_context(_files(store, host, port, addresses))
        environment = os.environ | {"JZS_STORE": str(store.root), FRONT: addresses["front"]}
        children = [
            (product, stack.enter_context(_child(product, store, environment))) for product in products
        ]
        for product, child in children:
            if not _wait_ready(product, child, host, stop.event):
                return 0
        _print_addresses(host, addresses)
        while not stop.event.wait(_POLL_SECONDS):
            for product, child in children:
                if child.poll() is not None:
                    print(_ended(product, child), file=sys.stderr)
                    return 1
    print("已停止 | stopped")
    return 0


def _products(store: Store, host: str, port: int) -> list[Product]:
    python = [sys.executable, "-m"]
    app = str(PROJECT / "dashboards" / "workforce" / "app.py")
    dashboard = [*python, "streamlit", "run", app, "--server.port", str(port + 1), "--server.address", host]
    quiet = [
        "--server.headless",
        "true",
        "--browser.gatherUsageStats",
        "false",
        "--server.fileWatcherType",
        "none",
    ]
    lookup = [
        *python,
        "dashboards.lookup",
        "--store",
        str(store.root),
        "--port",
        str(port + 2),
        "--host",
        host,
    ]
    return [
        Product("dashboard", port + 1, [*dashboard, *quiet], "/_stcore/health"),
        Product("lookup", port + 2, lookup, "/"),
    ]


def _require_free(host: str, port: int) -> None:
    with socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError as error:
            raise BadInput(
                f"地址不可用 | address cannot be used: {host}:{port} ({error.strerror})",
                "--host / --port",
                remedy="换一个 --port | choose another --port",
            ) from None


@contextmanager
def _child(
    product: Product, store: Store, environment: Mapping[str, str]
) -> Iterator[subprocess.Popen[bytes]]:
    """A product in its own process group, which ends with this block; its output goes to a restricted log."""
    log = store.restricted / "log" / f"{product.name}.log"
    log.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    with log.open("wb") as output:
        child = subprocess.Popen(
            product.command,
            cwd=PROJECT,
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
        try:
            yield child
        finally:
            _end(child)


def _end(child: subprocess.Popen[bytes]) -> None:
    for number in (signal.SIGTERM, signal.SIGKILL):
        try:
            os.killpg(child.pid, number)
        except ProcessLookupError:
            break
        try:
            child.wait(_STOP_SECONDS)
        except subprocess.TimeoutExpired:
            continue
        break
    child.wait()


def _wait_ready(product: Product, child: subprocess.Popen[bytes], host: str, stop: threading.Event) -> bool:
    """Waits until the product answers; False when told to stop first."""
    url = f"http://{_reachable(host)}:{product.port}{product.ready}"
    deadline = time.monotonic() + _READY_SECONDS
    while not stop.wait(_POLL_SECONDS):
        if child.poll() is not None:
            raise UserError(_ended(product, child))
        try:
            with urllib.request.urlopen(url, timeout=5) as answer:
                if answer.status == HTTPStatus.OK:
                    return True
        except (urllib.error.URLError, OSError):
            pass
        if time.monotonic() > deadline:
            raise UserError(f"{product.name}: {_READY_SECONDS:.0f} 秒内没有应答 | no answer in time")
    return False


def _ended(product: Product, child: subprocess.Popen[bytes]) -> str:
    return (
        f"{product.name} 意外结束 | ended by itself, exit code {child.returncode}; "
        f"restricted/log/{product.name}.log"
    )


def _reachable(host: str) -> str:
    """An address to open for one to listen on."""
    name = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(host, host)
    return f"[{name}]" if ":" in name else name


def _print_addresses(host: str, addresses: Mapping[str, str]) -> None:
    base = {name: opened(address, _reachable(host)) for name, address in addresses.items()}
    lines = {"首页 front page": base["front"], "目录 catalogue": f"{base['front']}catalogue/"}
    lines |= {"看板 dashboard": base["dashboard"], "查询 lookup": base["lookup"]}
    for name, address in lines.items():
        print(f"{name:<16}{address}")
    print("按 Ctrl-C 停止 | Ctrl-C stops", flush=True)


@contextmanager
def _files(store: Store, host: str, port: int, addresses: Mapping[str, str]) -> Iterator[None]:
    with file_server(store, host, port, addresses) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        try:
            yield
        finally:
            server.shutdown()


def file_server(store: Store, host: str, port: int, addresses: Mapping[str, str]) -> ThreadingHTTPServer:
    """The server of front page and `open/`; `addresses` are those of the other products."""
    return ThreadingHTTPServer((host, port), partial(_Handler, store=store, addresses=addresses))


class _Handler(SimpleHTTPRequestHandler):
    """Front page at `/` and `/en/`, files of `open/` below; nothing else, and no listings."""

    server_version = "jzs"
    sys_version = ""
    extensions_map = {  # noqa: RUF012
        ".html": "text/html; charset=utf-8",
        ".css": "text/css; charset=utf-8",
        ".svg": "image/svg+xml",
        ".csv": "text/csv; charset=utf-8",
        ".json": "application/json; charset=utf-8",
        ".md": "text/markdown; charset=utf-8",
        ".parquet": "application/vnd.apache.parquet",
        "": "text/plain; charset=utf-8",
    }

    def __init__(self, *arguments: Any, store: Store, addresses: Mapping[str, str]) -> None:
        self._store = store
        self._addresses = addresses
        super().__init__(*arguments)

    def send_head(self) -> Any:
        path = unquote(urlsplit(self.path).path)
        if path in _FRONT:
            return self._send_front(_FRONT[path])
        return super().send_head()

    def translate_path(self, path: str) -> str:
        """The file below `open/` of the current release; what leads out of it does not exist."""
        root = (self._store.current / "open").resolve()
        target = (root / unquote(urlsplit(path).path).lstrip("/")).resolve()
        inside = target == root or root in target.parents
        slash = "/" if path.endswith("/") else ""
        return f"{target}{slash}" if inside else str(root / ".outside")

    def list_directory(self, path: str | os.PathLike[str]) -> None:
        self.send_error(HTTPStatus.NOT_FOUND)

    def send_error(self, code: int, message: str | None = None, explain: str | None = None) -> None:
        """An address that leads nowhere is told as a page, in the language of the address."""
        if code != HTTPStatus.NOT_FOUND:
            super().send_error(code, message, explain)
            return
        page = missing_page(self._frame(), "en" if "/en/" in self.path else "zh")
        body = self._send_page(page, HTTPStatus.NOT_FOUND)
        if self.command != "HEAD":
            self.copyfile(body, self.wfile)

    def end_headers(self) -> None:
        for name, value in _SECURITY_HEADERS.items():
            self.send_header(name, value)
        super().end_headers()

    def log_message(self, format: str, *arguments: Any) -> None:
        """Says nothing: addresses of visitors are not kept."""

    def _frame(self) -> dict[str, Any]:
        frame: dict[str, Any] = read_json(self._store.current / "manifest.json")["frame"]
        return frame

    def _send_front(self, language: str) -> BytesIO:
        host = self.headers.get("Host", "")
        query, folder = ("", "") if language == "zh" else (f"?lang={language}", f"{language}/")
        addresses = {name: opened(self._addresses[name], host) + query for name in _PRODUCTS}
        addresses["catalogue"] = f"/catalogue/{folder}index.html"
        return self._send_page(front_page(self._frame(), language, addresses), HTTPStatus.OK)

    def _send_page(self, page: str, status: HTTPStatus) -> BytesIO:
        """The head of the answer; returns its body."""
        body = page.encode()
        self.send_response(status)
        self.send_header("Content-Type", "text/html; charset=utf-8")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        return BytesIO(body)
