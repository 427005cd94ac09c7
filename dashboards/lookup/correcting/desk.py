"""Where requests for correction are left, and where receipts are answered from; blocking, and small."""

import json
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from etl.errors import BadInput
from etl.keys import qr_key
from etl.requests import RECEIVED, Request, leave, read
from etl.settings import Store


@dataclass(frozen=True)
class Desk:
    """The lookup's side of the queue: it can add requests, and read none that the steward has taken in."""

    store: Store
    most_waiting: int

    def leave(self, request: Request) -> bool:
        """Leaves a request; one that was left already is not left twice. False when too many wait."""
        if sum(1 for _ in self.store.requests.glob("*.json")) >= self.most_waiting:
            return False
        if self.told(request.id, 0) is None:
            leave(self.store.requests, request, qr_key(self.store))
        return True

    def told(self, name: str, days: int) -> dict[str, Any] | None:
        """What is told of a request that has `days` to be decided, to whoever has its receipt; None for none."""
        answer = self._receipts().get(name)
        if answer is not None:
            return dict(answer)
        try:
            request = read(self.store.requests / f"{name}.json", qr_key(self.store))
        except BadInput:
            # Taken in since the receipts were read; else there is none.
            return self._receipts().get(name)
        due = date.fromisoformat(request.on) + timedelta(days)
        return {"state": RECEIVED, "received_on": request.on, "due_on": due.isoformat()}

    def log(self) -> list[dict[str, Any]]:
        """The public log, newest month first; empty before the first one."""
        return list(_json(self.store.corrections, []))

    def _receipts(self) -> dict[str, Any]:
        return dict(_json(self.store.receipts, {}))


def _json(path: Any, otherwise: Any) -> Any:
    try:
        return json.loads(path.read_text("utf-8"))
    except FileNotFoundError:
        return otherwise
