from tests.fixtures.marts import models, plan, register

__all__ = ["models", "plan", "register"]
