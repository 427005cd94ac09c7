"""What a row is called in a workbook that leaves: file, sheet and row, sealed with the store's key."""

import hashlib
import hmac
import json
from collections.abc import Sequence

from etl import keys
from etl.settings import Store
from etl.sources.repairs import Cells
from etl.steward.held import HeldRow

_MARK = 16


class Seal:
    """Makes and recognises the keys of rows. Nobody without the store's key can make one for another row."""

    def __init__(self, store: Store) -> None:
        self._key = hmac.digest(keys.pseudonym_key(store), b"quarantine workbook", hashlib.sha256)

    def of(self, row: HeldRow) -> str:
        """The key of a row with the cells that it has now."""
        return self._key_of(self.place(row), row.payload, row.line or "")

    def of_state(self, place: str, headers: Sequence[str], state: Cells | str) -> str:
        """The key of the row at a place when it had these cells, or was this broken line."""
        cells, line = ((None,) * len(headers), state) if isinstance(state, str) else (state, "")
        payload = json.dumps(
            list(zip(headers, cells, strict=False)), ensure_ascii=False, separators=(",", ":")
        )
        return self._key_of(place, payload, line)

    def _key_of(self, place: str, payload: str, line: str) -> str:
        told = "\0".join((place, payload, line))
        mark = hmac.new(self._key, told.encode(), hashlib.sha256).hexdigest()[:_MARK]
        return f"{place}.{mark}"

    @staticmethod
    def place(row: HeldRow) -> str:
        return f"{row.file_sha256}.{row.sheet}.{row.source_row}"
