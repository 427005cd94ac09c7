"""Errors that a person reads: what, where, which rule, and what to do. Never a personal value."""

from dataclasses import dataclass


@dataclass(eq=False)
class UserError(Exception):
    """An error for the operator.

    `message` says what is wrong, `where` names the file (and row or line), `rule` the rule that was
    broken, `remedy` what to do next. `exit_code` follows the command-line contract: 1 refused, 2 bad input.
    """

    message: str
    where: str = ""
    rule: str = ""
    remedy: str = ""

    exit_code = 1

    def __str__(self) -> str:
        parts = [f"{self.where}: {self.message}" if self.where else self.message]
        if self.rule:
            parts.append(f"  规则 rule: {self.rule}")
        if self.remedy:
            parts.append(f"  处理 remedy: {self.remedy}")
        return "\n".join(parts)


class Refused(UserError):
    """A gate or a check said no; the release being served is untouched."""


class BadInput(UserError):
    """Unreadable input or bad usage."""

    exit_code = 2
