"""The steward's queue of requests for correction: taken in from the lookup, decided, answered by receipt.

Decisions are appended to `STORE/restricted/decisions/corrections.jsonl`; the last about a request holds. Texts stand
in `STORE/restricted/requests/<id>.json`. `kept_days` after a decision its reason is erased, and the text that the last
one is about: the lines stay, with codes, days and who decided, and nothing of what was said or answered.
Which requests went to the authority stands beside them, in `forwarded.jsonl`.
"""

import json
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import date, timedelta
from pathlib import Path
from typing import Any

from etl.durable import append_text, clear_unfinished, locked, move, replace_text, sync
from etl.errors import BadInput
from etl.keys import qr_key
from etl.metadata import Metadata
from etl.personal import is_personal
from etl.requests import DECIDED, RECEIVED, Request, read, request_id
from etl.settings import Store
from etl.steward.request_log import log_of
from etl.withdrawals import withdrawn


@dataclass(frozen=True)
class Rules:
    """`content` of `rules/requests.yaml`, and the least number that the public log tells."""

    content: Mapping[str, Any]
    threshold: int

    @classmethod
    def of(cls, metadata: Metadata) -> "Rules":
        """The rules of a register. Raises BadInput where it takes no requests."""
        if "requests" not in metadata.rules:
            raise BadInput(
                "这个登记册不受理更正申请 | this register takes no requests for correction",
                str(metadata.root / "rules"),
                remedy="写 rules/requests.yaml | write rules/requests.yaml",
            )
        return cls(metadata.rules["requests"], metadata.rules["disclosure"]["threshold"])


@dataclass(frozen=True)
class Decision:
    """A decision on a request received `on` a day: codes of `rules/requests.yaml`, why, by whom and on which day.

    `reason` is told to whoever has the receipt; empty once its time is over.
    """

    id: str
    on: str
    record: str
    group: str
    decision: str
    basis: str
    reason: str
    by: str
    decided_on: str


@dataclass(frozen=True)
class Waiting:
    """A request, the day by which it has to be decided, and the decision, if there is one."""

    request: Request
    due: str
    decision: Decision | None

    def is_overdue(self, today: date) -> bool:
        return self.decision is None and self.due < today.isoformat()


def take_in(store: Store, rules: Rules) -> list[BadInput]:
    """Moves what waits in the lookup's folder to where the lookup cannot read it; returns what was refused, by name.

    A receipt tells of a request at every moment: what it tells is written before the request is moved.
    """
    key, taken = qr_key(store), []
    with locked(_file(store)):
        _, refused = _kept(store, key)
        for path in sorted(store.requests.glob("*.json")):
            try:
                taken.append(read(path, key))
            except BadInput as error:
                refused.append(error)
        _publish(store, rules, date.today(), taken)
        _folder(store).mkdir(parents=True, exist_ok=True, mode=0o700)
        for request in taken:
            move(store.requests / f"{request.id}.json", _path(store, request.id))
        sync(_folder(store))
        clear_unfinished(store.requests)
    return refused


def queue(store: Store, rules: Rules, also: Sequence[Request] = ()) -> list[Waiting]:
    """Requests that were taken in and can be read, the oldest first; `take_in` names the others.

    Raises:
        BadInput: naming a line of the decisions that is none.
    """
    decided = {decision.id: decision for decision in decisions(store)}
    kept, _ = _kept(store, qr_key(store))
    requests = kept | {request.id: request for request in also}
    return [
        Waiting(request, _later(request.on, rules.content["days"]), decided.get(request.id))
        for request in sorted(requests.values(), key=lambda request: (request.on, request.id))
    ]


def _kept(store: Store, key: bytes) -> tuple[dict[str, Request], list[BadInput]]:
    """Requests that were taken in, by identifier, and what is wrong with the files that are none."""
    kept, refused = {}, []
    for path in sorted(_folder(store).glob("*.json")):
        try:
            kept[path.stem] = read(path, key)
        except BadInput as error:
            refused.append(error)
    return kept, refused


def find(store: Store, rules: Rules, name: str) -> Waiting:
    """The request with this identifier, or of this receipt. Raises BadInput if there is none."""
    for item in queue(store, rules):
        if item.request.id in (name, request_id(name)):
            return item
    raise BadInput(
        f"没有这个申请 | no such request: {name}",
        str(_folder(store)),
        remedy="jzs corrections list 列出申请 | `jzs corrections list` lists them",
    )


def decide(store: Store, rules: Rules, decision: Decision) -> None:
    """Keeps a decision and answers it by receipt. Raises BadInput for a basis that the decision cannot have, or a
    reason with a personal number in it."""
    bases = rules.content["decisions"][decision.decision]["bases"]
    if decision.basis not in bases:
        raise BadInput(
            f"这种决定没有这个理由 | this decision cannot rest on that: {decision.decision} {decision.basis}",
            rule="rules/requests.yaml#decisions",
            remedy=f"可用 | there are: {', '.join(bases)}",
        )
    if is_personal(decision.reason, by_office=True):
        raise BadInput(
            "说明中像有证件号码、电话或其他联系方式 | "
            "there seems to be an identity or phone number, or another contact, in the reason",
            decision.id,
            rule="说明凭回执可见，不能收回 | the receipt tells the reason, and nothing takes it back",
            remedy="删去后再决定 | take it out and decide again",
        )
    with locked(_file(store)):
        append_text(_file(store), _line(decision))
        _publish(store, rules, date.fromisoformat(decision.decided_on))


def forward(store: Store, rules: Rules, ids: Iterable[str], today: date) -> None:
    """Remembers that these requests went to the authority, and tells so by receipt."""
    with locked(_file(store)):
        known = _forwarded(store)
        lines = [json.dumps({"id": name, "on": today.isoformat()}) for name in ids if name not in known]
        append_text(_forwarded_file(store), "".join(f"{line}\n" for line in lines))
        _publish(store, rules, today)


def decisions(store: Store) -> list[Decision]:
    """All decisions, oldest first. Raises BadInput naming a line that is none."""
    file = _file(store)
    lines = file.read_text("utf-8").splitlines() if file.exists() else []
    return [_parse(line, f"{file}:{number}") for number, line in enumerate(lines, 1)]


def publish(store: Store, rules: Rules, today: date) -> None:
    """Writes what receipts tell and the public log anew, and forgets texts whose time is over."""
    with locked(_file(store)):
        _publish(store, rules, today)


def _publish(store: Store, rules: Rules, today: date, also: Sequence[Request] = ()) -> None:
    _forget(store, rules, today)
    # What was told of a request whose file was damaged since stays.
    before = json.loads(store.receipts.read_text("utf-8")) if store.receipts.exists() else {}
    kept, _ = _kept(store, qr_key(store))
    damaged = {path.stem for path in _folder(store).glob("*.json")} - kept.keys()
    told: dict[str, dict[str, Any]] = {name: before[name] for name in before.keys() & damaged}
    forwarded, down = _forwarded(store), withdrawn(store)
    told |= {item.request.id: _told(item, rules, forwarded, down) for item in queue(store, rules, also)}
    replace_text(store.receipts, json.dumps(told, ensure_ascii=False, indent=1) + "\n", mode=0o600)
    # Of one request and month the last decision counts; months that are over stay as they were told.
    last = {(decision.id, decision.decided_on[:7]): decision for decision in decisions(store)}
    log = log_of(last.values(), rules.threshold, today)
    replace_text(store.corrections, json.dumps(log, ensure_ascii=False, indent=1) + "\n")


def _forget(store: Store, rules: Rules, today: date) -> None:
    """Erases what is kept no longer: the reasons of decisions, and the texts of requests, readable or not."""
    made, first_kept = decisions(store), (today - timedelta(rules.content["kept_days"])).isoformat()
    kept = [replace(each, reason="") if each.decided_on < first_kept else each for each in made]
    if kept != made:
        replace_text(_file(store), "".join(map(_line, kept)), mode=0o600)
    for name, decided_on in {each.id: each.decided_on for each in made}.items():
        if decided_on < first_kept:
            _path(store, name).unlink(missing_ok=True)


def _told(item: Waiting, rules: Rules, forwarded: Collection[str], down: Collection[str]) -> dict[str, Any]:
    """What a receipt tells of a request: its days and what became of it, nothing of what it says.

    `forwarded`: the requests that went to the authority; `down`: identifiers that were taken down.
    """
    told: dict[str, Any] = {"state": RECEIVED, "received_on": item.request.on, "due_on": item.due}
    if item.decision:
        names = ("decided_on", "decision", "basis", "reason")
        told |= {"state": DECIDED} | {name: getattr(item.decision, name) for name in names}
        done = {"forwarded": item.request.id in forwarded, "taken_down": item.request.key in down}
        basis = rules.content["bases"].get(item.decision.basis, {})
        instead = [basis[name] for name, is_done in done.items() if is_done and name in basis]
        told["basis"] = next(iter(instead), item.decision.basis)
    return told


def _forwarded(store: Store) -> set[str]:
    """Requests that went to the authority. Raises BadInput naming a line that tells of none."""
    file = _forwarded_file(store)
    lines = file.read_text("utf-8").splitlines() if file.exists() else []
    return {_id_of(line, f"{file}:{number}") for number, line in enumerate(lines, 1)}


def _id_of(line: str, where: str) -> str:
    try:
        return str(json.loads(line)["id"])
    except (KeyError, TypeError, ValueError):
        raise _damaged("不是转登记机关的记录 | not a request that was forwarded", where) from None


def _line(decision: Decision) -> str:
    return json.dumps(asdict(decision)) + "\n"


def _parse(line: str, where: str) -> Decision:
    try:
        return Decision(**json.loads(line))
    except (TypeError, ValueError):
        raise _damaged("不是对更正申请的决定 | not a decision on a request for correction", where) from None


def _damaged(message: str, where: str) -> BadInput:
    return BadInput(
        message,
        where,
        rule="一行一个 JSON 对象 | one JSON object a line",
        remedy="从备份恢复该文件；只用 jzs corrections 写它 | "
        "restore it from a backup; only jzs corrections writes it",
    )


def _later(day: str, days: int) -> str:
    return (date.fromisoformat(day) + timedelta(days)).isoformat()


def _folder(store: Store) -> Path:
    return store.restricted / "requests"


def _path(store: Store, name: str) -> Path:
    return _folder(store) / f"{name}.json"


def _file(store: Store) -> Path:
    return store.restricted / "decisions" / "corrections.jsonl"


def _forwarded_file(store: Store) -> Path:
    return store.restricted / "decisions" / "forwarded.jsonl"
