"""How many examples a property test draws: 100, or with `--hypothesis-profile=thorough` 1,000.

A test whose every example reads files or builds models draws a fixed part of that number.
"""

from hypothesis import settings

settings.register_profile("thorough", max_examples=1_000, deadline=None)
