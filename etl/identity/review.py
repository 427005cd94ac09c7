"""What a steward does about persons: look at a pair, decide it, merge two persons, split one.

Everything becomes decisions on pairs of certificates (`etl.identity.decisions`) and holds from the next build on.
"""

import hashlib
from collections.abc import Sequence
from contextlib import closing
from dataclasses import dataclass
from typing import Any

import duckdb

from etl.errors import BadInput
from etl.identity import decisions
from etl.identity.decisions import DIFFERENT, SAME, WITHDRAWN, Decision, key_text
from etl.identity.linking import person_links, person_review
from etl.settings import Store

# What is shown of a certificate, in this order; of the ID number only whether there is one.
SHOWN = (
    "person_name",
    "sex_code",
    "birth_date",
    "category_code",
    "registration_no",
    "certificate_no",
    "qualification_year",
    "first_registered_on",
    "enterprise_name",
    "enterprise_code",
    "division_code",
    "prefecture_code",
    "id_number",
)


@dataclass(frozen=True)
class Waiting:
    """A pair of certificates that waits: why (`band`, `rival`, `excluded`), and its score."""

    id: str
    a: int
    b: int
    probability: float
    reason: str


@dataclass(frozen=True)
class Word:
    """Who decides, why, and when (ISO 8601)."""

    by: str
    reason: str
    at: str


def waiting(store: Store) -> list[Waiting]:
    """Pairs of the last build that nobody has decided, the surest first."""
    decided = {(int(item.a, 16), int(item.b, 16)) for item in decisions.read(store)}
    with closing(_open(store)) as connection:
        rows = connection.execute(
            "SELECT certificate_id_a, certificate_id_b, probability, reason FROM review"
            " ORDER BY probability DESC, certificate_id_a, certificate_id_b"
        ).fetchall()
    return [Waiting(_pair_id(a, b), a, b, p, reason) for a, b, p, reason in rows if (a, b) not in decided]


def find(store: Store, pair: str) -> Waiting:
    """The waiting pair with this id. Raises BadInput if there is none."""
    for item in waiting(store):
        if item.id == pair:
            return item
    raise BadInput(
        f"没有这一对，或已判定 | no such pair, or it is decided: {pair}",
        remedy="jzs review list 列出待判定的 | `jzs review list` lists what waits",
    )


def side(store: Store, certificate: int) -> dict[str, Any]:
    """The columns `SHOWN` of a certificate."""
    with closing(_open(store)) as connection:
        columns = ", ".join(name for name in SHOWN if name != "id_number")
        row = connection.execute(
            f"SELECT {columns}, id_number IS NOT NULL FROM certificate WHERE certificate_id = ?",
            [certificate],
        ).fetchone()
    values = list(row or [None] * len(SHOWN))
    return dict(zip(SHOWN, [*values[:-1], "有 yes" if values[-1] else "无 no"], strict=True))


def decide(store: Store, pair: str, verdict: str, word: Word) -> None:
    """Decides a waiting pair: `same` or `different`."""
    item = find(store, pair)
    decisions.append(store, [_decision(verdict, item.a, item.b, word)])


def merge(store: Store, one: str, other: str, word: Word) -> None:
    """Puts two persons together, each named by a registration number, a certificate's or a person's key.

    Raises BadInput if either is unknown or they are one person already.
    """
    first, second = members(store, one), members(store, other)
    if set(first) & set(second):
        raise BadInput("已是同一人 | they are one person already", f"{one} {other}")
    across = {_ordered(a, b) for a in first for b in second}
    taken_back = [
        _decision(WITHDRAWN, *_keys(item), word)
        for item in decisions.read(store)
        if item.verdict == DIFFERENT and _keys(item) in across
    ]
    decisions.append(store, [*taken_back, _decision(SAME, first[0], second[0], word)])


def split(store: Store, person: str, records: Sequence[str], word: Word) -> int:
    """Takes certificates out of a person; without `records`, takes back the steward's merges that made it.

    Returns the number of decisions. Raises BadInput when it does not follow what is to be parted.
    """
    own = members(store, person)
    out = [_certificate(store, record) for record in records]
    rest = [key for key in own if key not in out]
    if not set(out) <= set(own) or not rest:
        raise BadInput("不是此人的证书，或已是全部 | not this person's certificates, or all of them", person)
    taken = [
        _decision(WITHDRAWN, *_keys(item), word)
        for item in decisions.read(store)
        if item.verdict == SAME and set(_keys(item)) <= set(own)
    ]
    if not out and not taken and len(own) == 2:
        out, rest = own[1:], own[:1]
    if out:
        taken = [_decision(DIFFERENT, *_ordered(a, b), word) for a in out for b in rest]
    if not taken:
        raise BadInput(
            "不知道要拆出哪些证书 | it does not follow which certificates are to be parted",
            person,
            remedy="列出要拆出的注册号 | name the registration numbers to take out",
        )
    decisions.append(store, taken)
    return len(taken)


def members(store: Store, name: str) -> list[int]:
    """The certificates of a person, named by one of them or by any key that the person has or had."""
    with closing(_open(store)) as connection:
        key = _hexadecimal(name)
        rows = connection.execute(
            "SELECT certificate_id FROM link WHERE person_id IN (SELECT person_id FROM link JOIN certificate"
            " USING (certificate_id) WHERE registration_no = $name OR certificate_id = $key OR person_id = $key"
            " OR person_alias = $key) ORDER BY certificate_id",
            {"name": name, "key": key},
        ).fetchall()
    if not rows:
        raise BadInput(
            "没有这个人或证书 | no such person or certificate",
            rule="注册号，或 16 位十六进制的证书或人员标识 | a registration number, or a key of 16 hexadecimal digits",
        )
    return [certificate for (certificate,) in rows]


def _certificate(store: Store, name: str) -> int:
    with closing(_open(store)) as connection:
        row = connection.execute(
            "SELECT certificate_id FROM certificate WHERE registration_no = ? OR certificate_id = ?",
            [name, _hexadecimal(name)],
        ).fetchone()
    if row is None:
        raise BadInput("没有这份证书 | no such certificate")
    return int(row[0])


def _open(store: Store) -> duckdb.DuckDBPyConnection:
    """The last build's certificates, links and waiting pairs. Raises BadInput when nothing was built."""
    if not person_links(store).exists():
        raise BadInput(
            "库中还没有构建 | nothing was built in this store", str(store.root), remedy="jzs build"
        )
    core = store.models("core")
    connection = duckdb.connect()
    for name, path in (
        ("holder", core / "core_holder__entity.parquet"),
        ("enterprise", core / "core_enterprise__entity.parquet"),
        ("link", person_links(store)),
        ("review", person_review(store)),
    ):
        connection.read_parquet(str(path)).create_view(name)
    connection.execute(
        "CREATE VIEW certificate AS SELECT holder.*, enterprise_name, enterprise_code FROM holder"
        " LEFT JOIN enterprise USING (enterprise_id)"
    )
    return connection


def _pair_id(a: int, b: int) -> str:
    return hashlib.sha256(f"{key_text(a)}{key_text(b)}".encode()).hexdigest()[:12]


def _hexadecimal(name: str) -> int | None:
    try:
        return int(name, 16) if len(name) == 16 else None
    except ValueError:
        return None


def _keys(decision: Decision) -> tuple[int, int]:
    return int(decision.a, 16), int(decision.b, 16)


def _ordered(a: int, b: int) -> tuple[int, int]:
    return min(a, b), max(a, b)


def _decision(verdict: str, a: int, b: int, word: Word) -> Decision:
    one, other = _ordered(a, b)
    return Decision(verdict, key_text(one), key_text(other), word.reason, word.by, word.at)
