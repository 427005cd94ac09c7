"""The keys of a store: inputs of the build, made once and kept in its restricted zone, readable by its owner only.

The pseudonym key makes pseudonyms: the same exports with the same key give the same ones. The sample key draws the
persons of microdata, the same in every year, and names their records. A disclosure key, one for each year, makes the
noise of that year's protected tables. These two are random, or derived from a key that is given, so that a build can
be repeated in another store. A disclosure key that was destroyed leaves a mark and never comes back.
"""

import hmac
import os
import re
import secrets
import stat
from collections.abc import Collection
from hashlib import blake2b
from pathlib import Path

from etl.durable import create_text, replace_text
from etl.errors import BadInput, Refused
from etl.settings import Store

_BYTES = 32
_BLOCK = 64
_NAME = "pseudonym.key"
_SAMPLE = "sample.key"
_DISCLOSURE = re.compile(r"disclosure-(\d{4})\.(key|destroyed)")
PRESENT, DESTROYED = "present", "destroyed"


def pseudonym_key(store: Store, given: Path | None = None) -> bytes:
    """The key of a store: the one it has, else a copy of the one given, else a new random one.

    Raises:
        BadInput: the file is not a key, or the store was built with another one.
        Refused: others can read it.
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
        Refused: others can read one of them.
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


def sample_key(store: Store, given: Path | None = None) -> bytes:
    """The sample key of a store: the one it has, else derived from the key given, else random.

    Raises:
        BadInput: the file is not a key.
        Refused: others can read it, or it is lost although microdata were released.
    """
    path = store.keys / _SAMPLE
    if not path.exists():
        if store.frozen_microdata.exists():
            raise Refused(
                "缺少抽样密钥，而已有冻结的微观数据 | the sample key is missing, and microdata are frozen",
                where=str(path),
                rule="sample key",
                remedy="从备份恢复；另抽一份样本会使两份合看泄露更多 | restore it from a backup; a second sample would "
                "tell more together with the first",
            )
        _write(path, _derived(_read(given), "sample") if given else secrets.token_bytes(_BYTES))
    return _read(path)


def qr_key(store: Store) -> bytes:
    """The key that signs QR codes and requests for correction: the one that the store has, else a new random one.

    Without it all that it signed are forged.

    Raises:
        BadInput: the file is not a key.
        Refused: others can read it.
    """
    if not store.qr_key.exists():
        create_text(store.qr_key, secrets.token_bytes(_BYTES).hex() + "\n")
    return _read(store.qr_key)


def variables(key: bytes) -> dict[str, str]:
    """Engine variables that the declassifiers read: the key block of RFC 2104, as hexadecimal."""
    block = key.ljust(_BLOCK, b"\0")
    return {
        "pseudonym_key_inner": bytes(byte ^ 0x36 for byte in block).hex(),
        "pseudonym_key_outer": bytes(byte ^ 0x5C for byte in block).hex(),
    }


def disclosure_keys(store: Store) -> dict[int, str]:
    """Year -> `present` or `destroyed`, of every disclosure key that the store has or had; a mark outlives a file."""
    found = [match for path in store.keys.glob("disclosure-*") if (match := _DISCLOSURE.fullmatch(path.name))]
    states = {"key": PRESENT, "destroyed": DESTROYED}
    return {
        int(match[1]): states[match[2]]
        for match in sorted(found, key=lambda match: (match[1], match[2] == "destroyed"))
    }


def fingerprint(key: bytes) -> str:
    """Sixteen digits by which two people can see that they hold the same key; nothing of the key follows."""
    return blake2b(key, digest_size=8, person=b"fingerprint").hexdigest()


def disclosure_key(store: Store, year: int, given: Path | None = None, frozen: Collection[int] = ()) -> bytes:
    """The disclosure key of a year: the one that the store has, else a new one (see `make_key`).

    `frozen`: the years that have released tables. Raises Refused where the key of one of them is missing.
    """
    state = disclosure_keys(store).get(year)
    if state is None and year in frozen:
        raise Refused(
            f"缺少 {year} 年的密钥，而该年已有冻结的表 | the key of {year} is missing, and tables of it are frozen",
            where=str(_path(store, year)),
            rule="disclosure key",
            remedy="从备份恢复；已不可得则 jzs keys destroy 记下，新的表族把 first_year 推后 | restore it from a "
            "backup; if it is lost, mark it with `jzs keys destroy` and give a new family a later first_year",
        )
    if state != PRESENT:
        make_key(store, year, given)
    return _read(_path(store, year))


def make_key(store: Store, year: int, given: Path | None = None) -> None:
    """Makes the disclosure key of a year: derived from the key given, else random.

    Raises:
        Refused: there is one, or there was one and it was destroyed.
        BadInput: the file given is not a key.
    """
    state = disclosure_keys(store).get(year)
    if state == DESTROYED:
        raise Refused(
            f"{year} 年的密钥已销毁，不能再有 | the key of {year} was destroyed and cannot come back",
            where=str(_mark(store, year)),
            rule="disclosure key",
            remedy="已冻结的表仍在发布；新的表族把 first_year 推后 | "
            "its frozen tables stay published; give a new family a later first_year",
        )
    if state == PRESENT:
        raise Refused(
            f"{year} 年已有密钥 | there is a key of {year}",
            where=str(_path(store, year)),
            rule="disclosure key",
            remedy="要换一把，用 jzs keys rotate | to have another, use `jzs keys rotate`",
        )
    _write(_path(store, year), _derived(_read(given), str(year)) if given else secrets.token_bytes(_BYTES))


def rotate_key(store: Store, year: int, frozen: Collection[int]) -> None:
    """Replaces the disclosure key of a year by a random one, while no table of that year has been released.

    `frozen`: the years that have released tables. Raises Refused for one of them, and where there is no key.
    """
    if year in frozen:
        raise Refused(
            f"{year} 年的表已冻结，换密钥改不了它们 | tables of {year} are frozen: another key would not change them",
            where=str(store.frozen),
            rule="disclosure key",
            remedy="密钥若已外泄，报告事故；不再需要则 jzs keys destroy | "
            "if the key leaked, report the incident; if it is needed no more, `jzs keys destroy`",
        )
    _require(store, year)
    _erase(_path(store, year))
    _write(_path(store, year), secrets.token_bytes(_BYTES))


def destroy_key(store: Store, year: int, frozen: Collection[int]) -> None:
    """Erases the disclosure key of a year whose tables are frozen, and marks that it is gone for ever.

    A key that is lost may be marked, too. Raises Refused for a year without released tables.
    """
    if year not in frozen:
        raise Refused(
            f"{year} 年的表尚未发布 | no table of {year} has been released",
            where=str(store.frozen),
            rule="disclosure key",
            remedy="要换一把，用 jzs keys rotate | to have another key, use `jzs keys rotate`",
        )
    replace_text(_mark(store, year), "", mode=0o600)
    if _path(store, year).exists():
        _erase(_path(store, year))


def read_disclosure_key(store: Store, year: int) -> bytes:
    """The disclosure key of a year. Raises Refused where there is none."""
    _require(store, year)
    return _read(_path(store, year))


def held_disclosure_keys(store: Store) -> dict[int, bytes]:
    """The disclosure key of every year that has one."""
    years = (year for year, state in disclosure_keys(store).items() if state == PRESENT)
    return {year: _read(_path(store, year)) for year in years}


def _require(store: Store, year: int) -> None:
    if disclosure_keys(store).get(year) != PRESENT:
        raise Refused(
            f"没有 {year} 年的密钥 | there is no key of {year}",
            where=str(_path(store, year)),
            rule="disclosure key",
            remedy="jzs keys list 列出密钥 | `jzs keys list` lists the keys",
        )


def _derived(key: bytes, purpose: str) -> bytes:
    return blake2b(purpose.encode(), key=key, digest_size=_BYTES, person=b"disclosure").digest()


def _path(store: Store, year: int) -> Path:
    return store.keys / f"disclosure-{year}.key"


def _mark(store: Store, year: int) -> Path:
    return store.keys / f"disclosure-{year}.destroyed"


def _read(path: Path) -> bytes:
    """A key file: 64 hexadecimal digits, which nobody but the owner can read."""
    if not path.exists():
        raise BadInput("没有这个文件 | no such file", where=str(path), remedy="检查路径 | check the path")
    try:
        mode = path.stat().st_mode
        key = bytes.fromhex(path.read_text("ascii"))
    except (OSError, ValueError):
        mode, key = 0, b""
    if len(key) != _BYTES:
        raise BadInput(
            "不是密钥文件 | not a key file",
            where=str(path),
            rule="64 个十六进制数字 | 64 hexadecimal digits",
            remedy="用备份恢复，或给出另一个文件 | restore it from a backup, or name another file",
        )
    if mode & (stat.S_IRWXG | stat.S_IRWXO):
        raise Refused(
            f"别人也能读这把密钥 | others can read this key: {stat.filemode(mode)}",
            where=str(path),
            rule="密钥文件的权限为 0600 | a key file has mode 0600",
            remedy=f"chmod 600 {path}；已被读过则换一把 | and change the key if it may have been read",
        )
    return key


def _write(path: Path, key: bytes) -> None:
    replace_text(path, key.hex() + "\n", mode=0o600)


def _erase(path: Path) -> None:
    """Overwrites a file before it is removed, as far as the disk lets anybody."""
    with path.open("r+b") as file:
        file.write(b"0" * path.stat().st_size)
        file.flush()
        os.fsync(file.fileno())
    path.unlink()
