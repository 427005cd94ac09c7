"""Persons taken down from the lookup: `STORE/restricted/decisions/withdrawals.jsonl`, only ever appended to.

A line says who took down or restored which certificate's public identifier, why and when. What the lookup needs of it,
the identifiers alone, is written beside the releases (`Store.withdrawn`) and holds at once, for every release.
"""

import json
from collections.abc import Mapping
from contextlib import closing
from dataclasses import asdict, dataclass
from pathlib import Path

from pysqlite3 import dbapi2 as sqlite3

from etl.durable import append_text, replace_text
from etl.errors import BadInput
from etl.settings import Store

TAKEN, RESTORED = "taken", "restored"
# An objection of the person, a court's ruling, an entry that is wrong.
GROUNDS = ("objection", "court", "error")


@dataclass(frozen=True)
class Withdrawal:
    """One decision: `verdict` TAKEN or RESTORED, `ground` of `GROUNDS`, who said so, why, and when (ISO 8601)."""

    verdict: str
    public_id: str
    ground: str
    reason: str
    by: str
    at: str


def decide(store: Store, decision: Withdrawal) -> None:
    """Keeps a decision and puts it into force.

    Raises:
        BadInput: no release being served has the identifier, or one to restore was not taken down.
    """
    taken = in_force(store)
    if decision.verdict == TAKEN and not _is_known(store, decision.public_id):
        raise _unknown(decision.public_id, "这次发布中没有这个标识 | the release has no such identifier")
    if decision.verdict == RESTORED and decision.public_id not in taken:
        raise _unknown(decision.public_id, "这个标识没有撤下 | this identifier is not taken down")
    _append(_file(store), decision)
    publish(store)


def in_force(store: Store) -> Mapping[str, Withdrawal]:
    """Public identifier -> the decision by which it is down. Raises BadInput naming a line that is no decision."""
    file = _file(store)
    lines = file.read_text("utf-8").splitlines() if file.exists() else []
    latest: dict[str, Withdrawal] = {}
    for number, line in enumerate(lines, 1):
        decision = _parse(line, f"{file}:{number}")
        latest[decision.public_id] = decision
    return {key: decision for key, decision in latest.items() if decision.verdict == TAKEN}


def withdrawn(store: Store) -> frozenset[str]:
    """The identifiers that the lookup must not show. Raises BadInput when their file cannot be read."""
    if not store.withdrawn.exists():
        return frozenset()
    try:
        return frozenset(map(str, json.loads(store.withdrawn.read_text("utf-8"))["withdrawn"]))
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise BadInput(
            "撤下名单无法读取 | the list of withdrawals cannot be read",
            str(store.withdrawn),
            remedy="运行 jzs withdraw publish 重写 | write it anew with `jzs withdraw publish`",
        ) from error


def publish(store: Store) -> int:
    """Writes what the lookup reads from the decisions anew; returns how many identifiers are down."""
    taken = sorted(in_force(store))
    replace_text(store.withdrawn, json.dumps({"withdrawn": taken}, indent=1) + "\n")
    return len(taken)


def _file(store: Store) -> Path:
    return store.restricted / "decisions" / "withdrawals.jsonl"


def _append(file: Path, decision: Withdrawal) -> None:
    append_text(file, json.dumps(asdict(decision), ensure_ascii=False) + "\n")


def _parse(line: str, where: str) -> Withdrawal:
    try:
        decision = Withdrawal(**json.loads(line))
        valid = decision.verdict in (TAKEN, RESTORED) and decision.ground in GROUNDS
    except (TypeError, ValueError):
        valid = False
    if not valid:
        raise BadInput(
            "不是撤下记录 | not a withdrawal",
            where,
            rule="一行一个 JSON 对象 | one JSON object a line",
            remedy="从备份恢复该文件；只用 jzs withdraw 写它 | restore it from a backup; only jzs withdraw writes it",
        )
    return decision


def _is_known(store: Store, public_id: str) -> bool:
    database = store.current / "served" / "lookup.sqlite"
    if not database.exists():
        return False
    with closing(sqlite3.connect(f"file:{database}?mode=ro", uri=True)) as connection:
        query = "SELECT 1 FROM certificate WHERE public_id = ?"
        return connection.execute(query, (public_id,)).fetchone() is not None


def _unknown(public_id: str, message: str) -> BadInput:
    return BadInput(
        message,
        where=public_id,
        remedy="核对固定链接 /p/ 之后的标识 | check the identifier, which follows /p/ in the permalink",
    )
