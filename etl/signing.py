"""What the project signs: payloads of QR codes, and what the lookup leaves for the steward.

A payload is a certificate's public identifier, and proof that the project wrote it.

HMAC, not a signature with a public key: only /verify answers a payload, for what it proves may end any day, so nobody
else has to check one. It holds no name and no number.
"""

import hmac
import re

_PAYLOAD = re.compile(r"JZS1-([0-9A-Za-z_-]{1,64})-([0-9a-f]{32})")
_CHECKED_AT = re.compile(r"https?://[^\s?]{1,200}/verify[?]code=(\S+)")


def payload(public_id: str, key: bytes) -> str:
    """What a QR code holds; `key` is that of the store (see `etl.keys.qr_key`).

    >>> payload("vaaaa1", b"k")[:12]
    'JZS1-vaaaa1-'
    """
    return f"JZS1-{public_id}-{_mac(public_id, key)}"


def checked_at(site: str, signed: str) -> str:
    """The address at which a telephone that scans it finds a payload answered; `site` is that of the lookup."""
    return f"{site.rstrip('/')}/verify?code={signed}"


def bare(text: str) -> str:
    """A payload without the address that it may stand in; any other text as it is.

    >>> bare("https://example.org/verify?code=JZS1-a-b")
    'JZS1-a-b'
    """
    match = _CHECKED_AT.fullmatch(text)
    return match[1] if match else text


def is_payload(text: str) -> bool:
    """Whether a text has the form of a payload."""
    return _PAYLOAD.fullmatch(text) is not None


def identifier(text: str, key: bytes) -> str | None:
    """The public identifier that a payload proves; None for one that is forged."""
    match = _PAYLOAD.fullmatch(text)
    return match[1] if match and hmac.compare_digest(match[2], _mac(match[1], key)) else None


def signature(purpose: str, content: str, key: bytes) -> str:
    """64 hexadecimal digits that prove content for one purpose, and for no other."""
    return hmac.digest(key, f"{purpose} {content}".encode(), "sha256").hex()


def _mac(public_id: str, key: bytes) -> str:
    return signature("qr", public_id, key)[:32]
