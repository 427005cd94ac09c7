"""The files that may be fetched as they are: style sheet, mark, and the schema of the JSON answers."""

import hashlib
from functools import cache

from dashboards.lookup.settings import HERE

_KINDS = {".css": "text/css; charset=utf-8", ".svg": "image/svg+xml", ".json": "application/json"}


@cache
def static_files() -> dict[str, tuple[bytes, str]]:
    """Content and media type of each file that may be fetched, by name."""
    return {path.name: (path.read_bytes(), _KINDS[path.suffix]) for path in (HERE / "static").iterdir()}


@cache
def style_version() -> str:
    """Changes with the style sheet, and with it the address under which browsers keep it."""
    return hashlib.sha256(static_files()["lookup.css"][0]).hexdigest()[:10]
