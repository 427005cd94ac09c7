"""The pseudonym key: an input of the build, made once for a store and kept in its restricted zone.

The same exports with the same key give the same release, byte for byte; with another key every pseudonym
differs.
"""

import hmac
import os
import secrets
from pathlib import Path

from etl.errors import BadInput
from etl.settings import Store

_BYTES = 32
_BLOCK = 64
_NAME = "pseudonym.key"


def pseudonym_key(store: Store, given: Path | None = None) -> bytes:
    """The key of a store: the one it has, else a copy of the one given, else a new random one.

    Raises:
        BadInput: the file is not a key, or the store was built with another one.
    """
    check_key(store, given)
    path = store.keys / _NAME
    if not path.exists():
        _write(path, _read(given) if given else secrets.token_bytes(_BYTES))
    return _read(path)


def check_key(store: Store, given: Path | None) -> None:
    """That the key of a store, if it has one, and the one given are keys, and the same; writes nothing.

    Raises:
        BadInput: they are not.
    """
    path = store.keys / _NAME
    known = _read(path) if path.exists() else None
    wanted = _read(given) if given else None
    if known and wanted and not hmac.compare_digest(known, wanted):
        raise BadInput(
            "这个库用另一把密钥建成 | this store was built with another key",
            where=str(path),
            remedy="去掉 --key，或换一个库 | leave out --key, or use another store",
        )


def variables(key: bytes) -> dict[str, str]:
    """Engine variables that the declassifiers read: the key block of RFC 2104, as hexadecimal."""
    block = key.ljust(_BLOCK, b"\0")
    return {
        "pseudonym_key_inner": bytes(byte ^ 0x36 for byte in block).hex(),
        "pseudonym_key_outer": bytes(byte ^ 0x5C for byte in block).hex(),
    }


def _read(path: Path) -> bytes:
    """A key file: 64 hexadecimal digits."""
    try:
        key = bytes.fromhex(path.read_text("ascii"))
    except (OSError, ValueError):
        key = b""
    if len(key) != _BYTES:
        raise BadInput(
            "不是密钥文件 | not a key file",
            where=str(path),
            rule="64 个十六进制数字 | 64 hexadecimal digits",
            remedy="用备份恢复，或给出另一个文件 | restore it from a backup, or name another file",
        )
    return key


def _write(path: Path, key: bytes) -> None:
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    temporary = path.with_suffix(".new")
    temporary.unlink(missing_ok=True)
    with os.fdopen(os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
        file.write(key.hex() + "\n")
    temporary.replace(path)
