"""A16: no key in the bytes that leave."""

import base64
from collections.abc import Iterator, Mapping
from pathlib import Path

from etl.privacy.attacks.model import Estimate, Measured

_BLOCK = 1 << 24


def key_bytes(release: Path, keys: Mapping[str, bytes]) -> tuple[Measured, ...]:
    """Files of a release that hold a key as bytes, as hexadecimal digits or in base 64.

    (Compressed content is opened by the leak scan, A17, which knows every format.)
    """
    patterns = [pattern for key in keys.values() for pattern in _forms(key)]
    files = [path for path in sorted(release.rglob("*")) if path.is_file()]
    found = [
        path for path in files if any(pattern in block for block in _blocks(path) for pattern in patterns)
    ]
    told = "; ".join(str(path.relative_to(release)) for path in found[:3])
    return (Measured("key_bytes", Estimate.exact(len(found)), None, told or f"{len(files)} files"),)


def _forms(key: bytes) -> tuple[bytes, ...]:
    return key, key.hex().encode(), key.hex().upper().encode(), base64.b64encode(key).rstrip(b"=")


def _blocks(path: Path) -> Iterator[bytes]:
    """Blocks that overlap by more than a key's longest form."""
    overlap = b""
    with path.open("rb") as file:
        while block := file.read(_BLOCK):
            yield overlap + block
            overlap = block[-256:]
