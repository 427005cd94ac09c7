"""Addresses of the products as a visitor can open them, from wherever the visitor came."""

import re
from urllib.parse import urlsplit

# Environment variable that tells a product where the front page is; unset: there is none.
FRONT = "JZS_FRONT"
_HOST = re.compile(r"(\[[0-9A-Fa-f:]+\]|[A-Za-z0-9.-]+)(:\d+)?")


def is_url(text: str) -> bool:
    """Whether a text is the root of an http or https site."""
    parts = urlsplit(text)
    return parts.scheme in ("http", "https") and bool(parts.hostname) and not (parts.query or parts.fragment)


def opened(address: str, host: str) -> str:
    """An address in full, ending in `/`. One like `:8600` is that port of the host the visitor asked for.

    `host` is the request's own `Host`; what is not a host name there is not repeated.
    """
    if not address.startswith(":"):
        return f"{address.rstrip('/')}/"
    match = _HOST.fullmatch(host)
    return f"http://{match[1] if match else '127.0.0.1'}{address}/"


def front_page(address: str, host: str, language: str) -> str:
    """The front page in a language."""
    return opened(address, host) + ("" if language == "zh" else f"{language}/")
