from tests.fixtures.ingest import register, staged

__all__ = ["register", "staged"]
