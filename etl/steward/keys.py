"""What a row is called in a workbook that leaves: file, sheet and row, sealed with the store's key."""

import hashlib
import hmac

from etl import keys
from etl.settings import Store
from etl.steward.held import HeldRow

_MARK = 16


class Seal:
    """Makes and recognises the keys of rows. Nobody without the store's key can make one for another row."""

    def __init__(self, store: Store) -> None:
        self._key = hmac.digest(keys.pseudonym_key(store), b"quarantine workbook", hashlib.sha256)

    def of(self, row: HeldRow) -> str:
        """The key of a row with the cells that it has now."""
        told = "\0".join((self.place(row), row.payload, row.line or ""))
        mark = hmac.new(self._key, told.encode(), hashlib.sha256).hexdigest()[:_MARK]
        return f"{self.place(row)}.{mark}"

    @staticmethod
    def place(row: HeldRow) -> str:
        return f"{row.file_sha256}.{row.sheet}.{row.source_row}"
