"""The files that may be fetched as they are: style sheet, mark, the script of proofs, the schema of JSON answers."""

import hashlib
from functools import cache

from dashboards.lookup.settings import HERE

_KINDS = {
    ".css": "text/css; charset=utf-8",
    ".svg": "image/svg+xml",
    ".json": "application/json",
    ".js": "text/javascript; charset=utf-8",
}


@cache
def static_files() -> dict[str, tuple[bytes, str]]:
    """Content and media type of each file that may be fetched, by name."""
    return {path.name: (path.read_bytes(), _KINDS[path.suffix]) for path in (HERE / "static").iterdir()}


@cache
def static_url(name: str) -> str:
    """The address of a file; it changes with its content, for browsers keep what they fetched."""
    return f"/static/{name}?v={hashlib.sha256(static_files()[name][0]).hexdigest()[:10]}"
