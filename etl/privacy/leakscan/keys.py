"""How a key may be written down."""

import base64


def key_spellings(key: bytes) -> list[bytes]:
    """The bytes of a key, and their spellings in hexadecimal and in base 64 (RFC 4648)."""
    plain, url = base64.b64encode(key).rstrip(b"="), base64.urlsafe_b64encode(key).rstrip(b"=")
    return [key, key.hex().encode(), key.hex().upper().encode(), plain, url]
