"""The door in front of Streamlit: page shell in the visitor's language, compression, security headers."""

import base64
import gzip
import hashlib
import re
from collections.abc import Callable, Mapping
from functools import lru_cache
from html import escape
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs

import streamlit
from starlette.datastructures import MutableHeaders
from starlette.responses import HTMLResponse, PlainTextResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

STATIC = Path(streamlit.__file__).parent / "static"
COMPRESSED = frozenset({".js", ".css", ".json", ".svg", ".txt"})
TYPES = {".js": "text/javascript", ".css": "text/css", ".json": "application/json", ".svg": "image/svg+xml"}
HTML_LANGUAGE = {"zh": "zh-CN", "en": "en"}
INLINE = re.compile(r"<script>(.*?)</script>", re.DOTALL)
# Where the server is. Without it the front end asks below the page's own path first, and is told 404 twice.
ORIGIN = "window.__streamlit = { BACKEND_BASE_URL: window.location.origin };"

Shell = Callable[[str, str], Response | None]


class Door:
    """ASGI middleware. `shell(path, lang)` answers requests for pages, or None for what is Streamlit's."""

    def __init__(self, app: ASGIApp, shell: Shell) -> None:
        self.app = app
        self.shell = shell
        self.policy = content_security_policy()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return

        async def send_with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                for name, value in self.headers.items():
                    headers.setdefault(name, value)
            await send(message)

        answer = self.answer(scope)
        await (answer or self.app)(scope, receive, send_with_headers)

    @property
    def headers(self) -> Mapping[str, str]:
        return {
            "Content-Security-Policy": self.policy,
            "X-Content-Type-Options": "nosniff",
            "Referrer-Policy": "same-origin",
            "Permissions-Policy": "camera=(), microphone=(), geolocation=()",
        }

    def answer(self, scope: Scope) -> Response | None:
        """Our own answer to a request, None to let Streamlit answer."""
        path = scope["path"]
        if path.startswith("/_stcore/agent/"):
            return PlainTextResponse("not found", 404)
        if scope["method"] not in ("GET", "HEAD"):
            return None
        if path.startswith("/static/"):
            accepted = dict(scope["headers"]).get(b"accept-encoding", b"").decode("latin-1")
            return _compressed_asset(path.removeprefix("/static/")) if "gzip" in accepted else None
        return self.shell(path, language(scope))


def language(scope: Scope) -> str:
    """Language asked for in the URL; Chinese unless it says otherwise."""
    asked = parse_qs(scope.get("query_string", b"").decode("latin-1")).get("lang", [""])[-1]
    return asked if asked in HTML_LANGUAGE else "zh"


def _compressed_asset(name: str) -> Response | None:
    """A file of Streamlit's front end, compressed once and kept; None for what does not compress."""
    path = STATIC / "static" / name
    if path.suffix not in COMPRESSED or ".." in name or not path.is_file():
        return None
    headers = {
        "Content-Encoding": "gzip",
        "Cache-Control": "public, max-age=31536000, immutable",
        "Vary": "Accept-Encoding",
    }
    return Response(compressed(path), headers=headers, media_type=TYPES.get(path.suffix, "text/plain"))


@lru_cache(maxsize=512)
def compressed(path: Path) -> bytes:
    """Gzip of a file that does not change while the process lives."""
    return gzip.compress(path.read_bytes(), 6, mtime=0)


@lru_cache(maxsize=1)
def content_security_policy() -> str:
    """Everything from this origin only; the inline scripts, Streamlit's and ours, by their hashes."""
    scripts = [
        "'sha256-" + base64.b64encode(hashlib.sha256(script.encode()).digest()).decode() + "'"
        for script in (*INLINE.findall(_index()), ORIGIN)
    ]
    return "; ".join(
        [
            "default-src 'self'",
            f"script-src 'self' {' '.join(scripts)} blob:",
            "style-src 'self' 'unsafe-inline'",
            "img-src 'self' data: blob:",
            "font-src 'self' data:",
            "connect-src 'self'",
            "worker-src 'self' blob:",
            "frame-ancestors 'self'",
            "object-src 'none'",
            "base-uri 'self'",
            "form-action 'self'",
        ]
    )


@lru_cache(maxsize=1)
def _index() -> str:
    return (STATIC / "index.html").read_text(encoding="utf-8")


def page_shell(lang: str, title: str, *, description: str, no_script: str, icon: str) -> Response:
    """Streamlit's page with our language, title and description, without its own fonts and pointers."""
    html = _index().replace('<html lang="en">', f'<html lang="{HTML_LANGUAGE[lang]}">')
    html = re.sub(r"<!--.*?-->", "", html, flags=re.DOTALL)
    html = re.sub(r'<link\s+rel="(preload|service-desc|shortcut icon)".*?/>', "", html, flags=re.DOTALL)
    head = (
        f"<title>{escape(title)}</title>"
        f'<meta name="description" content="{escape(description, quote=True)}" />'
        f'<link rel="icon" type="image/svg+xml" href="{icon}" />'
        f"<script>{ORIGIN}</script>"
    )
    html = re.sub(r"<title>.*?</title>", lambda _: head, html, flags=re.DOTALL)
    html = re.sub(
        r"<noscript>.*?</noscript>", lambda _: f"<noscript>{no_script}</noscript>", html, flags=re.DOTALL
    )
    return HTMLResponse(html.strip(), headers={"Cache-Control": "no-cache"})


def plain_page(lang: str, title: str, body: str, status: int) -> Response:
    """A small page without any script, for what is not there."""
    return HTMLResponse(
        f'<!DOCTYPE html><html lang="{HTML_LANGUAGE[lang]}"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<title>{escape(title)}</title></head><body><main><h1>{escape(title)}</h1>{body}</main></body></html>",
        status,
    )


def immutable(
    body: bytes, media_type: str, etag: str, scope_headers: Mapping[str, str], **extra: Any
) -> Response:
    """A body that never changes under its URL; 304 when the visitor already has it. `body` is gzip."""
    headers = {
        "Cache-Control": "public, max-age=31536000, immutable",
        "ETag": f'"{etag}"',
        "Content-Encoding": "gzip",
        "Vary": "Accept-Encoding",
        **extra,
    }
    if scope_headers.get("if-none-match") == f'"{etag}"':
        return Response(status_code=304, headers={"ETag": f'"{etag}"'})
    return Response(body, headers=headers, media_type=media_type)
