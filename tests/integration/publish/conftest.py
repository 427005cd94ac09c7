from tests.fixtures.marts import assembled, models, plan, register

__all__ = ["assembled", "models", "plan", "register"]
