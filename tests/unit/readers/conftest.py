from tests.fixtures.readers import read

__all__ = ["read"]
