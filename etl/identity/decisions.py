"""What stewards decided: `STORE/restricted/decisions/persons.jsonl`, one JSON object a line, only ever appended to.

A decision is about two certificates by their keys, which follow from the registration number and stay the same in
every build. The last line about a pair holds. It carries no personal value.
"""

import json
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from pathlib import Path

from etl.durable import append_text
from etl.errors import BadInput
from etl.settings import Store

SAME, DIFFERENT, WITHDRAWN = "same", "different", "withdrawn"
_VERDICTS = frozenset({SAME, DIFFERENT, WITHDRAWN})


@dataclass(frozen=True)
class Decision:
    """One verdict on the certificates `a` < `b` (16 hexadecimal digits): who said so, why, and when (ISO 8601)."""

    verdict: str
    a: str
    b: str
    reason: str
    by: str
    at: str


def key_text(certificate_id: int) -> str:
    """A certificate's key as stewards and decisions write it.

    >>> key_text(255)
    '00000000000000ff'
    """
    return f"{certificate_id:016x}"


def path(store: Store) -> Path:
    return store.restricted / "decisions" / "persons.jsonl"


def read(store: Store) -> list[Decision]:
    """The decisions in force, one a pair, in the order they were taken.

    Raises BadInput naming the line that is not a decision.
    """
    file = path(store)
    lines = file.read_text("utf-8").splitlines() if file.exists() else []
    latest: dict[tuple[str, str], Decision] = {}
    for number, line in enumerate(lines, 1):
        decision = _parse(line, f"{file}:{number}")
        latest.pop((decision.a, decision.b), None)
        latest[decision.a, decision.b] = decision
    return [decision for decision in latest.values() if decision.verdict != WITHDRAWN]


def append(store: Store, decisions: Iterable[Decision]) -> None:
    """Adds decisions and makes sure that they are on the disk."""
    text = "".join(json.dumps(asdict(item), ensure_ascii=False) + "\n" for item in decisions)
    append_text(path(store), text)


def _parse(line: str, where: str) -> Decision:
    try:
        decision = Decision(**json.loads(line))
        valid = decision.verdict in _VERDICTS and int(decision.a, 16) < int(decision.b, 16)
    except (TypeError, ValueError):
        valid = False
    if not valid:
        raise BadInput(
            "不是判定记录 | not a decision",
            where,
            rule="一行一个 JSON 对象 | one JSON object a line",
            remedy="从备份恢复该文件；只用 jzs review 写它 | restore it from a backup; only jzs review writes it",
        )
    return decision
