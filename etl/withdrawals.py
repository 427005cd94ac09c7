"""Persons taken down from the lookup: `STORE/restricted/decisions/withdrawals.jsonl`, only ever appended to.

A line says who took down or restored which certificate's public identifier, why and when. What the lookup needs of it,
the identifiers alone, is written beside the releases (`Store.withdrawn`) and holds at once, for every release. The next
build leaves the persons out (`safe_withdrawal__link`).
"""

import json
from collections.abc import Iterable, Mapping
from contextlib import closing
from dataclasses import asdict, dataclass, replace
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
from pysqlite3 import dbapi2 as sqlite3

from etl.durable import append_text, locked, replace_text
from etl.errors import BadInput
from etl.settings import Store

TAKEN, RESTORED = "taken", "restored"
# An objection of the person, a court's ruling, an entry that is wrong.
GROUNDS = ("objection", "court", "error")


@dataclass(frozen=True)
class Withdrawal:
    """One decision: `verdict` TAKEN or RESTORED, `ground` of `GROUNDS`, who said so, why, and when (ISO 8601).

    `also`: the identifiers of the other certificates of the same holder.
    """

    verdict: str
    public_id: str
    ground: str
    reason: str
    by: str
    at: str
    also: tuple[str, ...] = ()


def decide(store: Store, decision: Withdrawal) -> Withdrawal | None:
    """Keeps a decision about a holder, named by any of the certificates, and puts it into force.

    Returns the decision by which the holder was down before.

    Raises:
        BadInput: no release being served has the identifier, or one to restore was not taken down.
    """
    with locked(_file(store)):
        down = in_force(store).get(decision.public_id)
        holder = _served(store, decision.public_id) or _of_one_holder(_left_out(store), [decision.public_id])
        if decision.verdict == TAKEN and not holder:
            raise _unknown(decision.public_id, "这次发布中没有这个标识 | the release has no such identifier")
        if decision.verdict == RESTORED:
            if down is None:
                raise _unknown(decision.public_id, "这个标识没有撤下 | this identifier is not taken down")
            holder = holder or {down.public_id, *down.also}
        decision = replace(decision, also=tuple(sorted(holder - {decision.public_id})))
        append_text(_file(store), json.dumps(asdict(decision), ensure_ascii=False) + "\n")
        _publish(store)
    return down


def in_force(store: Store) -> Mapping[str, Withdrawal]:
    """Public identifier -> the decision by which it is down. Raises BadInput naming a line that is no decision."""
    file = _file(store)
    lines = file.read_text("utf-8").splitlines() if file.exists() else []
    latest: dict[str, Withdrawal] = {}
    for number, line in enumerate(lines, 1):
        decision = _parse(line, f"{file}:{number}")
        latest |= dict.fromkeys((decision.public_id, *decision.also), decision)
    return {key: decision for key, decision in latest.items() if decision.verdict == TAKEN}


def names(store: Store, public_ids: Iterable[str]) -> dict[str, str]:
    """Names of the holders of certificates, by public identifier, where the last build knew them; they are personal."""
    path = store.models("safe") / "safe_certificate__entity.parquet"
    asked = pc.field("public_id").isin(pa.array(list(public_ids), pa.string()))
    if not path.exists():
        return {}
    named = [name for name in ("person_name", "person_name_en") if name in pq.read_schema(path).names]
    table = pq.read_table(path, columns=["public_id", *named], filters=asked)
    return {row["public_id"]: next(filter(None, map(row.get, named)), "") for row in table.to_pylist()}


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
    """Writes what the lookup reads from the decisions anew; returns how many identifiers are down.

    Beside those decided they are those that the last build left out because it found the same holder.
    """
    with locked(_file(store)):
        return _publish(store)


def _publish(store: Store) -> int:
    decided = in_force(store)
    down = decided.keys() | _of_one_holder(_left_out(store), decided)
    if down or store.withdrawn.exists():
        replace_text(store.withdrawn, json.dumps({"withdrawn": sorted(down)}, indent=1) + "\n")
    return len(down)


def _file(store: Store) -> Path:
    return store.restricted / "decisions" / "withdrawals.jsonl"


def _parse(line: str, where: str) -> Withdrawal:
    try:
        content = json.loads(line)
        decision = Withdrawal(**content | {"also": tuple(content.get("also", ()))})
        valid = decision.verdict in (TAKEN, RESTORED) and decision.ground in GROUNDS
    except (AttributeError, TypeError, ValueError):
        valid = False
    if not valid:
        raise BadInput(
            "不是撤下记录 | not a withdrawal",
            where,
            rule="一行一个 JSON 对象 | one JSON object a line",
            remedy="从备份恢复该文件；只用 jzs withdraw 写它 | restore it from a backup; only jzs withdraw writes it",
        )
    return decision


def _served(store: Store, public_id: str) -> set[str]:
    """The certificates of one's holder in the release being served; none where it has not that one."""
    database = store.current / "served" / "lookup.sqlite"
    if not database.exists():
        return set()
    with closing(sqlite3.connect(f"file:{database}?mode=ro", uri=True)) as connection:
        columns = connection.execute("SELECT name FROM pragma_table_info('certificate')").fetchall()
        holder = "holder_public_id" if ("holder_public_id",) in columns else "public_id"
        query = (
            f"SELECT public_id FROM certificate WHERE {holder} = "
            f"(SELECT {holder} FROM certificate WHERE public_id = ?)"
        )
        return {found for (found,) in connection.execute(query, (public_id,))}


def _left_out(store: Store) -> dict[str, str]:
    """Certificates that the last build left out -> the identifier that tells their holders apart."""
    if not store.left_out.exists():
        return {}
    table = pq.read_table(store.left_out, columns=["public_id", "holder_public_id"])
    return dict(zip(*(column.to_pylist() for column in table.columns), strict=True))


def _of_one_holder(holders: Mapping[str, str], public_ids: Iterable[str]) -> set[str]:
    """The certificates whose holders have one of those given."""
    found = {holders.get(public_id) for public_id in public_ids} - {None}
    return {public_id for public_id, holder in holders.items() if holder in found}


def _unknown(public_id: str, message: str) -> BadInput:
    return BadInput(
        message,
        where=public_id,
        remedy="核对固定链接 /p/ 之后的标识 | check the identifier, which follows /p/ in the permalink",
    )
