"""What may be asked: one exact number, or a full name with one more fact, or one exact enterprise."""

from collections.abc import Mapping
from dataclasses import dataclass, fields

TAIL = 4


@dataclass(frozen=True)
class Question:
    """The facts a visitor gave, as typed, without surrounding space; empty = not given."""

    number: str = ""
    name: str = ""
    employer: str = ""
    division: str = ""
    tail: str = ""
    enterprise: str = ""

    @classmethod
    def of(cls, form: Mapping[str, str], facts: frozenset[str]) -> "Question":
        """The facts of a form that this register can answer; everything else in it is ignored."""
        names = [field.name for field in fields(cls) if field.name in facts]
        return cls(**{name: form.get(name, "").strip() for name in names})

    def refusal(self, longest: int) -> str | None:
        """Why it may not be asked (`long`, `empty`, `name_only`, `no_name`, `tail`); None when it may."""
        given = {field.name: getattr(self, field.name) for field in fields(self)}
        more = self.employer or self.division or self.tail
        if max(map(len, given.values())) > longest:
            return "long"
        if self.number or self.enterprise:
            return None
        if not (self.name or more):
            return "empty"
        if not self.name:
            return "no_name"
        if not more:
            return "name_only"
        return "tail" if self.tail and len(self.tail) != TAIL else None
