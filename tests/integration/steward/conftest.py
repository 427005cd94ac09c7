from tests.fixtures.ingest import register, staged
from tests.fixtures.steward import book, other, sent

__all__ = ["book", "other", "register", "sent", "staged"]
