"""Requests for correction: what a visitor of the lookup leaves for the steward, and what a receipt tells of it.

The lookup writes each request into a file of its own, signed with the key of the QR codes; the steward takes the file
out of its reach. A request has no name and no address of who asks: they get a receipt, of which the request keeps the
hash as its identifier.
"""

import hashlib
import json
import re
import secrets
import unicodedata
from dataclasses import asdict, dataclass
from pathlib import Path

from etl.durable import create_text
from etl.errors import BadInput
from etl.signing import signature

# No digit or letter that is taken for another; 80 bits.
_SYMBOLS = "23456789ABCDEFGHJKLMNPQRSTUVWXYZ"
_LENGTH, _GROUP = 16, 4
_RECEIPT = re.compile(f"[{_SYMBOLS}]{{{_LENGTH}}}")
_PURPOSE = "request"
RECEIVED, DECIDED = "received", "decided"


@dataclass(frozen=True)
class Request:
    """A request about a record of the lookup.

    `record` is its kind (person, enterprise, project) and `key` what its address ends in; `group` and `ground` are
    codes of `rules/requests.yaml`; `says` is what it should say, `evidence` what could prove it; `on` is the day of
    receipt and `release` the version that was looked at.
    """

    id: str
    on: str
    release: str
    record: str
    key: str
    group: str
    ground: str
    says: str
    evidence: str


def new_receipt() -> str:
    """A receipt that nobody can guess.

    >>> len(new_receipt())
    19
    """
    return _written("".join(secrets.choice(_SYMBOLS) for _ in range(_LENGTH)))


def as_receipt(typed: str) -> str | None:
    """A receipt as it was given out; None for what is none. Case, hyphens and spaces do not matter.

    >>> as_receipt("abcd efgh23456789")
    'ABCD-EFGH-2345-6789'
    """
    symbols = typed.upper().replace("-", "").replace(" ", "")
    return _written(symbols) if _RECEIPT.fullmatch(symbols) else None


def request_id(typed: str) -> str | None:
    """The identifier of the request that a receipt is of; None for what is no receipt."""
    receipt = as_receipt(typed)
    return hashlib.sha256(f"receipt {receipt}".encode()).hexdigest()[:16] if receipt else None


def plain(text: str) -> str:
    r"""What was typed without surrounding space, and without characters that a page or a terminal would obey.

    >>> plain(" a\x1b[2Jb\r\nc\u202e ")
    'a[2Jb\nc'
    """
    lines = text.replace("\r\n", "\n").replace("\r", "\n")
    return "".join(c for c in lines if c == "\n" or not unicodedata.category(c).startswith("C")).strip()


def leave(folder: Path, request: Request, key: bytes) -> bool:
    """Leaves a request in a folder; False where it was left already."""
    content = json.dumps(asdict(request), sort_keys=True)
    return create_text(folder / f"{request.id}.json", f"{content}\n{signature(_PURPOSE, content, key)}\n")


def read(path: Path, key: bytes) -> Request:
    """The request in a file. Raises BadInput for one that is damaged, or that the lookup did not write."""
    try:
        content, signed = path.read_text("utf-8").splitlines()
        request = Request(**json.loads(content))
        is_ours = secrets.compare_digest(signed.encode(), signature(_PURPOSE, content, key).encode())
    except (OSError, ValueError, TypeError):
        is_ours = False
    if not is_ours or request.id != path.stem:
        raise BadInput(
            "不是查询所写的更正申请，或已损坏 | not a request that the lookup wrote, or damaged",
            str(path),
            rule="申请由 lookup/qr.key 签名 | requests are signed with lookup/qr.key",
            remedy="查明来由后移走该文件；其余申请不受影响 | find out where it is from, then move it away; "
            "the other requests are not affected",
        )
    return request


def _written(symbols: str) -> str:
    return "-".join(symbols[start : start + _GROUP] for start in range(0, _LENGTH, _GROUP))
