from tests.fixtures.marts import assembled, models, register

__all__ = ["assembled", "models", "register"]
